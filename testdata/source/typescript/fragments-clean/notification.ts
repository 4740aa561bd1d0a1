const notification = new aws.s3.BucketNotification(`${prefix}-notification`, {
    bucket: sourceBucket.id,
    lambdaFunctions: [{
        lambdaFunctionArn: worker.arn,
        events: ["s3:ObjectCreated:*"],
        filterPrefix: "in/",
    }],
}, { dependsOn: [permission] });
