package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// hush is in every secret that a test program holds, and so in no message.
const hush = "hush7531"

// verdict is what one rule says of a program: findings as "resource property",
// and the names of the resources it could not judge, each sorted.
type verdict struct {
	findings, notEvaluated []string
}

// and adds resources that are not evaluated.
func (v verdict) and(notEvaluated ...string) *verdict {
	v.notEvaluated = notEvaluated
	return &v
}

func fires(findings ...string) *verdict { return &verdict{findings: findings} }

func undecided(resources ...string) *verdict { return &verdict{notEvaluated: resources} }

var clean = &verdict{}

// ruleCase is a program and what one rule says of it.
type ruleCase struct {
	name string
	// resources is the resources section of a Pulumi YAML program, and outputs
	// its outputs section.
	resources, outputs string
	params             map[string]any
	// want is the verdict on the deployed stack, and unless preview says
	// otherwise on its first preview too.
	want, preview *verdict
	// says is a part of what the findings or reasons say.
	says string
}

func (c ruleCase) program() string {
	text := "name: images\nruntime: yaml\nresources:\n" + indented(c.resources)
	if c.outputs != "" {
		text += "\noutputs:\n" + indented(c.outputs)
	}
	return text
}

func indented(section string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(section), "\n", "\n  ")
}

// testRule tries one rule, alone, on each case in both phases.
func testRule(t *testing.T, id string, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		for name, phase := range phases {
			t.Run(c.name+" "+name, func(t *testing.T) {
				t.Parallel()
				res := checkAlone(t, id, c, phase)
				want := c.want
				if phase == ruletest.Preview && c.preview != nil {
					want = c.preview
				}
				g, err := ruletest.Graph(c.program(), phase)
				require.NoError(t, err)
				requireStandInsAreNotJudged(t, g, c.policies(id))
				text := texts(res)
				assert.Equal(t, want, verdictOf(res), "%s", text)
				assert.NotContains(t, text, hush)
				assert.Equal(t, res, checkReversed(t, id, c, phase), "the engine's order does not matter")
				if want == c.want {
					assert.Contains(t, text, c.says)
				}
				for _, f := range res.Findings {
					assert.Equal(t, apitype.Mandatory, f.Level)
					assert.NotEmpty(t, f.Fix)
					assert.NotContains(t, f.Text(), "%!")
					if f.URN.Name() != "images-dev" {
						assert.Contains(t, f.Message, "'"+f.URN.Name()+"'", "the message names the resource")
					}
					assert.True(t, strings.HasSuffix(f.Message, "."), "%s", f.Message)
					assert.NotContains(t, f.Fix, "\n")
				}
			})
		}
	}
}

func checkAlone(t *testing.T, id string, c ruleCase, phase ruletest.Phase) check.Result {
	t.Helper()
	g, err := ruletest.Graph(c.program(), phase)
	require.NoError(t, err)
	return checkGraph(t, g, c.policies(id))
}

// checkReversed is checkAlone with the resources in the opposite order.
func checkReversed(t *testing.T, id string, c ruleCase, phase ruletest.Phase) check.Result {
	t.Helper()
	g, err := ruletest.Graph(c.program(), phase)
	require.NoError(t, err)
	slices.Reverse(g.Resources)
	return checkGraph(t, graph.New(g.Project, g.Stack, g.Organization, g.Resources), c.policies(id))
}

// checkIn tries one rule, alone, on the preview of a program that is in a folder.
func checkIn(t *testing.T, id, dir, resources string, params map[string]any) check.Result {
	t.Helper()
	g, err := ruletest.Graph(ruleCase{resources: strings.TrimSpace(resources)}.program(), ruletest.Preview)
	require.NoError(t, err)
	policies := only(id)
	policies[id] = config.Policy{Level: "mandatory", Params: params}
	cfg, err := config.New(registry(t), policies)
	require.NoError(t, err)
	checker := check.New(registry(t), cfg)
	checker.Dir = dir
	return checker.All(g)
}

// policies is the configuration that leaves one rule on, with the case's
// parameters.
func (c ruleCase) policies(id string) map[string]config.Policy {
	policies := only(id)
	policies[id] = config.Policy{Level: apitype.Mandatory, Params: c.params}
	return policies
}

// only is the configuration that leaves one rule on.
func only(id string) map[string]config.Policy {
	return map[string]config.Policy{
		"all": {Level: apitype.Disabled},
		id:    {Level: apitype.Mandatory},
	}
}

// onlyForExamples is the configuration that leaves one rule on, with the
// parameters that its examples are for.
func onlyForExamples(t *testing.T, id string) map[string]config.Policy {
	t.Helper()
	policies := only(id)
	policies[id] = config.Policy{Level: apitype.Mandatory, Params: exampleParams(t, id)}
	return policies
}

func exampleParams(t *testing.T, id string) map[string]any {
	t.Helper()
	params, err := rules.ExampleParams(id)
	require.NoError(t, err)
	return params
}

// examplePolicies is the configuration in which every rule has the parameters
// that its examples are for.
func examplePolicies(t *testing.T) map[string]config.Policy {
	t.Helper()
	policies := map[string]config.Policy{}
	for _, r := range registry(t).Rules() {
		policies[r.ID] = config.Policy{Params: exampleParams(t, r.ID)}
	}
	return policies
}

func verdictOf(res check.Result) *verdict {
	v := &verdict{}
	for _, f := range res.Findings {
		v.findings = append(v.findings, strings.TrimSpace(nameOf(f.URN)+" "+f.Property))
	}
	for _, n := range res.NotEvaluated {
		v.notEvaluated = append(v.notEvaluated, nameOf(n.URN))
	}
	slices.Sort(v.findings)
	slices.Sort(v.notEvaluated)
	v.notEvaluated = slices.Compact(v.notEvaluated)
	return v
}

func nameOf(urn resource.URN) string {
	if urn == "" {
		return "nothing"
	}
	return urn.Name()
}

func texts(res check.Result) string {
	var lines []string
	for _, f := range res.Findings {
		lines = append(lines, f.Text())
	}
	for _, n := range res.NotEvaluated {
		lines = append(lines, n.Reason)
	}
	return strings.Join(lines, "\n")
}
