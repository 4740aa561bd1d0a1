package rules_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// nativePipeline has a defect in each resource, and one of pulumi-aws among those of aws-native.
const nativePipeline = `
uploads:
  type: aws-native:s3:Bucket
  properties:
    accessControl: PublicRead
    publicAccessBlockConfiguration: {blockPublicAcls: true, blockPublicPolicy: false, ignorePublicAcls: true, restrictPublicBuckets: true}
    ownershipControls: {rules: [{objectOwnership: ObjectWriter}]}
    versioningConfiguration: {status: Suspended}
    lifecycleConfiguration: {rules: [{status: Disabled, abortIncompleteMultipartUpload: {daysAfterInitiation: 7}}]}
    bucketEncryption:
      serverSideEncryptionConfiguration:
        - bucketKeyEnabled: false
          serverSideEncryptionByDefault: {sseAlgorithm: aws:kms, kmsMasterKeyId: "${key.arn}"}
    loggingConfiguration: {logFilePrefix: logs/}
    notificationConfiguration:
      lambdaConfigurations:
        - function: ${thumb.arn}
          event: s3:ObjectMade:*
          filter: {s3Key: {rules: [{name: prefix, value: ""}]}}
open:
  type: aws-native:s3:BucketPolicy
  properties:
    bucket: ${uploads.bucketName}
    policyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: s3:GetObject, Resource: "*"}]}
key: {type: aws-native:kms:Key, properties: {pendingWindowInDays: 7, keyPolicy: {Statement: []}}}
thumb:
  type: aws-native:lambda:Function
  properties:
    code: {zipFile: "exports.handler = () => {}"}
    functionName: thumb
    handler: index.handler
    runtime: nodejs16.x
    role: ${role.arn}
    tracingConfig: {mode: PassThrough}
    environment: {variables: {API_TOKEN: ghp_0123456789abcdefghijABCDEFGHIJ012345}}
invoke:
  type: aws-native:lambda:Permission
  properties: {functionName: "${thumb.functionName}", action: lambda:InvokeFunction, principal: s3.amazonaws.com}
retries:
  type: aws-native:lambda:EventInvokeConfig
  properties: {functionName: "${thumb.functionName}", qualifier: $LATEST, maximumRetryAttempts: 0}
role:
  type: aws-native:iam:Role
  properties:
    assumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole}]}
    policies: [{policyName: all, policyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}]
letters:
  type: aws-native:sqs:Queue
  properties: {messageRetentionPeriod: 3600, sqsManagedSseEnabled: false}
jobs:
  type: aws-native:sqs:Queue
  properties: {redrivePolicy: {deadLetterTargetArn: "${letters.arn}", maxReceiveCount: 3}}
anyone:
  type: aws-native:sqs:QueueInlinePolicy
  properties:
    queue: ${jobs.queueUrl}
    policyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: "${jobs.arn}"}]}
alerts: {type: aws-native:sns:Topic, properties: {topicName: alerts}}
everyone:
  type: aws-native:sns:TopicPolicy
  properties:
    topics: ["${alerts.topicArn}"]
    policyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: sns:Publish, Resource: "${alerts.topicArn}"}]}
logs: {type: aws-native:logs:LogGroup, properties: {logGroupName: "/aws/lambda/thumb"}}
alarm:
  type: aws-native:cloudwatch:Alarm
  properties:
    comparisonOperator: LessThanThreshold
    evaluationPeriods: 1
    metricName: Invocations
    namespace: AWS/Lambda
    dimensions: [{name: FunctionName, value: "${thumb.functionName}"}]
    treatMissingData: notBreaching
public: {type: "aws:s3:BucketAcl", properties: {bucket: "${uploads.bucketName}", acl: public-read}}
`

