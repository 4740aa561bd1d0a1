package finding

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Failure is something that kept the check from being complete: a program that
// does not start, source that cannot be parsed, a resource that the plan provider
// refuses.
type Failure struct {
	// Message describes what went wrong, and how to fix it where that is known. It
	// may have several lines, as a traceback does, and terminal colours, which
	// reports remove.
	Message string
	// URN is the resource that was refused, if the failure concerns one.
	URN resource.URN
	// Location is where in the source it went wrong, if known.
	Location Location
}

// SortFailures orders failures by place, resource and message. Those without a
// place come first: a program that does not start matters before its parts.
func SortFailures(fs []Failure) {
	slices.SortFunc(fs, func(a, b Failure) int {
		return cmp.Or(
			cmp.Compare(a.Location.File, b.Location.File),
			cmp.Compare(a.Location.Line, b.Location.Line),
			cmp.Compare(a.Location.Column, b.Location.Column),
			cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Message, b.Message),
		)
	})
}
