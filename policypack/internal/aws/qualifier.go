package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Qualifier is what a reference to a function means: the function itself, which is its version $LATEST, a published
// version or an alias.
type Qualifier struct {
	// Text is the version's number or the alias's name, empty for the function itself and while it is not known.
	Text string
	// Alias is the alias, if it is in the stack.
	Alias *graph.Resource

	itself answer.Answer
}

// qualified returns a qualifier by its text; without a text, it is the function itself.
func qualified(text string) Qualifier {
	if text == "" || text == "$LATEST" {
		return Qualifier{itself: answer.Yes}
	}
	return Qualifier{itself: answer.No, Text: text}
}

func qualifierByAlias(alias *graph.Resource) Qualifier {
	name, _ := alias.PhysicalName().Str()
	return Qualifier{itself: answer.No, Text: name, Alias: alias}
}

// appliesTo reports whether what is configured for q applies when other is invoked. If the only thing known about the
// invoked ARN is that it comes from the function, it is assumed to be the function's own.
func (q Qualifier) appliesTo(other Qualifier) answer.Answer {
	switch {
	case q.itself == answer.Yes && other.itself != answer.No:
		return answer.Yes
	case q.itself == answer.Unknown || other.itself == answer.Unknown:
		return answer.Unknown
	case q.itself != other.itself:
		return answer.No
	case q.Alias != nil && q.Alias == other.Alias, q.Text != "" && q.Text == other.Text:
		return answer.Yes
	case q.Text == "", other.Text == "", isVersion(q.Text) != isVersion(other.Text):
		return answer.Unknown // an alias may point to that version
	}
	return answer.No
}

// isVersion reports whether a qualifier is a version's number: an alias's name cannot be all digits.
func isVersion(text string) bool { return strings.Trim(text, "0123456789") == "" }

// qualifierIn returns the version or alias in a function's ARN, or "".
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
