package credential_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/credential"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

func TestACredentialIsFoundByItsFormItsNameOrInsideOfJSON(t *testing.T) {
	t.Parallel()
	of := &graph.Resource{URN: "urn:pulumi:dev::images::aws:lambda/function:Function::thumbs"}
	text := func(s string) graph.Value { return graph.NewValue(resource.NewProperty(s)) }
	for name, c := range map[string]struct {
		variable string
		value    graph.Value
		holds    answer.Answer
		kind     string
	}{
		"a form":                  {"X", text("AKIAIOSFODNN7EXAMPLE"), answer.Yes, "an AWS access key id"},
		"a name":                  {"DB_PASSWORD", text("correct-Horse-7"), answer.Yes, "a credential, by its name"},
		"inside of JSON":          {"CONFIG", text(`{"db": {"password": "correct-Horse-7"}}`), answer.Yes, "a credential, by its name"},
		"a name for a reference":  {"DB_PASSWORD", text("arn:aws:secretsmanager:us-east-1:123456789012:secret:db"), answer.No, ""},
		"a name for a number":     {"PASSWORD_LENGTH", text("12"), answer.No, ""},
		"the name of the project": {"API_SECRET", text("images-dev-secret"), answer.No, ""},
		"a secret":                {"DB_PASSWORD", graph.NewValue(resource.MakeSecret(resource.NewProperty("correct-Horse-7"))), answer.No, ""},
		"not known yet":           {"DB_PASSWORD", graph.Unknown, answer.Unknown, ""},
		"a number":                {"DB_PASSWORD", graph.NewValue(resource.NewProperty(7.0)), answer.No, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds, kind := credential.In(of, c.variable, c.value)
			assert.Equal(t, c.holds, holds)
			assert.Equal(t, c.kind, kind)
		})
	}
}
