package rules

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// defaultsKey is where the provider notes, in an object of arguments, those that
// it filled in itself. The engine leaves the note out of what it shows to policy
// packs, while an exported state has it.
const defaultsKey = "__defaults"

// isGiven says whether the program itself gives a number in an object of
// arguments. Without the provider's note the provider's default may be the
// program's own choice as well.
func isGiven(arguments graph.Value, name string, byDefault float64) answer.Answer {
	v, note := arguments.Get(name), arguments.Get(defaultsKey)
	n, isNumber := v.Number()
	switch {
	case v.Absent(), slices.ContainsFunc(note.Items(), func(filledIn graph.Value) bool { return filledIn.Is(name) }):
		return answer.No
	case v.Unknown(), note.Absent() && isNumber && n == byDefault:
		return answer.Unknown
	}
	return answer.Yes
}
