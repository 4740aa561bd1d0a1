const aws = require("@pulumi/aws");

const source = new aws.s3.Bucket("source");
new aws.s3.BucketNotification("camel", {
    bucket: source.id,
    lambdaFunctions: [{
        lambdaFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:worker",
        events: ["s3:ObjectCreated:*"],
        filterSuffix: ".jpg",
    }],
});
