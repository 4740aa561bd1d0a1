package rules_test

import "testing"

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
		{name: "no policy", resources: bucket, want: fires("uploads"), says: "Bucket 'uploads' has no policy that denies requests without TLS."},
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
			says: "the policy of BucketPolicy 'policy' does not deny every request to Bucket 'uploads' that comes without TLS.",
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
			name: "a policy that is only read",
			resources: bucket + `policy:
  type: aws:s3:BucketPolicy
  get: {id: acme-uploads, bucket: acme-uploads, policy: ` + policyOf(deny+both+plain) + `}`,
			want: clean,
		},
		{name: "a bucket that is only read", resources: "uploads: {type: aws:s3:BucketV2, get: {id: theirs, bucket: theirs}}", want: clean},
	})
}
