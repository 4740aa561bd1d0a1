package native

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
var eventBridgeKinds = map[graph.Type]kind{
	"aws-native:events:Rule": {
		to:        graph.EventRule,
		arguments: shape{tags},
		outputs:   renamed("arn arn"),
		parts: []part{{
			to: graph.EventTarget, argument: "targets", each: true,
			shape: append(renamed("targetId id"), alike(
				"arn", "deadLetterConfig", "input", "inputPath", "inputTransformer", "retryPolicy", "roleArn")...),
			owner: "rule", identity: "name",
		}},
	},
	"aws-native:events:EventBus": {
		to: graph.EventBus, arguments: shape{tags}, outputs: renamed("id id", "arn arn"),
	},
	"aws-native:events:EventBusPolicy": {
		to:        graph.EventBusPolicy,
		arguments: shape{{name: "policy", native: "statement", as: oneStatement}},
		finish:    writeStatement,
	},
}

// oneStatement converts a statement to a policy that consists of it.
var oneStatement = &conversion{
	adapt: func(v graph.Value) graph.Value {
		return graph.NewValue(resource.NewProperty(resource.PropertyMap{
			"Version": resource.NewProperty("2012-10-17"), "Statement": resource.NewProperty([]resource.PropertyValue{put(v)}),
		}))
	},
	restore: func(v, _ graph.Value) graph.Value {
		document, _ := v.JSON()
		return document.Get("Statement").At(0)
	},
}

// writeStatement adds to an event bus policy that has an action and a principal the statement that CloudFormation makes
// of them.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
func writeStatement(policy resource.PropertyMap) {
	principal := policy["principal"]
	if _, given := policy["policy"]; given || !policy.HasValue("principal") {
		return
	}
	statement := resource.PropertyMap{
		"Effect": resource.NewProperty("Allow"), "Action": policy["action"], "Resource": resource.NewProperty("*"),
		"Principal": principal,
	}
	if !graph.NewValue(principal).Is("*") {
		statement["Principal"] = resource.NewProperty(resource.PropertyMap{"AWS": principal})
	}
	if condition := graph.NewValue(policy["condition"]); !condition.Absent() {
		operator, _ := condition.Get("type").Str()
		key, _ := condition.Get("key").Str()
		statement["Condition"] = unknown()
		if operator != "" && key != "" {
			statement["Condition"] = resource.NewProperty(resource.PropertyMap{resource.PropertyKey(operator): resource.NewProperty(
				resource.PropertyMap{resource.PropertyKey(key): put(condition.Get("value"))})})
		}
	}
	policy["policy"] = put(oneStatement.adapt(graph.NewValue(resource.NewProperty(statement))))
}
