package rules_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// corpusStack is one way to write a pipeline that has nothing wrong with it.
type corpusStack struct {
	// Bucket is the token of the buckets, and Suffix what the tokens of their
	// parts end in.
	Bucket, Suffix string
	// Inline is set if a bucket's parts are its own arguments.
	Inline bool
	// Trigger is what runs the function: "s3", "sns", "sqs", "eventbridge", or
	// "alias", which is S3 and an alias of the function.
	Trigger string
	// Image is set if the function's code is a container image.
	Image bool
	// Region is where the stack is, which decides on the partition of its ARNs.
	Region string
	// OnFailure is set if failures go to an onFailure destination, and not to the target of a deadLetterConfig.
	OnFailure bool
	// Named is set if the program chooses the names rather than Pulumi.
	Named bool
	// Options are the options that every resource has besides dependsOn.
	Options string
	// Imported is set if the buckets already exist and become part of the stack.
	Imported bool
	// Text is set if policies are written as JSON text, a lone statement without a list, and not made from objects.
	Text bool
	// RoleInline is set if the role's policy is an argument of the role.
	RoleInline bool
	// Lookup is set if the program only reads the log bucket.
	Lookup bool
	Stack  string
}

func (s corpusStack) String() string {
	return fmt.Sprintf("%s%s inline=%t %s onFailure=%t named=%t options=%q roleInline=%t lookup=%t imported=%t text=%t image=%t %s %s",
		s.Bucket, s.Suffix, s.Inline, s.Trigger, s.OnFailure, s.Named, s.Options, s.RoleInline, s.Lookup, s.Imported, s.Text, s.Image, s.Region, s.Stack)
}

// corpus combines the ways: every token with every trigger and form, and over
// these the rest, so that each choice meets each other one somewhere.
func corpus() []corpusStack {
	options := []string{"", `provider: "${there}"`, `parent: "${component}"`, "protect: true", "aliases: [{name: old}, {parent: \"urn:pulumi:dev::images::acme:images:Old::old\"}]"}
	var all []corpusStack
	for _, form := range []corpusStack{
		{Bucket: "BucketV2", Suffix: "V2"}, {Bucket: "Bucket"}, {Bucket: "Bucket", Suffix: "V2"}, {Bucket: "Bucket", Inline: true},
	} {
		for _, trigger := range []string{"s3", "sns", "sqs", "eventbridge", "alias"} {
			for range 5 {
				s, n := form, len(all)
				s.Trigger = trigger
				s.Options = options[(n+n/5)%5]
				s.OnFailure, s.Named = n%2 == 0, n/2%2 == 0
				s.RoleInline, s.Lookup = (n+n/3)%2 == 0, n%3 == 0
				s.Imported, s.Text = n%4 == 1, (n+n/2)%2 == 0
				s.Image, s.Region = n%5 == n/5%5, ruletest.Region
				if strings.HasPrefix(s.Options, "provider:") {
					s.Region = []string{"us-west-2", "cn-north-1", "us-gov-west-1"}[n/5%3]
				}
				s.Stack = []string{"dev", "prod"}[n/3%2]
				all = append(all, s)
			}
		}
	}
	return all
}

// program returns the stack in Pulumi YAML, one resource a line where that is short.
func (s corpusStack) program() string {
	lines := []string{s.base(), s.bucket("uploads"), s.bucket("thumbnails")}
	if s.Lookup {
		lines = append(lines, `logs: {type: "aws:s3:`+s.Bucket+`", get: {id: images-logs-123456789012, bucket: images-logs-123456789012}}`)
	} else {
		lines = append(lines, s.bucket("logs"))
	}
	lines = append(lines, s.function(), s.trigger())
	text := strings.Join(lines, "\n")
	options := s.Options
	if options == "" {
		options = "protect: false"
	}
	partition := "aws"
	switch s.Region {
	case "cn-north-1":
		partition = "aws-cn"
	case "us-gov-west-1":
		partition = "aws-us-gov"
	}
	text = strings.NewReplacer("OPTIONS", options, "us-east-1", s.Region, "arn:aws:", "arn:"+partition+":").Replace(text)
	return program(text) + "outputs: {validations: {uploadsArePrivate: true}}\n"
}

