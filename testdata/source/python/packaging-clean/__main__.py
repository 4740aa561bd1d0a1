"""Deploys a package that is made elsewhere: `pip install` is no call here."""
import os
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from lib.names import describe, run

if TYPE_CHECKING:
    import build

REVISION = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
ARCHIVE = os.path.join(os.path.dirname(__file__), "dist", "thumbnail.zip")


def entries(archive):
    # A zip library that only reads does no packaging.
    with zipfile.ZipFile(archive) as package:
        return package.namelist()


def deploy(subprocess):
    """The parameter is no module: subprocess.run(["pip", "install"])."""
    return subprocess.run(["pip", "install", "."])


def package():
    """Run by `python -c "import __main__; __main__.package()"` in CI, never by Pulumi."""
    with zipfile.ZipFile(ARCHIVE, "w") as archive:
        add(archive, "functions/thumbnail/index.py")


def add(archive, file):
    subprocess.run(["pip", "install", "-t", "build", "."])
    archive.write(file)


class Installer:
    def run(self, words):
        return words


run(["npm", "install"])
Installer().run(["pip", "install"])
deploy(Installer())
pulumi.export("entries", entries(ARCHIVE))
pulumi.export("hint", "subprocess.run(['pip', 'install'])")
# os.system("npm ci") is what the build script does.

aws.lambda_.Function(
    "thumbnail",
    description=describe(REVISION),
    runtime="python3.12",
    handler="index.handler",
    role=pulumi.Config().require("role"),
    code=pulumi.AssetArchive({".": pulumi.FileArchive("functions/thumbnail")}),
)
