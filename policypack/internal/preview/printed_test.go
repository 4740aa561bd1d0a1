package preview

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func programIn(root, runtime string) *Program {
	return &Program{Root: root, Project: &workspace.Project{Name: "shop", Runtime: workspace.NewProjectRuntimeInfo(runtime, nil)}}
}

func TestAFailureHasOnlyTheProgramsOwnFrames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		runtime, printed, want string
		at                     finding.Location
	}{
		"Python": {
			"python", `Traceback (most recent call last):
  File "/shop/__main__.py", line 3, in <module>
    load()
  File "/shop/venv/lib/python3.11/site-packages/pulumi/output.py", line 9, in load
    raise ValueError("no")
ValueError: no
`, `Traceback (most recent call last):
  File "/shop/__main__.py", line 3, in <module>
    load()
ValueError: no`, finding.Location{File: "__main__.py", Line: 3},
		},
		"Python, with no frame of its own": {
			"python", `Traceback (most recent call last):
  File "/shop/venv/lib/python3.11/site-packages/pulumi/output.py", line 9, in load
    raise ValueError("no")
ValueError: no
`, "ValueError: no", finding.Location{},
		},
		"Node.js": {
			"nodejs", `Error: ENOENT: no such file or directory, open 'key'
    at Object.openSync (node:fs:573:18)
    at Object.<anonymous> (/shop/index.ts:38:22)
    at Module.require (node:internal/modules/cjs/loader:1289:19) {
  code: 'ENOENT'
}
`, `Error: ENOENT: no such file or directory, open 'key'
    at Object.<anonymous> (/shop/index.ts:38:22) {
  code: 'ENOENT'
}`, finding.Location{File: "index.ts", Line: 38, Column: 22},
		},
		"Node.js, in colour, about a module": {
			"nodejs", "Error: Cannot find module './sizes'\nRequire stack:\n- /shop/index.js\n" +
				"- /shop/node_modules/@pulumi/pulumi/cmd/run/run.js\n\x1b[90m    at require (node:internal/modules/helpers:182:18)\x1b[39m\n" +
				"    at Object.<anonymous> (/shop/index.js:2:1) {\n  code: \x1b[32m'MODULE_NOT_FOUND'\x1b[39m\n}\n",
			"Error: Cannot find module './sizes'\nRequire stack:\n- /shop/index.js\n    at Object.<anonymous> (/shop/index.js:2:1) {\n" +
				"  code: 'MODULE_NOT_FOUND'\n}",
			finding.Location{File: "index.js", Line: 2, Column: 1},
		},
		"Go": {
			"go", "panic: no\n\ngoroutine 1 [running]:\nmain.main.func1(0x0)\n\t/shop/main.go:12 +0x1b\n" +
				"github.com/pulumi/pulumi/sdk/v3/go/pulumi.Run(...)\n\t/home/me/go/pkg/mod/github.com/pulumi/pulumi/sdk/v3@v3.200.0/run.go:9\n" +
				"main.main()\n\t/shop/main.go:9 +0x20\n",
			"panic: no\n\ngoroutine 1 [running]:\nmain.main.func1(0x0)\n\t/shop/main.go:12 +0x1b\nmain.main()\n\t/shop/main.go:9 +0x20",
			finding.Location{File: "main.go", Line: 12},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o output
			o.errors = []diagnosed{{message: "an unhandled error occurred: Program exited with non-zero exit code: 1"}}
			o.printed.WriteString(test.printed)

			failures := o.failures(programIn("/shop", test.runtime), true, "")

			assert.Equal(t, []finding.Failure{{Message: test.want, Location: test.at}}, failures)
		})
	}
}

func TestAFailureDoesNotMentionThatPythonWasStopped(t *testing.T) {
	t.Parallel()
	var o output
	o.errors = []diagnosed{{message: "resource 'a' has a problem"}, {message: "error reading from server: EOF"}}
	o.printed.WriteString("Traceback (most recent call last):\n  File \"/shop/venv/lib/python3.11/site-packages/x.py\", line 1, in x\nKeyboardInterrupt\n")

	failures := o.failures(programIn("/shop", "python"), true, "")

	assert.Equal(t, []finding.Failure{{Message: "resource 'a' has a problem"}}, failures)
}

func TestAFailureNamesTheCommandThatInstallsAMissingPackage(t *testing.T) {
	t.Parallel()
	own := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(own, "helpers.py"), nil, 0o600))
	yarn := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(yarn, "yarn.lock"), nil, 0o600))
	for name, test := range map[string]struct{ root, runtime, printed, install, want string }{
		"Python": {
			"/shop", "python", "ModuleNotFoundError: No module named 'pulumi_random'", "venv/bin/python -m pip install -r requirements.txt",
			"pulumi_random is not installed; install what the program needs with: venv/bin/python -m pip install -r requirements.txt",
		},
		"a module of a Python program's own": {own, "python", "ModuleNotFoundError: No module named 'helpers.net'", "pip install", ""},
		"Node.js": {
			"/shop", "nodejs", "Error: Cannot find module '@pulumi/random'", "",
			"@pulumi/random is not installed; install what the program needs with: cd /shop && npm install",
		},
		"Node.js, no packages at all": {
			yarn, "nodejs", "It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install?", "",
			"Pulumi SDK is not installed; install what the program needs with: cd " + yarn + " && yarn install",
		},
		"a file of a Node.js program's own": {"/shop", "nodejs", "Error: Cannot find module './helpers'", "", ""},
		"another error":                     {"/shop", "python", "ValueError: no", "pip install", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o output
			o.printed.WriteString(test.printed)
			want := test.printed
			if test.want != "" {
				want += "\n" + test.want
			}

			failures := o.failures(programIn(test.root, test.runtime), true, test.install)

			require.Len(t, failures, 1)
			assert.Equal(t, want, failures[0].Message)
		})
	}
}

func TestAWarningOfNodeJSIsNoFailure(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, nodeWarning, "(node:3699) [DEP0128] DeprecationWarning: Invalid 'main' field")
	assert.Regexp(t, nodeWarning, "(Use `node --trace-deprecation ...` to show where the warning was created)")
	assert.NotRegexp(t, nodeWarning, "Error: (node:fs) failed")
}
