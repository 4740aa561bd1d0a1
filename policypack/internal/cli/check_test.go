package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/cli"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// outcome is what a command printed, and its exit code.
type outcome struct {
	stdout, stderr string
	code           int
	err            error
}

func run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	reg, err := rules.All()
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	err = cli.Run(t.Context(), reg, args, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{stdout.String(), stderr.String(), cli.ExitCode(err), err}
}

// export is a stack of one bucket that somebody closed with arguments that a
// bucket does not have.
const export = `{"version": 3, "deployment": {"resources": [
	{"urn": "urn:pulumi:dev::images::pulumi:pulumi:Stack::images-dev", "type": "pulumi:pulumi:Stack", "outputs": {}},
	{"urn": "urn:pulumi:dev::images::aws:s3/bucket:Bucket::uploads", "type": "aws:s3/bucket:Bucket", "custom": true,
	 "id": "uploads-1", "inputs": {"blockPublicAcls": true, "tags": {"x": "hush7531"}}, "outputs": {"id": "uploads-1"},
	 "sourcePosition": "project:///__main__.py#3"}]}}`

// onlyArguments leaves one rule on, which has one finding in export.
const onlyArguments = `{"all": "disabled", "s3-bucket-arguments": "mandatory", "source-bucket-arguments": "mandatory"}`

const program = "import pulumi_aws as aws\n\nbucket = aws.s3.Bucket(\"uploads\", block_public_acls=True)\n"

// folder returns a program, with its export and a configuration beside it.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: images\nruntime: python\n", "__main__.py": program, "export.json": export, "policy.json": onlyArguments,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestCheckReportsWhatAnExportAndItsSourceHold(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	config := "--config=" + filepath.Join(dir, "policy.json")
	tests := map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"an export":            {"", []string{filepath.Join(dir, "export.json")}, []string{"__main__.py", "s3-bucket-arguments"}},
		"standard input":       {export, []string{"-"}, []string{"__main__.py", "s3-bucket-arguments"}},
		"source alone":         {"", []string{"--program", dir}, []string{"source-bucket-arguments", "3 │ bucket = aws.s3.Bucket"}},
		"an export and source": {export, []string{"-", "-p", dir}, []string{"source-bucket-arguments", "3 │ bucket = aws.s3.Bucket", "1 violation"}},
		"two exports":          {export, []string{"-", filepath.Join(dir, "export.json")}, []string{"2 violations"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, test.stdin, append([]string{"check", config}, test.args...)...)
			assert.Equal(t, cli.ExitViolations, got.code, "%v", got.err)
			assert.ErrorIs(t, got.err, cli.ErrReported)
			for _, want := range test.want {
				assert.Contains(t, got.stdout, want)
			}
			assert.NotContains(t, got.stdout+got.stderr, "hush7531")
			assert.NotContains(t, got.stdout, "\x1b", "no colour but on a terminal")
			assert.Empty(t, got.stderr, "no progress but on a terminal")
		})
	}
}

func TestCheckWritesSeveralReportsAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	args := []string{"check", "-", "--config", filepath.Join(dir, "policy.json"), "--format", "JSON"}
	for _, format := range []string{"text", "sarif", "junit", "markdown", "html"} {
		args = append(args, "--out", format+"="+filepath.Join(dir, "report."+format))
	}
	got := run(t, export, args...)
	require.Equal(t, cli.ExitViolations, got.code, "%v", got.err)
	assert.True(t, json.Valid([]byte(got.stdout)))
	for _, format := range []string{"text", "sarif", "junit", "markdown", "html"} {
		text, err := os.ReadFile(filepath.Join(dir, "report."+format))
		require.NoError(t, err)
		assert.Contains(t, string(text), "s3-bucket-arguments", format)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".pipeguard-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "no half-written report stays behind")
}

func TestFailOnDecidesTheExitCode(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	advisory := filepath.Join(dir, "advisory.json")
	require.NoError(t, os.WriteFile(advisory, []byte(`{"all": "disabled", "s3-bucket-arguments": "advisory"}`), 0o600))
	tests := []struct {
		config, failOn string
		want           int
	}{
		{"policy.json", "mandatory", cli.ExitViolations},
		{"policy.json", "never", cli.ExitClean},
		{"policy.json", "high", cli.ExitViolations},
		{"policy.json", "critical", cli.ExitClean},
		{"advisory.json", "mandatory", cli.ExitClean},
		{"advisory.json", "high", cli.ExitViolations},
		{"advisory.json", "low", cli.ExitViolations},
		{"advisory.json", "LOW", cli.ExitViolations},
	}
	for _, test := range tests {
		t.Run(test.config+" "+test.failOn, func(t *testing.T) {
			t.Parallel()
			got := run(t, export, "check", "-", "--config", filepath.Join(dir, test.config), "--fail-on", test.failOn)
			assert.Equal(t, test.want, got.code, "%v", got.err)
			assert.Contains(t, got.stdout, "s3-bucket-arguments", "it is reported all the same")
		})
	}
}

