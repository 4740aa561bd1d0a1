const sourceBucket = new aws.s3.Bucket(`${prefix}-source`, { tags });

const block = new aws.s3.BucketPublicAccessBlock(`${prefix}-source`, {
    bucket: sourceBucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
}, { parent: sourceBucket });
