// Package answer answers yes-or-no questions about values that may be unknown.
package answer

// Answer is the answer to a yes-or-no question. Answers are ordered, so that
// the built-in min, max and unary minus are and, or and not of three-valued
// logic.
//
// The zero Answer is Unknown.
type Answer int

// These are the three answers.
const (
	No      Answer = -1
	Unknown Answer = 0
	Yes     Answer = 1
)

// String returns the answer as one lower-case word.
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	default:
		return "unknown"
	}
}
