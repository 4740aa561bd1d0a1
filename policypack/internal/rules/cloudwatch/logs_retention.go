package cloudwatch

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var logsRetention = &rule.Rule{
	ID:    "logs-retention",
	Title: "Every function's log group is declared and has a retention period.",
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
		rule.Each((*aws.Stack).Functions, judgeDeclared)(p)
		rule.Each((*aws.Stack).LogGroups, judgeRetention)(p)
	},
	// A group that is named for a function is one that Lambda would make without retention; other groups may be kept for
	// ever on purpose.
	Remediate: rule.Remediate(func(p *rule.Pass, r *graph.Resource) rule.Verdict {
		group := aws.LogGroupOf(r)
		if r.Type != graph.LogGroup || !group.IsNamedForFunction() {
			return rule.OK
		}
		return rule.Verdict{Answer: group.Expires(), Fix: fix.Set(r, "retentionInDays", p.Number("retentionInDays")).Safely()}
	}),
}

// judgeDeclared judges whether the log group of a function is declared.
func judgeDeclared(p *rule.Pass, f *aws.Function) rule.Verdict {
	declares, maybe := f.DeclaresLogGroup()
	why := "its log group is not in this stack, or not known yet"
	if maybe != nil {
		why = maybe.String() + " may be its log group"
	}
	key := rule.NewKey(f.Name+"-log", f.Resource, aws.CloudWatchLogs(f.Resource))
	return rule.Verdict{
		Answer:  declares,
		Message: f.String() + " has no declared log group: Lambda makes one that is kept for ever.",
		Reason:  "whether the log group of " + f.String() + " is declared is not known: " + why,
		Fix: fix.Add(rule.Declare(f.Resource, graph.LogGroup, f.Name, fix.Object{
			{Name: "name", Value: fix.Joined{"/aws/lambda/", fix.Output{Resource: f.Resource, Property: "name"}}},
			{Name: "retentionInDays", Value: p.Number("retentionInDays")},
			{Name: "kmsKeyId", Value: fix.NewOutput{Declaration: key, Property: "arn"}},
		})).And(fix.Add(key)).Deciding("import the group if Lambda has made it already"),
	}
}

// judgeRetention judges whether the log group of a function drops what is old. Other groups may be kept on purpose.
func judgeRetention(p *rule.Pass, group *aws.LogGroup) rule.Verdict {
	f := group.Function()
	if f == nil {
		return rule.OK
	}
	expire := fix.Set(group.Resource, "retentionInDays", p.Number("retentionInDays"))
	if group.IsNamedForFunction() {
		expire = expire.Safely()
	} else {
		expire = expire.Deciding("choose how long logs are needed: older ones are deleted")
	}
	return rule.Verdict{
		Answer: group.Expires(), Property: "retentionInDays",
		Message: group.String() + ", the log group of " + f.String() + ", keeps logs for ever.",
		Reason:  "retentionInDays of " + group.String() + " is not known yet",
		Fix:     expire,
	}
}
