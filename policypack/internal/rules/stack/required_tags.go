package stack

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
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
	CheckResource: rule.EachResource(func(p *rule.Pass, r *graph.Resource) rule.Verdict {
		var missing, doubtful []string
		var set fix.Fix
		for _, key := range p.List("requiredTags") {
			switch aws.HasTag(r, key) {
			case answer.No:
				missing = append(missing, key)
				set = set.And(fix.Set(r, "tags["+strconv.Quote(key)+"]", fix.Choice("the "+key+" of "+r.String())))
			case answer.Unknown:
				doubtful = append(doubtful, key)
			case answer.Yes:
			}
		}
		switch {
		case len(missing) > 0:
			return rule.Violation(r, "tags", r.String()+" has no tag "+strings.Join(missing, ", ")+".",
				set.Deciding("or set them once for all resources, in the defaultTags of the aws provider"))
		case len(doubtful) > 0:
			return rule.NotEvaluated(r, "whether "+r.String()+" has the tag "+strings.Join(doubtful, ", ")+" is not known yet")
		default:
			return rule.OK
		}
	}),
}
