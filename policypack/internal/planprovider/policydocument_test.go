package planprovider

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

const getDocument = "aws:iam/getPolicyDocument:getPolicyDocument"

func list(values ...any) []any { return values }

// The cases are those of the documentation of Terraform's data source aws_iam_policy_document and of the IAM
// user guide's reference of policy elements.
func TestPolicyDocumentIsRenderedAsAWSWritesIt(t *testing.T) {
	t.Parallel()
	statement := func(more props) props { return props{"statements": list(more)} }
	cases := map[string]struct {
		args props
		want string // minified
	}{
		"nothing": {nil, `{"Version":"2012-10-17"}`},
		"one of each": {
			statement(props{"actions": list("s3:GetObject"), "resources": list("arn:aws:s3:::b/*")}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`,
		},
		"several are a set in descending order": {
			statement(props{
				"sid": "1", "actions": list("s3:GetBucketLocation", "s3:ListAllMyBuckets", "s3:GetBucketLocation"),
				"resources": list("arn:aws:s3:::*"),
			}),
			`{"Version":"2012-10-17","Statement":[{"Sid":"1","Effect":"Allow",` +
				`"Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::*"}]}`,
		},
		"the negative elements": {
			statement(props{
				"effect": "Deny", "notActions": list("iam:*"), "notResources": list("*"),
				"notPrincipals": list(props{"type": "AWS", "identifiers": list("arn:aws:iam::1:root")}),
			}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"iam:*","NotResource":"*",` +
				`"NotPrincipal":{"AWS":"arn:aws:iam::1:root"}}]}`,
		},
		"conditions keep the order of values, and one value stands alone": {
			statement(props{"conditions": list(
				props{"test": "StringLike", "variable": "s3:prefix", "values": list("", "home/", "home/&{aws:username}/")},
				props{"test": "ForAnyValue:StringEquals", "variable": "kms:EncryptionContext:service", "values": list("pi")},
				props{"test": "Bool", "variable": "aws:SecureTransport", "values": list(false)},
			)}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Condition":{` +
				`"Bool":{"aws:SecureTransport":"false"},` +
				`"ForAnyValue:StringEquals":{"kms:EncryptionContext:service":"pi"},` +
				`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}}}]}`,
		},
		"conditions with the same test and variable add up": {
			statement(props{"conditions": list(
				props{"test": "StringEquals", "variable": "aws:SourceAccount", "values": list("1")},
				props{"test": "StringEquals", "variable": "aws:SourceAccount", "values": list("2")},
			)}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
				`"Condition":{"StringEquals":{"aws:SourceAccount":["1","2"]}}}]}`,
		},
		"principals of several types": {
			statement(props{
				"actions": list("sts:AssumeRole"),
				"principals": list(
					props{"type": "Service", "identifiers": list("lambda.amazonaws.com", "firehose.amazonaws.com")},
					props{"type": "AWS", "identifiers": list("arn:aws:iam::1:root")},
				),
			}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{` +
				`"AWS":"arn:aws:iam::1:root","Service":["lambda.amazonaws.com","firehose.amazonaws.com"]}}]}`,
		},
		"everyone": {
			statement(props{"principals": list(props{"type": "*", "identifiers": list("*")})}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*"}]}`,
		},
		"every AWS principal is not everyone": {
			statement(props{"principals": list(props{"type": "AWS", "identifiers": list("*")})}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"}}]}`,
		},
		"snake_case": {
			statement(props{"not_actions": list("s3:*")}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"s3:*"}]}`,
		},
		"id and version": {
			props{"policyId": "p", "version": "2008-10-17"},
			`{"Version":"2008-10-17","Id":"p"}`,
		},
		"statements come after those of the sources": {
			props{
				"sourcePolicyDocuments": list(
					`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:Get*"]}]}`, "",
					`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:Put*"}]}`),
				"statements": list(props{"sid": "b", "actions": list("s3:List*")}),
			},
			`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:Get*"]},` +
				`{"Effect":"Allow","Action":"s3:Put*","Principal":"*"},` +
				`{"Sid":"b","Effect":"Allow","Action":"s3:List*"}]}`,
		},
		"a statement replaces the source's of the same Sid": {
			props{
				"sourceJson": `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Condition":{"Bool":{"x":true}}}]}`,
				"statements": list(props{"sid": "a", "effect": "Deny", "actions": list("s3:Put*")}),
			},
			`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Deny","Action":"s3:Put*"}]}`,
		},
		"overrides replace by Sid and add": {
			props{
				"statements": list(
					props{"sid": "a", "actions": list("ec2:*"), "resources": list("*")},
					props{"sid": "OverridePlaceHolder", "actions": list("s3:*"), "resources": list("*")},
				),
				"overridePolicyDocuments": list(
					`{"Statement":[{"Sid":"OverridePlaceHolder","Effect":"Deny","Action":"*","Resource":"*"}]}`),
				"overrideJson": `{"Id":"x","Statement":[{"Sid":"c","Effect":"Allow","Condition":{"Bool":{"y":true}},
					"Principal":{"AWS":["1","2"]}}]}`,
			},
			`{"Version":"2012-10-17","Id":"x","Statement":[` +
				`{"Sid":"a","Effect":"Allow","Action":"ec2:*","Resource":"*"},` +
				`{"Sid":"OverridePlaceHolder","Effect":"Deny","Action":"*","Resource":"*"},` +
				`{"Sid":"c","Effect":"Allow","Principal":{"AWS":["2","1"]},"Condition":{"Bool":{"y":"true"}}}]}`,
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := invoke(t, p, getDocument, c.args)
			assert.Equal(t, c.want, results["minifiedJson"].StringValue())
			assert.JSONEq(t, c.want, results["json"].StringValue())
			assert.Regexp(t, `^[0-9]+$`, results["id"].StringValue())
			for name, value := range c.args {
				assert.Equal(t, properties(props{"v": value})["v"], results[resourceKey(name)], "arguments are results")
			}
		})
	}
}

