package rule

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Declare returns the declaration of a resource in the region of another one, if that names its own: all resources do
// by their argument since version 7 of pulumi-aws, and else by their provider.
func Declare(near *graph.Resource, t graph.Type, name string, arguments fix.Object) *fix.Declaration {
	region := near.Arg("region")
	if given, known := region.Str(); known && given != "" && !region.Secret() {
		arguments = append(arguments, fix.Member{Name: "region", Value: given})
	}
	return &fix.Declaration{Type: t, Name: name, Arguments: arguments}
}

// AllowRole returns the fix that allows a role actions on a resource, which is an ARN or an output that holds one.
func AllowRole(role *graph.Resource, name string, on any, actions ...string) fix.Fix {
	list := anyOf(actions)
	return fix.Add(&fix.Declaration{Type: graph.RolePolicy, Name: name, Arguments: fix.Object{
		{Name: "role", Value: fix.Output{Resource: role, Property: "name"}},
		{Name: "policy", Value: fix.JSON{Value: policyOf(fix.Object{
			{Name: "Effect", Value: "Allow"}, {Name: "Action", Value: list}, {Name: "Resource", Value: on},
		})}},
	}})
}

// AllowService returns the statement of a resource's policy that allows a service an action on it, on behalf of a source
// of one's own: without the account, one of that name in another account would do, too.
func AllowService(service aws.KeyService, action string, on, source any) fix.Object {
	return fix.Object{
		{Name: "Effect", Value: "Allow"},
		{Name: "Principal", Value: fix.Object{{Name: "Service", Value: service.Principal}}},
		{Name: "Action", Value: action},
		{Name: "Resource", Value: on},
		{Name: "Condition", Value: fix.Object{
			{Name: "ArnLike", Value: fix.Object{{Name: "aws:SourceArn", Value: source}}},
			{Name: "StringEquals", Value: fix.Object{{Name: "aws:SourceAccount", Value: OwnAccount}}},
		}},
	}
}

// OwnAccount is the id of the account that the stack is deployed to.
const OwnAccount = fix.Choice("the id of your account")

// AllowDelivery returns the fix that allows S3 to deliver the events of an entry to a target, which has the policies,
// before the notification is created; that does not wait for those of late yet.
func AllowDelivery(e aws.NotificationEntry, target *graph.Resource, policies aws.Policies, late []*graph.Resource) fix.Fix {
	var allow fix.Fix
	arn := any(fix.Choice("the ARN of the bucket"))
	if bucket := e.Notification.Bucket(); bucket != nil {
		arn = fix.Output{Resource: bucket.Resource, Property: "arn"}
	}
	switch target.Type {
	case graph.Queue, graph.Topic:
		allow = AddStatement(policies, AllowService(aws.S3, e.Kind.Action, fix.Output{Resource: target, Property: "arn"}, arn))
	default:
		name := "name"
		if target.Type == graph.FunctionAlias {
			name = "arn"
		}
		permission := fix.Object{
			{Name: "action", Value: e.Kind.Action},
			{Name: "function", Value: fix.Output{Resource: target, Property: name}},
			{Name: "principal", Value: aws.S3.Principal},
			{Name: "sourceArn", Value: arn},
			{Name: "sourceAccount", Value: OwnAccount},
		}
		if region, given := target.Arg("region").Str(); given { // a permission in another region is for another function
			permission = append(permission, fix.Member{Name: "region", Value: region})
		}
		allow = fix.Add(&fix.Declaration{Type: graph.Permission, Name: target.Name + "-" + e.Notification.Name, Arguments: permission})
	}
	if len(late) > 0 {
		allow = allow.And(fix.Wait(e.Notification.Resource, late...))
	}
	if added := allow.Added(); len(added) > 0 {
		allow = allow.And(fix.WaitForNew(e.Notification.Resource, added...))
	}
	return allow.Deciding("fill in the id of your account, without which a bucket of that name in another account would do, too")
}

// Before returns a fix after whose additions, such as permissions that AWS asks for at once, a resource is created or
// changed.
func Before(r *graph.Resource, add fix.Fix) fix.Fix {
	return add.And(fix.WaitForNew(r, add.Added()...).Safely())
}

// anyOf returns a list as the value of an argument.
func anyOf(list []string) []any {
	values := make([]any, len(list))
	for i, item := range list {
		values[i] = item
	}
	return values
}

// policyOf returns a policy document.
func policyOf(statements ...any) fix.Object {
	return fix.Object{{Name: "Version", Value: "2012-10-17"}, {Name: "Statement", Value: statements}}
}

// AttachManaged returns the fix that gives a role one of AWS's managed policies.
func AttachManaged(role *graph.Resource, name, policy string) fix.Fix {
	arn := "arn:" + naming.PartitionOf(role.Region().Name).Name + ":iam::aws:policy/" + policy
	return fix.Add(&fix.Declaration{Type: graph.RolePolicyAttachment, Name: name, Arguments: fix.Object{
		{Name: "role", Value: fix.Output{Resource: role, Property: "name"}},
		{Name: "policyArn", Value: arn},
	}})
}

