export const queueRule = {
    queueArn: "arn:aws:sqs:eu-west-1:123456789012:made",
    events: ["s3:ObjectCreated:*"],
};
