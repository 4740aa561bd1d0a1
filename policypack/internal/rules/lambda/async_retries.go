package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var asyncRetries = &rule.Rule{
	ID:    "lambda-async-retries",
	Title: "A function that is invoked asynchronously limits how often and how long an event is tried.",
	Rationale: "Left alone, Lambda tries a failed event twice more, and a throttled one for six hours. For a function that " +
		"is not idempotent that is twice too often, and a thumbnail that comes six hours late hides a problem that " +
		"somebody should have heard of.",
	Remediation: "Declare an aws.lambda.FunctionEventInvokeConfig for the function with maximumRetryAttempts and " +
		"maximumEventAgeInSeconds.",
	Limitations: "Whether the values suit the function, and two retries that the provider filled in, which in what the engine " +
		"shows look like the program's. Invocations by other stacks and SDK calls. Of a function whose triggers are known " +
		"by its permissions alone, which version or alias is invoked: any FunctionEventInvokeConfig of it counts.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function, graph.FunctionEventInvokeConfig},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/lambda/functioneventinvokeconfig/",
	},
	CheckStack: rule.Each((*aws.Stack).Functions, func(_ *rule.Pass, f *aws.Function) rule.Verdict {
		switch async := f.Async(answer.No, (*aws.InvokeConfig).LimitsRetries); async.State {
		case aws.AsyncGiven, aws.AsyncNotInvoked:
			return rule.OK
		case aws.AsyncQualifierUnknown:
			return rule.NotEvaluated(f.Resource, "whether a FunctionEventInvokeConfig is for what "+async.Trigger.String()+
				" invokes of "+f.String()+" is not known yet")
		case aws.AsyncValueUnknown:
			return rule.NotEvaluated(async.Config.Resource, "the limits in "+async.Config.String()+" are not known yet")
		case aws.AsyncConfigUnknown:
			return rule.NotEvaluated(f.Resource, async.Config.String()+" may be for "+f.String()+": its function is not known yet")
		case aws.AsyncTriggerUnknown:
			return rule.NotEvaluated(f.Resource, "whether "+async.Trigger.String()+" invokes "+f.String()+
				" asynchronously is not known yet")
		case aws.AsyncOfAnotherQualifier:
			return rule.Violation(f.Resource, "", f.String()+" is invoked asynchronously (by "+async.Trigger.String()+
				"), and no FunctionEventInvokeConfig with both limits is for the version or alias that is invoked.",
				addRetries(f, async.Invoked))
		default: // aws.AsyncMissing
			if config := async.Config; config != nil && config.Managed() {
				var limit fix.Fix
				for _, l := range config.Limits() {
					if l.Chosen == answer.No {
						limit = limit.And(fix.Set(config.Resource, l.Property, retries[l.Property]))
					}
				}
				return rule.Violation(config.Resource, "", config.String()+" leaves maximumRetryAttempts or "+
					"maximumEventAgeInSeconds to Lambda's default.", limit.Deciding(decideRetries))
			}
			return rule.Violation(f.Resource, "", f.String()+" is invoked asynchronously (by "+async.Trigger.String()+
				") and nothing says how often and how long an event is tried.", addRetries(f, async.Invoked))
		}
	}),
}

const decideRetries = "choose how often, and for how many seconds, an event is tried"

// retries are limits to begin with: as many as Lambda's default, within an hour.
var retries = map[string]any{"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 3600}

// addRetries returns the fix that limits the retries of what is invoked of a function.
func addRetries(f *aws.Function, invoked aws.Qualifier) fix.Fix {
	arguments := fix.Object{{Name: "functionName", Value: fix.Output{Resource: f.Resource, Property: "name"}}}
	if invoked.Alias != nil {
		arguments = append(arguments, fix.Member{Name: "qualifier", Value: fix.Output{Resource: invoked.Alias, Property: "name"}})
	} else if invoked.Text != "" {
		arguments = append(arguments, fix.Member{Name: "qualifier", Value: invoked.Text})
	}
	for _, name := range []string{"maximumRetryAttempts", "maximumEventAgeInSeconds"} {
		arguments = append(arguments, fix.Member{Name: name, Value: retries[name]})
	}
	return fix.Add(rule.Declare(f.Resource, graph.FunctionEventInvokeConfig, f.Name, arguments)).
		Deciding(decideRetries)
}
