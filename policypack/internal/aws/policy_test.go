package aws_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// stack returns the model of a program in a preview; resources is that section of a Pulumi YAML program.
func stack(t *testing.T, resources string) *aws.Stack {
	t.Helper()
	g, err := ruletest.Graph("name: images\nruntime: yaml\nresources:\n"+resources, ruletest.Preview)
	require.NoError(t, err)
	return aws.NewStack(g)
}

// find returns the resource with that name in the program.
func find(t *testing.T, s *aws.Stack, name string) *graph.Resource {
	t.Helper()
	for _, r := range s.Resources {
		if r.Name == name {
			return r
		}
	}
	require.Fail(t, "there is no "+name)
	return nil
}

const (
	denying = `{Statement: [{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}]}`
	other   = `{Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "s3:GetObject", Resource: "*"}]}`
)

func TestPoliciesOfABucketInAnySpelling(t *testing.T) {
	t.Parallel()
	bucket := "  b: {type: aws:s3:Bucket, properties: {bucket: acme-uploads}}\n"
	policy := func(name, of, document string) string {
		return "  " + name + ": {type: aws:s3:BucketPolicy, properties: {bucket: " + of + ", policy: " + document + "}}\n"
	}
	for name, c := range map[string]struct {
		resources string
		held      []string
		maybe     bool
		want      answer.Answer
	}{
		"none":                  {resources: bucket, want: answer.No},
		"its own":               {resources: "  b: {type: aws:s3:Bucket, properties: {policy: " + denying + "}}\n", held: []string{"b"}, want: answer.Yes},
		"split":                 {resources: bucket + policy("p", "acme-uploads", denying), held: []string{"p"}, want: answer.Yes},
		"split, of another":     {resources: bucket + policy("p", "acme-logs", denying), want: answer.No},
		"split, that differ":    {resources: bucket + policy("p", "acme-uploads", denying) + policy("q", "acme-uploads", other), held: []string{"p", "q"}},
		"split, that agree":     {resources: bucket + policy("p", "acme-uploads", other) + policy("q", "acme-uploads", other), held: []string{"p", "q"}, want: answer.No},
		"of a bucket not known": {resources: bucket + policy("p", `{"fn::unknown": 1}`, denying), maybe: true, want: answer.No},
		"not known":             {resources: bucket + policy("p", "acme-uploads", `{"fn::unknown": 1}`), held: []string{"p"}},
		"one that is only read, which a declared one overwrites": {
			resources: bucket + "  old: {type: aws:s3:BucketPolicy, get: {bucket: acme-uploads, policy: " + denying + "}}\n" + policy("p", "acme-uploads", other),
			held:      []string{"p"}, want: answer.No,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stack(t, c.resources)
			policies := s.Policies(find(t, s, "b"))
			var held []string
			for _, p := range policies.Held {
				held = append(held, p.Name)
			}
			assert.Equal(t, c.held, held)
			assert.Equal(t, c.maybe, policies.Maybe != nil)
			assert.Equal(t, c.want, policies.DenyPlainText())
			if len(c.held) > 0 {
				assert.Equal(t, c.held[0], policies.Declared().Name)
			} else {
				assert.Nil(t, policies.Declared())
			}
		})
	}
}
