package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// lambdaLogPrefix begins the name of the log group that Lambda makes for a
// function, unless the function names another.
const lambdaLogPrefix = "/aws/lambda/"

// logGroups tells which log groups the functions of a stack write to.
type logGroups struct {
	g *graph.Graph
	// byName are the groups named after a function.
	byName *graph.Referrers
}

func newLogGroups(g *graph.Graph) logGroups {
	return logGroups{g, g.Referrers(g.All(graph.LogGroup), func(group *graph.Resource) []graph.Ref {
		name := group.PhysicalName()
		if text, known := name.Str(); known {
			function, isLambda := strings.CutPrefix(text, lambdaLogPrefix)
			if !isLambda {
				return nil
			}
			name = graph.NewValue(resource.NewProperty(function))
		}
		return []graph.Ref{{Property: "name", Value: name}}
	}, graph.Function)}
}

// of are the declared groups that a function writes to. When there are none, the
// answer says whether there is none in the stack, or that this is not known, and
// why.
func (x logGroups) of(function *graph.Resource) (groups []*graph.Resource, declared answer.Answer, why string) {
	named := function.Arg("loggingConfig").Get("logGroup")
	if named.Unknown() || named.Known() && !named.Is("") {
		target := x.g.Resolve(function, graph.Ref{Property: "loggingConfig", Value: named}, graph.LogGroup)
		if groups = target.Linked(); len(groups) > 0 {
			return groups, answer.Yes, ""
		}
		if name, known := function.PhysicalName().Str(); !known || !named.Is(lambdaLogPrefix+name) {
			return nil, answer.Unknown, "its log group is not in this stack, or not known yet"
		}
	}
	if groups = x.byName.Linked(function); len(groups) > 0 {
		return groups, answer.Yes, ""
	}
	if maybe := x.byName.Maybe(function); maybe != nil {
		return nil, answer.Unknown, maybe.String() + " may be its log group"
	}
	return nil, answer.No, ""
}

// managedOf are the groups of the stack's functions that the program declares,
// each with one of its functions.
func (x logGroups) managedOf() (groups []*graph.Resource, functions map[*graph.Resource]*graph.Resource) {
	functions = map[*graph.Resource]*graph.Resource{}
	for _, function := range x.g.Managed(graph.Function) {
		found, _, _ := x.of(function)
		for _, group := range found {
			if group.Managed() && functions[group] == nil {
				groups = append(groups, group)
				functions[group] = function
			}
		}
	}
	return groups, functions
}

// mayBeLambdas reports whether a group may be that of one of the stack's functions,
// as its name or theirs comes from outside the stack.
func (x logGroups) mayBeLambdas(group *graph.Resource) bool {
	functions := x.g.Managed(graph.Function)
	if name, known := group.PhysicalName().Str(); known {
		return strings.HasPrefix(name, lambdaLogPrefix) &&
			slices.ContainsFunc(functions, func(f *graph.Resource) bool { return isOpen(f, "name") })
	}
	return len(functions) > 0 && isOpen(group, "name")
}

// isOpen reports whether an argument is unknown and comes from no resource of the
// stack.
func isOpen(r *graph.Resource, argument string) bool {
	return r.Arg(argument).Unknown() && len(r.PropertyDependencies[resource.PropertyKey(argument)]) == 0
}
