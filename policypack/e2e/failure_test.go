package e2e_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatStopsAPreviewIsReportedAndNotGreenInAnyFormat(t *testing.T) {
	t.Parallel()
	const node, python = "name: shop\nruntime: nodejs\n", "name: shop\nruntime: {name: python, options: {virtualenv: VENV}}\n"
	tests := map[string]struct {
		files map[string]string
		// says is a part of the cause in a report, and file and line are its place, if it has one.
		says string
		file string
		line int
	}{
		"a TypeScript program that does not compile": {
			map[string]string{"Pulumi.yaml": node, "index.ts": "export const size: number = \"large\";\n"},
			"error TS2322", "index.ts", 1,
		},
		"a missing package of Node.js": {
			map[string]string{"Pulumi.yaml": node, "index.js": "require(\"@pulumi/no-such-package\");\n"},
			"@pulumi/no-such-package is not installed; install what the program needs with: cd ", "index.js", 1,
		},
		"a component without its plugin": {
			map[string]string{
				"Pulumi.yaml": node,
				"index.js":    "const pulumi = require(\"@pulumi/pulumi\");\nnew pulumi.ComponentResource(\"awsx:ec2:Vpc\", \"net\", {}, {}, true);\n",
			},
			"install it with: pulumi plugin install resource awsx", "", 0,
		},
		"an exception in Python": {
			map[string]string{"Pulumi.yaml": python, "__main__.py": "import pulumi\nraise ValueError(\"no such size\")\n"},
			"ValueError: no such size", "__main__.py", 2,
		},
		"a missing package of Python": {
			map[string]string{"Pulumi.yaml": python, "__main__.py": "import no_such_package\n"},
			"no_such_package is not installed; install what the program needs with: ", "__main__.py", 1,
		},
		"a refused argument": {
			map[string]string{"Pulumi.yaml": "name: shop\nruntime: yaml\nresources:\n  images:\n    type: aws:s3:Bucket\n    properties: {bukcet: a}\n"},
			"bukcet is not an argument of aws:s3/bucket:Bucket", "Pulumi.yaml", 6,
		},
		"a handler that cannot be parsed": {
			map[string]string{"Pulumi.yaml": `name: shop
runtime: yaml
resources:
  resize:
    type: aws:lambda:Function
    properties: {role: "arn:aws:iam::111122223333:role/resize", runtime: python3.13, handler: index.handler, code: {fn::fileArchive: ./resize}}
`, "resize/index.py": "def handler(event, context:\n    return 1\n"},
			"this is not valid Python", "resize/index.py", 1,
		},
		"a program that cannot be parsed": {
			map[string]string{"Pulumi.yaml": "name: shop\nruntime: yaml\nmain: program\n", "program/Main.yaml": "resources:\n  a: [\n"},
			"this is not valid YAML: ", "program/Main.yaml", 2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{}
			for file, text := range test.files {
				files[file] = strings.ReplaceAll(text, "VENV", filepath.Join(root, "build", "venv-v7"))
			}
			dir, out := programOf(t, files), t.TempDir()
			require.NoError(t, os.Symlink(filepath.Join(programDir("typescript"), "node_modules"), filepath.Join(dir, "node_modules")))
			args := []string{"preview"}
			for _, format := range []string{"json", "sarif", "junit", "markdown", "html"} {
				args = append(args, "--out", format+"="+filepath.Join(out, format))
			}

			got := runIn(t, dir, os.Environ(), args...)

			assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
			assert.Contains(t, got.stderr, test.says)
			assert.Contains(t, lastLine(got.stdout), "the preview failed with ")
			written := map[string]string{}
			for file, text := range contents(t, out) {
				written[filepath.Base(file)] = text
			}
			place := test.file
			if place != "" {
				place = fmt.Sprintf("%s:%d", test.file, test.line)
			}
			assert.Contains(t, got.stderr, place)
			for format, c := range map[string]struct{ red, green string }{
				"markdown": {"## ❌ pipeguard: the preview failed", "✅"},
				"html":     {`<h1 class="fail">the preview failed`, `<h1 class="pass"`},
				"junit":    {`<error message="the preview failed: `, `no errors`},
				"sarif":    {`"executionSuccessful": false`, `"executionSuccessful": true`},
				"json":     {`"errors": [`, `"errors": []`},
			} {
				assert.Contains(t, written[format], c.red, format)
				assert.NotContains(t, written[format], c.green, format)
				assert.NotContains(t, written[format], "no violations", format)
				assert.Contains(t, html.UnescapeString(strings.ReplaceAll(written[format], `\"`, `"`)), test.says, format)
				assert.NotContains(t, written[format], "\x1b", format)
			}

			var report struct {
				Errors []struct {
					Message  string
					Location struct {
						File string
						Line int
					}
				}
			}
			require.NoError(t, json.Unmarshal([]byte(written["json"]), &report))
			var places []string
			for _, e := range report.Errors {
				if strings.Contains(e.Message, test.says) && e.Location.File != "" {
					places = append(places, fmt.Sprintf("%s:%d", e.Location.File, e.Location.Line))
				}
			}
			if place != "" {
				assert.Equal(t, []string{place}, places, "once, and relative to where the user stands")
			}
			var log sarifLog
			require.NoError(t, json.Unmarshal([]byte(written["sarif"]), &log))
			assert.NotEmpty(t, log.notifications(test.says))
		})
	}
}

// sarifLog has the fields of a SARIF file that the tests look at.
type sarifLog struct {
	Runs []struct {
		Results []struct {
			RuleID    string
			Locations []sarifLocation
		}
		Invocations []struct {
			ToolExecutionNotifications []struct {
				Level     string
				Message   struct{ Text string }
				Locations []sarifLocation
			}
		}
	}
}

type sarifLocation struct {
	PhysicalLocation struct {
		ArtifactLocation struct{ URI string }
		Region           struct{ StartLine int }
	}
}

// notifications returns the errors that contain a text.
func (l sarifLog) notifications(says string) []string {
	var found []string
	for _, run := range l.Runs {
		for _, invocation := range run.Invocations {
			for _, n := range invocation.ToolExecutionNotifications {
				if n.Level == "error" && strings.Contains(n.Message.Text, says) {
					found = append(found, n.Message.Text)
				}
			}
		}
	}
	return found
}

// files returns all files that the log names.
func (l sarifLog) files() []string {
	var found []string
	add := func(locations []sarifLocation) {
		for _, at := range locations {
			if uri := at.PhysicalLocation.ArtifactLocation.URI; uri != "" {
				found = append(found, uri)
			}
		}
	}
	for _, run := range l.Runs {
		for _, r := range run.Results {
			add(r.Locations)
		}
		for _, invocation := range run.Invocations {
			for _, n := range invocation.ToolExecutionNotifications {
				add(n.Locations)
			}
		}
	}
	return found
}
