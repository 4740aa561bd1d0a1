package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// What rules that are still here use of the model.
var (
	isFIFO      = aws.IsFIFO
	qualifierIn = aws.QualifierIn
)

// isOpen reports whether an argument is unknown and comes from no resource of the stack.
func isOpen(r *graph.Resource, argument string) bool {
	return r.Arg(argument).Unknown() && len(r.PropertyDependencies[resource.PropertyKey(argument)]) == 0
}
