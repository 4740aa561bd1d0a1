package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// place is one value in a stack: a property of a resource, or a part of one.
type place struct {
	resource int
	output   bool
	path     resource.PropertyPath
}

func (p place) String() string { return fmt.Sprintf("#%d %t %v", p.resource, p.output, p.path) }

// places returns all values of a stack, at every depth.
func places(g *graph.Graph) []place {
	var all []place
	for i, r := range g.Resources {
		for _, output := range []bool{false, true} {
			properties := r.Inputs
			if output {
				properties = r.Outputs
			}
			for _, key := range properties.StableKeys() {
				walk(properties[key], resource.PropertyPath{string(key)}, func(path resource.PropertyPath) {
					all = append(all, place{i, output, slices.Clone(path)})
				})
			}
		}
	}
	return all
}

func walk(v resource.PropertyValue, path resource.PropertyPath, visit func(resource.PropertyPath)) {
	visit(path)
	switch {
	case v.IsObject():
		for _, key := range v.ObjectValue().StableKeys() {
			walk(v.ObjectValue()[key], append(path, string(key)), visit)
		}
	case v.IsArray():
		for i, item := range v.ArrayValue() {
			walk(item, append(path, i), visit)
		}
	}
}

// changeAll returns a copy of a stack in which the values at places are changed.
func changeAll(t require.TestingT, g *graph.Graph, at []place, change func(resource.PropertyValue) resource.PropertyValue) *graph.Graph {
	resources := make([]*graph.Resource, len(g.Resources))
	for i, r := range g.Resources {
		fresh := *r
		// Copy keeps nil apart from empty: nil inputs mean a resource only read.
		if r.Inputs != nil {
			fresh.Inputs = deepCopy(resource.NewProperty(r.Inputs)).ObjectValue()
		}
		fresh.Outputs = deepCopy(resource.NewProperty(r.Outputs)).ObjectValue()
		resources[i] = &fresh
	}
	for _, p := range at {
		properties := resource.NewProperty(resources[p.resource].Inputs)
		if p.output {
			properties = resource.NewProperty(resources[p.resource].Outputs)
		}
		if v, ok := p.path.Get(properties); ok {
			p.path.Set(properties, change(v))
		}
	}
	return graph.New(g.Project, g.Stack, g.Organization, resources)
}

func deepCopy(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsObject():
		out := resource.PropertyMap{}
		for key, member := range v.ObjectValue() {
			out[key] = deepCopy(member)
		}
		return resource.NewProperty(out)
	case v.IsArray():
		out := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			out[i] = deepCopy(item)
		}
		return resource.NewProperty(out)
	}
	return v
}

// forget returns a copy of a stack in which nothing tells what the arguments at
// places were computed from, as when they come from a function call.
func forget(g *graph.Graph, at []place) *graph.Graph {
	for _, p := range at {
		r := g.Resources[p.resource]
		r.PropertyDependencies = maps.Clone(r.PropertyDependencies)
		delete(r.PropertyDependencies, resource.PropertyKey(p.path[0].(string)))
	}
	return g
}

func toUnknown(resource.PropertyValue) resource.PropertyValue {
	return resource.MakeComputed(resource.NewProperty(""))
}

// accused returns what the rules accuse, as "rule urn".
func accused(res check.Result) map[string]bool {
	set := map[string]bool{}
	for _, f := range res.Findings {
		set[f.Rule+" "+string(f.URN)] = true
	}
	return set
}

// examplePrograms returns all good and bad examples, in both phases.
func examplePrograms(t *testing.T) map[string]*graph.Graph {
	t.Helper()
	all := map[string]*graph.Graph{}
	for _, r := range registry(t).Rules() {
		for _, kind := range []string{"bad", "good"} {
			examples := rules.Examples(r.ID, kind)
			require.NotEmpty(t, examples, r.ID)
			program, isStack := examples[fix.YAML]
			if !isStack {
				continue // there is no value in a stack to turn
			}
			for phase, p := range phases {
				g, err := ruletest.Graph(program, p)
				require.NoError(t, err)
				all[r.ID+" "+kind+" "+phase] = g
			}
		}
	}
	return all
}

func TestNoValueTurnedUnknownMakesAViolation(t *testing.T) {
	t.Parallel()
	policies := examplePolicies(t)
	for name, g := range examplePrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := accused(checkGraph(t, g, policies))
			all := places(g)
			require.NotEmpty(t, all)
			for _, p := range all {
				at := []place{p}
				for rule := range accused(checkGraph(t, changeAll(t, g, at, toUnknown), policies)) {
					assert.True(t, before[rule], "%s once %s of %s is unknown", rule, p.path, g.Resources[p.resource])
				}
				for rule := range accused(checkGraph(t, forget(changeAll(t, g, at, toUnknown), at), policies)) {
					assert.True(t, before[rule], "%s once nothing is known of %s of %s", rule, p.path, g.Resources[p.resource])
				}
			}
		})
	}
}

func TestNoSetOfValuesTurnedUnknownMakesAViolation(t *testing.T) {
	t.Parallel()
	policies := examplePolicies(t)
	for name, g := range examplePrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := accused(checkGraph(t, g, policies))
			all := places(g)
			rapid.Check(t, func(rt *rapid.T) {
				some := rapid.SliceOfN(rapid.SampledFrom(all), 1, 8).Draw(rt, "places")
				changed := changeAll(rt, g, some, toUnknown)
				if rapid.Bool().Draw(rt, "forget") {
					changed = forget(changed, some)
				}
				for rule := range accused(checkGraph(t, changed, policies)) {
					if !before[rule] {
						rt.Fatalf("%s", rule)
					}
				}
			})
		})
	}
}

func TestNoSecretIsEverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	policies := examplePolicies(t)
	for name, g := range examplePrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range places(g) {
				for form, change := range map[string]func(resource.PropertyValue) resource.PropertyValue{
					"appended": func(v resource.PropertyValue) resource.PropertyValue {
						if v.IsString() {
							return resource.MakeSecret(resource.NewProperty(v.StringValue() + secret))
						}
						return resource.MakeSecret(v)
					},
					"alone": func(resource.PropertyValue) resource.PropertyValue {
						return resource.MakeSecret(resource.NewProperty(secret))
					},
				} {
					res := checkGraph(t, changeAll(t, g, []place{p}, change), policies)
					for _, f := range res.Findings {
						assert.NotContains(t, f.Text()+f.Property, secret, "%s of %s, %s", p.path, g.Resources[p.resource], form)
					}
					for _, n := range res.NotEvaluated {
						assert.NotContains(t, n.Reason, secret, "%s of %s, %s", p.path, g.Resources[p.resource], form)
					}
				}
			}
		})
	}
}
