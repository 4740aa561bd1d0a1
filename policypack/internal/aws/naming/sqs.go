package naming

const queueURL = "https://sqs.{region}.{dnsSuffix}/{account}/{name}"

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
var sqsTypes = map[string]templates{
	"aws:sqs/queue:Queue": {
		"id": queueURL, "url": queueURL, "arn": "arn:{partition}:sqs:{region}:{account}:{name}",
	},
	"aws:sqs/queuePolicy:QueuePolicy":               {"id": "{queueUrl}"},
	"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": {"id": "{queueUrl}"},
	"aws:sqs/redrivePolicy:RedrivePolicy":           {"id": "{queueUrl}"},
}
