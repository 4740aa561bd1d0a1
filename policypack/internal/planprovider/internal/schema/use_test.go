package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

type resourceText struct {
	InputProperties, Properties map[string]map[string]any
	RequiredInputs              []string
	IsComponent                 bool
}

type packageText struct {
	Name, Version string
	Resources     map[string]resourceText
	Functions     map[string]struct {
		Inputs, Outputs struct{ Properties map[string]any }
	}
}

func decoded(t *testing.T, text []byte, err error) packageText {
	t.Helper()
	require.NoError(t, err)
	var p packageText
	require.NoError(t, json.Unmarshal(text, &p))
	return p
}

var anything = map[string]any{"$ref": "pulumi.json#/Any"}

func TestAResourceInUseTakesWhateverItIsGiven(t *testing.T) {
	t.Parallel()
	used := schema.Use{Resources: map[string][]string{"aws:lambda:Function": {"rol"}, "aws:applicationloadbalancing/listener:Listener": {"nonesuch"}}}
	text, err := schema.PackageSpec("7.40.0", used)
	p := decoded(t, text, err)
	function := p.Resources["aws:lambda/function:Function"]
	assert.Equal(t, anything, function.InputProperties["rol"], "which Check refuses")
	assert.Equal(t, anything, function.InputProperties["memorySize"])
	assert.Empty(t, function.RequiredInputs)
	assert.NotContains(t, function.Properties, "rol")
	assert.Contains(t, p.Resources["aws:alb/listener:Listener"].InputProperties, "nonesuch", "by its alias")
	assert.Equal(t, []string{"assumeRolePolicy"}, p.Resources["aws:iam/role:Role"].RequiredInputs, "which is not in use")
}

func TestAPackageWithoutATableHasWhatTheProgramUses(t *testing.T) {
	t.Parallel()
	used := schema.Use{
		Resources: map[string][]string{"command:local:Command": {"create"}, "command:Other": nil, "pulumi:providers:command": {"x"}},
		Functions: map[string][]string{"command:local:run": {"command"}},
		Reads:     []string{"id", "stdout"},
	}
	text, err := schema.OtherSpec("command", "v1.0.0", used)
	p := decoded(t, text, err)
	assert.Equal(t, "1.0.0", p.Version)
	assert.Equal(t, map[string]resourceText{
		"command:local:Command": {
			InputProperties: map[string]map[string]any{"create": anything},
			Properties:      map[string]map[string]any{"create": anything, "stdout": anything},
		},
		"command:index:Other": {Properties: map[string]map[string]any{"stdout": anything}},
	}, p.Resources)
	assert.Contains(t, p.Functions["command:local:run"].Inputs.Properties, "command")
	assert.Contains(t, p.Functions["command:local:run"].Outputs.Properties, "stdout")

	text, err = schema.OtherSpec("awsx", "", schema.Use{Resources: map[string][]string{"awsx:ec2:Vpc": nil}})
	assert.True(t, decoded(t, text, err).Resources["awsx:ec2:Vpc"].IsComponent)
}

func TestRandomHasItsResourcesUnderTheirFullTokens(t *testing.T) {
	t.Parallel()
	text, err := schema.OtherSpec("random", "", schema.Use{Resources: map[string][]string{"random:RandomId": {"byteLen"}}})
	p := decoded(t, text, err)
	id := p.Resources["random:index/randomId:RandomId"]
	assert.Equal(t, anything, id.InputProperties["byteLen"], "which is misspelt, and not for a type checker to refuse")
	assert.Contains(t, id.Properties, "hex")
	password := p.Resources["random:index/randomPassword:RandomPassword"]
	assert.Equal(t, true, password.Properties["result"]["secret"])
	assert.Len(t, p.Resources, 8)
}
