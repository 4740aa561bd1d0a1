// A program whose notifications are right, as far as anybody knows: the compiler
// does not check them.
import * as aws from "@pulumi/aws";

const uploads = new aws.s3.BucketV2("uploads");
const block = new aws.s3.BucketPublicAccessBlock("uploads", {
    bucket: uploads.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});
const images = new aws.sqs.Queue("images");
const removals = new aws.sns.Topic("removals");

const created: any = { queueArn: images.arn, events: ["s3:ObjectCreated:*"], filterPrefix: "uploads/" };
new aws.s3.BucketNotification("uploads", {
    bucket: uploads.id,
    queues: [created],
    topics: [{ topicArn: removals.arn, events: ["s3:ObjectRemoved:*"] }],
});

const archive = new aws.s3.BucketV2("archive");
const archiveBlock = new aws.s3.BucketPublicAccessBlock("archive", {
    bucket: archive.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});
new aws.s3.BucketNotification("archive", {
    bucket: archive.id,
    topics: [{ topicArn: removals.arn, events: ["s3:ObjectRemoved:*"] }],
} as any);

export const validations = {
    uploadsAreClosed: block.restrictPublicBuckets,
    archiveIsClosed: archiveBlock.restrictPublicBuckets,
};
