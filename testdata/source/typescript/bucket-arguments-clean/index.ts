import * as aws from "@pulumi/aws";

const closed = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
};

const source = new aws.s3.Bucket("source", { tags: { blockPublicAcls: "see the block" } });
new aws.s3.BucketPublicAccessBlock("source", { bucket: source.id, ...closed });

/** A bucket of water. */
class Bucket {
    constructor(readonly name: string, readonly args: typeof closed) {}
}
new Bucket("water", closed);
