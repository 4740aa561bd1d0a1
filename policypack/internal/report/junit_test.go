package report_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

// validate checks a JUnit file against the schema that Jenkins reads such files
// by, with libxml2's own validator.
func validate(t *testing.T, xml []byte) error {
	t.Helper()
	lint, err := exec.LookPath("xmllint")
	require.NoError(t, err, "install xmllint: on Debian and Ubuntu the package libxml2-utils")
	cmd := exec.Command(lint, "--noout", "--nonet", "--schema", filepath.Join("testdata", "JUnit.xsd"), "-")
	cmd.Stdin = bytes.NewReader(xml)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func TestJUnitKeepsToThePublishedSchema(t *testing.T) {
	t.Parallel()
	all := sample(t)
	unlisted := all
	unlisted.Rules = nil
	for name, r := range map[string]report.Report{"empty": {}, "sample": all, "rules not listed": unlisted} {
		assert.NoError(t, validate(t, written(t, report.JUnit, r, report.Options{})), name)
	}
	spoiled := bytes.Replace(written(t, report.JUnit, all, report.Options{}), []byte("<testsuites>"), []byte(`<testsuites color="red">`), 1)
	assert.ErrorContains(t, validate(t, spoiled), "The attribute 'color' is not allowed", "the check can fail")
}

// junitFile is what the test reads of a report.
type junitFile struct {
	Suites []struct {
		Timestamp string `xml:"timestamp,attr"`
		Cases     []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Failure *struct {
				Type string `xml:"type,attr"`
			} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *string   `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitHasACaseForEachRule(t *testing.T) {
	t.Parallel()
	r := sample(t)
	// Nothing is left on this one: it has passed.
	r.Waived = r.Waived[:2]
	opts := report.Options{Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("", 3600))}
	var doc junitFile
	require.NoError(t, xml.Unmarshal(written(t, report.JUnit, r, opts), &doc))
	got := map[string]string{}
	for _, suite := range doc.Suites {
		assert.Equal(t, "2026-05-04T02:02:01", suite.Timestamp, "in UTC")
		for _, c := range suite.Cases {
			outcome := "passed"
			switch {
			case c.Failure != nil:
				outcome = "failure " + c.Failure.Type
			case c.Skipped != nil:
				outcome = "skipped"
			}
			got[c.Class+" "+c.Name] = outcome
		}
	}
	assert.Equal(t, map[string]string{
		"pipeguard.resource lambda-environment-secret": "failure mandatory",
		"pipeguard.resource lambda-log-retention":      "passed",
		"pipeguard.resource s3-bucket-name-unique":     "skipped",
		"pipeguard.stack lambda-dead-letter-queue":     "failure mandatory",
		"pipeguard.stack lambda-failure-alarms":        "failure advisory",
		"pipeguard.stack s3-public-access-block":       "failure mandatory",
		"pipeguard.stack stack-readiness-checks":       "failure mandatory",
		"pipeguard.source source-no-subprocess":        "failure mandatory",
	}, got)
}
