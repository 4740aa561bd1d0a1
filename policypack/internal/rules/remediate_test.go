package rules_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// remediated returns a stack in which a rule has fixed what it can, and how many
// resources that changed.
func remediated(t *testing.T, ru *rule.Rule, g *graph.Graph) (*graph.Graph, int) {
	t.Helper()
	pass := rule.NewPass(ru, exampleParams(t, ru.ID), func(finding.Finding) {}, func(finding.NotEvaluated) {})
	changed := 0
	resources := make([]*graph.Resource, len(g.Resources))
	for i, r := range g.Resources {
		fresh := *r
		if isOf(ru, r) {
			before := deepCopy(resource.NewProperty(r.Inputs))
			if fixed := ru.Remediate(pass, r); fixed != nil {
				fresh.Inputs = fixed
				changed++
			}
			assert.Equal(t, before, resource.NewProperty(r.Inputs), "the arguments it was given stay as they were")
		}
		resources[i] = &fresh
	}
	return graph.New(g.Project, g.Stack, g.Organization, resources), changed
}

func isOf(ru *rule.Rule, r *graph.Resource) bool {
	for _, t := range ru.Types {
		if r.Type == t && r.Managed() {
			return true
		}
	}
	return false
}

// remediable holds, by rule, programs that a remediation can fix: a bad example may need another resource, which no
// remediation can add.
var remediable = map[string]string{
	"kms-rotation": program(`k: {type: aws:kms:Key, properties: {deletionWindowInDays: 30}}`),
	"s3-tls-only": program(`b: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
p: {type: aws:s3:BucketPolicy, properties: {bucket: acme-uploads, policy: '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/*"}}'}}`),

	"lambda-tracing": program(lambdaFunction("tracingConfig: {mode: PassThrough}")),
	"logs-retention": program(`f: {type: aws:lambda:Function, properties: {name: thumbs, role: r}}
g: {type: aws:cloudwatch:LogGroup, properties: {name: /aws/lambda/thumbs, retentionInDays: 0}}`),

	"s3-public-access-block": program(`b: {type: aws:s3:BucketV2}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${b.id}", blockPublicAcls: true, ignorePublicAcls: false}}`),
}

func TestARemediationPassesItsRuleAndChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, ru := range registry(t).Rules() {
		if ru.Remediate == nil {
			continue
		}
		tried++
		for name, phase := range phases {
			t.Run(ru.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				good := rules.Examples(ru.ID, "good")[fix.YAML]
				require.NotEmpty(t, good)
				for kind, program := range map[string]string{"good": good, "remediable": remediable[ru.ID]} {
					require.NotEmpty(t, program, "add a program to remediable")
					g, err := ruletest.Graph(program, phase)
					require.NoError(t, err)
					fixed, changed := remediated(t, ru, g)
					assert.Equal(t, kind == "remediable", changed > 0, "the %s program", kind)
					assert.Equal(t, kind == "remediable", len(checkGraph(t, g, onlyForExamples(t, ru.ID)).Findings) > 0)
					assert.Empty(t, checkGraph(t, fixed, onlyForExamples(t, ru.ID)).Findings)
					_, again := remediated(t, ru, fixed)
					assert.Zero(t, again)
				}
			})
		}
	}
	assert.NotZero(t, tried)
}

func TestNoRemediationTouchesWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for id, resources := range map[string]string{
		"lambda-tracing": lambdaFunction(`tracingConfig: {mode: {"fn::unknown": 1}}`),
		"logs-retention": `g: {type: aws:cloudwatch:LogGroup, properties: {name: /aws/lambda/f, retentionInDays: {"fn::unknown": 1}}}
h: {type: aws:cloudwatch:LogGroup, properties: {name: {"fn::unknown": 1}}}
i: {type: aws:cloudwatch:LogGroup, properties: {name: /acme/audit}}`,
		"s3-public-access-block": `b: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: b, blockPublicAcls: {"fn::unknown": 1}, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true}}`,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			g, err := ruletest.Graph(program(resources), ruletest.Preview)
			require.NoError(t, err)
			_, changed := remediated(t, registry(t).Rule(id), g)
			assert.Zero(t, changed)
		})
	}
}

func TestRemediationOfLogsTakesTheParameter(t *testing.T) {
	t.Parallel()
	ru := registry(t).Rule("logs-retention")
	group := &graph.Resource{Type: graph.LogGroup, Inputs: resource.PropertyMap{"name": resource.NewProperty("/aws/lambda/f")}}
	for want, params := range map[float64]map[string]any{365: nil, 30: {"retentionInDays": 30.0}} {
		pass := rule.NewPass(ru, params, func(finding.Finding) {}, func(finding.NotEvaluated) {})
		assert.Equal(t, resource.NewProperty(want), ru.Remediate(pass, group)["retentionInDays"])
	}
	require.Equal(t, apitype.Advisory, ru.Enforcement)
}

func lambdaFunction(arguments string) string {
	return "f: {type: aws:lambda:Function, properties: {role: r, " + arguments + "}}\n"
}
