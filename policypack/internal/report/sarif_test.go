package report_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

// sarif is what these tests look at.
type sarif struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID                   string
					HelpURI              string
					DefaultConfiguration struct{ Level string }
					Properties           struct {
						Tags             []string
						SecuritySeverity string `json:"security-severity"`
					}
				}
			}
		}
		Results     []sarifResult
		Invocations []struct {
			ToolExecutionNotifications, ToolConfigurationNotifications []struct {
				Message        struct{ Text string }
				AssociatedRule *struct {
					ID    string
					Index *int
				}
			}
		}
	}
}

type sarifResult struct {
	RuleID, Level string
	RuleIndex     int
	Message       struct{ Text string }
	Locations     []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI, URIBaseID string }
			Region           struct{ StartLine, StartColumn int }
		}
		LogicalLocations []struct{ Name, FullyQualifiedName, Kind string }
	}
	PartialFingerprints map[string]string
	Suppressions        []struct{ Kind, Status, Justification string }
}

func sarifOf(t *testing.T, r report.Report, opts report.Options) sarif {
	t.Helper()
	var log sarif
	require.NoError(t, json.Unmarshal(written(t, report.SARIF, r, opts), &log))
	require.Len(t, log.Runs, 1)
	return log
}

func TestSARIFKeepsToThePublishedSchema(t *testing.T) {
	t.Parallel()
	s := schema(t, read(t, "sarif-schema-2.1.0.json"))
	unlisted := sample(t)
	unlisted.Rules = nil
	for name, r := range map[string]report.Report{"empty": {}, "sample": sample(t), "rules not listed": unlisted} {
		require.NoError(t, keepsTo(t, s, written(t, report.SARIF, r, report.Options{})), name)
		require.NoError(t, keepsTo(t, s, written(t, report.SARIF, r, report.Options{ProgramFile: "Pulumi.yaml"})), name)
	}
	assert.Error(t, keepsTo(t, s, []byte(`{"version": "2.1.0", "runs": [{}]}`)), "the check can fail")
}

func TestSARIFResultsPointToTheirRules(t *testing.T) {
	t.Parallel()
	run := sarifOf(t, sample(t), report.Options{}).Runs[0]
	rules := run.Tool.Driver.Rules
	require.Len(t, run.Results, 10)
	for _, result := range run.Results {
		assert.Equal(t, result.RuleID, rules[result.RuleIndex].ID)
	}
	assert.Equal(t, "error", run.Results[0].Level)
	assert.Equal(t, "warning", run.Results[4].Level)
	block := rules[5]
	assert.Equal(t, "https://docs.example.com/s3-public-access-block?a=1&b=2", block.HelpURI)
	assert.Equal(t, []string{"AWS FSBP S3.8", "CIS AWS 3.0.0 2.1.4"}, block.Properties.Tags)
	scores := map[string]string{}
	for _, rule := range rules {
		scores[rule.ID] = rule.DefaultConfiguration.Level + " " + rule.Properties.SecuritySeverity
	}
	assert.Equal(t, map[string]string{
		"lambda-dead-letter-queue": "error 8.0", "lambda-environment-secret": "error 9.5",
		"lambda-failure-alarms": "warning 5.5", "lambda-log-retention": "warning 2.0",
		"s3-bucket-name-unique": "error 5.5", "s3-public-access-block": "error 8.0",
		"source-no-subprocess": "error 5.5", "stack-readiness-checks": "error 2.0",
	}, scores)
}

func TestSARIFPlacesFindings(t *testing.T) {
	t.Parallel()
	results := sarifOf(t, sample(t), report.Options{ProgramFile: "infra/Pulumi.yaml"}).Runs[0].Results

	spaced := results[1].Locations[0]
	assert.Equal(t, "infra/my%20stack.go", spaced.PhysicalLocation.ArtifactLocation.URI)
	assert.Equal(t, "%SRCROOT%", spaced.PhysicalLocation.ArtifactLocation.URIBaseID)
	assert.Equal(t, 26, spaced.PhysicalLocation.Region.StartLine)
	assert.Equal(t, 17, spaced.PhysicalLocation.Region.StartColumn)
	assert.Equal(t, "source", spaced.LogicalLocations[0].Name)
	assert.Equal(t, "urn:pulumi:dev::images::aws:s3/bucketV2:BucketV2::source", spaced.LogicalLocations[0].FullyQualifiedName)
	assert.Equal(t, "resource", spaced.LogicalLocations[0].Kind)

	// Byte 11 of the line is UTF-16 unit 10, as é takes two bytes; the finding itself says byte 9, two less than there
	// are: then nothing can be determined.
	assert.Equal(t, 9, results[3].Locations[0].PhysicalLocation.Region.StartColumn)
	f := sample(t).Findings[3]
	f.Location.Column = 15 // indented by four
	results = sarifOf(t, report.Report{Findings: []finding.Finding{f}}, report.Options{}).Runs[0].Results
	assert.Equal(t, 14, results[0].Locations[0].PhysicalLocation.Region.StartColumn)
}

