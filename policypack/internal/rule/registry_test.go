package rule_test

import (
	"math"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// valid returns a rule that the registry takes.
func valid(id string) *rule.Rule {
	return &rule.Rule{
		ID:            id,
		Title:         "A title.",
		Rationale:     "A rationale.",
		Remediation:   "A remediation.",
		Limitations:   "Nothing.",
		Scope:         rule.ResourceScope,
		Severity:      apitype.PolicySeverityHigh,
		Enforcement:   apitype.Mandatory,
		Types:         []graph.Type{graph.Bucket},
		Links:         []string{"https://example.com/"},
		CheckResource: func(*rule.Pass, *graph.Resource) {},
	}
}

func TestRegistryHoldsRulesInOrderOfTheirIDs(t *testing.T) {
	t.Parallel()
	b, a, c := valid("s3-b"), valid("s3-a"), valid("lambda-c")
	given := []*rule.Rule{b, a, c}
	reg, err := rule.NewRegistry(given...)
	require.NoError(t, err)
	assert.Equal(t, []string{"lambda-c", "s3-a", "s3-b"}, reg.IDs())
	assert.Equal(t, []*rule.Rule{c, a, b}, reg.Rules())
	assert.Equal(t, []*rule.Rule{b, a, c}, given, "the caller's list stays as it is")
	assert.Same(t, a, reg.Rule("s3-a"))
	assert.Nil(t, reg.Rule("s3-d"))
}

func TestRegistryTakesAStackRuleWithoutParameters(t *testing.T) {
	t.Parallel()
	r := valid("s3-a")
	r.CheckResource, r.CheckStack = nil, func(*rule.Pass) {}
	_, err := rule.NewRegistry(r)
	assert.NoError(t, err)
}

func TestRegistryRejectsWhatIsWrong(t *testing.T) {
	t.Parallel()
	param := func(p rule.Param) func(*rule.Rule) {
		return func(r *rule.Rule) { r.Params = []rule.Param{p} }
	}
	tests := map[string]struct {
		spoil func(*rule.Rule)
		want  string
	}{
		"upper case id":          {func(r *rule.Rule) { r.ID = "S3-a" }, "the id is not lower-case words"},
		"id of one word":         {func(r *rule.Rule) { r.ID = "bucket" }, "the id is not lower-case words"},
		"id with underscores":    {func(r *rule.Rule) { r.ID = "s3_a" }, "the id is not lower-case words"},
		"id that ends in hyphen": {func(r *rule.Rule) { r.ID = "s3-a-" }, "the id is not lower-case words"},
		"the word for all rules": {func(r *rule.Rule) { r.ID = "all" }, "the id is not lower-case words"},
		"no id":                  {func(r *rule.Rule) { r.ID = "" }, "the id is not lower-case words"},
		"no title":               {func(r *rule.Rule) { r.Title = "" }, "Title, Rationale, Remediation or Limitations is empty"},
		"something to do":        {func(r *rule.Rule) { r.Rationale = "TODO: why." }, "there is something left to do: TODO: why."},
		"a link to find":         {func(r *rule.Rule) { r.Links = []string{"https://example.com/TODO"} }, "there is a link left to find"},
		"no rationale":           {func(r *rule.Rule) { r.Rationale = "" }, "Title, Rationale, Remediation or Limitations is empty"},
		"no remediation":         {func(r *rule.Rule) { r.Remediation = "" }, "Title, Rationale, Remediation or Limitations is empty"},
		"seen by no rule on source": {
			func(r *rule.Rule) { r.SeenInSource = "s3-a" }, `SeenInSource "s3-a" is no rule over source`,
		},
		"no limitations":          {func(r *rule.Rule) { r.Limitations = "" }, "Title, Rationale, Remediation or Limitations is empty"},
		"padded text":             {func(r *rule.Rule) { r.Title = "A title. " }, "or padded with space"},
		"blank text":              {func(r *rule.Rule) { r.Rationale = " \n" }, "or padded with space"},
		"no severity":             {func(r *rule.Rule) { r.Severity = "" }, "Severity is not set"},
		"a made-up severity":      {func(r *rule.Rule) { r.Severity = "urgent" }, "Severity is not set"},
		"no enforcement":          {func(r *rule.Rule) { r.Enforcement = "" }, "Enforcement is neither"},
		"disabled from the start": {func(r *rule.Rule) { r.Enforcement = apitype.Disabled }, "Enforcement is neither"},
		"no scope":                {func(r *rule.Rule) { r.Scope = "" }, "Scope is not set"},
		"a made-up scope":         {func(r *rule.Rule) { r.Scope = "file" }, "Scope is not set"},
		"no types":                {func(r *rule.Rule) { r.Types = nil }, "Types is empty"},
		"no links":                {func(r *rule.Rule) { r.Links = nil }, "Links is empty"},
		"a link without TLS":      {func(r *rule.Rule) { r.Links = []string{"http://example.com"} }, "http://example.com is no https address"},
		"no check":                {func(r *rule.Rule) { r.CheckResource = nil }, "there is no check"},
		"parameter without description": {
			param(rule.Param{Name: "strict", Type: rule.Boolean, Default: false}), "parameter strict has no description",
		},
		"parameter in snake case": {
			param(rule.Param{Name: "is_strict", Type: rule.Boolean, Default: false, Description: "x"}), "parameter name is_strict",
		},
		"parameter that is taken": {
			param(rule.Param{Name: "enforcementLevel", Type: rule.Boolean, Default: false, Description: "x"}), "parameter name enforcementLevel",
		},
		"parameter without default": {
			param(rule.Param{Name: "strict", Type: rule.Boolean, Description: "x"}), "the default of parameter strict",
		},
		"default of another type": {
			param(rule.Param{Name: "names", Type: rule.Strings, Default: true, Description: "x"}), "the default of parameter names",
		},
		"default that is no Go list": {
			param(rule.Param{Name: "names", Type: rule.Strings, Default: []any{"a"}, Description: "x"}), "the default of parameter names",
		},
		"parameter of no type": {
			param(rule.Param{Name: "names", Default: "x", Description: "x"}), "the default of parameter names",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := valid("s3-a")
			test.spoil(r)
			_, err := rule.NewRegistry(valid("s3-b"), r)
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "s3-b", "the right rule is not blamed")
			assert.ErrorContains(t, err, `rule "`+r.ID+`"`)
		})
	}
}

