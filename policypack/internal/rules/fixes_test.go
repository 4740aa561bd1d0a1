package rules_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// adviceOnly are the rules whose bad example no edit of resources puts right, and why.
var adviceOnly = map[string]string{
	"lambda-archive-deterministic": "an archive is built outside the program",
	"lambda-archive-handler":       "an archive is built outside the program",
	"output-in-string":             "which output the text was to hold is not in it",
	"secrets-in-outputs":           "an output of the stack is no argument",
	"stack-readiness-checks":       "an output of the stack is no argument, and what to check the program has to say",
}

// fixable returns the ids of the rules whose bad example is a stack.
func fixable(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, r := range registry(t).Rules() {
		examples := rules.Examples(r.ID, "bad")
		require.NotEmpty(t, examples, r.ID)
		if _, isStack := examples[fix.YAML]; isStack {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// fixed is the bad example of a rule, and what becomes of it when its fixes are applied.
type fixed struct {
	before, after *fix.Program
	fixes         []fix.Fix
}

// applied returns the bad example of a rule with the fixes of its findings applied; nil for a rule in adviceOnly.
func applied(t *testing.T, id string, phase ruletest.Phase) *fixed {
	t.Helper()
	var program fixed
	text := rules.Examples(id, "bad")[fix.YAML]
	require.NotEmpty(t, text)
	res := checkProgram(t, text, phase, onlyForExamples(t, id))
	require.NotEmpty(t, res.Findings)
	if adviceOnly[id] != "" {
		if !slices.ContainsFunc(res.Findings, func(f finding.Finding) bool { return len(f.Edits.Edits) == 0 }) {
			assert.Fail(t, "the fix of "+id+" is data: remove it from the list")
		}
		return nil
	}
	var err error
	program.before, err = fix.ParseYAML(text)
	require.NoError(t, err)
	program.after, program.fixes, err = ruletest.Fixed(text, res.Findings)
	require.NoError(t, err)
	return &program
}

// all has every rule judge, with the parameters of one rule's examples.
func all(t *testing.T, id string) map[string]config.Policy {
	t.Helper()
	policies := map[string]config.Policy{"all": {Level: apitype.Mandatory}}
	policies[id] = config.Policy{Level: apitype.Mandatory, Params: exampleParams(t, id)}
	return policies
}

// about returns what a finding is about.
func about(f finding.Finding) string {
	return strings.TrimSpace(f.Rule + " " + f.URN.Name() + " " + f.Property)
}

func TestTheFixOfEveryBadExampleEndsItsFindingsAndStartsNoOthers(t *testing.T) {
	t.Parallel()
	for _, id := range fixable(t) {
		for name, phase := range phases {
			t.Run(id+" "+name, func(t *testing.T) {
				t.Parallel()
				p := applied(t, id, phase)
				if p == nil {
					return
				}
				judge := func(p *fix.Program) check.Result {
					return checkProgram(t, p.Text(fix.Dialect{Language: fix.YAML, Major: 7}), phase, all(t, id))
				}
				var known []string
				for _, f := range judge(p.before).Findings {
					known = append(known, about(f))
				}
				after := judge(p.after)
				for _, f := range after.Findings {
					assert.NotEqual(t, id, f.Rule, "is left after the fix: %s", f.Text())
					assert.Contains(t, known, about(f), "is new after the fix: %s", f.Text())
				}
				for _, n := range after.NotEvaluated {
					assert.False(t, n.Rule == id && phase == ruletest.Deployed, "is not evaluated after the fix: %s", n.Reason)
				}
			})
		}
	}
}

// squeezed returns code without white space, and without the commas that stand before a bracket where lines are
// broken. YAML has no brackets either where lines are broken, and other quotes.
func squeezed(language fix.Language, code string) string {
	s := strings.Join(strings.Fields(code), "")
	if language == fix.YAML {
		return strings.NewReplacer("{", "", "}", "", "[", "", "]", "", ",", "", "-", "", "'", "", `"`, "").Replace(s)
	}
	return strings.NewReplacer(",)", ")", ",}", "}", ",]", "]").Replace(s)
}

// placeholder is what stands for a choice in code.
var placeholder = regexp.MustCompile(`<[^<>]*>`)

func TestWhatAFixPrintsIsWhatTheFixedProgramContains(t *testing.T) {
	t.Parallel()
	for _, id := range fixable(t) {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			p := applied(t, id, ruletest.Preview)
			if p == nil {
				return
			}
			for _, language := range fix.Languages() {
				for _, major := range []int{6, 7} {
					d := fix.Dialect{Language: language, Major: major}
					whole := squeezed(language, p.after.Text(d))
					for _, f := range p.fixes {
						text := f.Text(d, nil)
						for _, piece := range f.Code(d) {
							piece = placeholder.ReplaceAllStringFunc(piece, func(c string) string {
								return ruletest.Choose(fix.Choice(c[1 : len(c)-1]))
							})
							assert.Contains(t, whole, squeezed(language, piece), "%s: %s", language.Name(), text)
						}
					}
				}
			}
		})
	}
}

func TestEveryDeclarationOfAFixNamesWhatItsClassRequires(t *testing.T) {
	t.Parallel()
	for _, id := range fixable(t) {
		p := applied(t, id, ruletest.Preview)
		if p == nil {
			continue
		}
		for _, d := range p.after.Resources {
			if !slices.ContainsFunc(p.before.Resources, func(was *fix.Declared) bool { return was.Name == d.Name && was.Type == d.Type }) {
				assert.Empty(t, d.Missing(), "%s: %s", id, cmp.Or(d.Name, string(d.Type)))
			}
		}
	}
}