func TestPolicyDocumentIsIndentedByTwo(t *testing.T) {
	t.Parallel()
	results := invoke(t, connect(t, nil), getDocument, props{"statements": list(props{"actions": list("s3:*")})})
	assert.Equal(t, `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:*"
    }
  ]
}`, results["json"].StringValue())
}

func TestPolicyDocumentOfASecretIsSecret(t *testing.T) {
	t.Parallel()
	results := invoke(t, connect(t, nil), getDocument, props{"statements": list(props{"actions": secret(list("s3:*"))})})
	require.True(t, results["json"].IsSecret())
	assert.Contains(t, results["json"].SecretValue().Element.StringValue(), `"Action": "s3:*"`)
}

// The engine drops unknown arguments; other callers may not. It accepts no unknown results.
func TestPolicyDocumentOfAnUnknownIsAStandIn(t *testing.T) {
	t.Parallel()
	args, err := marshal(properties(props{"statements": list(props{"resources": list(unknown())})}))
	require.NoError(t, err)
	response, err := dial(t, start(t)).Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: getDocument, Args: args})
	require.NoError(t, err)
	results, err := unmarshal(response.GetReturn())
	require.NoError(t, err)
	assert.True(t, standin.In(results["json"].StringValue()))
	assert.True(t, standin.In(results["minifiedJson"].StringValue()))
	assert.True(t, standin.In(results["id"].StringValue()))
}

func TestPolicyDocumentsThatCannotBeMergedAreErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		args    props
		message string
	}{
		"source is not JSON":   {props{"sourcePolicyDocuments": list("nonsense")}, "reading source document 0"},
		"override is not JSON": {props{"overrideJson": "nonsense"}, "reading overriding document 0"},
		"Sid twice": {
			props{"statements": list(props{"sid": "a"}, props{"sid": "a"})}, `duplicate Sid "a"`,
		},
		"Sid twice in sources": {
			props{"sourcePolicyDocuments": list(`{"Statement":[{"Sid":"a"}]}`, `{"Statement":[{"Sid":"a"}]}`)},
			`source document 1: duplicate Sid "a"`,
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := p.Invoke(context.Background(), plugin.InvokeRequest{Tok: getDocument, Args: properties(c.args)})
			require.ErrorContains(t, err, c.message)
		})
	}
}
