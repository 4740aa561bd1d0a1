package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// appending returns a rule that fixes a bucket by a letter more in its name.
func appending(id, letter string) *rule.Rule {
	return named(id, func(r *rule.Rule) {
		r.CheckResource = func(*rule.Pass, *graph.Resource) {}
		r.Remediate = func(_ *rule.Pass, b *graph.Resource) resource.PropertyMap {
			name, _ := b.Arg("bucket").Str()
			fixed := b.Inputs.Copy()
			fixed["bucket"] = resource.NewProperty(name + letter)
			return fixed
		}
	})
}

func TestRemediationsAreMadeOneOnTheOther(t *testing.T) {
	t.Parallel()
	idle := named("a-idle", func(r *rule.Rule) {
		r.CheckResource = func(*rule.Pass, *graph.Resource) {}
		r.Remediate = func(*rule.Pass, *graph.Resource) resource.PropertyMap { return nil }
	})
	c := checker(t, map[string]config.Policy{"all": {Level: apitype.Remediate}, "a-off": {Level: apitype.Mandatory}},
		appending("a-two", "2"), appending("a-one", "1"), appending("a-off", "x"), idle, onBucket("a-without"))
	b := bucket("b")
	before, _ := b.Arg("bucket").Str()
	done := c.Remediate(b)
	require.Len(t, done, 2)
	assert.Equal(t, "a-one", done[0].Rule)
	assert.Equal(t, resource.NewProperty(before+"1"), done[0].Inputs["bucket"])
	assert.Equal(t, "a-two", done[1].Rule)
	assert.Equal(t, resource.NewProperty(before+"12"), done[1].Inputs["bucket"])
	after, _ := b.Arg("bucket").Str()
	assert.Equal(t, before, after, "the resource itself stays as it is")
}

func TestARemediationThatPanicsIsToldAndOthersGoOn(t *testing.T) {
	t.Parallel()
	failing := named("a-failing", func(r *rule.Rule) {
		r.CheckResource = func(*rule.Pass, *graph.Resource) {}
		r.Remediate = func(_ *rule.Pass, b *graph.Resource) resource.PropertyMap { panic(b.Inputs) }
	})
	c := checker(t, map[string]config.Policy{"all": {Level: apitype.Remediate}}, failing, appending("a-later", "1"))
	done := c.Remediate(bucket("b"))
	require.Len(t, done, 2)
	assert.Nil(t, done[0].Inputs)
	assert.Regexp(t, `^rule a-failing failed inside pipeguard \(remediate_test\.go:\d+\)`, done[0].Problem)
	assert.NotContains(t, fmt.Sprintf("%+v", done[0]), marker)
	assert.Equal(t, done[0].Problem, done[0].Notice(bucket("b")).Message)
	assert.NotNil(t, done[1].Inputs)
}

func TestARemediationTellsWhatItChanged(t *testing.T) {
	t.Parallel()
	text := resource.NewProperty[string]
	object := func(name string, v resource.PropertyValue) resource.PropertyValue {
		return resource.NewProperty(resource.PropertyMap{resource.PropertyKey(name): v})
	}
	for name, c := range map[string]struct {
		before, after resource.PropertyMap
		want          string
	}{
		"an argument more": {nil, resource.PropertyMap{"on": resource.NewProperty(true)}, "on to true"},
		"another value": {
			resource.PropertyMap{"days": resource.NewProperty(0.0), "name": text("b")},
			resource.PropertyMap{"days": resource.NewProperty(90.0), "name": text("b")},
			"days to 90",
		},
		"several, in order": {
			nil, resource.PropertyMap{"b": text("2"), "a": text("1")}, `a to "1", b to "2"`,
		},
		"within an object": {
			resource.PropertyMap{"tracing": object("mode", text("PassThrough"))},
			resource.PropertyMap{"tracing": object("mode", text("Active"))},
			`tracing.mode to "Active"`,
		},
		"a new object": {nil, resource.PropertyMap{"tracing": object("mode", text("Active"))}, `tracing.mode to "Active"`},
		"a long text":  {nil, resource.PropertyMap{"policy": text(strings.Repeat("x", 60))}, "policy to a new text"},
		"a secret":     {nil, resource.PropertyMap{"policy": resource.MakeSecret(text(marker))}, "policy to [secret]"},
		"what was a secret": {
			resource.PropertyMap{"policy": resource.MakeSecret(text(marker))},
			resource.PropertyMap{"policy": text(marker + "1")},
			"policy to [secret]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fixing := named("a-fixing", func(r *rule.Rule) {
				r.CheckResource = func(*rule.Pass, *graph.Resource) {}
				r.Remediate = func(*rule.Pass, *graph.Resource) resource.PropertyMap { return c.after }
			})
			b := bucket("b")
			b.Inputs = c.before

			done := checker(t, map[string]config.Policy{"all": {Level: apitype.Remediate}}, fixing).Remediate(b)

			require.Len(t, done, 1)
			assert.Equal(t, finding.Notice{
				Rule: "a-fixing", URN: "b", Message: "fixed Bucket 'b': set " + c.want + "; the program is as it was",
			}, done[0].Notice(b))
		})
	}
}
