package source_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var ample = tree.Budget{Files: 1000, Bytes: 64 << 20, Time: time.Minute}

// folder writes a program into a folder of its own.
func folder(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

func open(t *testing.T, contents map[string]string) *source.Source {
	t.Helper()
	return source.New(folder(t, contents), ample, []string{"mark"})
}

// functions are the functions that a program calls whose names begin with mark.
func functions(s *source.Source) []string {
	found := []string{}
	for _, c := range s.Program().Calls {
		if m := c.Method(); len(m) > 4 && m[:4] == "mark" {
			found = append(found, c.Location.File+" "+m)
		}
	}
	return found
}

func TestAProgramStartsWhereItsProjectFileSays(t *testing.T) {
	t.Parallel()
	const python, node = "import m\nm.mark_here()\n", "markHere();\n"
	goFile := "package main\n\nfunc main() { markHere() }\n\nfunc markHere() {}\n"
	tests := map[string]struct {
		files map[string]string
		want  []string
		gap   string
	}{
		"python": {
			map[string]string{"Pulumi.yaml": "runtime: python", "__main__.py": python, "other.py": python},
			[]string{"__main__.py mark_here"},
			"",
		},
		"python with options": {
			map[string]string{"Pulumi.yaml": "runtime:\n  name: python\n  options: {virtualenv: venv}", "__main__.py": python},
			[]string{"__main__.py mark_here"},
			"",
		},
		"python in a folder": {
			map[string]string{"Pulumi.yaml": "runtime: python\nmain: infra/", "infra/__main__.py": python, "__main__.py": python},
			[]string{"infra/__main__.py mark_here"},
			"",
		},
		"python in a file": {
			map[string]string{"Pulumi.yaml": "runtime: python\nmain: tap.py", "tap.py": python, "__main__.py": python},
			[]string{"tap.py mark_here"},
			"",
		},
		"python without a project file": {
			map[string]string{"__main__.py": python, "other.py": python}, []string{"__main__.py mark_here"}, "",
		},
		"node, by index.ts": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "index.ts": node, "other.ts": node},
			[]string{"index.ts markHere"},
			"",
		},
		"node, by package.json": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "package.json": `{"main": "src/infra"}`, "src/infra.js": node, "index.js": node},
			[]string{"src/infra.js markHere"},
			"",
		},
		"node, whose main is compiled": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "package.json": `{"main": "bin/index.js"}`, "bin/index.js": node, "index.ts": node},
			[]string{"index.ts markHere"},
			"",
		},
		"node, of which only the compiled is there": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "package.json": `{"main": "bin/app.js"}`, "bin/app.js": node},
			[]string{"bin/app.js markHere"},
			"",
		},
		"node with a package.json that is none": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "package.json": "{", "index.ts": node}, []string{"index.ts markHere"}, "",
		},
		"go": {
			map[string]string{"Pulumi.yaml": "runtime: go", "go.mod": "module x", "main.go": goFile, "tool/main.go": goFile},
			[]string{"main.go markHere"},
			"",
		},
		"yaml": {map[string]string{"Pulumi.yaml": "runtime: yaml", "x.py": python}, []string{}, ""},
		"a runtime that is not read": {
			map[string]string{"Pulumi.yaml": "runtime: java"},
			[]string{},
			"Pulumi.yaml names the runtime java, whose source is not read here",
		},
		"no runtime":    {map[string]string{"Pulumi.yaml": "name: x"}, []string{}, "Pulumi.yaml names no runtime"},
		"no valid YAML": {map[string]string{"Pulumi.yaml": "a: [", "__main__.py": python}, []string{}, "Pulumi.yaml is no valid YAML"},
		"no entry point": {
			map[string]string{"Pulumi.yaml": "runtime: python", "app.py": python},
			[]string{},
			"Pulumi.yaml names a program whose entry point was not found",
		},
		"outside": {
			map[string]string{"Pulumi.yaml": "runtime: python\nmain: ../x"},
			[]string{},
			"Pulumi.yaml names a main outside the program's folder, which is not read",
		},
		"fragments": {
			map[string]string{"a.py": python, "b.ts": node, "test_c.py": python}, []string{"a.py mark_here", "b.ts markHere"}, "",
		},
		"nothing": {nil, []string{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, test.files)
			assert.Equal(t, test.want, functions(s))
			assert.Equal(t, test.gap, source.Gaps(s.Program().Gaps))
		})
	}
}

