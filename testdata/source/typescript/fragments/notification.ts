const notification = new aws.s3.BucketNotification(`${prefix}-notification`, { // want source-notification-typed
    bucket: sourceBucket.id,
    lambdaFunctions: [{
        lambda_function_arn: worker.arn,
        events: ["s3:ObjectCreated:*"],
        filter_prefix: "",
    }] as any,
});
