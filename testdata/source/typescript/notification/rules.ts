export const rules: any = [{ topic_arn: "arn:aws:sns:eu-west-1:123456789012:made", events: ["s3:ObjectCreated:*"] }];
