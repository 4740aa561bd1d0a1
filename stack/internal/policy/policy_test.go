package policy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/policy"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func TestJSONWritesDocuments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statement policy.Statement
		want      string
	}{
		"a role's permission": {
			policy.Statement{Sid: "Read", Effect: policy.Allow, Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::b/*"}},
			`{"Version":"2012-10-17","Statement":[
				{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*"]}]}`,
		},
		"a service's permission, narrowed": {
			policy.Statement{
				Sid: "Send", Effect: policy.Allow, Principal: policy.Service("sns.amazonaws.com"),
				Action: []string{"kms:Decrypt"}, Resource: []string{"*"}, Condition: policy.FromAccount("123456789012"),
			},
			`{"Version":"2012-10-17","Statement":[
				{"Sid":"Send","Effect":"Allow","Principal":{"Service":["sns.amazonaws.com"]},"Action":["kms:Decrypt"],"Resource":["*"],
				 "Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`,
		},
		"a trust policy": {
			policy.Statement{
				Sid: "Assume", Effect: policy.Allow, Principal: policy.Account("arn:aws:iam::123456789012:root"),
				Action: []string{"sts:AssumeRole"},
			},
			`{"Version":"2012-10-17","Statement":[
				{"Sid":"Assume","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":["sts:AssumeRole"]}]}`,
		},
		"TLS only": {
			policy.DenyPlainText("s3", "arn:aws:s3:::b", "arn:aws:s3:::b/*"),
			`{"Version":"2012-10-17","Statement":[
				{"Sid":"DenyPlainText","Effect":"Deny","Principal":{"AWS":["*"]},"Action":["s3:*"],
				 "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":["false"]}}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var document any
			_, err := stacktest.Run(t, nil, func(ctx *pulumi.Context) (err error) {
				document, err = stacktest.Await(ctx, policy.JSON(test.statement))
				return err
			})
			require.NoError(t, err)
			assert.JSONEq(t, test.want, document.(string))
		})
	}
}
