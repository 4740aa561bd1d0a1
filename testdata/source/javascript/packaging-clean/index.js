const aws = require("@pulumi/aws");
const pulumi = require("@pulumi/pulumi");
const { exec } = require("./lib/exec");

exec("npm install");

class Shell {
    execSync(command) {
        return command.length;
    }
}
const child_process = new Shell();
child_process.execSync("docker build .");

const pattern = /zip -r/;
const found = pattern.exec("zip -r code.zip build");

module.exports.worker = new aws.lambda.Function("worker", {
    code: new pulumi.asset.FileArchive("dist"),
    handler: "index.handler",
    description: `${found}`,
});
