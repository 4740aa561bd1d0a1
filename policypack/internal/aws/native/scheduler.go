package native

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
var schedulerKinds = map[graph.Type]kind{
	"aws-native:scheduler:Schedule": {to: graph.Schedule, outputs: renamed("arn arn")},
}
