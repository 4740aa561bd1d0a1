package rules

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaDeadLetterQueue = &rule.Rule{
	ID:    "lambda-dead-letter-queue",
	Title: "A function that is invoked asynchronously keeps the events it fails on.",
	Rationale: "Lambda tries an asynchronous event three times and then drops it. Without a dead-letter queue or an " +
		"on-failure destination that the function may send to, every image that could not be processed is lost " +
		"without a trace.",
	Remediation: "Give the function a deadLetterConfig with the ARN of a standard SQS queue or SNS topic, or an " +
		"aws.lambda.FunctionEventInvokeConfig with an onFailure destination, and allow its role to send there.",
	Limitations: "Invocations that other stacks and SDK calls make. A function invoked only synchronously or by polling is " +
		"not asked for a dead-letter queue, since Lambda ignores it there. Of a function whose triggers are known by its " +
		"permissions alone, which version or alias is invoked: any onFailure destination of it counts.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function, graph.FunctionEventInvokeConfig},
	Equivalents: []string{"Checkov CKV_AWS_116"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/lambda/functioneventinvokeconfig/",
	},
	CheckStack: func(p *rule.Pass) {
		triggers := asynchronousTriggers(p.Graph)
		invokeConfigs := p.Graph.Referrers(
			p.Graph.All(graph.FunctionEventInvokeConfig), graph.Arg("functionName"), graph.Function)
		roles := iam.RolesOf(p.Graph)
		for _, function := range p.Graph.Managed(graph.Function) {
			configs := invokeConfigs.Linked(function)
			sinks := []sink{deadLetterConfig(function)}
			for _, config := range configs {
				sinks = append(sinks, onFailure(config))
			}
			keeps := map[*graph.Resource]answer.Answer{}
			for _, s := range sinks {
				keeps[s.holder] = answer.No
				if !s.value.Absent() && !s.value.Is("") {
					keeps[s.holder] = checkSink(p, function, s, roles)
				}
			}
			has, elsewhere := triggers.configured(function, configs, func(c *graph.Resource) answer.Answer { return keeps[c] })
			has = max(has, keeps[function])
			if has == answer.Yes {
				continue
			}
			invokedBy := triggers.of(function)
			maybeBy, maybeConfig := triggers.maybe(function), invokeConfigs.Maybe(function)
			switch {
			case len(invokedBy) == 0 && maybeBy == nil:
			case has == answer.Unknown && elsewhere != nil && keeps[function] == answer.No:
				p.NotEvaluated(function, "whether an onFailure destination of %s is for what %s invokes is not known yet",
					function, elsewhere)
			case has == answer.Unknown:
				p.NotEvaluated(function, "the dead-letter target of %s is not known yet", function)
			case maybeConfig != nil:
				p.NotEvaluated(function, "%s may give %s an on-failure destination: its function is not known yet",
					maybeConfig, function)
			case len(invokedBy) == 0:
				p.NotEvaluated(function, "whether %s invokes %s asynchronously is not known yet", maybeBy, function)
			case elsewhere != nil:
				p.Report(function, "deadLetterConfig", function.String()+" is invoked asynchronously (by "+
					elsewhere.String()+") and has no deadLetterConfig, and no onFailure destination of it is for the version "+
					"or alias that is invoked: events it fails on are lost.",
					"give the FunctionEventInvokeConfig the qualifier that "+elsewhere.String()+" invokes (none for the "+
						"function itself), or set deadLetterConfig: {targetArn: the ARN of an SQS queue}")
			default:
				p.Report(function, "deadLetterConfig", function.String()+" is invoked asynchronously (by "+
					invokedBy[0].String()+") and has neither a deadLetterConfig nor an onFailure destination: "+
					"events it fails on are lost.",
					"set deadLetterConfig: {targetArn: the ARN of an SQS queue} and allow the role sqs:SendMessage on it")
			}
		}
	},
}

// sink is where a function's failed events go.
type sink struct {
	holder *graph.Resource
	ref    graph.Ref
	path   string
	value  graph.Value
	// kinds are the services it may be at, with what the role needs for it.
	kinds map[string]string
	wants string
}

