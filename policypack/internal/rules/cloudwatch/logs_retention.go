package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var logsRetention = &rule.Rule{
	ID:    "logs-retention",
	Title: "Every function's log group is declared and says how long it keeps logs.",
	Rationale: "Lambda makes the log group that nobody declares, and keeps it for ever: after the function is gone, too, with " +
		"all that was ever logged, for a price that grows each month, and against whatever the privacy notice says.",
	Remediation: "Declare an aws.cloudwatch.LogGroup with the name /aws/lambda/ and the function's, or name it in the " +
		"function's loggingConfig.logGroup, and set retentionInDays.",
	Limitations: "Log groups of other stacks, and how long logs have to be kept.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function, graph.LogGroup},
	Equivalents: []string{"Checkov CKV_AWS_66"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
	},
	Params: []rule.Param{{
		Name: "retentionInDays", Type: rule.Integer, Default: 365,
		Description: "What the remediation sets; one of the periods that CloudWatch Logs offers.",
	}},
	CheckStack: func(p *rule.Pass) {
		logs := newLogGroups(p.Graph)
		for _, function := range p.Graph.Managed(graph.Function) {
			switch _, declared, why := logs.of(function); declared {
			case answer.No:
				p.Report(function, "", function.String()+" has no declared log group: Lambda makes one that is kept for ever.",
					"declare an aws.cloudwatch.LogGroup named /aws/lambda/ and the function's name, with retentionInDays")
			case answer.Unknown:
				p.NotEvaluated(function, "whether the log group of %s is declared is not known: %s", function, why)
			case answer.Yes:
			}
		}
		groups, functions := logs.managedOf()
		for _, group := range groups {
			switch expires(group) {
			case answer.No:
				p.Report(group, "retentionInDays", group.String()+", the log group of "+functions[group].String()+", keeps logs for ever.",
					"set retentionInDays")
			case answer.Unknown:
				p.NotEvaluated(group, "retentionInDays of %s is not known yet", group)
			case answer.Yes:
			}
		}
	},
	// A group that is named for a function is one that Lambda would make without
	// retention; other groups may be kept for ever on purpose.
	Remediate: func(p *rule.Pass, group *graph.Resource) resource.PropertyMap {
		name, _ := group.Arg("name").Str()
		if group.Type != graph.LogGroup || !strings.HasPrefix(name, lambdaLogPrefix) || expires(group) != answer.No {
			return nil
		}
		fixed := group.Inputs.Copy()
		fixed["retentionInDays"] = resource.NewProperty(float64(p.Number("retentionInDays")))
		return fixed
	},
}

// expires says whether a log group drops what is old; 0 days are the provider's
// way to say never.
func expires(group *graph.Resource) answer.Answer { return group.Arg("retentionInDays").AtLeast(1) }
