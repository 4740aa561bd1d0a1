"use strict";
const { execSync: sh, spawn } = require("child_process");
const fs = require("node:fs");
const aws = require("@pulumi/aws");
const { pack } = require("./lib/pack");

fs.rmSync("build", { recursive: true, force: true }); // want source-runtime-packaging
fs.mkdirSync("build", { recursive: true }); // want source-runtime-packaging
sh("npm install --prefix build"); // want source-runtime-packaging
const go = "go";
spawn(go, ["build", "-o", "build/bootstrap", "./code"]); // want source-runtime-packaging
sh(commandFor("worker")); // want? source-runtime-packaging
pack("code.zip");

function commandFor(name) {
    if (name in process.env) {
        return process.env[name];
    }
    return process.env.COMMAND;
}

new aws.lambda.CallbackFunction("inline", { // want source-runtime-packaging
    callback: async () => ({ statusCode: 200 }),
});
