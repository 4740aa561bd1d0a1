import * as aws from "@pulumi/aws";

const uploads = new aws.s3.Bucket("uploads");

new aws.s3.BucketNotification("uploads", {
    bucket: uploads.id,
    lambdaFunctions: [{
        lambdaFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:thumbnailer",
        events: ["s3:ObjectCreated:*"],
        filterSufix: ".jpg",
    }],
} as aws.s3.BucketNotificationArgs);
