import shutil
import subprocess

import pulumi
import pulumi_aws as aws

package = "build/thumbnailer"
shutil.rmtree(package, ignore_errors=True)
subprocess.run(
    ["pip", "install", "--target", package, "-r", "thumbnailer/requirements.txt"],
    check=True,
)

thumbnailer = aws.lambda_.Function(
    "thumbnailer",
    runtime="python3.13",
    handler="index.handler",
    role="arn:aws:iam::123456789012:role/thumbnailer",
    code=pulumi.FileArchive(package),
)
