package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// denyPlainText is the arguments of a bucket's policy with a statement more that
// denies requests without TLS. It is nil when there is such a statement, or when
// the bucket or the policy is not known: a policy of a guessed bucket is refused.
func denyPlainText(_ *rule.Pass, r *graph.Resource) resource.PropertyMap {
	name, known := r.Arg("bucket").Str()
	text, isText := r.Arg("policy").Str()
	document, _ := ownPolicy(r)
	bucket := &graph.Resource{Type: graph.Bucket, Inputs: resource.PropertyMap{"bucket": resource.NewProperty(name)}}
	if !known || name == "" || !isText || document.DeniesPlainText(bucket) != answer.No {
		return nil
	}
	arn, found := bucketARN(name, text)
	if !found {
		return nil
	}
	policy, err := addStatement(text, map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": "s3:*",
		"Resource":  []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	})
	if err != nil {
		return nil
	}
	fixed := r.Inputs.Copy()
	fixed["policy"] = resource.NewProperty(policy)
	if r.Arg("policy").Secret() {
		fixed["policy"] = resource.MakeSecret(fixed["policy"])
	}
	return fixed
}

// bucketARN is the ARN of a bucket in the partition that a policy speaks of:
// AWS refuses one of another. A name that is an ARN already is that.
func bucketARN(name, policy string) (string, bool) {
	if strings.HasPrefix(name, "arn:") {
		return name, true
	}
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		if arn := "arn:" + partition + ":s3:::"; strings.Contains(policy, `"`+arn) {
			return arn + name, true
		}
	}
	return "", false
}

// addStatement appends a statement to a policy document.
func addStatement(text string, statement map[string]any) (string, error) {
	var document map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // an account id must not become 1.23456789012e+11
	if err := decoder.Decode(&document); err != nil {
		return "", fmt.Errorf("reading the policy: %w", err)
	}
	statements, isList := document["Statement"].([]any)
	if !isList {
		statements = []any{document["Statement"]}
	}
	document["Statement"] = append(statements, statement)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return "", fmt.Errorf("writing the policy: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}