// bucket returns a bucket with all its parts, in the stack's form.
func (s corpusStack) bucket(name string) string {
	physical := "images-" + name + "-123456789012"
	encryption := `applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}, bucketKeyEnabled: true`
	if name == "logs" {
		encryption = "applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}"
	}
	args := []string{"bucket: " + physical}
	var parts []string
	part := func(kind, args string) {
		parts = append(parts, fmt.Sprintf(`%s%s: {type: "aws:s3:%s", properties: {bucket: "${%s.id}", %s}, options: {OPTIONS}}`,
			name, kind, kind, name, args))
	}
	part("BucketPublicAccessBlock", "blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true")
	part("BucketOwnershipControls", "rule: {objectOwnership: BucketOwnerEnforced}")
	part("BucketPolicy", s.document("policy", `{Effect: Deny, Principal: "*", Action: "s3:*", Resource: ["arn:aws:s3:::`+physical+
		`", "arn:aws:s3:::`+physical+`/*"], Condition: {Bool: {"aws:SecureTransport": "false"}}}`))
	if s.Inline {
		args = append(args, "serverSideEncryptionConfiguration: {rule: {"+encryption+"}}", "versioning: {enabled: true}",
			"lifecycleRules: [{enabled: true, abortIncompleteMultipartUploadDays: 7, noncurrentVersionExpiration: {days: 30}}]")
		if name != "logs" {
			args = append(args, `logging: {targetBucket: "${logs.bucket}", targetPrefix: `+name+`/}`)
		}
	} else {
		part("BucketServerSideEncryptionConfiguration"+s.Suffix, "rules: [{"+encryption+"}]")
		part("BucketVersioning"+s.Suffix, "versioningConfiguration: {status: Enabled}")
		part("BucketLifecycleConfiguration"+s.Suffix, "rules: [{id: tidy, status: Enabled, "+
			"abortIncompleteMultipartUpload: {daysAfterInitiation: 7}, noncurrentVersionExpiration: {noncurrentDays: 30}}]")
		if name != "logs" {
			part("BucketLogging"+s.Suffix, `targetBucket: "${logs.id}", targetPrefix: `+name+"/")
		}
	}
	imported := ""
	if s.Imported {
		imported = ", import: " + physical
	}
	return fmt.Sprintf(`%s: {type: "aws:s3:%s", properties: {%s}, options: {OPTIONS%s}}`, name, s.Bucket, strings.Join(args, ", "), imported) +
		"\n" + strings.Join(parts, "\n")
}

// function returns the function with what it runs as and where its failures go.
func (s corpusStack) function() string {
	allow := func(actions, resources string) string {
		return "{Effect: Allow, Action: [" + actions + "], Resource: [" + resources + "]}"
	}
	// A group that takes its name of the function cannot be in the function's role.
	logs := `"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*"`
	if s.Named {
		logs = `"${log.arn}", "${log.arn}:*"`
	}
	document := s.document("policy",
		allow(`"s3:GetObject"`, `"arn:aws:s3:::images-uploads-123456789012/*"`),
		allow(`"s3:PutObject"`, `"arn:aws:s3:::images-thumbnails-123456789012/*"`),
		allow(`"sqs:SendMessage"`, `"${failed.arn}"`),
		allow(`"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"`, `"${events.arn}"`),
		allow(`"kms:Decrypt", "kms:GenerateDataKey"`, `"${key.arn}"`),
		allow(`"logs:CreateLogStream", "logs:PutLogEvents"`, logs),
		allow(`"xray:PutTraceSegments", "xray:PutTelemetryRecords"`, `"*"`))
	trust := s.document("assumeRolePolicy", "{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}")
	role := `role: {type: "aws:iam:Role", properties: {` + trust + `}, options: {OPTIONS}}
work: {type: "aws:iam:RolePolicy", properties: {role: "${role.id}", ` + document + `}, options: {OPTIONS}}`
	if s.RoleInline {
		role = `role: {type: "aws:iam:Role", properties: {` + trust + `, inlinePolicies: [{name: work, ` + document + `}]}, options: {OPTIONS}}`
	}
	name, deadLetter := "", `deadLetterConfig: {targetArn: "${failed.arn}"}, `
	group := `"/aws/lambda/${thumbnailer.name}"`
	if s.Named {
		name, group = "name: images-thumbnailer, ", "/aws/lambda/images-thumbnailer"
	}
	destination := ""
	if s.OnFailure {
		deadLetter, destination = "", `, destinationConfig: {onFailure: {destination: "${failed.arn}"}}`
	}
	code := `runtime: provided.al2023, handler: bootstrap, code: {"fn::fileArchive": build/thumbnail.zip}`
	if s.Image {
		code = "packageType: Image, imageUri: \"123456789012.dkr.ecr.us-east-1.amazonaws.com/images@sha256:" + strings.Repeat("0123456789abcdef", 4) + `"`
	}
	qualifier := ""
	if s.Trigger == "alias" {
		qualifier = `, qualifier: "${live.name}"`
	}
	return role + `
thumbnailer: {type: "aws:lambda:Function", properties: {` + name + deadLetter + code + `, role: "${role.arn}",
  timeout: 60, memorySize: 1024, ephemeralStorage: {size: 1024}, reservedConcurrentExecutions: 20,
  tracingConfig: {mode: Active}, environment: {variables: {DESTINATION_BUCKET: "${thumbnails.bucket}", LOG_LEVEL: INFO}}}, options: {OPTIONS}}
retries: {type: "aws:lambda:FunctionEventInvokeConfig", properties: {functionName: "${thumbnailer.name}", maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600` +
		qualifier + destination + `}, options: {OPTIONS}}
log: {type: "aws:cloudwatch:LogGroup", properties: {name: ` + group + `, retentionInDays: 30, kmsKeyId: "${key.arn}"}, options: {OPTIONS}}`
}

