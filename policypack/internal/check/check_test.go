package check_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// marker stands for a secret's value.
const marker = "hunter2"

func named(id string, change func(*rule.Rule)) *rule.Rule {
	r := &rule.Rule{
		ID: id, Title: "T.", Rationale: "R.", Remediation: "R.", Limitations: "B.",
		Scope:    rule.ResourceScope,
		Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory, Types: []graph.Type{graph.Bucket},
		Links: []string{"https://example.com/"},
	}
	change(r)
	return r
}

// onBucket complains about every bucket, onStack about every bucket of a stack.
func onBucket(id string) *rule.Rule {
	return named(id, func(r *rule.Rule) {
		r.CheckResource = func(p *rule.Pass, b *graph.Resource) { p.Report(b, "", id+" on "+b.Name, "") }
	})
}

func onStack(id string) *rule.Rule {
	return named(id, func(r *rule.Rule) {
		r.CheckStack = func(p *rule.Pass) {
			for _, b := range p.Graph.Managed(graph.Bucket) {
				p.Report(b, "", id+" on "+b.Name, "")
			}
		}
	})
}

func checker(t *testing.T, policies map[string]config.Policy, rules ...*rule.Rule) *check.Checker {
	t.Helper()
	reg, err := rule.NewRegistry(rules...)
	require.NoError(t, err)
	cfg, err := config.New(reg, policies)
	require.NoError(t, err)
	return check.New(reg, cfg)
}

func bucket(name string) *graph.Resource {
	return &graph.Resource{
		URN: resource.URN(name), Type: graph.Bucket, Name: name,
		Inputs: resource.PropertyMap{"bucket": resource.MakeSecret(resource.NewProperty(marker))},
	}
}

func stack(resources ...*graph.Resource) *graph.Graph {
	return graph.New("images", "dev", "acme", resources)
}

func messages(fs []finding.Finding) []string {
	texts := []string{}
	for _, f := range fs {
		texts = append(texts, f.Message)
	}
	return texts
}

func TestEachKindOfCheckRunsWhereItBelongs(t *testing.T) {
	t.Parallel()
	c := checker(t, nil, onBucket("a-resource"), onStack("a-stack"))
	read := &graph.Resource{URN: "r", Type: graph.Bucket, Name: "read"}
	queue := &graph.Resource{URN: "q", Type: graph.Queue, Name: "queue", Inputs: resource.PropertyMap{}}
	b := bucket("b")
	assert.Equal(t, []string{"a-resource on b"}, messages(c.Resource(b).Findings))
	assert.Empty(t, c.Resource(queue).Findings, "not of its types")
	whole, err := c.Stack(t.Context(), stack(b, read, queue))
	require.NoError(t, err)
	assert.Equal(t, []string{"a-stack on b"}, messages(whole.Findings))
	assert.Equal(t, []string{"a-resource on b", "a-stack on b"}, messages(c.All(stack(b, read, queue)).Findings),
		"and none on what is only read")
}

func TestDisabledRulesDoNotRun(t *testing.T) {
	t.Parallel()
	fatal := func(id string) *rule.Rule {
		return named(id, func(r *rule.Rule) {
			r.CheckResource = func(*rule.Pass, *graph.Resource) { panic("it ran") }
			r.CheckStack = func(*rule.Pass) { panic("it ran") }
		})
	}
	c := checker(t, map[string]config.Policy{"a-off": {Level: apitype.Disabled}}, fatal("a-off"), onBucket("a-on"))
	assert.Equal(t, []string{"a-on on b"}, messages(c.All(stack(bucket("b"))).Findings))
}

