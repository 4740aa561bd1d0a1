package native

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
var snsKinds = map[graph.Type]kind{
	"aws-native:sns:Topic": {
		to:        graph.Topic,
		arguments: append(renamed("name topicName"), tags),
		outputs:   renamed("id id", "arn topicArn"),
		parts: []part{{
			to: graph.TopicSubscription, argument: "subscription", each: true, shape: alike("endpoint", "protocol"),
			owner: "topic", identity: "arn",
		}},
	},
	"aws-native:sns:TopicPolicy": {
		to:        graph.TopicPolicy,
		arguments: append(renamed("policy policyDocument"), member{name: "arn", native: "topics", as: outOfList}),
	},
	"aws-native:sns:TopicInlinePolicy": {
		to: graph.TopicPolicy, arguments: renamed("arn topicArn", "policy policyDocument"), outputs: renamed("id id"),
	},
	"aws-native:sns:Subscription": {
		to: graph.TopicSubscription,
		// The region is that of the topic, not of the subscription.
		arguments: append(renamed("topic topicArn"), member{native: "region"}),
		outputs:   renamed("id id", "arn arn"),
	},
}
