const { s3 } = require("@pulumi/aws");

const source = new s3.Bucket("source", {});
new s3.BucketPublicAccessBlock("source", { bucket: source.id, blockPublicAcls: true, restrictPublicBuckets: true });