func TestFindingsCarryTheLevelInForceAndTheRulesSeverity(t *testing.T) {
	t.Parallel()
	for _, level := range []apitype.EnforcementLevel{"", apitype.Advisory, apitype.Mandatory, apitype.Remediate} {
		t.Run("level "+string(level), func(t *testing.T) {
			t.Parallel()
			want := level
			if want == "" {
				want = apitype.Mandatory
			}
			c := checker(t, map[string]config.Policy{"a-one": {Level: level}, "a-two": {Level: level}}, onBucket("a-one"), onStack("a-two"))
			findings := c.All(stack(bucket("b"))).Findings
			require.Len(t, findings, 2)
			for _, f := range findings {
				assert.Equal(t, want, f.Level, f.Rule)
				assert.Equal(t, apitype.PolicySeverityHigh, f.Severity, f.Rule)
			}
		})
	}
}

func TestRulesGetTheirParametersTheFolderAndTheGraph(t *testing.T) {
	t.Parallel()
	type seen struct {
		flag    bool
		dir     string
		project string
	}
	var got []seen
	r := named("a-rule", func(r *rule.Rule) {
		r.Params = []rule.Param{{Name: "strict", Type: rule.Boolean, Default: false, Description: "D."}}
		r.CheckResource = func(p *rule.Pass, _ *graph.Resource) {
			got = append(got, seen{p.Flag("strict"), p.Dir, ""})
			assert.Nil(t, p.Graph, "one resource does not show the stack")
		}
		r.CheckStack = func(p *rule.Pass) { got = append(got, seen{p.Flag("strict"), p.Dir, p.Graph.Project}) }
	})
	c := checker(t, map[string]config.Policy{"a-rule": {Params: map[string]any{"strict": true}}}, r)
	c.Dir = "program"
	c.Resource(bucket("b"))
	_, err := c.Stack(t.Context(), stack())
	require.NoError(t, err)
	assert.Equal(t, []seen{{true, "program", ""}, {true, "program", "images"}}, got)
}

// zero returns a value that vet cannot see through.
func zero[T any]() T {
	var v T
	return v
}

func TestARuleThatPanicsIsAFindingAndTheOthersStillRun(t *testing.T) {
	t.Parallel()
	name := func(b *graph.Resource) string {
		s, _ := b.Arg("bucket").Str()
		return s
	}
	panics := map[string]func(*graph.Resource){
		"a text with a secret":   func(b *graph.Resource) { panic("bad name " + name(b)) },
		"an error with a secret": func(b *graph.Resource) { panic(errors.New(name(b))) },
		"the value itself":       func(b *graph.Resource) { panic(b.Inputs) },
		"a missing map": func(b *graph.Resource) {
			m := zero[map[string]string]()
			m[name(b)] = "x"
		},
		"a wrong type": func(b *graph.Resource) {
			var v any = name(b)
			_ = v.(fmt.Stringer).String()
		},
		"a nil pointer": func(*graph.Resource) {
			_ = zero[*graph.Resource]().Name
		},
		"an index too far": func(b *graph.Resource) { _ = []string{}[len(name(b))] },
		"nil":              func(*graph.Resource) { panic(nil) }, //nolint:govet // a rule may do even that
	}
	for cause, fail := range panics {
		for _, level := range []apitype.EnforcementLevel{apitype.Advisory, apitype.Mandatory} {
			t.Run(cause+", "+string(level), func(t *testing.T) {
				t.Parallel()
				failing := named("a-failing", func(r *rule.Rule) {
					r.CheckResource = func(p *rule.Pass, b *graph.Resource) {
						p.Report(b, "", "said before", "")
						fail(b)
					}
					r.CheckStack = func(p *rule.Pass) { fail(p.Graph.Managed(graph.Bucket)[0]) }
				})
				c := checker(t, map[string]config.Policy{"a-failing": {Level: level}},
					onBucket("a-before"), failing, onBucket("a-later"), onStack("a-stack"))
				res := c.All(stack(bucket("b")))

				byRule := map[string][]finding.Finding{}
				for _, f := range res.Findings {
					byRule[f.Rule] = append(byRule[f.Rule], f)
					assert.NotContains(t, fmt.Sprintf("%+v", f), marker)
				}
				for _, other := range []string{"a-before", "a-later", "a-stack"} {
					assert.Len(t, byRule[other], 1, other)
				}
				require.Len(t, byRule["a-failing"], 3, "what it said before, and a failure of each check")
				failures := 0
				place := regexp.MustCompile(`^rule a-failing failed inside pipeguard \(check_test\.go:\d+\)$`)
				for _, f := range byRule["a-failing"] {
					assert.Equal(t, level, f.Level)
					if place.MatchString(f.Message) {
						failures++
						assert.Contains(t, f.Fix, "disabled")
					}
				}
				assert.Equal(t, 2, failures, "%v", messages(byRule["a-failing"]))
			})
		}
	}
}

