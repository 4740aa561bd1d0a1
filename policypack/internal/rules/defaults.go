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

// isGiven says whether an object of arguments has one that, as far as the
// provider's note tells, the program itself gave.
func isGiven(arguments graph.Value, name string) answer.Answer {
	filledIn := func(v graph.Value) bool { return v.Is(name) }
	switch v := arguments.Get(name); {
	case v.Absent(), slices.ContainsFunc(arguments.Get(defaultsKey).Items(), filledIn):
		return answer.No
	case v.Unknown():
		return answer.Unknown
	}
	return answer.Yes
}

// isChosen is isGiven for a number that the provider fills in when the program
// says nothing: without the note, one that equals the default may be of either.
func isChosen(arguments graph.Value, name string, byDefault float64) answer.Answer {
	given := isGiven(arguments, name)
	if n, known := arguments.Get(name).Number(); known && n == byDefault && arguments.Get(defaultsKey).Absent() {
		return min(given, answer.Unknown)
	}
	return given
}
