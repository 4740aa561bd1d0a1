package rules_test

import "testing"

func TestS3NoPublicAccess(t *testing.T) {
	t.Parallel()
	const everyone = "http://acs.amazonaws.com/groups/global/AllUsers"
	bucket := func(token, args string) string {
		return "uploads: {type: aws:s3:" + token + ", properties: {" + args + "}}\n"
	}
	policy := func(statement string) string {
		return `policy: {type: aws:s3:BucketPolicy, properties: {bucket: acme-uploads, policy: ` + policyOf(statement) + `}}`
	}
	read := func(rest string) string {
		return `{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-uploads/*", ` + rest + `}`
	}
	testRule(t, "s3-no-public-access", []ruleCase{
		{name: "nothing public", resources: bucket("BucketV2", ""), want: clean},
		{name: "private", resources: bucket("Bucket", "acl: private"), want: clean},
		{name: "log delivery", resources: bucket("Bucket", "acl: log-delivery-write"), want: clean},
		{
			name: "public-read", resources: bucket("Bucket", "acl: public-read"), want: fires("uploads acl"),
			says: `acl of Bucket 'uploads' is "public-read", which opens it to everyone.`,
		},
		{name: "public-read-write", resources: bucket("BucketV2", "acl: public-read-write"), want: fires("uploads acl")},
		{name: "authenticated-read", resources: bucket("Bucket", "acl: authenticated-read"), want: fires("uploads acl")},
		{name: "a secret ACL is judged", resources: bucket("Bucket", `acl: {"fn::secret": public-read}`), want: fires("uploads acl"), says: "is [secret]"},
		{name: "an unknown ACL", resources: bucket("Bucket", `acl: {"fn::unknown": 1}`), want: undecided("uploads")},
		{
			name:      "split ACL",
			resources: `acl: {type: aws:s3:BucketAclV2, properties: {bucket: acme-uploads, acl: public-read}}`,
			want:      fires("acl acl"),
		},
		{
			name:      "an object's ACL",
			resources: `page: {type: aws:s3:BucketObjectv2, properties: {bucket: acme-uploads, key: index.html, acl: public-read}}`,
			want:      fires("page acl"),
		},
		{
			name:      "a grant to everyone",
			resources: bucket("Bucket", `grants: [{type: CanonicalUser, id: abc}, {type: Group, uri: "`+everyone+`", permissions: [READ]}]`),
			want:      fires("uploads grants[1].uri"),
		},
		{
			name:      "a grant to log delivery",
			resources: bucket("Bucket", `grants: [{type: Group, uri: "http://acs.amazonaws.com/groups/s3/LogDelivery", permissions: [WRITE]}]`),
			want:      clean,
		},
		{name: "unknown grants", resources: bucket("Bucket", `grants: {"fn::unknown": 1}`), want: undecided("uploads")},
		{name: "an unknown grantee", resources: bucket("Bucket", `grants: [{type: Group, uri: {"fn::unknown": 1}}]`), want: undecided("uploads")},
		{
			name: "a grant in a split ACL",
			resources: `acl:
  type: aws:s3:BucketAcl
  properties:
    bucket: acme-uploads
    accessControlPolicy:
      owner: {id: abc}
      grants: [{permission: READ, grantee: {type: Group, uri: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}]`,
			want: fires("acl accessControlPolicy.grants[0].grantee.uri"),
		},
		{
			name: "an open policy", resources: policy(read(`Principal: "*"`)), want: fires("policy policy"),
			says: "statement 1 of the policy of BucketPolicy 'policy' allows everyone",
		},
		{name: "an open inline policy", resources: bucket("Bucket", `policy: `+policyOf(read(`Principal: {AWS: ["*"]}`))), want: fires("uploads policy")},
		{name: "all but one", resources: policy(read(`NotPrincipal: {AWS: "123456789012"}`)), want: fires("policy policy")},
		{name: "only over TLS", resources: policy(read(`Principal: "*", Condition: {Bool: {"aws:SecureTransport": "true"}}`)), want: fires("policy policy")},
		{name: "to an organisation", resources: policy(read(`Principal: "*", Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3}}`)), want: clean},
		{name: "to CloudFront", resources: policy(read(`Principal: {Service: cloudfront.amazonaws.com}`)), want: clean},
		{name: "to an account", resources: policy(read(`Principal: {AWS: "arn:aws:iam::123456789012:root"}`)), want: clean},
		{name: "a deny", resources: policy(`{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}`), want: clean},
		{
			name:      "each open statement is told",
			resources: policy(read(`Principal: "*"`) + `, ` + read(`Principal: {AWS: "123456789012"}`) + `, ` + read(`Principal: "*"`)),
			want:      fires("policy policy", "policy policy"), says: "statement 3 of",
		},
		{
			name:      "an unknown policy",
			resources: `policy: {type: aws:s3:BucketPolicy, properties: {bucket: b, policy: {"fn::unknown": 1}}}`, want: undecided("policy"),
		},
		{
			name: "an unknown principal beside an open one",
			resources: `policy:
  type: aws:s3:BucketPolicy
  properties:
    bucket: b
    policy: {Statement: [` + read(`Principal: {AWS: {"fn::unknown": 1}}`) + `, ` + read(`Principal: "*"`) + `]}`,
			want: fires("policy policy").and("policy"),
		},
		{
			name: "a secret policy is judged",
			resources: `policy: {type: aws:s3:BucketPolicy, properties: {bucket: b, policy: {"fn::secret": ` +
				policyOf(read(`Principal: "*", Sid: "`+hush+`"`)) + `}}}`,
			want: fires("policy policy"),
		},
		{name: "a copy's ACL", resources: `copy: {type: aws:s3:ObjectCopy, properties: {bucket: b, key: k, source: a/k, acl: public-read}}`, want: fires("copy acl")},
		{
			name: "a copy's grant",
			resources: `copy: {type: aws:s3:ObjectCopy, properties: {bucket: b, key: k, source: a/k, grants: [{type: Group, permissions: [READ], ` +
				`uri: "http://acs.amazonaws.com/groups/global/AllUsers"}]}}`,
			want: fires("copy grants[0].uri"),
		},
		{
			name: "access logs for everyone",
			resources: `logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: b, targetBucket: logs, targetGrants: [` +
				`{permission: READ, grantee: {type: Group, uri: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}]}}`,
			want: fires("logging targetGrants[0].grantee.uri"),
		},
		{
			name: "access logs for another account",
			resources: `logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: b, targetBucket: logs, targetGrants: [` +
				`{permission: READ, grantee: {type: CanonicalUser, id: 79a59df900b949e55d96a1e698fbaced}}]}}`,
			want: clean,
		},
		{name: "a policy that is only read", resources: `policy: {type: aws:s3:BucketPolicy, get: {id: b, bucket: b, policy: ` + policyOf(read(`Principal: "*"`)) + `}}`, want: clean},
	})
}
