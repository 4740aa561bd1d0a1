// Nothing here packages anything, though much of it looks as if it did.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import AdmZip from "adm-zip";
import { execSync } from "child_process";
import type { build } from "./scripts/build";
import { run } from "./lib/run";

// A process that makes nothing.
const commit = execSync("git rev-parse --short HEAD").toString().trim();

// A zip that is only read.
const entries = new AdmZip("dist/code.zip").getEntries().length;
if (entries === 0) {
    throw new Error("the archive is empty: run npm ci && npm run build");
}

// A function of this program that is called run, and one that shadows another.
run("npm install");
function describe(execSync: (text: string) => string): string {
    return execSync("docker build .");
}

// execSync("npm ci") is what the build does, not this program.
const advice = "execSync('zip -r code.zip .')";

new aws.lambda.Function("worker", {
    code: new pulumi.asset.FileArchive("dist/code.zip"),
    handler: "index.handler",
    runtime: "nodejs22.x",
    role: "arn:aws:iam::123456789012:role/worker",
    description: `${commit} ${advice} ${describe((text) => text)}`,
});

export type Build = typeof build;