func TestAPanicOnAResourceIsAFindingOnIt(t *testing.T) {
	t.Parallel()
	c := checker(t, nil, named("a-failing", func(r *rule.Rule) {
		r.CheckResource = func(*rule.Pass, *graph.Resource) { panic("x") }
	}))
	findings := c.Resource(bucket("b")).Findings
	require.Len(t, findings, 1)
	assert.Equal(t, resource.URN("b"), findings[0].URN)
}

func TestOrderDoesNotDependOnTheOrderOfResources(t *testing.T) {
	t.Parallel()
	undecided := named("a-undecided", func(r *rule.Rule) {
		r.CheckStack = rule.EachManaged(func(_ *rule.Pass, b *graph.Resource) rule.Verdict {
			return rule.NotEvaluated(b, "not known")
		}, graph.Bucket)
	})
	c := checker(t, nil, onStack("b-rule"), onBucket("a-rule"), undecided)
	forward := c.All(stack(bucket("x"), bucket("y"), bucket("z")))
	backward := c.All(stack(bucket("z"), bucket("y"), bucket("x")))
	assert.Equal(t, forward, backward)
	assert.Equal(t, []string{
		"a-rule on x", "b-rule on x", "a-rule on y", "b-rule on y", "a-rule on z", "b-rule on z",
	}, messages(forward.Findings))
	assert.Len(t, forward.NotEvaluated, 3)
}

func TestAStackIsJudgedNoFurtherWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	release, ended := make(chan struct{}), make(chan struct{})
	slow := named("a-slow", func(r *rule.Rule) {
		r.CheckStack = func(p *rule.Pass) {
			defer close(ended)
			cancel()
			<-release
			p.Report(nil, "", "too late", "")
		}
	})
	res, err := checker(t, nil, slow).Stack(ctx, stack(bucket("b")))
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "judging the stack")
	assert.True(t, res.Empty(), "a part of the rules is no result")
	close(release) // only now: Stack has not waited for the rule
	<-ended

	never := named("a-never", func(r *rule.Rule) {
		r.CheckStack = func(*rule.Pass) { assert.Fail(t, "it ran, though the context had ended") }
	})
	c := checker(t, nil, never)
	_, err = c.Stack(ctx, stack(bucket("b")))
	require.ErrorIs(t, err, context.Canceled)
}

func TestRulesForTheStackRunSideBySide(t *testing.T) {
	t.Parallel()
	met := make(chan string)
	meet := func(id string) *rule.Rule {
		return named(id, func(r *rule.Rule) {
			r.CheckStack = func(p *rule.Pass) {
				select {
				case met <- id:
				case other := <-met:
					p.Report(nil, "", "met "+other, "")
				case <-time.After(time.Minute):
				}
			}
		})
	}
	found := checker(t, nil, meet("a-rule"), meet("b-rule")).All(stack())
	assert.Len(t, found.Findings, 1)
}

func TestNoResourcesNoResult(t *testing.T) {
	t.Parallel()
	assert.Equal(t, check.Result{}, checker(t, nil, onStack("a-rule"), onBucket("b-rule")).All(stack()))
}
