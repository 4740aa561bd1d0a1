package aws

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// LogGroup is a CloudWatch log group.
type LogGroup struct{ object }

// LogGroups returns the log groups, managed or not.
func (s *Stack) LogGroups() []*LogGroup { return s.logGroups() }

// LogGroupOf returns a log group by its own arguments alone, for rules that judge a resource without its stack.
func LogGroupOf(r *graph.Resource) *LogGroup { return &LogGroup{object{Resource: r}} }

// lambdaLogPrefix is the prefix of the log group that Lambda creates for a function, unless the function names another
// one.
const lambdaLogPrefix = "/aws/lambda/"

// Expires reports whether the group deletes old entries; in the provider, 0 days means never.
func (g *LogGroup) Expires() answer.Answer { return g.Arg("retentionInDays").AtLeast(1) }

// IsNamedForFunction reports whether the group is known to have a name that Lambda would use for a function.
func (g *LogGroup) IsNamedForFunction() bool {
	name, _ := g.Arg("name").Str()
	return strings.HasPrefix(name, lambdaLogPrefix)
}

// Function returns a function of the stack that writes to the group, or nil.
func (g *LogGroup) Function() *Function { return g.stack.loggers()[g.Resource] }

// MayHaveFunction reports whether one of the stack's functions may write to the group, because its name or theirs comes
// from outside the stack.
func (g *LogGroup) MayHaveFunction() bool {
	isOpen := func(r *graph.Resource) bool {
		return r.Arg("name").Unknown() && len(r.PropertyDependencies["name"]) == 0
	}
	functions := g.stack.Managed(graph.Function)
	if name, known := g.PhysicalName().Str(); known {
		return strings.HasPrefix(name, lambdaLogPrefix) && slices.ContainsFunc(functions, isOpen)
	}
	return len(functions) > 0 && isOpen(g.Resource)
}

// newLoggers returns, for each log group, the first function that the program declares and that writes to it.
func (s *Stack) newLoggers() map[*graph.Resource]*Function {
	found := map[*graph.Resource]*Function{}
	for _, f := range s.Functions() {
		if !f.Managed() {
			continue
		}
		groups, _ := f.logGroups()
		for _, group := range groups {
			if found[group] == nil {
				found[group] = f
			}
		}
	}
	return found
}

// DeclaresLogGroup reports whether the stack declares the log group that the function writes to. For Unknown, maybe is
// a group that may be the one, or nil if the group is not in the stack or not known.
func (f *Function) DeclaresLogGroup() (declares answer.Answer, maybe *graph.Resource) {
	groups, elsewhere := f.logGroups()
	switch maybe := f.stack.logGroupsByFunction().Maybe(f.Resource); {
	case len(groups) > 0:
		return answer.Yes, nil
	case elsewhere:
		return answer.Unknown, nil
	case maybe != nil:
		return answer.Unknown, maybe
	}
	return answer.No, nil
}

// logGroups returns the groups that the function writes to. If there are none, elsewhere reports whether the function
// names one that is not in the stack, or is not known yet.
func (f *Function) logGroups() (groups []*graph.Resource, elsewhere bool) {
	named := f.Ref("loggingConfig", "logGroup")
	if named.Value.IsGiven() != answer.No {
		if groups = f.stack.Resolve(f.Resource, named, graph.LogGroup).Linked(); len(groups) > 0 {
			return groups, false
		}
		if name, known := f.PhysicalName().Str(); !known || !named.Value.Is(lambdaLogPrefix+name) {
			return nil, true
		}
	}
	return f.stack.logGroupsByFunction().Linked(f.Resource), false
}

// logGroupName returns the name of the log group that the function writes to, or "" while it is not known.
func (f *Function) logGroupName() string {
	group := f.Arg("loggingConfig").Get("logGroup")
	text, _ := group.Str()
	if name, known := f.PhysicalName().Str(); known && group.IsGiven() == answer.No {
		return lambdaLogPrefix + name
	}
	return text
}

// functionOfLogGroup returns the function that a log group is named for.
func functionOfLogGroup(group *graph.Resource) []graph.Ref {
	name := group.PhysicalName()
	if text, known := name.Str(); known {
		function, isLambda := strings.CutPrefix(text, lambdaLogPrefix)
		if !isLambda {
			return nil
		}
		name = graph.NewValue(resource.NewProperty(function))
	}
	return []graph.Ref{{Property: "name", Value: name}}
}
