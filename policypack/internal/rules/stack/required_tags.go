package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// taggable are the types of a pipeline that have taken the argument tags for as
// long as pulumi-aws 6 exists.
var taggable = []graph.Type{
	graph.Bucket, graph.CompositeAlarm, graph.EventBus, graph.EventRule, graph.Function, graph.Key, graph.LogGroup,
	graph.MetricAlarm, graph.Policy, graph.Queue, graph.Role, graph.Topic,
	"aws:ecr/repository:Repository", "aws:secretsmanager/secret:Secret", "aws:ssm/parameter:Parameter",
}

var requiredTags = &rule.Rule{
	ID:    "required-tags",
	Title: "Every resource has the tags that the parameter requiredTags asks for.",
	Rationale: "A resource that says neither whose it is nor what it is for is paid for by everybody, kept because nobody " +
		"dares to delete it, and has no one to call when it fails.",
	Remediation: "Set the tags once for all resources, as defaultTags of the aws provider, or as tags of the resource.",
	Limitations: "The values of tags, and types of resources that the rule does not list.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       taggable,
	Links: []string{
		"https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/provider/#defaulttags_go",
	},
	Params: []rule.Param{{
		Name: "requiredTags", Type: rule.Strings, Default: []string{},
		Description: "Keys of the tags that every resource must have. Upper and lower case differ, as they do to AWS. While " +
			"it is empty the rule asks for nothing.",
	}},
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		var missing, doubtful []string
		for _, key := range p.List("requiredTags") {
			switch max(hasTag(r.Arg("tags"), key), hasTag(defaultTags(r), key)) {
			case answer.No:
				missing = append(missing, key)
			case answer.Unknown:
				doubtful = append(doubtful, key)
			case answer.Yes:
			}
		}
		if len(missing) > 0 {
			p.Report(r, "tags", r.String()+" has no tag "+strings.Join(missing, ", ")+".",
				"set "+strings.Join(missing, ", ")+" in the defaultTags of the aws provider, or in tags")
		} else if len(doubtful) > 0 {
			p.NotEvaluated(r, "whether %s has the tag %s is not known yet", r, strings.Join(doubtful, ", "))
		}
	},
}

// defaultTags are those that the resource's provider adds. The real provider has
// merged them into the argument tags already.
func defaultTags(r *graph.Resource) graph.Value {
	if r.Provider == nil {
		return graph.Unknown
	}
	tags, isJSON := graph.NewValue(r.Provider["defaultTags"]).JSON()
	if !isJSON {
		return graph.Unknown
	}
	return tags.Get("tags")
}

// hasTag says whether a map of tags has the key, with whatever value.
func hasTag(tags graph.Value, key string) answer.Answer {
	switch {
	case tags.Unknown():
		return answer.Unknown
	case tags.Get(key).Absent():
		return answer.No
	}
	return answer.Yes
}
