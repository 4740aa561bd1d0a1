import * as aws from "@pulumi/aws";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import archiver from "archiver";
import { exec, execSync, spawnSync as start } from "node:child_process";
import * as fs from "fs";
import { rm } from "fs/promises";
import * as path from "path";
import { promisify } from "util";
import { install, tools } from "./lib/install";

const target = path.join(__dirname, "lambda_package");

if (fs.existsSync(target)) {
    fs.rmSync(target, { recursive: true }); // want source-runtime-packaging
}
fs.mkdirSync(target); // want source-runtime-packaging
fs.cpSync("src", target, { recursive: true }); // want source-runtime-packaging

execSync(`npm ci --prefix ${target}`, { stdio: "inherit" }); // want source-runtime-packaging
const words = ["esbuild", "src/index.ts", "--bundle"];
start("npx", [...words, "--outfile=lambda_package/index.js"]); // want source-runtime-packaging
execSync(["docker", "build", "-t", "worker", "."].join(" ")); // want source-runtime-packaging
execSync(process.env.PREPARE!); // want? source-runtime-packaging
install("yarn install --production");
tools.pack();

const run = promisify(exec);

async function main() {
    await run("cd lambda_package && zip -r ../code.zip ."); // want source-runtime-packaging
    await rm("build", { recursive: true, force: true }); // want source-runtime-packaging
    const { execFileSync } = await import("child_process");
    execFileSync("pip", ["install", "-t", target, "-r", "requirements.txt"]); // want source-runtime-packaging
    const zip = archiver("zip"); // want source-runtime-packaging
    zip.directory(target, false);
    await zip.finalize();
}

class Worker extends pulumi.ComponentResource {
    private readonly script = "npx tsc --outDir lambda_package";

    constructor(name: string) {
        super("example:index:Worker", name);
        this.compile();
        this.registerOutputs({});
    }

    private compile() {
        execSync(this.script); // want source-runtime-packaging
    }
}

main().then(() => new Worker("worker"));

const bundle = new local.Command("bundle", { // want source-runtime-packaging
    create: pulumi.interpolate`npm run build -- --out ${target}`,
});

const source = new aws.s3.Bucket("source");
source.onObjectCreated("made", async (event) => { // want source-runtime-packaging
    console.log(event.Records?.length);
}, {}, { dependsOn: [bundle] });
