package check_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// appending is a rule that mends a bucket by a letter more in its name.
func appending(id, letter string) *rule.Rule {
	return named(id, func(r *rule.Rule) {
		r.CheckResource = func(*rule.Pass, *graph.Resource) {}
		r.Remediate = func(_ *rule.Pass, b *graph.Resource) resource.PropertyMap {
			name, _ := b.Arg("bucket").Str()
			mended := b.Inputs.Copy()
			mended["bucket"] = resource.NewProperty(name + letter)
			return mended
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
	assert.NotNil(t, done[1].Inputs)
}