func TestAFolderThatIsNotThereIsAGap(t *testing.T) {
	t.Parallel()
	s := source.New(filepath.Join(t.TempDir(), "absent"), ample, nil)
	assert.Contains(t, source.Gaps(s.Program().Gaps), "the program's folder opening the program's folder")
	assert.Empty(t, s.Handlers())
}

func TestHandlersAreToldByTheirShapeOrByTheCodeThatNamesThem(t *testing.T) {
	t.Parallel()
	outside := folder(t, map[string]string{"index.py": "import lib\n\ndef work(a, b):\n    lib.mark()\n", "lib.py": "def mark():\n    marked()\n"})
	s := open(t, map[string]string{
		"Pulumi.yaml": "runtime: python", "__main__.py": "import shared\n", "shared.py": "def handler(event, context): pass\n",
		"thumb/index.py": "def handler(event, context):\n    mark_it()\n",
		"thumb/util.py":  "def mark(a): pass\n",
		"web/app.js":     "exports.handler = async (event) => { markIt(); };\n",
	})
	var entries []string
	for _, h := range s.Handlers() {
		entries = append(entries, h.Entry)
	}
	assert.Equal(t, []string{"thumb/index.py", "web/app.js"}, entries)

	h, ok := s.HandlerAt("thumb", "index.py")
	require.True(t, ok)
	assert.Equal(t, []string{"thumb/index.py"}, h.Files)
	h, ok = s.HandlerAt(outside, "index.py")
	require.True(t, ok, "whatever its shape, and wherever it is")
	assert.Len(t, h.Files, 2)
	for _, c := range h.Calls {
		assert.Contains(t, h.Files, c.Location.File)
	}
	for _, absent := range []string{"other.py", "index.rb", "../__main__.py"} {
		_, ok = s.HandlerAt("thumb", absent)
		assert.False(t, ok, absent)
	}
}

func TestAWaiverSpeaksOfItsLine(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"Pulumi.yaml": "runtime: python", "__main__.py": `import x
x.mark()  # pipeguard:ignore rule-a -- because of this
# pipeguard:ignore rule-a -- the next line
x.mark()
# pipeguard:ignore rule-b -- not used
x.mark()
x.mark()  # pipeguard:ignore rule-a
x.mark()  # pipeguard:ignore -- no rule
x.mark()  # pipeguard:ignore rule-a, rule-b -- two
x.mark()  # pipeguard:ignore rule-z -- unknown
x.mark()  # pipeguard:ignore rule-c -- switched off
text = "# pipeguard:ignore rule-a -- a string"
`})
	require.Len(t, s.Program().Calls, 8)
	at := func(line int) finding.Location { return finding.Location{File: "__main__.py", Line: line, Column: 1} }
	for line, want := range map[int]string{2: "because of this", 4: "the next line", 3: "", 6: "", 7: "", 9: "", 12: ""} {
		reason, ok := s.Waived("rule-a", at(line))
		assert.Equal(t, want, reason, "line %d", line)
		assert.Equal(t, want != "", ok)
	}
	problems := map[int]string{}
	for _, p := range s.WaiverProblems([]string{"rule-a", "rule-b", "rule-c"}, []string{"rule-a", "rule-b"}) {
		assert.Equal(t, "__main__.py", p.Location.File)
		problems[p.Location.Line] = p.Problem
	}
	const form = ": write pipeguard:ignore <rule> -- <reason>"
	assert.Equal(t, map[int]string{
		5:  "is not used: nothing on its line violates rule-b; remove it",
		7:  "gives no reason" + form,
		8:  "names no rule" + form,
		9:  "names more than one rule, or has no -- before the reason" + form,
		10: "names rule-z, which is no rule that a comment can waive",
	}, problems)
}
