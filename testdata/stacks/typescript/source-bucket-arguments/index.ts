// A program that closes its bucket with arguments of another resource. The cast
// keeps the compiler quiet, and the class drops what it does not know: neither
// the engine nor AWS ever sees them, and only the block below closes anything.
import * as aws from "@pulumi/aws";

const uploads = new aws.s3.BucketV2("uploads", {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
} as aws.s3.BucketV2Args);

const block = new aws.s3.BucketPublicAccessBlock("uploads", {
    bucket: uploads.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});

export const validations = { uploadsAreClosed: block.restrictPublicBuckets };
