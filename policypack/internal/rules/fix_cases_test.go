package rules_test

import (
	"cmp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// chosen are what the fixes of the cases leave to choose, where not any text will do.
var chosen = map[fix.Choice]string{
	"the URI of the image, which ends in @sha256: and its digest": "123456789012.dkr.ecr.us-east-1.amazonaws.com/thumbs@sha256:0123456789abcdef",
	"a prefix that the other does not have":                       "second/",
	"the prefix of the other":                                     "first/",
	"the arn output of a function":                                "arn:aws:lambda:us-east-1:123456789012:function:chosen",
	"the arn output of an SNS topic":                              "arn:aws:sns:us-east-1:123456789012:chosen",
	"the arn output of an SQS queue":                              "arn:aws:sqs:us-east-1:123456789012:chosen",
	"the arn output of an SQS queue that is not FIFO":             "arn:aws:sqs:us-east-1:123456789012:chosen",
	"the ARN of a standard SQS queue or SNS topic":                "arn:aws:sqs:us-east-1:123456789012:chosen",
	"the id of your account":                                      "123456789012",
}

// fixesLeaving are the cases in which the finding stays after its fix, and why.
var fixesLeaving = map[string]string{
	"lambda-async-retries/filled in by the provider":   "the provider's note stays in the arguments",
	"lambda-explicit-limits/filled in by the provider": "the provider's note stays in the arguments",
}

// The bad example of a rule shows one finding; its cases show all of them. One that is put right by words alone, or a
// program with what a fix never reads, is not among them.
func TestTheFixesOfACaseEndItsFindingsAndStartNoOthers(t *testing.T) {
	t.Parallel()
	for id, cases := range cases(t) {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				everyRule := map[string]config.Policy{
					"all": {Level: apitype.Mandatory}, id: {Level: apitype.Mandatory, Params: c.Params},
				}
				var own, others []finding.Finding
				known := map[string]bool{}
				for _, f := range checkProgram(t, c.Program, ruletest.Deployed, everyRule).Findings {
					known[f.Rule+" "+f.URN.Name()] = true
					if f.Rule == id {
						own = append(own, f)
					}
				}
				program, ok := fixedCase(t, c, own)
				if !ok {
					continue
				}
				own = nil
				for _, f := range checkProgram(t, program.Text(fix.Dialect{Language: fix.YAML}), ruletest.Deployed, everyRule).Findings {
					switch {
					case f.Rule == id:
						own = append(own, f)
					case !known[f.Rule+" "+f.URN.Name()]:
						others = append(others, f)
					}
				}
				if why := fixesLeaving[id+"/"+c.Name]; why != "" {
					assert.NotEmpty(t, own, "%s: it is put right, though %s", c.Name, why)
					continue
				}
				assert.Empty(t, own, "%s: a finding is left after the fix", c.Name)
				assert.Empty(t, others, "%s: a finding is new after the fix", c.Name)
			}
		})
	}
}

// fixedCase returns the program of a case with the fixes of its findings applied; false if one of them is only words, or
// the program is none that fixes are applied to.
func fixedCase(t *testing.T, c ruletest.Case, findings []finding.Finding) (*fix.Program, bool) {
	t.Helper()
	program, err := fix.ParseYAML(c.Program)
	if err != nil || len(findings) == 0 {
		return nil, false
	}
	seen := map[string]bool{}
	for _, f := range findings {
		same := f.Edits.Text(fix.Dialect{}, nil)
		if len(f.Edits.Edits) == 0 {
			return nil, false
		}
		if seen[same] {
			continue
		}
		seen[same] = true
		err := program.Apply(f.Edits, func(choice fix.Choice) string {
			return cmp.Or(chosen[choice], ruletest.Choose(choice), "chosen")
		})
		require.NoError(t, err, "%s: %s", c.Name, f.Text())
	}
	return program, true
}
