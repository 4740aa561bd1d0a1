// Package policy writes IAM policy documents from typed statements.
package policy

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// These are the effects of a statement.
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
	// Principal is whom the statement concerns, in a resource's policy.
	Principal Principal `json:"Principal,omitempty"`
	// Action lists actions, such as s3:GetObject.
	Action []string `json:"Action"`
	// Resource lists ARNs. A key's policy has "*", which is the key itself; a
	// trust policy has none.
	Resource []string `json:"Resource,omitempty"`
	// Condition restricts the statement.
	Condition Condition `json:"Condition,omitempty"`
}

// Principal maps a kind, AWS or Service, to names.
type Principal map[string][]string

// Condition maps an operator, such as StringEquals, to keys and their values.
type Condition map[string]map[string][]string

// Account returns the principal for everyone whom the account with this ARN authorizes.
func Account(arn string) Principal { return Principal{"AWS": {arn}} }

// Service returns the principal for an AWS service, such as sns.amazonaws.com.
func Service(name string) Principal { return Principal{"Service": {name}} }

// Everyone returns the principal for anyone at all. Use it to deny.
func Everyone() Principal { return Principal{"AWS": {"*"}} }

// FromAccount returns a condition that holds only for requests that a service
// makes on behalf of the account, so that it cannot be tricked into using a
// resource for someone else.
func FromAccount(accountID string) Condition {
	return Condition{"StringEquals": {"aws:SourceAccount": {accountID}}}
}

// FromAccountAndARN restricts FromAccount to requests for the given resources.
func FromAccountAndARN(accountID string, arns ...string) Condition {
	condition := FromAccount(accountID)
	condition["ArnLike"] = map[string][]string{"aws:SourceArn": arns}
	return condition
}

// DenyPlainText denies requests to the given service, such as s3, that do not
// use TLS.
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

// DenyOtherEncryption denies uploads that request any encryption except SSE-KMS
// with a key of the given account, whose ARNs match keys. An upload that
// requests none gets the bucket's default.
//
// The conditions allow all of the account's keys and not only the right one: its
// ARN is not known until it is created, and a policy that nobody can read at
// preview is worth less.
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
	// A negated operator also holds if the header is missing.
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

// document is a complete policy document, in the current version of the language.
type document struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// JSON returns the document with the given statements.
func JSON(statements ...Statement) pulumi.StringOutput {
	return pulumi.JSONMarshal(document{Version: "2012-10-17", Statement: statements})
}
