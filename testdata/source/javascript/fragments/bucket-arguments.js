const bucket = new aws.s3.Bucket("source", { acl: "private", blockPublicAcls: true }); // want source-bucket-arguments
