package native

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
var sqsKinds = map[graph.Type]kind{
	"aws-native:sqs:Queue": {
		to: graph.Queue,
		arguments: append(renamed(
			"maxMessageSize maximumMessageSize", "messageRetentionSeconds messageRetentionPeriod", "name queueName",
			"receiveWaitTimeSeconds receiveMessageWaitTimeSeconds", "visibilityTimeoutSeconds visibilityTimeout"), tags),
		outputs: renamed("id id", "arn arn", "url queueUrl"),
	},
	"aws-native:sqs:QueueInlinePolicy": {
		to: graph.QueuePolicy, arguments: renamed("policy policyDocument", "queueUrl queue"), outputs: renamed("id id"),
	},
}
