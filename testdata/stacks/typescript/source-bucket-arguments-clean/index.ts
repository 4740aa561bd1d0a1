// A program that closes its bucket with the resource made for it. Arguments that
// are only kept in one place are no arguments of a bucket.
import * as aws from "@pulumi/aws";

const closed = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
};

const uploads = new aws.s3.BucketV2("uploads", { forceDestroy: false });
const block = new aws.s3.BucketPublicAccessBlock("uploads", { bucket: uploads.id, ...closed });

export const validations = { uploadsAreClosed: block.restrictPublicBuckets };
