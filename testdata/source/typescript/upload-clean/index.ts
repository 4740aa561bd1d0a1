import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

new aws.lambda.Function("thumbnail", {
    code: new pulumi.asset.FileArchive("functions/thumbnail"),
    handler: "index.handler",
    runtime: "nodejs22.x",
    role: "arn:aws:iam::123456789012:role/thumbnail",
});
