package rules

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaAsyncRetries = &rule.Rule{
	ID:    "lambda-async-retries",
	Title: "A function that is invoked asynchronously says how often and how long an event is tried.",
	Rationale: "Left alone, Lambda tries a failed event twice more, and a throttled one for six hours. For a function that " +
		"is not idempotent that is twice too often, and a thumbnail that comes six hours late hides a problem that " +
		"somebody should have been told of.",
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
	CheckStack: func(p *rule.Pass) {
		triggers := asynchronousTriggers(p.Graph)
		configs := p.Graph.Referrers(p.Graph.All(graph.FunctionEventInvokeConfig), graph.Arg("functionName"), graph.Function)
		for _, function := range p.Graph.Managed(graph.Function) {
			candidates := configs.Linked(function)
			explicit, elsewhere := triggers.configured(function, candidates, givesRetries)
			var config *graph.Resource
			if len(candidates) > 0 {
				config = slices.MaxFunc(candidates, func(a, b *graph.Resource) int { return cmp.Compare(givesRetries(a), givesRetries(b)) })
			}
			invoked, maybe := triggers.of(function), triggers.maybe(function)
			switch {
			case explicit == answer.Yes, len(invoked) == 0 && maybe == nil:
			case explicit == answer.Unknown && elsewhere != nil:
				p.NotEvaluated(function, "whether a FunctionEventInvokeConfig is for what %s invokes of %s is not known yet",
					elsewhere, function)
			case explicit == answer.Unknown:
				p.NotEvaluated(config, "the limits in %s are not known yet", config)
			case configs.Maybe(function) != nil:
				p.NotEvaluated(function, "%s may be for %s: its function is not known yet", configs.Maybe(function), function)
			case len(invoked) == 0:
				p.NotEvaluated(function, "whether %s invokes %s asynchronously is not known yet", maybe, function)
			case elsewhere != nil:
				p.Report(function, "", function.String()+" is invoked asynchronously (by "+elsewhere.String()+
					"), and no FunctionEventInvokeConfig with both limits is for the version or alias that is invoked.",
					"give one the qualifier that "+elsewhere.String()+" invokes (none for the function itself), with "+
						"maximumRetryAttempts and maximumEventAgeInSeconds")
			case config != nil && config.Managed():
				p.Report(config, "", config.String()+" leaves maximumRetryAttempts or maximumEventAgeInSeconds to Lambda's default.",
					"set maximumRetryAttempts and maximumEventAgeInSeconds")
			default:
				p.Report(function, "", function.String()+" is invoked asynchronously (by "+invoked[0].String()+
					") and nothing says how often and how long an event is tried.",
					"declare an aws.lambda.FunctionEventInvokeConfig for it with maximumRetryAttempts and maximumEventAgeInSeconds")
			}
		}
	},
}

// givesRetries says whether a configuration has both limits from the program. Of
// one that the program only reads, whatever it has counts.
func givesRetries(config *graph.Resource) answer.Answer {
	if !config.Managed() {
		return answer.Yes
	}
	arguments := graph.NewValue(resource.NewProperty(config.Inputs))
	return min(isGiven(arguments, "maximumRetryAttempts"), arguments.Get("maximumEventAgeInSeconds").AtLeast(1))
}
