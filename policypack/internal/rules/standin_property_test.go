package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// standInForms are the ways in which a stand-in gets into a property in place of
// the real value. Each makes of the value one with the stand-in that a name stands
// for, and reports whether it applies.
var standInForms = map[string]func(v resource.PropertyValue, name string) (resource.PropertyValue, bool){
	"alone": func(v resource.PropertyValue, name string) (resource.PropertyValue, bool) {
		return resource.NewProperty(standin.Text(name)), v.IsString() || v.IsComputed()
	},
	"inside a longer text": func(v resource.PropertyValue, name string) (resource.PropertyValue, bool) {
		if !v.IsString() || v.StringValue() == "" {
			return v, false
		}
		s := v.StringValue()
		return resource.NewProperty(s[:len(s)/2] + standin.Text(name) + s[len(s)/2:]), true
	},
	"number": func(v resource.PropertyValue, name string) (resource.PropertyValue, bool) {
		return resource.NewProperty(standin.Number(name)), v.IsNumber()
	},
	// A list that a function returns has stand-ins for all texts and numbers.
	"list": func(v resource.PropertyValue, name string) (resource.PropertyValue, bool) {
		if !v.IsArray() || len(v.ArrayValue()) == 0 {
			return v, false
		}
		return standInsIn(v, name), true
	},
}

// standInsIn returns a value with a stand-in for every text and number in it.
func standInsIn(v resource.PropertyValue, name string) resource.PropertyValue {
	v = resource.NewProperty(resource.PropertyMap{"": deepCopy(v)})
	walk(v, nil, func(path resource.PropertyPath) {
		switch part, _ := path.Get(v); {
		case part.IsString(), part.IsComputed():
			path.Set(v, resource.NewProperty(standin.Text(name, path.String())))
		case part.IsNumber():
			path.Set(v, resource.NewProperty(standin.Number(name, path.String())))
		}
	})
	return v.ObjectValue()[""]
}

// undecidedRules returns the rules that did not judge something: often that is another
// resource than the one that they accuse, such as the bucket of a policy.
func undecidedRules(res check.Result) map[string]bool {
	set := map[string]bool{}
	for _, n := range res.NotEvaluated {
		set[n.Rule] = true
	}
	return set
}

// standIn returns a copy of a stack in which an argument holds a stand-in, and so does
// what follows from it: the outputs of its resource that hold the value, and what
// others have from that resource.
func standIn(t *testing.T, g *graph.Graph, p place, old, value resource.PropertyValue) *graph.Graph {
	t.Helper()
	echo := p
	echo.output = true
	changed := changeAll(t, g, []place{p, echo}, func(resource.PropertyValue) resource.PropertyValue { return value })
	if isReference(g, p, old) || len(p.path) == 1 {
		changed = forget(changed, []place{p})
	}
	if !old.IsString() || old.StringValue() == "" {
		return changed
	}
	urn := g.Resources[p.resource].URN
	isName := g.Resources[p.resource].PhysicalName().Is(old.StringValue()) && len(old.StringValue()) > 3
	for i, r := range changed.Resources {
		if isName && i != p.resource && r.Managed() {
			// A program that names it elsewhere has the same text there.
			r.Inputs = replaced(resource.NewProperty(r.Inputs), old, value).ObjectValue()
		}
		if isName || i == p.resource && len(old.StringValue()) > 3 {
			r.Outputs = replaced(resource.NewProperty(r.Outputs), old, value).ObjectValue()
		}
		for key, dependencies := range r.PropertyDependencies {
			if !slices.Contains(dependencies, urn) {
				continue
			}
			for _, properties := range []resource.PropertyMap{r.Inputs, r.Outputs} {
				if v, ok := properties[key]; ok {
					properties[key] = replaced(v, old, value)
				}
			}
		}
	}
	return graph.New(g.Project, g.Stack, g.Organization, changed.Resources)
}

// mayBeStandIn reports whether a program may give a stand-in for a value.
func mayBeStandIn(g *graph.Graph, p place) bool {
	r, key := g.Resources[p.resource], resource.PropertyKey(p.path[0].(string))
	isNew := func(urn resource.URN) bool { return strings.HasPrefix(string(urn.Type()), "random:") }
	switch {
	case resource.IsInternalPropertyKey(key), key == "arn" && r.Type == graph.Function:
		return false // no program gives these
	case slices.ContainsFunc(r.PropertyDependencies[key], isNew):
		return false // what is made of a random name is not the name of what is there already
	}
	return true
}

