package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pythonDir returns the folder of a program in testdata/stacks/python.
func pythonDir(name string) string { return filepath.Join("testdata", "stacks", "python", name) }

// pythonPrograms returns the names of the programs in testdata/stacks/python.
func pythonPrograms(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pythonDir("*"), "Pulumi.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names
}

// pythonReport has the fields of a JSON report that the tests look at, and pythonFinding those of a
// finding in it.
type (
	pythonReport struct {
		Errors       []pythonFinding
		Findings     []pythonFinding
		NotEvaluated []pythonFinding
	}
	pythonFinding struct {
		Rule, URN, Message, Fix string
		Location                struct {
			File string
			Line int
		}
	}
)

// findings returns the findings in the format of the want.txt of a Python program: sorted lines of `<rule>
// <resource>`, followed by the finding's place as `<file>:<line>`, if it has one.
func (r pythonReport) findings(program string) []string {
	found := []string{}
	for _, f := range r.Findings {
		line := f.Rule + " -" // for what the program did not come to declare
		if f.URN != "" {
			line = f.Rule + " " + resource.URN(f.URN).Name()
		}
		if f.Location.File != "" {
			line += fmt.Sprintf(" %s:%d", strings.TrimPrefix(f.Location.File, filepath.ToSlash(pythonDir(program))+"/"), f.Location.Line)
		}
		found = append(found, line)
	}
	slices.Sort(found)
	return found
}

// previewPython previews a program in testdata/stacks/python with the binary and Pulumi's Python language host.
func previewPython(t *testing.T, name string, args ...string) (outcome, pythonReport) {
	t.Helper()
	for _, environment := range []string{"venv-v6", "venv-v7"} {
		require.FileExists(t, filepath.Join(root, "build", environment, "pyvenv.cfg"), "run `make test`, which makes it")
	}
	before := filesIn(t, filepath.Join(root, pythonDir(name)))
	got := runPipeguard(t, append([]string{"preview", pythonDir(name), "--format", "json"}, args...)...)
	var report pythonReport
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), "%s%s", got.stdout, got.stderr)
	assert.Equal(t, before, filesIn(t, filepath.Join(root, pythonDir(name))), "the preview leaves the program's folder as it is")
	return got, report
}

// pythonPolicy does the work of policyOf for a program in testdata/stacks/python.
func pythonPolicy(t *testing.T, name string) string {
	t.Helper()
	if file := filepath.Join(root, pythonDir(name), "policy.json"); fileExists(file) {
		return file
	}
	return policyOf(t, name)
}

func TestEveryPythonProgramGetsItsFindingsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range pythonPrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, report := previewPython(t, name, "--config", pythonPolicy(t, name))

			assert.Equal(t, want(t, filepath.Join("python", name)), report.findings(name), "%s%s", got.stdout, got.stderr)
			if strings.HasSuffix(name, "-clean") {
				assert.Equal(t, 0, got.exit, got.stderr)
				assert.Empty(t, report.Errors)
				assert.Empty(t, report.NotEvaluated, "everything is evaluated")
			}
		})
	}
}

func TestTheFixedPythonProgramIsCleanUnderAllRules(t *testing.T) {
	t.Parallel()

	got, report := previewPython(t, "all-defects-fixed")

	assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
	assert.Empty(t, report.Errors)
	assert.Empty(t, report.findings("all-defects-fixed"))
	assert.Empty(t, report.NotEvaluated)
}

func TestEveryDocumentedFailureIsFoundInThePythonProgramThatHasThemAll(t *testing.T) {
	t.Parallel()

	got, report := previewPython(t, "all-defects", "--config", pythonPolicy(t, "all-defects"))

	assert.Equal(t, 3, got.exit, got.stdout+got.stderr)
	assert.Empty(t, report.Errors)
	found := report.findings("all-defects")
	for failure, findings := range map[string][]string{
		"public-access arguments on a Bucket": {"source-bucket-arguments source __main__.py", "s3-public-access-block source"},
		"packaging while the program runs":    {"source-runtime-packaging all-defects-dev __main__.py"},
		"no readiness checks":                 {"stack-readiness-checks all-defects-dev"},
		"a notification in plain dicts":       {"source-notification-typed source __main__.py", "s3-notification-typed source __main__.py"},
		"a handler that uploads its buffer":   {"handler-buffered-upload archiver archiver/index.py"},
		"no dead-letter queue":                {"lambda-dead-letter-queue image-processor __main__.py"},
		"no alarms":                           {"lambda-failure-alarms image-processor __main__.py", "lambda-failure-alarms archiver __main__.py"},
		"names that nothing makes unique":     {"s3-bucket-name-unique source", "s3-bucket-name-unique destination __main__.py"},
	} {
		for _, finding := range findings {
			assert.True(t, slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, finding) }),
				"%s: %s in\n%s", failure, finding, strings.Join(found, "\n"))
		}
	}
}

func TestDocumentedRulesHaveAPythonProgramThatFiresThemAloneAndOneThatDoesNot(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		if r.Documented {
			assert.Equal(t, []string{r.ID}, rulesIn(want(t, filepath.Join("python", r.ID))), "program %s", r.ID)
			assert.Empty(t, want(t, filepath.Join("python", r.ID+"-clean")), "program %s-clean", r.ID)
		}
	}
}

func TestPythonProgramsAreShownWhatToWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		program, rule, resource string
		message, fix            string
	}{
		"a misspelt key, in Python's spelling": {
			"source-notification-typed", "s3-notification-typed", "reports",
			"BucketNotification 'reports' has an unknown key queues[0].filter_sufix, which is dropped or refused.",
			"in queues[0], write filter_suffix instead of filter_sufix",
		},
		"events that are no list": {
			"s3-notification-typed", "s3-notification-typed", "no-list",
			`events in queues[0] of BucketNotification 'no-list' is "s3:ObjectCreated:*", which is not a list.`,
			`in queues[0], set "events": ["s3:ObjectCreated:*"]; choose which of S3's event types it is to wait for`,
		},
		"an output in an f-string": {
			"output-in-string", "output-in-string", "output-in-string-dev",
			"the output wrong holds the SDK's message that an output cannot be turned into text, where the output's value should be.",
			"build the text with pulumi.Output.concat, pulumi.Output.format, pulumi.Output.json_dumps or apply",
		},
		"a policy inside apply": {
			"s3-no-public-access", "s3-no-public-access", "public",
			"statement 1 of the policy of BucketPolicy 'public' allows everyone: its principal is everyone, and no condition narrows that.",
			`in policy.Statement[0], set "Principal": {"AWS": "<the ARN of who needs access>"}; ` +
				"name the principals, or add a condition on aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID instead",
		},
		"a class that pulumi-aws 6 has with V2 at its end": {
			"v2-classes", "s3-lifecycle", "thumbnails",
			"BucketV2 'thumbnails' has no lifecycle rules: incomplete multipart uploads are kept, and paid for, for ever.",
			`declare:
    aws.s3.BucketLifecycleConfigurationV2(
        "thumbnails",
        bucket=thumbnails.id,
        rules=[{
            "id": "abort-incomplete-uploads",
            "status": "Enabled",
            "filter": {},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }],
    )`,
		},
		"a policy of Output.format": {
			"iam-least-privilege", "iam-least-privilege", "format",
			`statement 1 in policy of RolePolicy 'format' allows "sqs:*" on everything.`,
			`in policy.Statement[0], set "Resource": ["<the ARNs that they are needed on>"], "Action": ["<the actions that are needed>"]; ` +
				"choose the actions that are needed, and the ARNs they are needed on",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, report := previewPython(t, c.program, "--config", pythonPolicy(t, c.program))

			i := slices.IndexFunc(report.Findings, func(f pythonFinding) bool {
				return f.Rule == c.rule && resource.URN(f.URN).Name() == c.resource
			})
			require.GreaterOrEqual(t, i, 0, "%+v", report.Findings)
			assert.Equal(t, c.message, report.Findings[i].Message)
			assert.Equal(t, c.fix, report.Findings[i].Fix)
		})
	}
}

func TestAnArgumentThatTheProviderRefusesHasItsPlaceAndPythonsSpelling(t *testing.T) {
	t.Parallel()

	got, report := previewPython(t, "s3-notification-typed", "--config", pythonPolicy(t, "s3-notification-typed"))

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "queues[0].events of aws:s3/bucketNotification:BucketNotification is a string, must be a list", report.Errors[0].Message)
	assert.Equal(t, "testdata/stacks/python/s3-notification-typed/__main__.py", report.Errors[0].Location.File)
	assert.Equal(t, 24, report.Errors[0].Location.Line)
}

func TestAPythonProgramThatFailsIsAFailureInEveryFormat(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	file := func(format string) string { return filepath.Join(out, format) }

	got, report := previewPython(t, "as-documented", "--config", pythonPolicy(t, "as-documented"),
		"--out", "markdown="+file("markdown"), "--out", "sarif="+file("sarif"), "--out", "junit="+file("junit"), "--out", "html="+file("html"))

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	const cause = "TypeError: Bucket._internal_init() got an unexpected keyword argument"
	require.Len(t, report.Errors, 1)
	assert.Contains(t, report.Errors[0].Message, cause+" 'block_public_acls'")
	assert.Equal(t, 28, report.Errors[0].Location.Line)
	for format, says := range map[string]string{
		"markdown": "preview failed", "html": "preview failed", "sarif": `"executionSuccessful": false`, "junit": "<error",
	} {
		text, err := os.ReadFile(file(format))
		require.NoError(t, err)
		assert.Contains(t, string(text), says, format)
		assert.Contains(t, string(text), cause, format)
		assert.NotContains(t, string(text), "no violations", format)
	}
}

func TestPulumiFindsInPythonProgramsWhatTheBinaryFinds(t *testing.T) {
	t.Parallel()
	// Pulumi's own preview takes the environment from the PATH: its Python host is older than runtime.options.
	path := strings.Join([]string{filepath.Join(root, "build", "venv-v7", "bin"), planProvider, os.Getenv("PATH")}, string(filepath.ListSeparator))
	for _, name := range []string{"s3-public-access-block", "lambda-failure-alarms"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := previewProgram(t, filepath.Join(root, pythonDir(name)), map[string]string{"PATH": path},
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(pythonPolicy(t, name)))

			require.Error(t, got.err, "what is mandatory fails the preview")
			var expected []string
			for _, line := range want(t, filepath.Join("python", name)) {
				fields := strings.Fields(line)
				expected = append(expected, fields[0]+" "+fields[1])
			}
			assert.Equal(t, expected, got.findings())
		})
	}
}
