package rules

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// qualifier is what is meant of a function: itself, which is its version
// $LATEST, or a published version or an alias.
type qualifier struct {
	itself answer.Answer
	// text is the version's number or the alias's name, empty while it is not
	// known.
	text string
	// alias is the alias, if it is declared in this stack.
	alias *graph.Resource
}

// qualified is a qualifier by its text: none is the function itself.
func qualified(text string) qualifier {
	if text == "" || text == "$LATEST" {
		return qualifier{itself: answer.Yes}
	}
	return qualifier{itself: answer.No, text: text}
}

func qualifierByAlias(alias *graph.Resource) qualifier {
	name, _ := alias.PhysicalName().Str()
	return qualifier{itself: answer.No, text: name, alias: alias}
}

// qualifierOf is what a FunctionEventInvokeConfig is for. Its functionName may
// be an ARN that ends in the qualifier.
func qualifierOf(g *graph.Graph, config *graph.Resource) qualifier {
	ref := config.Ref("qualifier")
	if ref.Value.Absent() {
		function, _ := config.Setting("functionName").Str()
		return qualified(qualifierIn(function))
	}
	if text, known := ref.Value.Str(); known {
		return qualified(text)
	}
	if aliases := g.Resolve(config, ref, graph.FunctionAlias).Linked(); len(aliases) == 1 {
		return qualifierByAlias(aliases[0])
	}
	return qualifier{}
}

// isFor says whether what is configured for q counts when other is invoked.
// While the ARN that is invoked is only known to come from the function, it is
// taken for the function's own.
func (q qualifier) isFor(other qualifier) answer.Answer {
	switch {
	case q.itself == answer.Yes && other.itself != answer.No:
		return answer.Yes
	case q.itself == answer.Unknown || other.itself == answer.Unknown:
		return answer.Unknown
	case q.itself != other.itself:
		return answer.No
	case q.alias != nil && q.alias == other.alias, q.text != "" && q.text == other.text:
		return answer.Yes
	case q.text == "", other.text == "", isVersion(q.text) != isVersion(other.text):
		return answer.Unknown // an alias may be of that version
	}
	return answer.No
}

// isVersion says whether a qualifier is a version's number: an alias's name is
// not all digits.
func isVersion(text string) bool { return strings.Trim(text, "0123456789") == "" }

// qualifierIn is the version or alias in a function's ARN, or "".
func qualifierIn(s string) string {
	a, err := arn.Parse(s)
	if err != nil || a.Service != "lambda" {
		return ""
	}
	parts := strings.SplitN(a.Resource, ":", 3) // function:name:qualifier
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}