// AddAlarm returns the fix that declares an alarm on a metric of a resource, which is near, or which the fix adds and of
// names. The alarm sends to a topic of the stack that somebody listens to, or to one that the fix adds.
func AddAlarm(stack *aws.Stack, m *aws.Metric, near *graph.Resource, name string, of any) fix.Fix {
	statistic := "Sum"
	if m == aws.QueueDepth {
		statistic = "Maximum"
	}
	topic, add := alarmTopic(stack, near)
	return fix.Add(Declare(near, graph.MetricAlarm, name, fix.Object{
		{Name: "namespace", Value: m.Namespace},
		{Name: "metricName", Value: m.Name},
		{Name: "dimensions", Value: fix.Object{{Name: m.Dimension, Value: of}}},
		{Name: "statistic", Value: statistic},
		{Name: "period", Value: 60},
		{Name: "evaluationPeriods", Value: 1},
		{Name: "comparisonOperator", Value: "GreaterThanThreshold"},
		{Name: "threshold", Value: 0},
		{Name: "treatMissingData", Value: "notBreaching"},
		{Name: "alarmActions", Value: []any{topic}},
	})).Safely().And(add)
}

// SendAlarm returns the fix that makes an alarm send to a topic as AddAlarm does.
func SendAlarm(stack *aws.Stack, alarm *graph.Resource) fix.Fix {
	topic, add := alarmTopic(stack, alarm)
	return fix.Set(alarm, "alarmActions", []any{topic}).Safely().And(add)
}

// alarmTopic returns the ARN of a topic near a resource that somebody listens to, and the fix that adds it, if the stack
// has none: encrypted with a key that CloudWatch may use. What is left to decide is whom it reaches.
func alarmTopic(stack *aws.Stack, near *graph.Resource) (arn any, add fix.Fix) {
	if topic := stack.AlarmTopic(near); topic != nil {
		return fix.Output{Resource: topic, Property: "arn"}, fix.Fix{}.Safely()
	}
	key := NewKey("alarms", near, aws.CloudWatch)
	topic := Declare(near, graph.Topic, "alarms", fix.Object{
		{Name: "kmsMasterKeyId", Value: fix.NewOutput{Declaration: key, Property: "arn"}},
	})
	arn = fix.NewOutput{Declaration: topic, Property: "arn"}
	return arn, fix.Add(key).And(fix.Add(topic)).And(Subscribe(near, arn))
}

// Subscribe returns the fix that subscribes somebody to a topic, which is an output that holds its ARN, in the region of
// a resource.
func Subscribe(near *graph.Resource, topic any) fix.Fix {
	return fix.Add(Declare(near, graph.TopicSubscription, "oncall", fix.Object{
		{Name: "topic", Value: topic},
		{Name: "protocol", Value: "email"},
		{Name: "endpoint", Value: fix.Choice("the address of whoever is on call")},
	})).Deciding("choose whom the alarm reaches")
}

// AllowDespite returns the fix that allows a role actions on a resource of the stack, which is an ARN or an output that
// holds one, despite what keeps the role from them. The fix that adds a policy is for a role that has none which allows
// them.
func AllowDespite(
	stack *aws.Stack, role, target *graph.Resource, on any, obstacles []iam.Obstacle, add fix.Fix, actions ...string,
) fix.Fix {
	list := anyOf(actions)
	allow := fix.Object{{Name: "Effect", Value: "Allow"}, {Name: "Action", Value: list}, {Name: "Resource", Value: on}}
	for _, o := range obstacles {
		switch editable := o.Holder != nil && o.Holder.Managed(); {
		case o.Kind == iam.WithholdsKey:
			add = add.And(AddStatement(stack.Policies(target), fix.Object{
				{Name: "Effect", Value: "Allow"},
				{Name: "Principal", Value: fix.Object{{Name: "AWS", Value: fix.Output{Resource: role, Property: "arn"}}}},
				{Name: "Action", Value: list},
				{Name: "Resource", Value: "*"},
			}))
		case !editable && o.Kind == iam.Bounds:
			add = add.And(fix.Set(role, "permissionsBoundary", fix.Choice("the ARN of a policy that allows "+strings.Join(actions, ", "))))
		case !editable: // a policy of AWS's, or one that the program only reads
			return fix.Advise("replace the policy of " + role.String() + " that denies it")
		case o.Kind == iam.Bounds:
			add = add.And(fix.Append(o.Holder, o.Path+".Statement", allow))
		case o.Kind == iam.Denies:
			for _, statement := range slices.Backward(o.Statements) { // the last first: the others keep their places
				add = add.And(fix.Remove(o.Holder, o.Path+"."+statement.Path())).
					Deciding("or except " + role.String() + " from what denies it")
			}
		}
	}
	return add
}
