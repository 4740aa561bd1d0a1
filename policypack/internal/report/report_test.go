package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was written with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "go test -update writes it")
	assert.Equal(t, string(want), string(got), "go test -update writes %s anew", file)
}

// written returns r in a format.
func written(t *testing.T, format report.Format, r report.Report, opts report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, format, r, opts))
	return out.Bytes()
}

// hostile is a name that tries what a name can: to colour and clear a terminal,
// to turn text round, to end XML, HTML and Markdown, to call people, to be no UTF-8.
const hostile = "evil\x1b[2J\u009b31m\u202e</script><img src=x onerror=alert(1)>]]>|`*_[x](https://e.vil) @team #1\n\xff\ufffe'\""

// sampleRules returns short rules only for these tests: the goldens stay when the texts of the real rules change.
func sampleRules() []*rule.Rule {
	make := func(id, title string, scope rule.Scope, severity apitype.PolicySeverity, level apitype.EnforcementLevel) *rule.Rule {
		return &rule.Rule{
			ID: id, Title: title, Scope: scope, Severity: severity, Enforcement: level,
			Rationale:   "Why " + id + " is there, in a sentence.",
			Remediation: "Write this & that for <" + id + "> instead.",
			Limitations: "What another stack does.",
			Links:       []string{"https://docs.example.com/" + id + "?a=1&b=2", "https://example.com/more"},
		}
	}
	rules := []*rule.Rule{
		make("lambda-dead-letter-queue", "A failed event is kept.", rule.StackScope, apitype.PolicySeverityHigh, apitype.Mandatory),
		make("lambda-environment-secret", "No secret is in an environment.", rule.ResourceScope, apitype.PolicySeverityCritical, apitype.Mandatory),
		make("lambda-failure-alarms", "Someone hears of a failure.", rule.StackScope, apitype.PolicySeverityMedium, apitype.Advisory),
		make("lambda-log-retention", "Logs are deleted some day.", rule.ResourceScope, apitype.PolicySeverityLow, apitype.Advisory),
		make("s3-bucket-name-unique", "A bucket's name is unique.", rule.ResourceScope, apitype.PolicySeverityMedium, apitype.Mandatory),
		make("s3-public-access-block", "Every bucket is closed.", rule.StackScope, apitype.PolicySeverityHigh, apitype.Mandatory),
		make("source-no-subprocess", "The program starts no other.", rule.SourceScope, apitype.PolicySeverityMedium, apitype.Mandatory),
		make("stack-readiness-checks", "The stack reports whether it works.", rule.StackScope, apitype.PolicySeverityLow, apitype.Mandatory),
	}
	rules[5].Frameworks = []string{"AWS FSBP S3.8", "CIS AWS 3.0.0 2.1.4"}
	return rules
}

