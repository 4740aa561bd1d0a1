package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var deadLetterQueue = &rule.Rule{
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
	CheckStack: rule.Each((*aws.Stack).Functions, func(p *rule.Pass, f *aws.Function) []rule.Verdict {
		var all []rule.Verdict
		for _, sink := range f.Sinks() {
			if sink.IsGiven() == answer.Yes && sink.Holder.Managed() {
				all = append(all, judgeSink(p, sink))
			}
		}
		async := f.Async(f.DeadLetterTarget().IsGiven(), func(c *aws.InvokeConfig) answer.Answer { return f.OnFailure(c).IsGiven() })
		switch async.State {
		case aws.AsyncGiven, aws.AsyncNotInvoked:
			return all
		case aws.AsyncQualifierUnknown:
			return append(all, rule.NotEvaluated(f.Resource, "whether an onFailure destination of "+f.String()+" is for what "+
				async.Trigger.String()+" invokes is not known yet"))
		case aws.AsyncValueUnknown:
			return append(all, rule.NotEvaluated(f.Resource, "the dead-letter target of "+f.String()+" is not known yet"))
		case aws.AsyncConfigUnknown:
			return append(all, rule.NotEvaluated(f.Resource, async.Config.String()+" may give "+f.String()+
				" an on-failure destination: its function is not known yet"))
		case aws.AsyncTriggerUnknown:
			return append(all, rule.NotEvaluated(f.Resource, "whether "+async.Trigger.String()+" invokes "+f.String()+
				" asynchronously is not known yet"))
		default: // missing, or for another version or alias
		}
		lacks := ") and has neither a deadLetterConfig nor an onFailure destination: events it fails on are lost."
		if async.State == aws.AsyncOfAnotherQualifier {
			lacks = ") and has no deadLetterConfig, and no onFailure destination of it is for the version or alias that is " +
				"invoked: events it fails on are lost."
		}
		return append(all, rule.Violation(f.Resource, "deadLetterConfig",
			f.String()+" is invoked asynchronously (by "+async.Trigger.String()+lacks, addDeadLetterQueue(p, f)))
	}),
}

// addDeadLetterQueue returns the fix that gives a function a dead-letter queue to which it may send, and an alarm.
func addDeadLetterQueue(p *rule.Pass, f *aws.Function) fix.Fix {
	queue := rule.Declare(f.Resource, graph.Queue, f.Name+"-dead-letters", fix.Object{
		{Name: "messageRetentionSeconds", Value: 14 * aws.SecondsPerDay},
	})
	arn := fix.NewOutput{Declaration: queue, Property: "arn"}
	add := fix.Set(f.Resource, "deadLetterConfig.targetArn", arn).And(fix.Add(queue)).Safely()
	if role := f.Role(); role != nil {
		allow := rule.AllowRole(role, f.Name+"-dead-letters", arn, "sqs:SendMessage").Safely()
		add = add.And(rule.Before(f.Resource, allow)) // Lambda refuses a queue that the role may not send to
	} else {
		add = add.Deciding("allow the function's role sqs:SendMessage on the queue")
	}
	return add.And(rule.AddAlarm(p.Stack, aws.QueueDepth, f.Resource, f.Name+"-dead-letters",
		fix.NewOutput{Declaration: queue, Property: "name"}))
}

// judgeSink judges whether what a function failed on arrives where it sends it.
func judgeSink(p *rule.Pass, sink aws.Sink) rule.Verdict {
	f, of := sink.Function, sink.Property+" of "+sink.Holder.String()
	wants := "a standard SQS queue, a standard SNS topic, an EventBridge bus, a function or a bucket"
	if sink.IsDeadLetterTarget() {
		wants = "a standard SQS queue or SNS topic"
	}
	accepts, action := sink.Accepts()
	switch accepts {
	case answer.No:
		return rule.Violation(sink.Holder, sink.Property, of+" is "+sink.Value().Show()+", which is not "+wants+".",
			fix.Set(sink.Holder, sink.Property, fix.Choice("the ARN of a standard SQS queue or SNS topic")))
	case answer.Unknown:
		return rule.NotEvaluated(sink.Holder, of+" is computed from "+text.Names(sink.Targets())+": whether it is "+wants+
			" is not known yet")
	case answer.Yes:
	}
	role := f.Role()
	if role == nil {
		return rule.NotEvaluated(f.Resource, "the role of "+f.String()+" is not declared in this stack, or not known yet")
	}
	request := sink.Request()
	may, why := p.Stack.Roles().Allows(role, request)
	switch {
	case may == answer.Yes:
		return rule.OK
	case may == answer.Unknown:
		return rule.NotEvaluated(f.Resource, "whether "+role.String()+" allows "+action+" is not known: "+why)
	case request.Target == nil:
		return rule.NotEvaluated(f.Resource, "the dead-letter target of "+f.String()+" is not in this stack, and may itself allow what "+
			role.String()+" does not: "+action)
	}
	on, because := any(fix.Output{Resource: request.Target, Property: "arn"}), role.String()+" does not allow "+action+" there"
	if request.Target.Type == graph.Bucket {
		on = fix.Joined{on, "/*"}
	}
	allow := rule.AllowRole(role, f.Name+"-dead-letters", on, action).Safely()
	if obstacles, allowed := p.Stack.Roles().Obstacles(role, request); len(obstacles) > 0 {
		if allowed {
			allow = fix.Fix{}
		}
		because, allow = why, rule.AllowDespite(p.Stack, role, request.Target, on, obstacles, allow, action)
	}
	return rule.Violation(f.Resource, "role", f.String()+" sends failed events to "+request.Target.String()+", but "+because+
		": they are lost.", allow)
}
