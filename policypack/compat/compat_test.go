package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// Only `make compat` checks the outcomes of the previews, which takes its time. The rest of the page must match the
// programs and the versions in the repository.
func TestThePageHasEveryProgramAndEveryVersion(t *testing.T) {
	t.Parallel()
	languages, err := load(root)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, page))
	require.NoError(t, err)

	got := withoutOutcomes(string(text))

	assert.Equal(t, withoutOutcomes(render(languages)), got, "%s is out of date: run `make compat`", page)
}

func TestThePageHasAnOutcomeOfEveryPreview(t *testing.T) {
	t.Parallel()
	languages, err := load(root)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, page))
	require.NoError(t, err)

	readOutcomes(string(text), languages)

	for _, l := range languages {
		for _, p := range l.Programs {
			for j, cell := range p.Cells {
				assert.Regexp(t, "^(same|not possible: |no wheel)", cell, "%s with %s %s: run `make compat`", p.Path, l.Name, l.Versions[j].Number)
			}
		}
	}
	assert.NoError(t, differences(languages))
}

func TestOutcomesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	page := func(cells ...[]string) []language {
		var languages []language
		for i, name := range []string{"Go", "YAML"} {
			languages = append(languages, language{
				Name: name, Versions: []version{{Number: "5.43.0"}, {Number: "6.83.4"}},
				Programs: []program{{Path: "uploads", Want: []string{"s3-acl uploads"}, Cells: cells[i]}},
			})
		}
		return languages
	}
	written := page([]string{"same; 1 refused", impossible + "`string | number`"}, []string{"same", "same; 2 not evaluated"})
	read := page(make([]string, 2), make([]string, 2))

	readOutcomes(render(written), read)

	assert.Equal(t, written, read)
}

// withoutOutcomes returns a page whose rows end before the outcomes.
func withoutOutcomes(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| [") {
			fields := strings.SplitN(line, " | ", 3)
			line = strings.Join(fields[:2], " | ") + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestACellShowsWhatAVersionChanges(t *testing.T) {
	t.Parallel()
	type found = struct{ Rule, URN string }
	type failure = struct{ Message, URN string }
	const urn = "urn:pulumi:dev::images::aws:s3/bucket:Bucket::"
	want := []string{"s3-tls-only uploads", "s3-versioning uploads"}
	both := []found{{"s3-versioning", urn + "uploads"}, {"s3-tls-only", urn + "uploads"}}
	tests := map[string]struct {
		report report
		cell   string
	}{
		"nothing": {report{Findings: both}, "same"},
		"what is refused and what is open": {
			report{Findings: both, Errors: []failure{{"acl is a list", urn + "uploads"}}, NotEvaluated: []found{{"s3-acl", urn + "uploads"}}},
			"same; 1 refused; 1 not evaluated",
		},
		"a finding more and one less": {
			report{Findings: []found{both[0], {"s3-acl", ""}}}, "differs: + s3-acl -; − s3-tls-only uploads",
		},
		"a second finding of the same": {
			report{Findings: append(both, both[0])}, "differs: + s3-versioning uploads",
		},
		"a class that is not there": {
			report{Errors: []failure{
				{"error in compiling Go: exit status 1", ""}, {"# images\n./main.go:15:40: undefined: s3.NewBucketV2\n./main.go:16:1: more", ""},
			}},
			"not possible: `undefined: s3.NewBucketV2`",
		},
		"an attribute that is not there": {
			report{Errors: []failure{{"Traceback:\n  File \"__main__.py\"\nAttributeError: module has no attribute 'X'\n", ""}}},
			"not possible: `AttributeError: module has no attribute 'X'`",
		},
		"a program that is meant to fail": {
			report{Findings: both, Errors: []failure{{"TypeError: no such argument", ""}}}, "same; ends with `TypeError: no such argument`",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.cell, test.report.cell(want))
		})
	}
	failed := report{Errors: []failure{{"TypeError: no such argument", ""}}}
	assert.Equal(t, "not possible: `TypeError: no such argument`", failed.cell(nil), "a program that does not run is not clean")
}

func TestADifferenceFailsAndAProgramThatAnotherVersionCannotRunDoesNot(t *testing.T) {
	t.Parallel()
	l := language{Name: "Go", Versions: []version{{Number: "5.43.0"}, {Number: "6.83.4"}}}
	outcome := func(cells ...string) error {
		l := l
		l.Programs = []program{{Path: "uploads", Native: "v6", Cells: cells}}
		return differences([]language{l})
	}

	assert.NoError(t, outcome(impossible+"`undefined: x`", same))
	assert.EqualError(t, outcome(differs+"+ a b", same), "uploads, Go 5.43.0: differs: + a b")
	assert.EqualError(t, outcome(same, impossible+"`undefined: x`"), "uploads, Go 6.83.4: not possible: `undefined: x`",
		"a program runs with the version that it is written for")
}

func TestRenamesChangeCodeOnly(t *testing.T) {
	t.Parallel()
	const text = `import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"; lambda.RuntimePython3d12`
	change := renames("Go", "v5")

	code, err := change("main.go", text)
	other, otherErr := change("want.txt", text)

	require.NoError(t, errors.Join(err, otherErr))
	assert.Equal(t, `import "github.com/pulumi/pulumi-aws/sdk/v5/go/aws/lambda"; lambda.Runtime("python3.12")`, code)
	assert.Equal(t, text, other)
}

func TestAYAMLProgramAsksForTheVersionInEachResourceOfAWS(t *testing.T) {
	t.Parallel()

	got, err := withVersion("name: images\nresources:\n  a:\n    type: aws:s3:Bucket\n  b:\n    type: aws:sqs:Queue\n"+
		"    options: {parent: \"${a}\"}\n  c:\n    type: random:RandomId\n", "6.83.4")

	require.NoError(t, err)
	assert.YAMLEq(t, `
name: images
resources:
  a: {type: "aws:s3:Bucket", options: {version: "6.83.4"}}
  b: {type: "aws:sqs:Queue", options: {parent: "${a}", version: "6.83.4"}}
  c: {type: "random:RandomId"}
`, got)
}
