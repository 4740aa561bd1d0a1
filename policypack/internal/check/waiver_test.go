package check_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// settings returns the entry of a configuration that is about no single rule.
func settings(fields map[string]any) map[string]config.Policy {
	return map[string]config.Policy{"pipeguard": {Params: fields}}
}

func waivers(list ...any) map[string]config.Policy { return settings(map[string]any{"waivers": list}) }

func waiver(rule, urn, expires string) map[string]any {
	w := map[string]any{"rule": rule, "urn": urn, "reason": "a partner needs it"}
	if expires == "" {
		w["permanent"] = true
	} else {
		w["expires"] = expires
	}
	return w
}

// noon is on the last day of the waivers below that hold.
var noon = time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)

func TestAWaiverLetsItsFindingsPassUntilItsLastDay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		waiver  map[string]any
		waived  []string
		notices []string
	}{
		"all resources": {waiver("a-bucket", "*", ""), []string{"a-bucket on one", "a-bucket on two"}, nil},
		"one resource":  {waiver("a-bucket", "o*", "2027-03-31"), []string{"a-bucket on one"}, nil},
		"one character": {waiver("a-bucket", "tw?", ""), []string{"a-bucket on two"}, nil},
		"the stack":     {waiver("a-stack", "*", ""), []string{"a-stack on one", "a-stack on two"}, nil},
		"no resource": {waiver("a-bucket", "three", ""), nil, []string{
			"the waiver of a-bucket for three in the policy configuration is not used: nothing that it names violates the rule; remove it",
		}},
		"expired": {waiver("a-bucket", "one", "2027-03-30"), nil, []string{
			"the waiver of a-bucket for one in the policy configuration expired on 2027-03-30: fix what it waives, or give it a new day",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := checker(t, waivers(test.waiver), onBucket("a-bucket"), onStack("a-stack"))
			c.Now = noon
			res := c.All(stack(bucket("one"), bucket("two")))
			var waived, notices []string
			for _, w := range res.Waived {
				waived = append(waived, w.Message)
				assert.Equal(t, finding.ByConfig, w.By)
				assert.Equal(t, "a partner needs it", w.Reason)
				assert.Equal(t, test.waiver["expires"], map[bool]any{true: nil, false: w.Expires}[w.Expires == ""])
			}
			for _, n := range res.Notices {
				notices = append(notices, n.Message)
			}
			assert.Equal(t, test.waived, waived)
			assert.Equal(t, test.notices, notices)
			assert.Len(t, res.Findings, 4-len(test.waived))
		})
	}
}

func TestAWaiverOfARuleThatIsOffIsNoNotice(t *testing.T) {
	t.Parallel()
	policies := waivers(waiver("a-bucket", "*", ""))
	policies["a-bucket"] = config.Policy{Level: apitype.Disabled}
	res := checker(t, policies, onBucket("a-bucket"), onStack("a-stack")).All(stack(bucket("one")))
	assert.Empty(t, res.Notices)
}

func TestAWaiverOfTheStackNamesTheStacksURN(t *testing.T) {
	t.Parallel()
	whole := named("a-whole", func(r *rule.Rule) {
		r.CheckStack = func(p *rule.Pass) { p.Report(nil, "", "no", "") }
	})
	self := &graph.Resource{URN: "urn:pulumi:dev::images::pulumi:pulumi:Stack::images-dev", Type: graph.StackType}
	res := checker(t, waivers(waiver("a-whole", "*::images-dev", "")), whole).All(stack(self))
	assert.Empty(t, res.Findings)
	assert.Len(t, res.Waived, 1)
}

func TestTheUnknownIsWhatTheConfigurationMakesOfIt(t *testing.T) {
	t.Parallel()
	undecided := named("a-doubt", func(r *rule.Rule) {
		r.CheckResource = rule.EachResource(func(_ *rule.Pass, b *graph.Resource) rule.Verdict {
			return rule.NotEvaluated(b, b.Name+" is not known yet")
		})
	})
	for setting, want := range map[string]apitype.EnforcementLevel{
		"ignore": "", "advisory": apitype.Advisory, "mandatory": apitype.Mandatory,
	} {
		res := checker(t, settings(map[string]any{"unknowns": setting}), undecided).All(stack(bucket("one")))
		assert.Len(t, res.NotEvaluated, 1, setting)
		if want == "" {
			assert.Empty(t, res.Findings)
			continue
		}
		require.Len(t, res.Findings, 1, setting)
		assert.Equal(t, want, res.Findings[0].Level)
		assert.Equal(t, resource.URN("one"), res.Findings[0].URN)
		assert.Contains(t, res.Findings[0].Message, "one is not known yet")
	}
}

func TestTheBaselineLetsPassWhatItHolds(t *testing.T) {
	t.Parallel()
	first := checker(t, nil, onBucket("a-bucket")).All(stack(bucket("one")))
	var text bytes.Buffer
	require.NoError(t, config.WriteBaseline(&text, first.Findings))
	file := filepath.Join(t.TempDir(), "known.json")
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	c := checker(t, nil, onBucket("a-bucket"))
	var err error
	c.Baseline, err = config.ReadBaseline(file)
	require.NoError(t, err)
	res := c.All(stack(bucket("one"), bucket("two")))
	require.Len(t, res.Findings, 1)
	assert.Equal(t, "a-bucket on two", res.Findings[0].Message)
	require.Len(t, res.Waived, 1)
	assert.Equal(t, finding.ByBaseline, res.Waived[0].By)
}

func TestASecondIdenticalDefectIsNewUnderABaseline(t *testing.T) {
	t.Parallel()
	// open complains about each of a bucket's grants that is for everybody.
	open := named("a-grant", func(r *rule.Rule) {
		r.CheckResource = func(p *rule.Pass, b *graph.Resource) {
			for i, grant := range b.Arg("grants").Items() {
				if grant.Is("everybody") {
					p.Report(b, fmt.Sprintf("grants[%d]", i), fmt.Sprintf("grant %d is for everybody", i), "")
				}
			}
		}
	})
	granted := func(to ...string) *graph.Graph {
		items := []resource.PropertyValue{}
		for _, name := range to {
			items = append(items, resource.NewProperty(name))
		}
		return stack(&graph.Resource{URN: "b", Type: graph.Bucket, Inputs: resource.PropertyMap{"grants": resource.NewProperty(items)}})
	}
	var text bytes.Buffer
	require.NoError(t, config.WriteBaseline(&text, checker(t, nil, open).All(granted("everybody", "me")).Findings))
	file := filepath.Join(t.TempDir(), "known.json")
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	c := checker(t, nil, open)
	var err error
	c.Baseline, err = config.ReadBaseline(file)
	require.NoError(t, err)

	assert.Empty(t, c.All(granted("me", "me", "everybody")).Findings, "the same one, moved")
	res := c.All(granted("everybody", "everybody"))
	assert.Equal(t, []string{"grant 1 is for everybody"}, messages(res.Findings))
	assert.Len(t, res.Waived, 1)
}