func TestRegistryRejectsADuplicate(t *testing.T) {
	t.Parallel()
	_, err := rule.NewRegistry(valid("s3-a"), valid("s3-b"), valid("s3-a"))
	require.EqualError(t, err, `rule "s3-a" is registered twice`)
}

func TestRegistryListsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	a, b := valid("s3-a"), valid("s3-b")
	a.Title, b.Links, b.Types = "", nil, nil
	_, err := rule.NewRegistry(a, b)
	for _, want := range []string{`rule "s3-a": Title`, `rule "s3-b": Links`, `rule "s3-b": Types`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestParamAcceptsItsTypeAsJSONDecodesIt(t *testing.T) {
	t.Parallel()
	flag, names := rule.Param{Type: rule.Boolean}, rule.Param{Type: rule.Strings}
	count, name := rule.Param{Type: rule.Integer}, rule.Param{Type: rule.String}
	for value, isCount := range map[any]bool{7.0: true, -1.0: true, 7: true, 1.5: false, math.Inf(1): false, 1e300: false, "7": false, true: false} {
		assert.Equal(t, isCount, count.Accepts(value), "%v", value)
	}
	for value, isName := range map[any]bool{"": true, "a": true, 1.0: false, true: false, nil: false} {
		assert.Equal(t, isName, name.Accepts(value), "%v", value)
	}
	tests := map[string]struct {
		value       any
		flag, names bool
	}{
		"true":                 {true, true, false},
		"false":                {false, true, false},
		"a word":               {"true", false, false},
		"a number":             {1.0, false, false},
		"null":                 {nil, false, false},
		"an object":            {map[string]any{}, false, false},
		"an empty list":        {[]any{}, false, true},
		"a list of strings":    {[]any{"a", "b"}, false, true},
		"a Go list":            {[]string{"a"}, false, true},
		"a list with a number": {[]any{"a", 1.0}, false, false},
		"a list with null":     {[]any{nil}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.flag, flag.Accepts(test.value))
			assert.Equal(t, test.names, names.Accepts(test.value))
			assert.False(t, rule.Param{}.Accepts(test.value), "a parameter of no type takes nothing")
		})
	}
	assert.Equal(t, "a boolean", rule.Boolean.Wanted())
	assert.Equal(t, "a whole number", rule.Integer.Wanted())
	assert.Equal(t, "a string", rule.String.Wanted())
	assert.Equal(t, "a list of strings", rule.Strings.Wanted())
}

func TestParamSchemaIsWhatTheProtocolCarries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		param rule.Param
		want  map[string]any
	}{
		"flag": {
			rule.Param{Name: "strict", Type: rule.Boolean, Default: true, Description: "Be strict."},
			map[string]any{"type": "boolean", "description": "Be strict.", "default": true},
		},
		"number": {
			rule.Param{Name: "days", Type: rule.Integer, Default: 14, Description: "Days."},
			map[string]any{"type": "integer", "description": "Days.", "default": 14.0},
		},
		"text": {
			rule.Param{Name: "asOf", Type: rule.String, Default: "2026-05-01", Description: "A date."},
			map[string]any{"type": "string", "description": "A date.", "default": "2026-05-01"},
		},
		"list": {
			rule.Param{Name: "names", Type: rule.Strings, Default: []string{"a", "b"}, Description: "Some names."},
			map[string]any{
				"type": "array", "description": "Some names.",
				"items": map[string]any{"type": "string"}, "default": []any{"a", "b"},
			},
		},
		"empty list": {
			rule.Param{Name: "names", Type: rule.Strings, Default: []string{}, Description: "Some names."},
			map[string]any{
				"type": "array", "description": "Some names.",
				"items": map[string]any{"type": "string"}, "default": []any{},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.param.Schema())
			carried, err := structpb.NewStruct(test.param.Schema())
			require.NoError(t, err)
			assert.Equal(t, test.want, carried.AsMap(), "nothing is lost on the wire")
			assert.True(t, test.param.Accepts(test.want["default"]), "the default, come back, is accepted")
		})
	}
}
