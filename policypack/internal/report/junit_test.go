package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

func junitSchema(t *testing.T) *xsd {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "JUnit.xsd"))
	require.NoError(t, err)
	defer file.Close()
	schema, err := parseXSD(file)
	require.NoError(t, err)
	return schema
}

func TestJUnitKeepsToThePublishedSchema(t *testing.T) {
	t.Parallel()
	schema := junitSchema(t)
	all := sample(t)
	unlisted := all
	unlisted.Rules = nil
	for name, r := range map[string]report.Report{"empty": {}, "sample": all, "rules not listed": unlisted} {
		doc, err := parseXML(strings.NewReader(string(written(t, report.JUnit, r, report.Options{}))))
		require.NoError(t, err, name)
		assert.NoError(t, schema.validate(doc), name)
	}
}

func TestTheSchemaCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	schema := junitSchema(t)
	good := string(written(t, report.JUnit, sample(t), report.Options{}))
	tests := map[string]struct{ old, new, want string }{
		"missing attribute":    {` hostname="localhost"`, "", "attribute hostname is missing"},
		"unknown attribute":    {"<testsuites>", `<testsuites color="red">`, "attribute color is not in the schema"},
		"wrong number":         {`errors="0"`, `errors="none"`, `"none" is no xs:int`},
		"time zone":            {`T00:00:00"`, `T00:00:00Z"`, "does not match"},
		"empty name":           {`name="version"`, `name=""`, "is shorter than 1"},
		"missing element":      {"<system-out></system-out>", "", "system-out is missing"},
		"unknown element":      {"<system-out>", "<note></note><system-out>", "system-out is missing"},
		"element too many":     {"<system-out>", "<system-out></system-out><system-out>", "system-err is missing"},
		"element at the end":   {"</system-err>", "</system-err><note></note>", "element note is not in the schema there"},
		"failed and skipped":   {"</failure>", "</failure><skipped></skipped>", "element skipped is not in the schema there"},
		"missing failure type": {` type="mandatory"`, "", "attribute type is missing"},
		"text between":         {"<testsuites>", "<testsuites>words", "is not in the schema"},
		"another root":         {"testsuites>", "report>", "the schema has no element report"},
	}
	for name, test := range tests {
		spoiled := strings.Replace(good, test.old, test.new, 1)
		if test.new == "report>" {
			spoiled = strings.ReplaceAll(good, test.old, test.new)
		}
		require.NotEqual(t, good, spoiled, name)
		doc, err := parseXML(strings.NewReader(spoiled))
		require.NoError(t, err, name)
		assert.ErrorContains(t, schema.validate(doc), test.want, name)
	}
	_, err := parseXSD(strings.NewReader(`<schema><group/></schema>`))
	assert.ErrorContains(t, err, "which this check does not know")
}

func TestJUnitHasACaseForEachRule(t *testing.T) {
	t.Parallel()
	r := sample(t)
	// Nothing is left on this one: it has passed.
	r.Waived = r.Waived[:2]
	opts := report.Options{Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("", 3600))}
	doc, err := parseXML(strings.NewReader(string(written(t, report.JUnit, r, opts))))
	require.NoError(t, err)
	got := map[string]string{}
	for _, suite := range doc.children {
		assert.Equal(t, "2026-05-04T02:02:01", suite.attrs["timestamp"], "in UTC")
		for _, c := range suite.children {
			if c.name != "testcase" {
				continue
			}
			outcome := "passed"
			if c := c.child("failure", "skipped"); c != nil {
				outcome = c.name + " " + c.attrs["type"]
			}
			got[c.attrs["classname"]+" "+c.attrs["name"]] = outcome
		}
	}
	assert.Equal(t, map[string]string{
		"pipeguard.resource lambda-environment-secret": "failure mandatory",
		"pipeguard.resource lambda-log-retention":      "passed",
		"pipeguard.resource s3-bucket-name-unique":     "skipped ",
		"pipeguard.stack lambda-dead-letter-queue":     "failure mandatory",
		"pipeguard.stack lambda-failure-alarms":        "failure advisory",
		"pipeguard.stack s3-public-access-block":       "failure mandatory",
		"pipeguard.stack stack-readiness-checks":       "failure mandatory",
		"pipeguard.source source-no-subprocess":        "failure mandatory",
	}, got)
}
