const worker = new aws.lambda.Function(`${prefix}-worker`, {
    code: new pulumi.asset.AssetArchive({ ".": new pulumi.asset.FileArchive(path.join(__dirname, "..", "code")) }),
    handler: "index.handler",
});
