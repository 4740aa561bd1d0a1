import * as aws from "@pulumi/aws";
import { BucketNotification } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { rules } from "./rules";

const source = new aws.s3.Bucket("source");
const worker = "arn:aws:lambda:eu-west-1:123456789012:function:worker";

new aws.s3.BucketNotification("cast", { // want source-notification-typed
    bucket: source.id,
    lambdaFunctions: [{ lambda_function_arn: worker, events: ["s3:ObjectCreated:*"] } as any],
});

new BucketNotification("whole", { // want source-notification-typed
    bucket: source.id,
    lambdaFunctions: [{ lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"] }],
} as unknown as aws.s3.BucketNotificationArgs);

const loose: any[] = [{ lambdaFunctionArn: worker, events: ["s3:ObjectCreated:*"] }];
new aws.s3.BucketNotification("loose", { bucket: source.id, lambdaFunctions: loose }); // want source-notification-typed

const record: Record<string, any> = { queueArn: "arn:aws:sqs:eu-west-1:123456789012:made", events: ["s3:ObjectCreated:*"] };
new aws.s3.BucketNotification("record", { // want source-notification-typed
    bucket: source.id,
    queues: [record as aws.types.input.s3.BucketNotificationQueue],
});

new aws.s3.BucketNotification("ignored", { // want source-notification-typed
    bucket: source.id,
    // @ts-ignore
    lambdaFunctions: [{ lambda_function_arn: worker, events: ["s3:ObjectCreated:*"] }],
});

new aws.s3.BucketNotification("read", { // want source-notification-typed
    bucket: source.id,
    lambdaFunctions: JSON.parse(new pulumi.Config().require("rules")),
});

new aws.s3.BucketNotification("elsewhere", { bucket: source.id, topics: rules }); // want source-notification-typed
