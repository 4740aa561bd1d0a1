import pulumi
import pulumi_aws as aws

aws.lambda_.Function(
    "thumbnail",
    runtime="python3.12",
    handler="index.handler",
    role=pulumi.Config().require("role"),
    code=pulumi.AssetArchive({".": pulumi.FileArchive("functions/thumbnail")}),
)
