import * as aws from "@pulumi/aws";
import type { input } from "@pulumi/aws/types";
import { queueRule } from "./rules";

const source = new aws.s3.Bucket("source");
const worker = "arn:aws:lambda:eu-west-1:123456789012:function:worker";

new aws.s3.BucketNotification("literal", {
    bucket: source.id,
    lambdaFunctions: [{ lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"], filterPrefix: "in/" }],
});

const typed: input.s3.BucketNotificationLambdaFunction[] = [
    { lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"] },
];
new aws.s3.BucketNotification("typed", { bucket: source.id, lambdaFunctions: typed });

const inferred = { lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"] };
const args: aws.s3.BucketNotificationArgs = { bucket: source.id, lambdaFunctions: [inferred], queues: [queueRule] };
new aws.s3.BucketNotification("inferred", args);

new aws.s3.BucketNotification("mapped", {
    bucket: source.id,
    lambdaFunctions: ["in/", "new/"].map((filterPrefix) => ({
        lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"], filterPrefix,
    })),
});

new aws.s3.BucketNotification("bridge", { bucket: source.id, eventbridge: true });

/** A class of this program that is called as the SDK's, and takes anything. */
class BucketNotification {
    constructor(readonly name: string, readonly args: any) {}
}
new BucketNotification("own", { lambdaFunctions: [{ lambda_function_arn: worker }] as any });