// isReference reports whether a value is an output of another resource.
func isReference(g *graph.Graph, p place, v resource.PropertyValue) bool {
	dependencies := g.Resources[p.resource].PropertyDependencies[resource.PropertyKey(p.path[0].(string))]
	switch {
	case len(dependencies) == 0 || v.IsComputed():
		return len(dependencies) > 0
	case v.IsArray():
		return slices.ContainsFunc(v.ArrayValue(), func(item resource.PropertyValue) bool { return isReference(g, p, item) })
	case v.IsObject():
		for _, member := range v.ObjectValue() {
			if isReference(g, p, member) {
				return true
			}
		}
		return false
	case !v.IsString():
		return false
	}
	for _, r := range g.Resources {
		if !slices.Contains(dependencies, r.URN) {
			continue
		}
		for _, output := range r.Outputs {
			if output.IsString() && len(output.StringValue()) > 8 && strings.Contains(v.StringValue(), output.StringValue()) ||
				output.IsString() && v.StringValue() == output.StringValue() {
				return true
			}
		}
	}
	return false
}

// replaced returns a copy of a value with another text for every occurrence of one.
func replaced(v, old, value resource.PropertyValue) resource.PropertyValue {
	v = resource.NewProperty(resource.PropertyMap{"": deepCopy(v)})
	walk(v, nil, func(path resource.PropertyPath) {
		if part, ok := path.Get(v); ok && part.IsString() {
			path.Set(v, resource.NewProperty(strings.ReplaceAll(part.StringValue(), old.StringValue(), value.StringValue())))
		}
	})
	return v.ObjectValue()[""]
}

func TestAStandInNeitherAccusesNorClears(t *testing.T) {
	t.Parallel()
	policies := examplePolicies(t)
	for name, g := range examplePrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireStandInsAreNotJudged(t, g, policies)
		})
	}
}

// presumed are arguments that a rule takes for harmless while they are not known, as
// otherwise it would judge next to nothing.
var presumed = map[string][]string{
	"kms-policy": {"protocol"}, // of a subscription
	// What a queue's policy denies; the target of a function that nothing invokes; and
	// a notification for an unknown function, beside a configuration for the known one.
	"lambda-dead-letter-queue": {"policy", "deadLetterConfig", "lambdaFunctions"},
	"lambda-role-sufficient":   {"policy"}, // what a bucket's policy denies
	"output-in-string":         {"*"},      // the text that a program makes wrongly is in no value from elsewhere
	"s3-tls-only":              {"bucket"}, // AWS refuses a policy that is about another bucket
}

// isPresumed reports whether a rule need not say that it cannot judge a value. A name
// that is not known is taken for the one that others in the program mean.
func isPresumed(g *graph.Graph, p place, v resource.PropertyValue, rule string) bool {
	arguments := presumed[rule]
	return slices.Contains(arguments, "*") || slices.Contains(arguments, p.path[0].(string)) ||
		v.IsString() && g.Resources[p.resource].PhysicalName().Is(v.StringValue())
}

func TestAStandInInARecordedStackNeitherAccusesNorClears(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"previews/all-defects.json", "exports/all-defects.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join("..", "..", "..", "testdata", filepath.FromSlash(name)))
			require.NoError(t, err)
			defer file.Close()
			stack, err := load.Read(file)
			require.NoError(t, err)
			requireStandInsAreNotJudged(t, stack.Graph, examplePolicies(t))
		})
	}
}

// requireStandInsAreNotJudged checks a stack with each of its arguments in turn
// replaced by a stand-in. The rules then accuse nothing that they did not accuse
// before; what they accused they still do, or say that they cannot judge it; and
// what the stand-in stands for makes no difference. One exception: with a value that
// refers to another resource the rules lose sight of what they say of that one.
func requireStandInsAreNotJudged(t *testing.T, g *graph.Graph, policies map[string]config.Policy) {
	t.Helper()
	before := accused(checkGraph(t, g, policies))
	for _, p := range places(g) {
		if p.output || !g.Resources[p.resource].Managed() || !mayBeStandIn(g, p) {
			continue
		}
		v, _ := p.path.Get(resource.NewProperty(g.Resources[p.resource].Inputs))
		for form, replace := range standInForms {
			value, applies := replace(v, "one")
			if !applies {
				continue
			}
			place := fmt.Sprintf("once %s of %s is a stand-in (%s)", p.path, g.Resources[p.resource], form)
			res := checkGraph(t, standIn(t, g, p, v, value), policies)
			after, undecided := accused(res), undecidedRules(res)
			for rule := range after {
				assert.True(t, before[rule], "%s is accused %s:\n%s", rule, place, texts(res))
			}
			reference := isReference(g, p, v)
			for rule := range before {
				id, urn, _ := strings.Cut(rule, " ")
				if reference && urn != string(g.Resources[p.resource].URN) || isPresumed(g, p, v, id) {
					continue
				}
				assert.True(t, after[rule] || undecided[id], "%s is cleared %s", rule, place)
			}
			other, _ := replace(v, "other")
			again := checkGraph(t, standIn(t, g, p, v, other), policies)
			assert.Equal(t, after, accused(again), "what another stand-in accuses %s", place)
			assert.Equal(t, undecided, undecidedRules(again), "what another stand-in leaves open %s", place)
		}
	}
}
