import { s3 } from "@pulumi/aws";

new s3.Bucket("source", { blockPublicAcls: true }); // want source-bucket-arguments

function makeBucket(name, extra) {
    return new s3.BucketV2(name, { forceDestroy: false, ...extra }); // want source-bucket-arguments
}
makeBucket("destination", { restrictPublicBuckets: true });
