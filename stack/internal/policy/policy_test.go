package policy_test

import (
	"strings"
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
		"a log bucket's permission": {
			policy.Statement{
				Sid: "Logs", Effect: policy.Allow, Principal: policy.Service("logging.s3.amazonaws.com"),
				Action: []string{"s3:PutObject"}, Resource: []string{"arn:aws:s3:::l/*"},
				Condition: policy.FromAccountAndARN("123456789012", "arn:aws:s3:::a", "arn:aws:s3:::b"),
			},
			`{"Version":"2012-10-17","Statement":[
				{"Sid":"Logs","Effect":"Allow","Principal":{"Service":["logging.s3.amazonaws.com"]},"Action":["s3:PutObject"],"Resource":["arn:aws:s3:::l/*"],
				 "Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]},"ArnLike":{"aws:SourceArn":["arn:aws:s3:::a","arn:aws:s3:::b"]}}}]}`,
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

// evaluate evaluates, as IAM does, a condition of Null, StringNotEquals and
// StringNotLike for a request with the given context.
func evaluate(condition policy.Condition, request map[string]string) bool {
	for operator, keys := range condition {
		for key, values := range keys {
			value, there := request[key]
			holds := map[string]bool{
				"Null":            there == (values[0] == "false"),
				"StringNotEquals": !there || value != values[0],
				"StringNotLike":   !there || !strings.HasPrefix(value, strings.TrimSuffix(values[0], "*")),
			}[operator]
			if !holds {
				return false
			}
		}
	}
	return true
}

func TestDenyOtherEncryptionLetsOnlyTheAccountsKeysEncrypt(t *testing.T) {
	t.Parallel()
	const algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
	statements := policy.DenyOtherEncryption("arn:aws:s3:::b/*", "arn:aws:kms:eu-west-1:123456789012:key/*")
	for name, test := range map[string]struct {
		request map[string]string
		denied  []string
	}{
		"nothing asked for, so the default": {nil, nil},
		"KMS with the default key":          {map[string]string{algorithm: "aws:kms"}, nil},
		"KMS with a key of the account": {
			map[string]string{algorithm: "aws:kms", key: "arn:aws:kms:eu-west-1:123456789012:key/1"}, nil,
		},
		"S3's own keys": {map[string]string{algorithm: "AES256"}, []string{"DenyOtherAlgorithms"}},
		"a key of another account": {
			map[string]string{algorithm: "aws:kms", key: "arn:aws:kms:eu-west-1:999999999999:key/1"}, []string{"DenyForeignKeys"},
		},
		"a key that the uploader keeps": {
			map[string]string{"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"}, []string{"DenyCustomerKeys"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var denied []string
			for _, statement := range statements {
				assert.Equal(t, policy.Deny, statement.Effect)
				assert.Equal(t, policy.Everyone(), statement.Principal)
				assert.Equal(t, []string{"s3:PutObject"}, statement.Action)
				assert.Equal(t, []string{"arn:aws:s3:::b/*"}, statement.Resource)
				if evaluate(statement.Condition, test.request) {
					denied = append(denied, statement.Sid)
				}
			}
			assert.Equal(t, test.denied, denied)
		})
	}
}
