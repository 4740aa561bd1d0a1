package rules_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// policyOf returns an inline Pulumi YAML document with one statement.
func policyOf(statement string) string {
	return `{"fn::toJSON": {Version: "2012-10-17", Statement: [` + statement + `]}}`
}

func TestS3TLSOnlyAddsWhatThePolicyLacks(t *testing.T) {
	t.Parallel()
	const allow = `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-uploads/*"}`
	r := registry(t).Rule("s3-tls-only")
	policy := func(bucket, document string) string {
		return "uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}\n" +
			`policy: {type: aws:s3:BucketPolicy, properties: {bucket: ` + bucket + `, policy: ` + document + `}}`
	}
	for name, c := range map[string]struct {
		bucket, document string
		// want is the fixed policy, empty for none.
		want string
	}{
		"a list": {
			"acme-uploads", `'{"Version":"2012-10-17","Statement":[` + allow + `]}'`,
			`{"Statement":[` + allow + `,{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*",` +
				`"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"]}],"Version":"2012-10-17"}`,
		},
		"one statement, a number, another partition": {
			"acme-uploads", `'{"Statement":{"Effect":"Allow","Principal":{"AWS":123456789012},"Action":"s3:Get*","Resource":"arn:aws-cn:s3:::acme-uploads/*"}}'`,
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":123456789012},"Action":"s3:Get*","Resource":"arn:aws-cn:s3:::acme-uploads/*"},` +
				`{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*",` +
				`"Resource":["arn:aws-cn:s3:::acme-uploads","arn:aws-cn:s3:::acme-uploads/*"]}]}`,
		},
		"nothing lacks": {
			"acme-uploads", policyOf(`{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}`), "",
		},
		"a partition that nobody knows": {"acme-uploads", `'{"Statement":[]}'`, ""},
		"an unknown bucket":             {`{"fn::unknown": 1}`, `'{"Statement":[` + allow + `]}'`, ""},
		"an unknown policy":             {"acme-uploads", `{"fn::unknown": 1}`, ""},
		"no JSON":                       {"acme-uploads", "nonsense", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := ruletest.Graph(program(policy(c.bucket, c.document)), ruletest.Preview)
			require.NoError(t, err)
			at := g.Managed(graph.BucketPolicy)[0]
			before := at.Inputs.Copy()
			fixed := r.Remediate(nil, at)
			assert.Equal(t, before, at.Inputs, "the arguments themselves stay as they are")
			if c.want == "" {
				assert.Nil(t, fixed)
				return
			}
			require.NotNil(t, fixed)
			assert.JSONEq(t, c.want, fixed["policy"].StringValue())
			assert.Equal(t, before["bucket"], fixed["bucket"])
			at.Inputs = fixed
			assert.Nil(t, r.Remediate(nil, at), "there is nothing left to fix")
			pass := rule.NewPass(r, nil, func(f finding.Finding) { assert.Fail(t, f.Text()) }, func(finding.NotEvaluated) {})
			pass.Stack = aws.NewStack(g)
			r.CheckStack(pass)
		})
	}
}

func TestS3TLSOnlyKeepsASecretPolicySecret(t *testing.T) {
	t.Parallel()
	text := resource.NewProperty(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`)
	at := &graph.Resource{Type: graph.BucketPolicy, Inputs: resource.PropertyMap{
		"bucket": resource.NewProperty("b"), "policy": resource.MakeSecret(text),
	}}
	fixed := registry(t).Rule("s3-tls-only").Remediate(nil, at)
	require.NotNil(t, fixed)
	assert.True(t, fixed["policy"].IsSecret())
}