// sample returns the report that every golden file is written from.
func sample(t *testing.T) report.Report {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("testdata", "pipeline.yaml"))
	require.NoError(t, err)
	g, err := ruletest.Graph(string(program), ruletest.Preview)
	require.NoError(t, err)
	evil := resource.NewURN("dev", "images", "", "aws:sqs/queue:Queue", hostile)
	resources := append(slices.Clone(g.Resources), &graph.Resource{
		URN: evil, Type: graph.Queue, Name: hostile, Inputs: resource.PropertyMap{},
	})
	g = graph.New(g.Project, g.Stack, g.Organization, resources)

	source := ruletest.URN("aws:s3:BucketV2", "source")
	thumbnails := ruletest.URN("aws:s3:BucketV2", "thumbnails")
	function := ruletest.URN("aws:lambda:Function", "thumbnailer")
	found := func(
		ruleID string, severity apitype.PolicySeverity, level apitype.EnforcementLevel,
		urn resource.URN, property, message, fix string,
	) finding.Finding {
		return finding.Finding{
			Rule: ruleID, Severity: severity, Level: level, URN: urn, Property: property, Message: message, Fix: fix,
		}
	}
	at := func(f finding.Finding, file string, line, column int, snippet string, snippetColumn int) finding.Finding {
		f.Location = finding.Location{File: file, Line: line, Column: column}
		f.Snippet, f.SnippetColumn = snippet, snippetColumn
		f.InSource = strings.HasPrefix(f.Rule, "source-")
		return f
	}
	findings := []finding.Finding{
		at(found("lambda-environment-secret", apitype.PolicySeverityCritical, apitype.Mandatory, function, "environment.variables.API_TOKEN",
			"Function 'thumbnailer' has what looks like a secret in its environment variable API_TOKEN.",
			"keep it in Secrets Manager and pass its ARN"),
			"infra/functions.go", 88, 5, `"API_TOKEN": pulumi.String(token),`, 0),
		at(found("s3-public-access-block", apitype.PolicySeverityHigh, apitype.Mandatory, source, "",
			"BucketPublicAccessBlock 'sourceBlock' leaves blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets off.",
			"set all four flags to true"),
			"infra/my stack.go", 26, 17, `block, err := s3.NewBucketPublicAccessBlock(ctx, "sourceBlock", &s3.BucketPublicAccessBlockArgs{`, 15),
		at(found("s3-public-access-block", apitype.PolicySeverityHigh, apitype.Mandatory, thumbnails, "",
			"Bucket 'thumbnails' has no BucketPublicAccessBlock: one wrong ACL or policy makes it public.",
			"declare:\n"+
				"    if _, err := s3.NewBucketPublicAccessBlock(ctx, \"thumbnails\", &s3.BucketPublicAccessBlockArgs{\n"+
				"    \tBucket:          thumbnails.ID(),\n"+
				"    \tBlockPublicAcls: pulumi.Bool(true),\n"+
				"    }); err != nil {\n"+
				"    \treturn err\n"+
				"    }\n"+
				"set the other flags, too"),
			"infra/my stack.go", 61, 0, `thumbnails, err := s3.NewBucketV2(ctx, "thumbnails", nil)`, 0),
		at(found("source-no-subprocess", apitype.PolicySeverityMedium, apitype.Mandatory, "", "",
			"the program runs pip while it is evaluated.", "build the package before `pulumi up`"),
			"infra/__main__.py", 7, 9, "x = \"é\";\tsubprocess.run([\"pip\", \"install\"], check=True)", 11),
		found("lambda-failure-alarms", apitype.PolicySeverityMedium, apitype.Advisory,
			ruletest.URN("aws:cloudwatch:MetricAlarm", "backlog"), "alarmActions",
			"MetricAlarm 'backlog' has no alarmActions: nobody hears of it.", "set alarmActions to the ARN of a topic"),
		found("lambda-dead-letter-queue", apitype.PolicySeverityHigh, apitype.Mandatory, evil, "", "Queue '"+hostile+"' is odd.", ""),
		found("stack-readiness-checks", apitype.PolicySeverityLow, apitype.Mandatory, "", "",
			"the stack has no output `validations`.", "export named checks as `validations`"),
	}
	waived := []finding.Waived{
		{
			Finding: found("s3-bucket-name-unique", apitype.PolicySeverityMedium, apitype.Mandatory, source, "bucket",
				"Bucket 'source' has the fixed name uploads.", "leave the name out"),
			Reason: "the name is agreed with a partner", Expires: "2027-03-31", By: finding.ByConfig,
		},
		{
			Finding: at(found("source-no-subprocess", apitype.PolicySeverityMedium, apitype.Mandatory, "", "",
				"the program runs git while it is evaluated.", "pass the revision as configuration"),
				"infra/__main__.py", 3, 1, `subprocess.run(["git", "rev-parse", "HEAD"])  # pipeguard:ignore`, 1),
			Reason: hostile, By: finding.ByComment,
		},
		{
			Finding: found("lambda-log-retention", apitype.PolicySeverityLow, apitype.Advisory,
				ruletest.URN("aws:cloudwatch:LogGroup", "logs"), "", "LogGroup 'logs' keeps its logs forever.", "set retentionInDays"),
			Reason: "there before the baseline was taken", By: finding.ByBaseline,
		},
	}
	var all []*finding.Finding
	for i := range findings {
		all = append(all, &findings[i])
	}
	for i := range waived {
		all = append(all, &waived[i].Finding)
	}
	finding.Identify(all)
	return report.Report{
		Version: "0.1.0", Source: "image-pipeline/dev", Resources: len(g.Resources),
		Findings: findings, Waived: waived,
		NotEvaluated: []finding.NotEvaluated{
			{Rule: "lambda-dead-letter-queue", URN: function, Reason: "the target of its deadLetterConfig is not known yet"},
			{Rule: "lambda-failure-alarms", URN: "", Reason: "a TopicSubscription has an unknown topic"},
		},
		Notices: []finding.Notice{
			{
				Rule: "s3-public-access-block", Message: "the waiver for *::logs has expired on 2026-01-31",
				Location: finding.Location{File: "pipeguard.json", Line: 12},
			},
			{Message: "no archive was looked into: there is no build/ folder"},
		},
		Rules: sampleRules(),
		Graph: g,
	}
}

