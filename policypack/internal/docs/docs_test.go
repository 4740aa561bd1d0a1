package docs_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/docs"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// pageOf returns the page of a rule of the pack.
func pageOf(t *testing.T, id string) docs.Page {
	t.Helper()
	registry, err := rules.All()
	require.NoError(t, err)
	page, err := docs.New(registry.Rule(id))
	require.NoError(t, err)
	return page
}

func TestAPageHasTheExamplesInTheirLanguages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id        string
		languages []fix.Language
	}{
		"a rule on resources":                          {"s3-versioning", fix.Languages()},
		"a rule on resources whose names may be wrong": {"s3-bucket-arguments", []fix.Language{fix.YAML}},
		"a rule on source":                             {"source-runtime-packaging", []fix.Language{fix.Go, fix.Python, fix.NodeJS}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := pageOf(t, test.id)
			markdown := page.Markdown()
			var languages []fix.Language
			for _, example := range page.Bad {
				languages = append(languages, example.Language)
				good := docs.In(example.Language, page.Good)
				for _, e := range []docs.Example{example, good} {
					assert.True(t, strings.HasSuffix(e.Text, "\n"))
					assert.Contains(t, markdown, e.Language.Name()+"</summary>\n\n```"+e.Language.Fence()+"\n"+e.Text+"```\n")
					first, _, _ := strings.Cut(e.Text, "\n")
					assert.Contains(t, page.Text(e.Language), "  "+first+"\n")
				}
				assert.NotEqual(t, example.Text, good.Text)
			}
			assert.Equal(t, test.languages, languages)
		})
	}
}

func TestAnExampleIsInTheLanguageThatIsAskedForIfThereIsOne(t *testing.T) {
	t.Parallel()
	page := pageOf(t, "s3-versioning")
	assert.Equal(t, fix.Go, docs.In(fix.Go, page.Bad).Language)
	assert.Equal(t, fix.YAML, docs.In("java", page.Bad).Language)
	assert.Contains(t, docs.In(fix.Python, page.Good).Text, `versioning_configuration={"status": "Enabled"}`)
}

func TestAPageShowsTheParametersThatItsExamplesNeed(t *testing.T) {
	t.Parallel()
	assert.Empty(t, pageOf(t, "s3-versioning").Params)
	page := pageOf(t, "required-tags")
	assert.Contains(t, page.Params, `"required-tags"`)
	assert.Contains(t, page.Markdown(), page.Params)
}

func TestARuleWithoutExamplesHasNoPage(t *testing.T) {
	t.Parallel()
	_, err := docs.New(&rule.Rule{ID: "s3-nonesuch"})
	assert.ErrorContains(t, err, "documenting s3-nonesuch")
}

func TestEachScopeIsPutInWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, scope := range rule.Scopes() {
		text := docs.ScopeText(scope)
		assert.NotEqual(t, string(scope), text)
		assert.False(t, seen[text], text)
		seen[text] = true
	}
}

func TestTheTextFitsATerminal(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	for _, r := range registry.Rules() {
		text := pageOf(t, r.ID).Text(fix.YAML)
		why, _, _ := strings.Cut(text[strings.Index(text, "\nWhy\n"):], "\nBad\n")
		for line := range strings.Lines(why) {
			assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, "%s: %s", r.ID, line)
		}
		for line := range strings.Lines(text) {
			assert.Equal(t, strings.TrimRight(line, " \n"), strings.TrimSuffix(line, "\n"), "%s: no white space at the end", r.ID)
		}
	}
}

func TestOnlyARuleThatFixesSaysSo(t *testing.T) {
	t.Parallel()
	assert.Empty(t, docs.RemediationText(&rule.Rule{}))
	fixing := &rule.Rule{Remediate: func(*rule.Pass, *graph.Resource) resource.PropertyMap { return nil }}
	assert.Contains(t, docs.RemediationText(fixing), "`"+string(apitype.Remediate)+"`")
}

func TestADefaultIsShownAsAConfigurationHasIt(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]any{`true`: true, `["a","b"]`: []any{"a", "b"}, `7`: 7.0, `"x"`: "x"} {
		assert.Equal(t, want, docs.DefaultText(rule.Param{Default: value}))
	}
}
