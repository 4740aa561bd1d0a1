import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

execFileSync("npm", ["ci", "--prefix", "thumbnailer"]);

const thumbnailer = new aws.lambda.Function("thumbnailer", {
    runtime: "nodejs22.x",
    handler: "index.handler",
    role: "arn:aws:iam::123456789012:role/thumbnailer",
    code: new pulumi.asset.FileArchive("thumbnailer"),
});
