// A program that does what types would have stopped: it gives a bucket arguments
// of another resource, spells the keys of a notification in snake_case, and
// passes a closure as a function's code.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

// aws.s3.Bucket copies the arguments that it knows and drops the others, so that
// the engine never sees them. This class passes on whatever it is given.
class Bucket extends pulumi.CustomResource {
    readonly arn!: pulumi.Output<string>;
    readonly bucket!: pulumi.Output<string>;

    constructor(name: string, args: Record<string, any>, opts?: pulumi.CustomResourceOptions) {
        super("aws:s3/bucket:Bucket", name, { arn: undefined, bucket: undefined, ...args }, opts);
    }
}

// A provider that works in a role of this stack cannot be configured before the
// role is there, and so cannot refuse the bucket's arguments at a first preview:
// policies alone see them.
const deployerRole = new aws.iam.Role("deployer", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ AWS: "123456789012" }),
});
const deployer = new aws.Provider("deployer", {
    region: "us-east-1",
    assumeRole: { roleArn: deployerRole.arn },
});

const uploads = new Bucket("uploads", {
    blockPublicAcls: true,
    block_public_policy: true,
}, { provider: deployer });

// The arguments above close nothing; this does.
const block = new aws.s3.BucketPublicAccessBlock("uploads", {
    bucket: uploads.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
});

const failed = new aws.sqs.Queue("failed");

const role = new aws.iam.Role("thumbnailer", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
});
new aws.iam.RolePolicy("thumbnailer", {
    role: role.name,
    policy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: failed.arn }],
    },
});

// The code is whatever the closure happens to capture on the machine that runs
// this program.
const thumbnailer = new aws.lambda.CallbackFunction("thumbnailer", {
    role,
    deadLetterConfig: { targetArn: failed.arn },
    callback: async (event: { Records: { s3: { object: { key: string } } }[] }) => {
        for (const record of event.Records) {
            console.log(record.s3.object.key);
        }
    },
});

const permission = new aws.lambda.Permission("uploads", {
    action: "lambda:InvokeFunction",
    function: thumbnailer.name,
    principal: "s3.amazonaws.com",
    sourceArn: uploads.arn,
    sourceAccount: "123456789012",
});

// Terraform and Python spell keys like this, and `any` silences the compiler.
const entry: any = {
    lambda_function_arn: thumbnailer.arn,
    events: ["s3:ObjectCreated:*"],
    filter_prefix: "uploads/",
};
new aws.s3.BucketNotification("uploads", {
    bucket: uploads.id,
    lambdaFunctions: [entry],
}, { dependsOn: [permission] });

const onCall = new aws.sns.Topic("on-call");
new aws.sns.TopicSubscription("on-call", {
    topic: onCall.arn,
    protocol: "email",
    endpoint: "on-call@example.com",
});
const alarm = {
    period: 300,
    evaluationPeriods: 1,
    threshold: 0,
    comparisonOperator: "GreaterThanThreshold",
    alarmActions: [onCall.arn],
};
new aws.cloudwatch.MetricAlarm("thumbnailer-errors", {
    ...alarm,
    namespace: "AWS/Lambda",
    metricName: "Errors",
    statistic: "Sum",
    dimensions: { FunctionName: thumbnailer.name },
});
new aws.cloudwatch.MetricAlarm("failed-depth", {
    ...alarm,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    statistic: "Maximum",
    dimensions: { QueueName: failed.name },
});

export const validations = { uploadsAreClosed: block.restrictPublicBuckets };