func deadLetterConfig(function *graph.Resource) sink {
	ref := deadLetterArg(function)[0]
	return sink{function, ref, "deadLetterConfig.targetArn", ref.Value, map[string]string{
		"sqs": "sqs:SendMessage", "sns": "sns:Publish",
	}, "a standard SQS queue or SNS topic"}
}

func onFailure(config *graph.Resource) sink {
	ref := onFailureArg(config)[0]
	return sink{config, ref, "destinationConfig.onFailure.destination", ref.Value, map[string]string{
		"sqs": "sqs:SendMessage", "sns": "sns:Publish",
		"events": "events:PutEvents", "lambda": "lambda:InvokeFunction", "s3": "s3:PutObject",
	}, "a standard SQS queue, a standard SNS topic, an EventBridge bus, a function or a bucket"}
}

// sinkTypes are the resources a sink can be, of those that a stack declares.
var sinkTypes = []graph.Type{graph.Queue, graph.Topic, graph.EventBus, graph.Function, graph.Bucket}

// checkSink judges where a function sends what it failed on, and says whether
// that is known to be somewhere.
func checkSink(p *rule.Pass, function *graph.Resource, s sink, roles *iam.Roles) answer.Answer {
	target := p.Graph.Resolve(s.holder, s.ref, sinkTypes...)
	linked := target.Linked()
	text, known := s.value.Str()
	if !known && len(linked) == 0 {
		return answer.Unknown
	}
	if !s.holder.Managed() {
		return answer.Yes
	}
	var service string
	if known {
		if a, err := arn.Parse(text); err == nil {
			service = a.Service
		}
		if s.kinds[service] == "" || strings.HasSuffix(text, ".fifo") {
			p.Report(s.holder, s.path, s.path+" of "+s.holder.String()+" is "+s.value.Show()+", which is not "+
				s.wants+".", "use the ARN of a standard SQS queue or SNS topic")
			return answer.Yes
		}
	} else {
		service = services[linked[0].Type]
		if len(linked) > 1 || s.kinds[service] == "" || isFIFO(linked[0]) {
			p.NotEvaluated(s.holder, "%s of %s is computed from %s: whether it is %s is not known yet",
				s.path, s.holder, names(linked), s.wants)
			return answer.Yes
		}
	}
	var resource *graph.Resource
	if len(linked) > 0 {
		resource = linked[0]
	}
	checkMaySend(p, function, roles, s.kinds[service], resource, text)
	return answer.Yes
}

// services are the services of the sink types, as ARNs have them.
var services = map[graph.Type]string{
	graph.Queue: "sqs", graph.Topic: "sns", graph.EventBus: "events", graph.Function: "lambda", graph.Bucket: "s3",
}

func isFIFO(r *graph.Resource) bool {
	name, _ := r.PhysicalName().Str()
	byQueue, _ := r.Arg("fifoQueue").Bool()
	byTopic, _ := r.Arg("fifoTopic").Bool()
	return byQueue || byTopic || strings.HasSuffix(name, ".fifo")
}

// checkMaySend asks whether the function's role allows the action that sending
// to a sink takes: Lambda sends with the function's own role. The target is nil
// when it is not in this stack.
func checkMaySend(p *rule.Pass, function *graph.Resource, all *iam.Roles, action string, target *graph.Resource, targetARN string) {
	roles := p.Graph.Resolve(function, function.Ref("role"), graph.Role).Linked()
	if len(roles) != 1 {
		p.NotEvaluated(function, "the role of %s is not declared in this stack, or not known yet", function)
		return
	}
	role := roles[0]
	request := iam.Request{Action: action, Target: target, ARN: targetARN}
	switch may, why := all.Allows(role, request); {
	case may == answer.Yes:
	case may == answer.No && target == nil:
		p.NotEvaluated(function, "the dead-letter target of %s is not in this stack, and may itself allow what %s does not: %s",
			function, role, action)
	case may == answer.No:
		obstacle, fix := all.Obstacle(role, request)
		if fix == "" {
			obstacle = role.String() + " does not allow " + action + " there"
			fix = "allow " + action + " on " + target.String() + " in a policy of " + role.String()
		}
		p.Report(function, "role", function.String()+" sends failed events to "+target.String()+", but "+obstacle+
			": they are lost.", fix)
	default:
		p.NotEvaluated(function, "whether %s allows %s is not known: %s", role, action, why)
	}
}