// trigger returns what runs the function when there is an upload.
func (s corpusStack) trigger() string {
	permission := func(service, source, account string) string {
		return `mayInvoke: {type: "aws:lambda:Permission", properties: {action: "lambda:InvokeFunction", function: "${thumbnailer.name}", principal: ` +
			service + `.amazonaws.com, sourceArn: "${` + source + `.arn}"` + account + `}, options: {OPTIONS}}`
	}
	notification := func(target, after string) string {
		return `notification: {type: "aws:s3:BucketNotification", properties: {bucket: "${uploads.id}", ` + target +
			`, events: ["s3:ObjectCreated:*"], filterPrefix: uploads/}]}, options: {OPTIONS, dependsOn: ["${` + after + `}"]}}`
	}
	s3May := func(action, resource string) string {
		return s.document("policy", `{Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: "`+action+`", Resource: "${`+resource+
			`.arn}", Condition: {ArnEquals: {"aws:SourceArn": "arn:aws:s3:::images-uploads-123456789012"}, StringEquals: {"aws:SourceAccount": "123456789012"}}}`)
	}
	switch s.Trigger {
	case "sns":
		return strings.Join([]string{
			`created: {type: "aws:sns:Topic", properties: {kmsMasterKeyId: "${key.arn}"}, options: {OPTIONS}}`,
			`createdPolicy: {type: "aws:sns:TopicPolicy", properties: {arn: "${created.arn}", ` + s3May("sns:Publish", "created") + `}, options: {OPTIONS}}`,
			`fanOut: {type: "aws:sns:TopicSubscription", properties: {topic: "${created.arn}", protocol: lambda, endpoint: "${thumbnailer.arn}"}, options: {OPTIONS}}`,
			permission("sns", "created", ""), notification(`topics: [{topicArn: "${created.arn}"`, "createdPolicy"),
		}, "\n")
	case "sqs":
		return strings.Join([]string{
			`eventsPolicy: {type: "aws:sqs:QueuePolicy", properties: {queueUrl: "${events.id}", ` + s3May("sqs:SendMessage", "events") + `}, options: {OPTIONS}}`,
			`source: {type: "aws:lambda:EventSourceMapping", properties: {eventSourceArn: "${events.arn}", functionName: "${thumbnailer.arn}", ` +
				`batchSize: 10, functionResponseTypes: [ReportBatchItemFailures]}, options: {OPTIONS}}`,
			notification(`queues: [{queueArn: "${events.arn}"`, "eventsPolicy"),
		}, "\n")
	case "eventbridge":
		return strings.Join([]string{
			`notification: {type: "aws:s3:BucketNotification", properties: {bucket: "${uploads.id}", eventbridge: true}, options: {OPTIONS}}`,
			`created: {type: "aws:cloudwatch:EventRule", properties: {eventPattern: {"fn::toJSON": {source: [aws.s3], detail-type: [Object Created], ` +
				`detail: {bucket: {name: ["${uploads.bucket}"]}, object: {key: [{prefix: uploads/}]}}}}}, options: {OPTIONS}}`,
			`run: {type: "aws:cloudwatch:EventTarget", properties: {rule: "${created.name}", arn: "${thumbnailer.arn}"}, options: {OPTIONS}}`,
			permission("events", "created", ""),
		}, "\n")
	case "alias":
		return strings.Join([]string{
			`live: {type: "aws:lambda:Alias", properties: {name: live, functionName: "${thumbnailer.name}", functionVersion: "7"}, options: {OPTIONS}}`,
			permission("s3", "uploads", `, sourceAccount: "123456789012", qualifier: "${live.name}"`),
			notification(`lambdaFunctions: [{lambdaFunctionArn: "${live.arn}"`, "mayInvoke"),
		}, "\n")
	}
	return permission("s3", "uploads", `, sourceAccount: "123456789012"`) + "\n" +
		notification(`lambdaFunctions: [{lambdaFunctionArn: "${thumbnailer.arn}"`, "mayInvoke")
}

