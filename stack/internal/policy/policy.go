// Package policy writes IAM policy documents from typed statements.
package policy

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Statement is one statement of a policy document.
type Statement struct {
	// Sid names the statement; letters and digits only.
	Sid string `json:"Sid"`
	// Effect is Allow or Deny.
	Effect string `json:"Effect"`
	// Principal is who the statement is about, in a resource's policy.
	Principal Principal `json:"Principal,omitempty"`
	// Action lists actions, such as s3:GetObject.
	Action []string `json:"Action"`
	// Resource lists ARNs. A key's policy says "*", which is the key itself; a
	// trust policy has none.
	Resource []string `json:"Resource,omitempty"`
	// Condition narrows the statement.
	Condition Condition `json:"Condition,omitempty"`
}

// Principal maps a kind, AWS or Service, to names.
type Principal map[string][]string

// Condition maps an operator, such as StringEquals, to keys and their values.
type Condition map[string]map[string][]string

// Account returns the principal for everyone whom the account with this ARN lets.
func Account(arn string) Principal { return Principal{"AWS": {arn}} }

// Service returns the principal for an AWS service, such as sns.amazonaws.com.
func Service(name string) Principal { return Principal{"Service": {name}} }

// Everyone returns the principal for anyone at all. Use it to deny.
func Everyone() Principal { return Principal{"AWS": {"*"}} }

// FromAccount holds only for requests a service makes on behalf of the account,
// so that it cannot be talked into using a resource for someone else.
func FromAccount(accountID string) Condition {
	return Condition{"StringEquals": {"aws:SourceAccount": {accountID}}}
}

// FromAccountAndARN narrows FromAccount to requests for the resources given.
func FromAccountAndARN(accountID string, arns ...string) Condition {
	condition := FromAccount(accountID)
	condition["ArnLike"] = map[string][]string{"aws:SourceArn": arns}
	return condition
}

// DenyPlainText refuses requests of the given service, such as s3, that do not
// come over TLS.
func DenyPlainText(service string, resources ...string) Statement {
	return Statement{
		Sid:       "DenyPlainText",
		Effect:    Deny,
		Principal: Everyone(),
		Action:    []string{service + ":*"},
		Resource:  resources,
		Condition: Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// DenyOtherEncryption refuses objects whose uploader asks for any encryption
// but SSE-KMS with a key of the given account, whose ARNs match keys. Whoever
// asks for none gets the bucket's default.
//
// The conditions say keys and not the one key: that one's ARN is not known until
// it is made, and a policy that nobody can read at preview is worth less.
func DenyOtherEncryption(objects, keys string) []Statement {
	deny := func(sid string, condition Condition) Statement {
		return Statement{
			Sid:       sid,
			Effect:    Deny,
			Principal: Everyone(),
			Action:    []string{"s3:PutObject"},
			Resource:  []string{objects},
			Condition: condition,
		}
	}
	const algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
	// A negated operator holds for a header that is not there, too.
	return []Statement{
		deny("DenyOtherAlgorithms", Condition{
			"Null":            {algorithm: {"false"}},
			"StringNotEquals": {algorithm: {"aws:kms"}},
		}),
		deny("DenyForeignKeys", Condition{
			"Null":          {key: {"false"}},
			"StringNotLike": {key: {keys}},
		}),
		deny("DenyCustomerKeys", Condition{
			"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": {"false"}},
		}),
	}
}

// document is a whole policy document, in the current version of the language.
type document struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// JSON returns the document with the given statements.
func JSON(statements ...Statement) pulumi.StringOutput {
	return pulumi.JSONMarshal(document{Version: "2012-10-17", Statement: statements})
}