func TestABaselineLetsKnownViolationsPass(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	config, file := filepath.Join(dir, "policy.json"), filepath.Join(dir, "known.json")
	record := []string{"baseline", "-", "-p", dir, "--config", config, "--file", file}
	got := run(t, export, record...)
	require.Equal(t, cli.ExitClean, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "recorded 1 violations", "the line and the resource have one defect")
	check := []string{"check", "-", "-p", dir, "--config", config, "--baseline", file}
	got = run(t, export, check...)
	assert.Equal(t, cli.ExitClean, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "1 waived")

	moved := "# a comment\n" + strings.Replace(program, "bucket = ", "bucket   = ", 1) + "aws.s3.Bucket(\"more\", ignore_public_acls=True)\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "__main__.py"), []byte(moved), 0o600))
	got = run(t, export, check...)
	assert.Equal(t, cli.ExitViolations, got.code)
	assert.Contains(t, got.stdout, "1 violation", "only what is new counts")
	assert.Contains(t, got.stdout, "'more'")

	got = run(t, export, record...)
	assert.Equal(t, cli.ExitFailure, got.code, "a record is not replaced by accident")
	assert.ErrorContains(t, got.err, "--force")
	got = run(t, export, append(record, "--force")...)
	assert.Equal(t, cli.ExitClean, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "recorded 2 violations")
}

func TestCheckSaysWhatIsWrongWithWhatItIsGiven(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	notJSON := filepath.Join(dir, "not.json")
	require.NoError(t, os.WriteFile(notJSON, []byte(`{"version": 3,`), 0o600))
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":              {[]string{"check"}, cli.ExitUsage, "there is nothing to check"},
		"no such file":         {[]string{"check", filepath.Join(dir, "absent.json")}, cli.ExitFailure, "absent.json"},
		"a truncated file":     {[]string{"check", notJSON}, cli.ExitFailure, "not.json"},
		"an empty input":       {[]string{"check", "-"}, cli.ExitFailure, "standard input"},
		"no such program":      {[]string{"check", "--program", filepath.Join(dir, "absent")}, cli.ExitFailure, "absent"},
		"a file as program":    {[]string{"check", "--program", notJSON}, cli.ExitFailure, "is a file"},
		"no such format":       {[]string{"check", "-", "--format", "pdf"}, cli.ExitUsage, "text, json, sarif, junit, markdown, html"},
		"no such out format":   {[]string{"check", "-", "--out", "pdf=x"}, cli.ExitUsage, "--out"},
		"an out without file":  {[]string{"check", "-", "--out", "sarif"}, cli.ExitUsage, "FORMAT=FILE"},
		"no such severity":     {[]string{"check", "-", "--fail-on", "bad"}, cli.ExitUsage, "critical"},
		"no such flag":         {[]string{"check", "--formt", "x"}, cli.ExitUsage, "formt"},
		"no such config":       {[]string{"check", "-", "--config", filepath.Join(dir, "absent.json")}, cli.ExitFailure, "absent.json"},
		"no such baseline":     {[]string{"check", "-", "--baseline", filepath.Join(dir, "absent.json")}, cli.ExitFailure, "baseline"},
		"nothing to record":    {[]string{"baseline"}, cli.ExitUsage, "there is nothing to record"},
		"a folder":             {[]string{"check", dir}, cli.ExitFailure, "it is a folder; --program"},
		"a report to a folder": {[]string{"check", filepath.Join(dir, "export.json"), "-o", "json=" + dir}, cli.ExitFailure, "it is a folder"},
		"a report to nowhere":  {[]string{"check", "-", "-o", "json=-"}, cli.ExitUsage, "--format json"},
		"two reports in one":   {[]string{"check", "-", "-o", "json=x", "-o", "sarif=./x"}, cli.ExitUsage, "two reports cannot go to ./x"},
		"an unwritable report": {[]string{"check", filepath.Join(dir, "export.json"), "-o", "json=" + filepath.Join(dir, "no", "x")}, cli.ExitFailure, "writing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, "", test.args...)
			assert.Equal(t, test.code, got.code)
			assert.ErrorContains(t, got.err, test.says)
			assert.NotErrorIs(t, got.err, cli.ErrReported, "main is to print it")
		})
	}
}

