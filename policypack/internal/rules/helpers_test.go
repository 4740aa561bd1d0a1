package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
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

func fires(findings ...string) *verdict { return &verdict{findings: findings} }

func undecided(resources ...string) *verdict { return &verdict{notEvaluated: resources} }

var clean = &verdict{}

// program returns a Pulumi YAML program with that resources section.
func program(resources string) string {
	return "name: images\nruntime: yaml\nresources:\n" + indented(resources) + "\n"
}

func indented(section string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(section), "\n", "\n  ")
}

// checkIn tries one rule, alone, on the preview of a program that is in a folder.
func checkIn(t *testing.T, id, dir, resources string, params map[string]any) check.Result {
	t.Helper()
	g, err := ruletest.Graph(program(resources), ruletest.Preview)
	require.NoError(t, err)
	policies := only(id)
	policies[id] = config.Policy{Level: "mandatory", Params: params}
	cfg, err := config.New(registry(t), policies)
	require.NoError(t, err)
	checker := check.New(registry(t), cfg)
	checker.Dir = dir
	return checker.All(g)
}

// only returns the configuration that leaves one rule on.
func only(id string) map[string]config.Policy {
	return map[string]config.Policy{
		"all": {Level: apitype.Disabled},
		id:    {Level: apitype.Mandatory},
	}
}

// onlyForExamples returns the configuration that leaves one rule on, with the
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

// examplePolicies returns the configuration in which every rule has the parameters
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
