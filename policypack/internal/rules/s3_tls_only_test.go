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

// policyOf is an inline Pulumi YAML document with one statement.
func policyOf(statement string) string {
	return `{"fn::toJSON": {Version: "2012-10-17", Statement: [` + statement + `]}}`
}

func TestS3TLSOnly(t *testing.T) {
	t.Parallel()
	const (
		bucket  = "uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}\n"
		deny    = `{Effect: Deny, Principal: "*", Action: "s3:*", Resource: [`
		plain   = `], Condition: {Bool: {"aws:SecureTransport": "false"}}}`
		objects = `"arn:aws:s3:::acme-uploads/*"`
		both    = `"arn:aws:s3:::acme-uploads", ` + objects
	)
	split := func(policy string) string {
		return bucket + `policy: {type: aws:s3:BucketPolicy, properties: {bucket: "${uploads.id}", policy: ` + policy + `}}`
	}
	inline := func(policy string) string {
		return `uploads: {type: aws:s3:Bucket, properties: {bucket: acme-uploads, policy: ` + policy + `}}`
	}
	testRule(t, "s3-tls-only", []ruleCase{
		{name: "no policy", resources: bucket, want: fires("uploads"), says: "BucketV2 'uploads' has no policy that denies requests without TLS."},
		{name: "no policy, classic bucket", resources: "uploads: {type: aws:s3:Bucket}", want: fires("uploads")},
		{name: "empty policy", resources: inline(`""`), want: fires("uploads")},
		{name: "split", resources: split(policyOf(deny + both + plain)), want: clean},
		{name: "inline", resources: inline(policyOf(deny + both + plain)), want: clean},
		{
			name: "of the ARN that AWS gives",
			resources: "uploads: {type: aws:s3:BucketV2}\n" +
				`policy: {type: aws:s3:BucketPolicy, properties: {bucket: "${uploads.id}", policy: ` +
				policyOf(deny+`"${uploads.arn}", "${uploads.arn}/*"`+plain) + `}}`,
			want: clean, preview: undecided("uploads"),
		},
		{
			name: "of a name that is auto-named", resources: "uploads: {type: aws:s3:BucketV2}\n" +
				`policy: {type: aws:s3:BucketPolicy, properties: {bucket: "${uploads.bucket}", policy: ` +
				policyOf(deny+`"arn:aws:s3:::${uploads.bucket}", "arn:aws:s3:::${uploads.bucket}/*"`+plain) + `}}`,
			want: clean,
		},
		{
			name: "objects only, split", resources: split(policyOf(deny + objects + plain)), want: fires("policy policy"),
			says: "the policy of BucketPolicy 'policy' does not deny every request to BucketV2 'uploads' that comes without TLS.",
		},
		{name: "objects only, inline", resources: inline(policyOf(deny + objects + plain)), want: fires("uploads policy")},
		{
			name:      "TLS version",
			resources: split(policyOf(deny + both + `], Condition: {NumericLessThan: {"s3:TlsVersion": 1.2}}}`)),
			want:      clean,
		},
		{
			name: "weakened by an address",
			resources: split(policyOf(deny + both +
				`], Condition: {Bool: {"aws:SecureTransport": "false"}, IpAddress: {"aws:SourceIp": "192.0.2.0/24"}}}`)),
			want: fires("policy policy"),
		},
		{
			name: "everyone but a role",
			resources: split(policyOf(`{Effect: Deny, NotPrincipal: {AWS: "arn:aws:iam::123456789012:role/x"}, Action: "s3:*", Resource: [` +
				both + plain)),
			want: fires("policy policy"),
		},
		{name: "an unknown policy", resources: split(`{"fn::unknown": 1}`), want: undecided("uploads")},
		{name: "an unknown inline policy", resources: inline(`{"fn::unknown": 1}`), want: undecided("uploads")},
		{name: "a policy that is no JSON", resources: split(`nonsense`), want: undecided("uploads")},
		{
			name: "an object with an unknown part",
			resources: split(`{Statement: [{Effect: Deny, Principal: "*", Action: "s3:*", Resource: {"fn::unknown": 1}, ` +
				`Condition: {Bool: {"aws:SecureTransport": "false"}}}]}`),
			want: undecided("uploads"),
		},
		{
			name: "an object with an unknown part that does not matter",
			resources: split(`{Statement: [{Sid: {"fn::unknown": 1}, Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", ` +
				`Condition: {Bool: {"aws:SecureTransport": "false"}}}]}`),
			want: clean,
		},
		{
			name:      "a secret policy is judged",
			resources: split(`{"fn::secret": ` + policyOf(deny+objects+plain) + `}`), want: fires("policy policy"),
		},
		{
			name: "the policy of a bucket not known yet",
			resources: bucket + `policy: {type: aws:s3:BucketPolicy, properties: {bucket: {"fn::unknown": 1}, policy: ` +
				policyOf(deny+both+plain) + `}}`,
			want: undecided("uploads"),
		},
		{
			name: "the policy of another bucket",
			resources: bucket + `policy: {type: aws:s3:BucketPolicy, properties: {bucket: acme-other, policy: ` +
				policyOf(deny+both+plain) + `}}`,
			want: fires("uploads"),
		},
		{
			name: "two policies that differ",
			resources: split(policyOf(deny+both+plain)) + "\n" + `last: {type: aws:s3:BucketPolicy, properties: {bucket: acme-uploads, policy: ` +
				policyOf(deny+objects+plain) + `}}`,
			want: undecided("uploads"), says: "BucketPolicy 'last', BucketPolicy 'policy' overwrite each other's policy",
		},
		{
			name: "two policies that agree",
			resources: split(policyOf(deny+both+plain)) + "\n" + `last: {type: aws:s3:BucketPolicy, properties: {bucket: acme-uploads, policy: ` +
				policyOf(deny+`"*"`+plain) + `}}`,
			want: clean,
		},
		{
			name: "a policy that is read before it is overwritten",
			resources: split(policyOf(deny+objects+plain)) + "\n" +
				`old: {type: aws:s3:BucketPolicy, get: {id: acme-uploads, bucket: acme-uploads, policy: ` + policyOf(deny+both+plain) + `}}`,
			want: fires("policy policy"),
		},
		{
			name: "a policy that is only read",
			resources: bucket + `policy:
  type: aws:s3:BucketPolicy
  get: {id: acme-uploads, bucket: acme-uploads, policy: ` + policyOf(deny+both+plain) + `}`,
			want: clean,
		},
		{name: "a bucket that is only read", resources: "uploads: {type: aws:s3:BucketV2, get: {id: theirs, bucket: theirs}}", want: clean},
	})
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
			g, err := ruletest.Graph(ruleCase{resources: policy(c.bucket, c.document)}.program(), ruletest.Preview)
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