func TestAFindingOnAWSNativeIsAtTheArgumentThatTheProgramWrites(t *testing.T) {
	t.Parallel()
	want := []string{
		"alarm-treats-missing-data alarm treatMissingData",
		"iam-least-privilege role policies[0].policyDocument",
		"iam-trust-scoped role assumeRolePolicyDocument",
		"kms-policy key keyPolicy",
		"kms-rotation key enableKeyRotation",
		"kms-rotation key pendingWindowInDays",
		"lambda-async-retries retries ",
		"lambda-concurrency thumb reservedConcurrentExecutions",
		"lambda-dead-letter-queue thumb deadLetterConfig",
		"lambda-explicit-limits thumb timeout",
		"lambda-failure-alarms letters ",
		"lambda-failure-alarms thumb ",
		"lambda-no-secret-environment thumb environment.variables.API_TOKEN",
		"lambda-permission-scoped invoke sourceArn",
		"lambda-prebuilt-code thumb code.zipFile",
		"lambda-supported-runtime thumb runtime",
		"lambda-tracing thumb tracingConfig.mode",
		"logs-encryption logs kmsKeyId",
		"logs-retention logs retentionInDays",
		"s3-encryption uploads bucketEncryption.serverSideEncryptionConfiguration",
		"s3-lifecycle uploads lifecycleConfiguration.rules",
		"s3-no-public-access open policyDocument",
		"s3-no-public-access public acl",
		"s3-no-public-access uploads accessControl",
		"s3-notification-permission uploads notificationConfiguration.lambdaConfigurations[0]",
		"s3-notification-typed uploads notificationConfiguration.lambdaConfigurations[0].event",
		"s3-notification-typed uploads notificationConfiguration.lambdaConfigurations[0].filter.s3Key.rules",
		"s3-ownership-enforced uploads ownershipControls.rules[0]",
		"s3-public-access-block uploads publicAccessBlockConfiguration.blockPublicPolicy",
		"s3-tls-only open policyDocument",
		"s3-versioning uploads versioningConfiguration",
		"sns-encryption alerts kmsMasterKeyId",
		"sns-policy-scoped everyone policyDocument",
		"sqs-dead-letter-retention letters messageRetentionPeriod",
		"sqs-encryption letters sqsManagedSseEnabled",
		"sqs-policy-scoped anyone policyDocument",
		"stack-readiness-checks images-dev validations",
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := ruletest.Graph(program(nativePipeline), phase)
			require.NoError(t, err)

			res := checkGraph(t, g, nil)

			places := []string{}
			for _, f := range res.Findings {
				places = append(places, f.Rule+" "+f.URN.Name()+" "+f.Property)
			}
			slices.Sort(places)
			assert.Equal(t, want, places)
			assert.Empty(t, res.NotEvaluated)
			assert.Empty(t, res.Notices)
		})
	}
}

func TestWhatAFindingOnAWSNativeSays(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(program(nativePipeline), ruletest.Preview)
	require.NoError(t, err)
	said := texts(checkGraph(t, g, nil))
	for _, text := range []string{
		"Bucket 'uploads' does not set publicAccessBlockConfiguration.blockPublicPolicy to true.\n" +
			"  fix: in publicAccessBlockConfiguration, set blockPublicPolicy: true",
		"notificationConfiguration.lambdaConfigurations[0] of Bucket 'uploads' waits for \"s3:ObjectMade:*\", which is no S3 event.",
		"Bucket 'uploads' does not wait for Permission 'invoke'",
		"statement 1 in policies[0].policyDocument of Role 'role' allows \"*\" on everything.",
		"  fix: set messageRetentionPeriod: 1209600",
	} {
		assert.Contains(t, said, text)
	}
}

// CloudFormation makes the archive of a function's text.
func TestInlineCodeIsMadeByTheProgram(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]*verdict{
		`{zipFile: "exports.handler = () => {}"}`: fires("f code.zipFile"),
		`{s3Bucket: code, s3Key: f-1.zip}`:        clean,
		`{zipFile: {fn::unknown: x}}`:             undecided("f"),
	} {
		g, err := ruletest.Graph(program("f: {type: aws-native:lambda:Function, properties: {runtime: nodejs24.x, code: "+code+"}}"), ruletest.Preview)
		require.NoError(t, err)
		assert.Equal(t, want, verdictOf(checkGraph(t, g, only("lambda-prebuilt-code"))), code)
	}
}

func TestTheHandlerIsLookedForInInlineCode(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string]*verdict{"index.handler": clean, "main.handler": fires("f code.zipFile")} {
		g, err := ruletest.Graph(program(`f: {type: aws-native:lambda:Function, properties: {runtime: nodejs24.x, handler: `+handler+
			`, code: {zipFile: "exports.handler = () => {}"}}}`), ruletest.Preview)
		require.NoError(t, err)
		assert.Equal(t, want, verdictOf(checkGraph(t, g, only("lambda-archive-handler"))), handler)
	}
}
