package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// judged holds the findings of a JSON report as "rule URN property", and what was
// not evaluated as "rule URN".
type judged struct{ findings, waived, notEvaluated []string }

func judgedBy(t *testing.T, report string) judged {
	t.Helper()
	var read struct {
		Findings, Waived, NotEvaluated []struct{ Rule, URN, Property string }
	}
	require.NoError(t, json.Unmarshal([]byte(report), &read), "standard output holds the report and nothing else: %s", report)
	var j judged
	for _, f := range read.Findings {
		j.findings = append(j.findings, fmt.Sprintf("%s %s %s", f.Rule, f.URN, f.Property))
	}
	for _, f := range read.Waived {
		j.waived = append(j.waived, fmt.Sprintf("%s %s %s", f.Rule, f.URN, f.Property))
	}
	for _, n := range read.NotEvaluated {
		j.notEvaluated = append(j.notEvaluated, n.Rule+" "+n.URN)
	}
	return j
}

// Both programs violate mandatory rules, and the one in YAML has arguments that are
// refused.
func TestWhatAPreviewShowsCanBeRecordedAndSavedWhateverIsViolated(t *testing.T) {
	t.Parallel()
	for program, exit := range map[string]struct{ recorded, recordedAgain int }{
		"testdata/stacks/yaml/all-defects": {1, 1},
		pythonDir("all-defects"):           {0, 0},
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			baseline, saved := filepath.Join(t.TempDir(), "baseline.json"), filepath.Join(t.TempDir(), "preview.json")
			ofCheck := filepath.Join(t.TempDir(), "baseline.json")

			first := runPipeguard(t, "preview", program, "--format", "json", "--write-baseline", baseline, "--save", saved)
			again := runPipeguard(t, "preview", program, "--format", "json", "--baseline", baseline)
			check := runPipeguard(t, "check", saved, "--program", program, "--organization", "organization", "--format", "json")
			checkAgain := runPipeguard(t, "check", saved, "--program", program, "--organization", "organization", "--baseline", baseline)
			recorded := runPipeguard(t, "baseline", saved, "--program", program, "--organization", "organization", "--file", ofCheck)

			assert.Equal(t, exit.recorded, first.exit, first.stderr)
			assert.Equal(t, exit.recordedAgain, again.exit, again.stderr)
			seen := judgedBy(t, first.stdout)
			require.NotEmpty(t, seen.findings)
			assert.Contains(t, first.stderr, fmt.Sprintf("recorded %d violations in %s\n", len(seen.findings), baseline))
			assert.Empty(t, judgedBy(t, again.stdout).findings, "all of it is known")
			assert.ElementsMatch(t, seen.findings, judgedBy(t, again.stdout).waived)

			assert.Equal(t, 3, check.exit, check.stderr)
			assert.Equal(t, 0, checkAgain.exit, checkAgain.stdout+checkAgain.stderr)
			assert.Equal(t, 0, recorded.exit, recorded.stderr)
			// A preview in JSON does not contain the stack's outputs, so they are not known.
			expected := []string{}
			for _, f := range seen.findings {
				if rulesIn([]string{f})[0] != "stack-readiness-checks" {
					expected = append(expected, f)
				}
			}
			checked := judgedBy(t, check.stdout)
			assert.ElementsMatch(t, expected, checked.findings)
			assert.Contains(t, fmt.Sprint(checked.notEvaluated), "stack-readiness-checks")
			assert.Contains(t, recorded.stdout, fmt.Sprintf("recorded %d violations", len(expected)))
		})
	}
}

func TestABaselineSaysWhatItDoesNotHold(t *testing.T) {
	t.Parallel()
	const unknown = `  key: {type: aws:kms:Key, properties: {enableKeyRotation: "${other.outputs[\"rotate\"]}"}}
  other: {type: "pulumi:pulumi:StackReference", properties: {name: acme/keys/prod}}
`
	for name, test := range map[string]struct {
		resources string
		says      []string
		not       string
	}{
		"everything is recorded": {"  bucket: {type: aws:s3:Bucket}\n", []string{"recorded 1 violations in "}, "not recorded"},
		"refused arguments": {"  bucket: {type: aws:s3:Bucket, properties: {bukcet: a}}\n", []string{
			"recorded 1 violations in ", "not recorded: the errors, which no baseline covers\n",
		}, "did not come to"},
		"rules that could not judge": {unknown + "  bucket: {type: aws:s3:Bucket}\n", []string{
			"recorded 1 violations in ", "not recorded: what could not be evaluated (kms-rotation); its violations will be new\n",
		}, "the errors"},
		"a program that stops half-way": {
			"  bucket: {type: aws:kms:Key}\n  late: {type: aws:s3:Bucket, properties: {bucket: {fn::join: [\"-\", \"${bucket.id}\"]}}}\n", []string{
				"recorded 1 violations in ",
				"not recorded: the part of the program that the preview did not reach because of the errors\n",
			}, "no baseline covers",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := programOf(t, map[string]string{"Pulumi.yaml": "name: network\nruntime: yaml\nresources:\n" + test.resources})
			policy := configFile(t, `{"all": "disabled", "s3-versioning": "mandatory", "kms-rotation": "mandatory"}`)

			got := runPipeguard(t, "preview", dir, "--config", policy, "--write-baseline", filepath.Join(t.TempDir(), "baseline.json"))

			for _, part := range test.says {
				assert.Contains(t, got.stderr, part, got.stdout)
			}
			assert.NotContains(t, got.stderr, test.not)
		})
	}
}

func TestABaselineStaysAsItIsWhenThePreviewFindsNothingBecauseItFails(t *testing.T) {
	t.Parallel()
	dir := programOf(t, map[string]string{"Pulumi.yaml": "name: network\nruntime: cobol\n", "baseline.json": "what was there"})
	file := filepath.Join(dir, "baseline.json")

	got := runPipeguard(t, "preview", dir, "--write-baseline", file)

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "recorded nothing in "+file+": the preview failed before it found anything\n")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "what was there", string(text))
}
