# The other failures of a stack do not show in its source.
pulumi.export("images", images.id)
self.checks = validation.create_checks(images=self.images, key=self.key)
thumbnail = aws.lambda_.Function(
    f"{prefix}-thumbnail",
    role=role_arn,
    runtime="python3.12",
    handler="index.handler",
)
name = pulumi.Output.all(pulumi.get_organization(), pulumi.get_project()).apply(
    lambda args: f"images-{args[0]}-{args[1]}".lower().replace('_', '-'))
named = aws.s3.Bucket(f"images-{suffix}", bucket=name)
