"""Makes the thumbnailer's package while the program runs."""
import os
import shutil as sh
import sys
from subprocess import check_call as call
from subprocess import run as r

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from lib import archive
from lib.build import Builder, install
from lib.shell import execute

BUILD_DIR = os.path.join(os.path.dirname(__file__), "build")

if os.path.isdir(BUILD_DIR):
    sh.rmtree(BUILD_DIR)  # want source-runtime-packaging
os.makedirs(BUILD_DIR)  # want source-runtime-packaging

r(["pip", "install", "-r", "requirements.txt", "-t", BUILD_DIR], check=True)  # want source-runtime-packaging
call([sys.executable, "-m", "pip", "install", "pillow"])  # want source-runtime-packaging
os.system(f"cd {BUILD_DIR} && npm ci")  # want source-runtime-packaging

command_line = ["docker"]
command_line += ["build", "-t", "thumbnailer", "."]
r(command_line)  # want source-runtime-packaging
r("go build -o bootstrap ./lambda".split())  # want source-runtime-packaging
r(os.environ["BUILD_COMMAND"], shell=True)  # want? source-runtime-packaging

install("functions/thumbnail", BUILD_DIR)
Builder(BUILD_DIR).make()
execute("npm run build")
archive.pack(BUILD_DIR, "thumbnail.zip")

command.local.Command("bundle", create="pip install -t out -r requirements.txt")  # want source-runtime-packaging

aws.lambda_.Function(
    "thumbnail",
    runtime="python3.12",
    handler="index.handler",
    role=pulumi.Config().require("role"),
    code=pulumi.FileArchive("thumbnail.zip"),
)
