package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

// schema compiles a JSON schema; formats count too.
func schema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("https://example.com/schema.json", doc))
	compiled, err := c.Compile("https://example.com/schema.json")
	require.NoError(t, err)
	return compiled
}

// keepsTo checks that a report is as the schema says.
func keepsTo(t *testing.T, s *jsonschema.Schema, doc []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	require.NoError(t, err)
	return s.Validate(value)
}

func TestJSONKeepsToItsSchema(t *testing.T) {
	t.Parallel()
	s := schema(t, report.Schema)
	got := written(t, report.JSON, sample(t), report.Options{})
	require.NoError(t, keepsTo(t, s, got))
	require.NoError(t, keepsTo(t, s, written(t, report.JSON, report.Report{}, report.Options{})))

	// And the schema is not so wide that anything would do.
	for old, spoiled := range map[string]string{
		`"schemaVersion": 1`:   `"schemaVersion": 2`,
		`"level": "mandatory"`: `"level": "disabled"`,
		`"line": 88`:           `"line": 0`,
		`"where": "inline"`:    `"where": "elsewhere"`,
		`"2027-03-31"`:         `"31 March 2027"`,
		`"snippet"`:            `"source"`,
		`"waiver": {`:          `"excuse": {`,
	} {
		require.Contains(t, string(got), old)
		assert.Error(t, keepsTo(t, s, bytes.Replace(got, []byte(old), []byte(spoiled), 1)), spoiled)
	}
}

func TestJSONHasWholeURNsAndEveryField(t *testing.T) {
	t.Parallel()
	var doc struct {
		Findings, Waived, NotEvaluated, Notices, Rules []map[string]any
	}
	require.NoError(t, json.Unmarshal(written(t, report.JSON, sample(t), report.Options{}), &doc))
	require.Len(t, doc.Findings, 7)
	assert.Equal(t, "urn:pulumi:dev::images::aws:lambda/function:Function::thumbnailer", doc.Findings[0]["urn"])
	assert.Equal(t, map[string]any{"file": "infra/functions.go", "line": 88.0, "column": 5.0}, doc.Findings[0]["location"])
	assert.Equal(t, map[string]any{"file": "infra/my stack.go", "line": 61.0, "column": nil}, doc.Findings[2]["location"])
	assert.Nil(t, doc.Findings[6]["location"])
	assert.Equal(t, map[string]any{"where": "inline", "reason": strings.ToValidUTF8(hostile, "\uFFFD"), "expires": nil}, doc.Waived[1]["waiver"])

	// An empty report has the same lists, empty.
	var empty map[string]any
	require.NoError(t, json.Unmarshal(written(t, report.JSON, report.Report{}, report.Options{}), &empty))
	for _, list := range []string{"findings", "waived", "notEvaluated", "notices", "rules"} {
		assert.Equal(t, []any{}, empty[list], list)
	}
}

// read returns a file of testdata.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}
