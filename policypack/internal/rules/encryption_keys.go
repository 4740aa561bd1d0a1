package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// hasKey says whether an argument names a KMS key. Where the whole stack is
// known, a value that is computed from a resource is there once that is.
func hasKey(r *graph.Resource, argument string) answer.Answer {
	switch v := r.Arg(argument); {
	case v.Absent() || v.Is(""):
		return answer.No
	case v.Known() || len(r.PropertyDependencies[resource.PropertyKey(argument)]) > 0:
		return answer.Yes
	default:
		return answer.Unknown
	}
}

// isAWSKey says that a value is known to name the key that AWS manages for a
// service (`sns`), by its alias or the alias's ARN. Nobody can change its policy.
func isAWSKey(v graph.Value, service string) bool {
	text, _ := v.Str()
	alias := "alias/aws/" + service
	return text == alias || strings.HasPrefix(text, "arn:") && strings.HasSuffix(text, ":"+alias)
}

// checkKeysKnown says of which resources of a type it is not known whether they
// have a key. Resource by resource that cannot be told: a value may be unknown
// only because the key is yet to be created.
func checkKeysKnown(p *rule.Pass, t graph.Type, argument string, needed func(*graph.Resource) bool) {
	for _, r := range p.Graph.Managed(t) {
		if needed(r) && hasKey(r, argument) == answer.Unknown {
			p.NotEvaluated(r, "%s of %s is not known yet", argument, r)
		}
	}
}
