import * as aws from "@pulumi/aws";

const uploads = new aws.s3.Bucket("uploads", {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
} as aws.s3.BucketArgs);