func TestSARIFPathsAreURIs(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"infra/main.go": "infra/main.go %SRCROOT%", "a b#c?.go": "a%20b%23c%3F.go %SRCROOT%", "c:d.go": "./c:d.go %SRCROOT%",
		"größe.py": "gr%C3%B6%C3%9Fe.py %SRCROOT%", "/srv/main.go": "file:///srv/main.go ",
	} {
		f := finding.Finding{Rule: "a-b", Location: finding.Location{File: file}}
		at := sarifOf(t, report.Report{Findings: []finding.Finding{f}}, report.Options{}).Runs[0].Results[0].Locations[0].PhysicalLocation
		assert.Equal(t, want, at.ArtifactLocation.URI+" "+at.ArtifactLocation.URIBaseID)
		assert.Zero(t, at.Region.StartLine, "the line is not known")
	}
}

func TestSARIFPutsFindingsWithoutAFileIntoTheProgramFile(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{"infra/Pulumi.yaml": "infra/Pulumi.yaml", "": ""} {
		results := sarifOf(t, sample(t), report.Options{ProgramFile: program}).Runs[0].Results
		alarm, stack := results[4], results[6]
		assert.Equal(t, want, alarm.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		assert.Equal(t, "backlog", alarm.Locations[0].LogicalLocations[0].Name)
		if program == "" {
			assert.Empty(t, stack.Locations, "it has neither a file nor a resource")
			continue
		}
		assert.Equal(t, want, stack.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		assert.Equal(t, 1, stack.Locations[0].PhysicalLocation.Region.StartLine)
	}
}

func TestSARIFSuppressesWhatIsWaived(t *testing.T) {
	t.Parallel()
	results := sarifOf(t, sample(t), report.Options{}).Runs[0].Results
	assert.Empty(t, results[0].Suppressions)
	for i, kind := range map[int]string{7: "external", 8: "inSource", 9: "external"} {
		require.Len(t, results[i].Suppressions, 1)
		assert.Equal(t, kind, results[i].Suppressions[0].Kind)
		assert.Equal(t, "accepted", results[i].Suppressions[0].Status)
	}
	assert.Equal(t, "config, until 2027-03-31: the name is agreed with a partner", results[7].Suppressions[0].Justification)
}

func TestSARIFTellsWhatWasNotEvaluatedApartFromResults(t *testing.T) {
	t.Parallel()
	invocation := sarifOf(t, sample(t), report.Options{}).Runs[0].Invocations[0]
	require.Len(t, invocation.ToolExecutionNotifications, 2)
	open := invocation.ToolExecutionNotifications[0]
	assert.Equal(t, "not evaluated: the target of its deadLetterConfig is not known yet", open.Message.Text)
	assert.Equal(t, "lambda-dead-letter-queue", open.AssociatedRule.ID)
	assert.Equal(t, 0, *open.AssociatedRule.Index)
	require.Len(t, invocation.ToolConfigurationNotifications, 2)
	assert.Nil(t, invocation.ToolConfigurationNotifications[1].AssociatedRule)
}

func TestSARIFMessagesHoldNoLinks(t *testing.T) {
	t.Parallel()
	results := sarifOf(t, sample(t), report.Options{}).Runs[0].Results
	assert.Contains(t, results[5].Message.Text, `\[x\](https://e.vil)`)
	assert.Contains(t, results[5].Message.Text, `evil\\x1b\[2J`)
	assert.NotContains(t, results[5].Message.Text, "\x1b")
}

func TestFindingsHaveTheirOwnFingerprints(t *testing.T) {
	t.Parallel()
	results := sarifOf(t, report.Report{
		Findings: []finding.Finding{{Rule: "a-b", Fingerprint: "one:1"}},
		Waived:   []finding.Waived{{Finding: finding.Finding{Rule: "a-b", Fingerprint: "one:2"}, By: finding.ByComment}},
	}, report.Options{}).Runs[0].Results
	assert.Equal(t, map[string]string{"pipeguard/v2": "one:1"}, results[0].PartialFingerprints)
	assert.Equal(t, map[string]string{"pipeguard/v2": "one:2"}, results[1].PartialFingerprints)
}
