const sourceBucket = new aws.s3.Bucket(`${prefix}-source`, { // want source-bucket-arguments
    acl: "private",
    tags: tags,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});
