const aws = require("@pulumi/aws");

const source = new aws.s3.Bucket("source");
new aws.s3.BucketNotification("snake", { // want source-notification-typed
    bucket: source.id,
    lambdaFunctions: [{
        lambda_function_arn: "arn:aws:lambda:eu-west-1:123456789012:function:worker",
        events: ["s3:ObjectCreated:*"],
    }],
});