func TestAReportGoesWhereItsFileLeads(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	target, link := filepath.Join(dir, "target.json"), filepath.Join(dir, "link.json")
	require.NoError(t, os.WriteFile(target, nil, 0o600))
	require.NoError(t, os.Symlink(target, link))
	got := run(t, export, "check", "-", "--out", "json="+link, "--out", "sarif="+os.DevNull)
	require.Equal(t, cli.ExitViolations, got.code, "%v", got.err)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink, "the link is still one")
	info, err = os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeDevice, "a device is not replaced by a file")
}

func TestAReportThatCannotBeWrittenIsNamedInTheError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "absent", "report.json")
	got := run(t, export, "check", "-", "--out", "json="+file)
	assert.Equal(t, cli.ExitFailure, got.code)
	assert.ErrorContains(t, got.err, file)
	assert.NotContains(t, got.err.Error(), ".pipeguard-", "temporary files are nobody's business")
}

func TestACheckOfNothingSaysSo(t *testing.T) {
	t.Parallel()
	dir, empty := folder(t), t.TempDir()
	disabled := filepath.Join(dir, "disabled.json")
	require.NoError(t, os.WriteFile(disabled, []byte(`{"all": "disabled"}`), 0o600))

	got := run(t, "", "check", "--program", empty)
	assert.Equal(t, cli.ExitClean, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "there is no Pulumi.yaml in "+empty)

	got = run(t, export, "check", "-", "--program", dir, "--config", disabled)
	assert.Equal(t, cli.ExitClean, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "disables every rule: nothing was checked")
	assert.NotContains(t, got.stdout, "Pulumi.yaml")
}

func TestAFindingHasOneFingerprintInEveryReportAndTheBaseline(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	policy, baseline, sarif := filepath.Join(dir, "policy.json"), filepath.Join(dir, "known.json"), filepath.Join(dir, "report.sarif")
	checked := run(t, export, "check", "-", "--program", dir, "--config", policy, "--format", "json", "--out", "sarif="+sarif)
	require.Equal(t, cli.ExitViolations, checked.code, "%v", checked.err)
	recorded := run(t, export, "baseline", "-", "--program", dir, "--config", policy, "--file", baseline)
	require.Equal(t, cli.ExitClean, recorded.code, "%v", recorded.err)

	type identified struct{ Fingerprint string }
	var report struct{ Findings []identified }
	require.NoError(t, json.Unmarshal([]byte(checked.stdout), &report))
	require.NotEmpty(t, report.Findings)
	var record struct{ Findings []identified }
	readJSON(t, baseline, &record)
	assert.ElementsMatch(t, report.Findings, record.Findings)
	var log struct {
		Runs []struct {
			Results []struct{ PartialFingerprints map[string]string }
		}
	}
	readJSON(t, sarif, &log)
	var results []identified
	for _, r := range log.Runs[0].Results {
		results = append(results, identified{r.PartialFingerprints["pipeguard/v2"]})
	}
	assert.Equal(t, report.Findings, results)
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

func TestAFindingOnAResourceIsTheSameWithAndWithoutTheSource(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	policy := filepath.Join(dir, "versioning.json")
	require.NoError(t, os.WriteFile(policy, []byte(`{"all": "disabled", "s3-versioning": "mandatory"}`), 0o600))
	fingerprint := func(args ...string) string {
		got := run(t, export, append([]string{"check", "-", "--format", "json", "--config", policy}, args...)...)
		require.Equal(t, cli.ExitViolations, got.code, "%v", got.err)
		var report struct {
			Findings []struct{ Rule, Fingerprint string }
		}
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
		for _, f := range report.Findings {
			if f.Rule == "s3-versioning" {
				return f.Fingerprint
			}
		}
		return ""
	}
	without := fingerprint()
	require.NotEmpty(t, without)
	assert.Equal(t, without, fingerprint("--program", dir))
	moved := "# a comment\n" + program
	require.NoError(t, os.WriteFile(filepath.Join(dir, "__main__.py"), []byte(moved), 0o600))
	assert.Equal(t, without, fingerprint("--program", dir), "an export of before the edit")
}