// document returns an argument that holds a policy.
func (s corpusStack) document(argument string, statements ...string) string {
	if !s.Text {
		return argument + `: {"fn::toJSON": {Version: "2012-10-17", Statement: [` + strings.Join(statements, ", ") + "]}}"
	}
	list := strings.Join(statements, ", ")
	if len(statements) > 1 {
		list = "[" + list + "]"
	}
	var document any
	if err := yaml.Unmarshal([]byte(`{Version: "2012-10-17", Statement: `+list+"}"), &document); err != nil {
		panic(err) // the statements are written in this file
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		panic(err)
	}
	return argument + ": " + strconv.Quote(string(text))
}

// base returns what all stacks have: the key, the queues and the alarms.
func (s corpusStack) base() string {
	return `component: {type: "acme:images:Pipeline"}
there: {type: "pulumi:providers:aws", properties: {region: us-east-1, defaultTags: {tags: {owner: images}}}}
key: {type: "aws:kms:Key", properties: {enableKeyRotation: true, deletionWindowInDays: 30, ` + s.document("policy", `{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}`,
		`{Effect: Allow, Principal: {Service: [cloudwatch.amazonaws.com, s3.amazonaws.com, sns.amazonaws.com]}, Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
   Resource: "*", Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}}`,
		`{Effect: Allow, Principal: {Service: logs.us-east-1.amazonaws.com}, Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
   Resource: "*", Condition: {ArnLike: {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}}}`) + `}, options: {OPTIONS}}
keyName: {type: "aws:kms:Alias", properties: {name: alias/images, targetKeyId: "${key.id}"}, options: {OPTIONS}}
failed: {type: "aws:sqs:Queue", properties: {kmsMasterKeyId: "${key.arn}", messageRetentionSeconds: 1209600}, options: {OPTIONS}}
events: {type: "aws:sqs:Queue", properties: {visibilityTimeoutSeconds: 360, kmsMasterKeyId: "${key.arn}", redrivePolicy: {"fn::toJSON": {deadLetterTargetArn: "${failed.arn}", maxReceiveCount: 5}}}, options: {OPTIONS}}
oncall: {type: "aws:sns:Topic", properties: {kmsMasterKeyId: "${key.arn}"}, options: {OPTIONS}}
oncallEmail: {type: "aws:sns:TopicSubscription", properties: {topic: "${oncall.arn}", protocol: email, endpoint: oncall@example.com}, options: {OPTIONS}}
errors: {type: "aws:cloudwatch:MetricAlarm", properties: {namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "${thumbnailer.name}"},
  comparisonOperator: GreaterThanThreshold, threshold: 0, evaluationPeriods: 1, period: 60, statistic: Sum, treatMissingData: notBreaching, alarmActions: ["${oncall.arn}"]}, options: {OPTIONS}}
depth: {type: "aws:cloudwatch:MetricAlarm", properties: {namespace: AWS/SQS, metricName: ApproximateNumberOfMessagesVisible, dimensions: {QueueName: "${failed.name}"},
  comparisonOperator: GreaterThanThreshold, threshold: 0, evaluationPeriods: 1, period: 60, statistic: Maximum, treatMissingData: notBreaching, alarmActions: ["${oncall.arn}"]}, options: {OPTIONS}}`
}

func TestTheCorpusOfCleanStacksHasNoFindings(t *testing.T) {
	t.Parallel()
	stacks := corpus()
	assert.GreaterOrEqual(t, len(stacks), 30)
	seen := map[string]bool{}
	for _, s := range stacks {
		assert.False(t, seen[s.String()], "%s is there twice", s)
		seen[s.String()] = true
		for name, phase := range phases {
			t.Run(s.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				g, err := ruletest.Graph(s.program(), phase)
				require.NoError(t, err)
				g = graph.New(g.Project, s.Stack, g.Organization, g.Resources)
				res := checkGraph(t, g, nil)
				var said []string
				for _, f := range res.Findings {
					said = append(said, f.Rule+": "+f.Text())
				}
				assert.Empty(t, said)
				// Silence would prove little if nothing had been judged. There is no
				// archive to look into.
				for _, n := range res.NotEvaluated {
					if phase == ruletest.Deployed && !strings.HasPrefix(n.Rule, "lambda-archive-") {
						assert.Fail(t, "not evaluated", "%s: %s", n.Rule, n.Reason)
					}
				}
			})
		}
	}
}