func TestEveryFormatIsWrittenAsItsGoldenFile(t *testing.T) {
	t.Parallel()
	files := map[report.Format]string{
		report.Text: "report.txt", report.JSON: "report.json", report.SARIF: "report.sarif",
		report.JUnit: "report.xml", report.Markdown: "report.md", report.HTML: "report.html",
	}
	for _, format := range report.Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			opts := report.Options{Width: 100, ProgramFile: "infra/Pulumi.yaml"}
			got := written(t, format, sample(t), opts)
			assert.Equal(t, string(got), string(written(t, format, sample(t), opts)), "the same each time")
			if format == report.HTML {
				golden(t, files[format], withoutAssets(t, got))
			} else {
				golden(t, files[format], got)
			}
			assert.NotContains(t, string(got), "do-not-print-me", "a value of the program")
		})
	}
}

func TestAnUnknownFormatIsAnErrorThatListsThem(t *testing.T) {
	t.Parallel()
	const want = `there is no format "yaml": it is one of text, json, sarif, junit, markdown, html`
	_, err := report.ParseFormat("yaml")
	require.EqualError(t, err, want)
	require.EqualError(t, report.Write(&bytes.Buffer{}, "yaml", report.Report{}, report.Options{}), want)
	for _, format := range report.Formats() {
		parsed, err := report.ParseFormat(string(format))
		require.NoError(t, err)
		assert.Equal(t, format, parsed)
	}
}

// fullDisk takes n bytes and no more.
type fullDisk struct{ n int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.n {
		return d.n, errFull
	}
	d.n -= len(p)
	return len(p), nil
}

func TestAWriterThatFailsIsAnErrorInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, format := range report.Formats() {
		for _, room := range []int{0, 200} {
			err := report.Write(&fullDisk{room}, format, sample(t), report.Options{})
			require.ErrorIs(t, err, errFull, "%s after %d", format, room)
			assert.ErrorContains(t, err, fmt.Sprintf("writing the %s report: ", format))
		}
	}
}

func TestAnEmptyReportIsWrittenInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, format := range report.Formats() {
		got := string(written(t, format, report.Report{}, report.Options{}))
		assert.NotEmpty(t, got, format)
		assert.NotContains(t, got, "null,", format)
	}
	assert.Equal(t, "no violations\n", string(written(t, report.Text, report.Report{}, report.Options{})))
}

func TestSummaryCounts(t *testing.T) {
	t.Parallel()
	violations := func(levels ...apitype.EnforcementLevel) (fs []finding.Finding) {
		for _, level := range levels {
			fs = append(fs, finding.Finding{Level: level, Severity: apitype.PolicySeverityHigh})
		}
		return fs
	}
	const mandatory, advisory, remediate = apitype.Mandatory, apitype.Advisory, apitype.Remediate
	tests := map[string]report.Report{
		"no violations":                           {},
		"no violations, 1 waived":                 {Waived: make([]finding.Waived, 1)},
		"1 violation (mandatory)":                 {Findings: violations(mandatory)},
		"2 violations (mandatory)":                {Findings: violations(mandatory, remediate)},
		"1 violation (advisory), 3 not evaluated": {Findings: violations(advisory), NotEvaluated: make([]finding.NotEvaluated, 3)},
		"3 violations (2 mandatory, 1 advisory), 2 waived, 1 not evaluated": {
			Findings: violations(mandatory, advisory, mandatory),
			Waived:   make([]finding.Waived, 2), NotEvaluated: make([]finding.NotEvaluated, 1), Notices: make([]finding.Notice, 1),
		},
	}
	for want, r := range tests {
		assert.Equal(t, want, r.Summary().String())
	}
	s := sample(t).Summary()
	assert.Equal(t, report.Summary{
		Violations: 7, Mandatory: 6, Advisory: 1, Waived: 3, NotEvaluated: 2, Notices: 2,
		Severities: map[apitype.PolicySeverity]int{
			apitype.PolicySeverityCritical: 1, apitype.PolicySeverityHigh: 3,
			apitype.PolicySeverityMedium: 2, apitype.PolicySeverityLow: 1,
		},
	}, s)
}

func TestARuleThatIsNotListedIsShownAllTheSame(t *testing.T) {
	t.Parallel()
	r := sample(t)
	r.Rules = nil
	for _, format := range report.Formats() {
		got := string(written(t, format, r, report.Options{}))
		assert.Contains(t, got, "s3-public-access-block", format)
	}
	assert.Nil(t, r.Rules, "the caller's report stays as it is")
}

func TestWritingLeavesTheCallersListsAlone(t *testing.T) {
	t.Parallel()
	r, same := sample(t), sample(t)
	for _, format := range report.Formats() {
		written(t, format, r, report.Options{})
	}
	assert.Equal(t, same.Findings, r.Findings)
	assert.Equal(t, same.Waived, r.Waived)
	assert.Equal(t, same.NotEvaluated, r.NotEvaluated)
}
