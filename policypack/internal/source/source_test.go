package source_test

import (
	"os"
	"path/filepath"
	"strings"
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

// functions returns the functions that a program calls whose names begin with mark.
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
			assert.Equal(t, test.gap, s.Program().Unread())
		})
	}
}

func TestAFolderThatIsNotThereIsAGap(t *testing.T) {
	t.Parallel()
	s := source.New(filepath.Join(t.TempDir(), "absent"), ample, nil)
	assert.Contains(t, s.Program().Unread(), "the program's folder opening the program's folder")
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

func TestAWaiverCountsOnAnyLineOfItsCall(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"Pulumi.yaml": "runtime: python", "__main__.py": `import x
x.mark(
    "argument",
    # pipeguard:ignore rule-a -- above an argument
    value=[1],
)
x.mark(
    value=[1],  # pipeguard:ignore rule-a -- at an argument
)
x.mark(
    value=[1],
)  # pipeguard:ignore rule-a -- at the end
x.mark(
    value=[1],
)
# pipeguard:ignore rule-a -- of the next call
x.mark()
`})
	require.Len(t, s.Program().Calls, 5)
	for line, want := range map[int]string{2: "above an argument", 7: "at an argument", 10: "at the end", 13: "", 17: "of the next call"} {
		reason, ok := s.Waived("rule-a", finding.Location{File: "__main__.py", Line: line, Column: 1})
		assert.Equal(t, want, reason, "line %d", line)
		assert.Equal(t, want != "", ok, "line %d", line)
	}
}

func TestAWaiverInACallbackIsNotOneOfTheCallAround(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"Pulumi.yaml": "runtime: nodejs", "index.ts": `markAround(() => {
    markInside(); // pipeguard:ignore rule-a -- inside
});
`})
	require.Len(t, s.Program().Calls, 2)
	_, ok := s.Waived("rule-a", finding.Location{File: "index.ts", Line: 1, Column: 1})
	assert.False(t, ok)
	_, ok = s.Waived("rule-a", finding.Location{File: "index.ts", Line: 2, Column: 5})
	assert.True(t, ok)
}

func TestAMisspeltWaiverIsAProblem(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{
		"__main__.py": "import x\nx.mark()  # pipeguard: ignore rule-a -- a space\nx.mark()  # noqa # Pipeguard-ignore rule-a\n" +
			"x.mark()  # we let pipeguard ignore nothing here, pipeguard is right\n",
		"index.ts": "mark();  // pipeguard: ignore rule-a -- a space\nmark(); /* pipeguard:disable rule-a */\nmark();  // what pipeguard ignores\n",
	} {
		runtime := map[bool]string{true: "python", false: "nodejs"}[file == "__main__.py"]
		s := open(t, map[string]string{"Pulumi.yaml": "runtime: " + runtime, file: text})
		require.NotEmpty(t, s.Program().Calls)
		problems := s.WaiverProblems([]string{"rule-a"}, []string{"rule-a"})
		require.Len(t, problems, 2, file)
		for _, p := range problems {
			assert.Equal(t, "is misspelt, so it waives nothing: write pipeguard:ignore <rule> -- <reason>", p.Problem)
		}
	}
}

func TestFilesAreNamedFromTheFolderOfTheProjectFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"Pulumi.yaml":          "runtime: python\nmain: src/\n",
		"src/__main__.py":      "from infra import storage\nstorage.mark_made()\n",
		"src/infra/storage.py": "import m\ndef mark_made():\n    m.mark_it()\n", "src/infra/__init__.py": "",
		"handler/index.py": "def handler(event, context):\n    mark()\n", "src/near/index.py": "def work(a, b):\n    mark()\n",
	})
	// The engine runs an analyzer in the folder that main names.
	for _, from := range []string{dir, filepath.Join(dir, "src")} {
		s := source.New(from, ample, []string{"mark"})
		assert.Equal(t, []string{"src/__main__.py mark_made", "src/infra/storage.py mark_it"}, functions(s))
		h, ok := s.HandlerAt("../handler", "index.py")
		require.True(t, ok, "a program names files from the folder it runs in")
		assert.Equal(t, "handler/index.py", h.Entry)
		assert.Equal(t, []string{"handler/index.py"}, h.Files)
		h, ok = s.HandlerAt("near", "index.py")
		require.True(t, ok)
		assert.Equal(t, "src/near/index.py", h.Entry)
	}
	root, work := source.Locate(filepath.Join(dir, "handler"))
	assert.Equal(t, root, work, "no program runs there")
	assert.Equal(t, filepath.Join(dir, "handler"), root)
}

func TestSourceThatCannotBeParsedIsAFailure(t *testing.T) {
	t.Parallel()
	const broken = "this is not valid "
	tests := map[string]struct {
		files map[string]string
		want  map[string]string
	}{
		"python": {
			map[string]string{"Pulumi.yaml": "runtime: python", "__main__.py": "import lib\nx = lib.f(\"a\"\nlib.g()\n", "lib.py": "retrun 1\n"},
			map[string]string{"__main__.py:2:10": broken + "Python: this bracket is never closed", "lib.py:1:1": broken + "Python"},
		},
		"python that is not imported for certain": {
			map[string]string{
				"Pulumi.yaml": "runtime: python", "__main__.py": "try:\n    import lib\nexcept SyntaxError:\n    lib = None\n",
				"lib.py": "x = (\n", "other.py": "x = (\n",
			},
			nil,
		},
		"a handler": {
			map[string]string{
				"Pulumi.yaml": "runtime: python", "__main__.py": "import a\n",
				"lambda/index.py": "def handler(event, context):\n    return event\nx = [1, 2)\n",
			},
			map[string]string{"lambda/index.py:3:10": broken + "Python: this bracket closes none that is open"},
		},
		"typescript": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "index.ts": "import \"./lib\";\n", "lib.ts": "const a = 1;\nlet x = ;\n"},
			map[string]string{"lib.ts:2:7": broken + "TypeScript"},
		},
		"javascript": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", "index.js": "const a = f(1;\n"},
			map[string]string{"index.js:1:14": broken + "JavaScript: a ) is missing here"},
		},
		"go": {
			map[string]string{
				"Pulumi.yaml": "runtime: go", "go.mod": "module x", "main.go": "package main\n\nimport \"x/lib\"\n\nfunc main() { lib.F() }\n",
				"lib/lib.go": "package lib\n\nfunc F() {\n\tx := \n}\n", "lib/lib_test.go": "package", "other/o.go": "package",
			},
			map[string]string{"lib/lib.go:5:1": broken + "Go: expected operand, found '}'"},
		},
		"yaml": {
			map[string]string{"Pulumi.yaml": "name: a\nruntime: yaml\nresources:\n  a: {type: b, type: c}\n"},
			map[string]string{"Pulumi.yaml:4:16": "this is not a valid YAML program: the key resources.a.type is already set in line 4"},
		},
		"a project file": {
			map[string]string{"Pulumi.yaml": "name: a\nname: b\nruntime: python\n", "__main__.py": ""},
			map[string]string{"Pulumi.yaml:2": broken + "YAML: mapping key \"name\" already defined at line 1"},
		},
	}
	// The parser in pure Go recovers from more, and tells of the statement only.
	pureGo := map[string]map[string]string{
		"python":     {"__main__.py:2:10": broken + "Python: this bracket is never closed"},
		"a handler":  nil,
		"typescript": {"lib.ts:2:1": broken + "TypeScript"},
		"javascript": {"index.js:1:1": broken + "JavaScript"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if want, differs := pureGo[name]; differs && !treeSitter {
				test.want = want
			}
			var got map[string]string
			for _, f := range open(t, test.files).ParseErrors() {
				if got == nil {
					got = map[string]string{}
				}
				got[f.Location.String()] = f.Message
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// Of a large program the files that no rule looks into are not all parsed: it would
// take longer than the rules do. Those that one looks into are.
func TestOfALargeProgramWhatRulesReadIsParsed(t *testing.T) {
	t.Parallel()
	const large = tree.MaxAside + 1
	for language, files := range map[string]map[string]string{
		"python": {
			"Pulumi.yaml": "runtime: python", "__main__.py": "import aside\nimport read\n",
			"aside.py": "retrun 1\n" + strings.Repeat("#\n", large/2), "read.py": "x = mark(\"a\"\nmark()\n",
		},
		"typescript": {
			"Pulumi.yaml": "runtime: nodejs", "index.ts": "import \"./aside\";\nimport \"./read\";\n",
			"aside.ts": "let x = ;\n" + strings.Repeat("//\n", large/3+1), "read.ts": "mark(;\n",
		},
		"go": {
			"Pulumi.yaml": "runtime: go", "go.mod": "module x", "main.go": "package main\n\nfunc main() { mark( }\n",
			"aside.go": "package main\n\nfunc f() { x := }\n" + strings.Repeat("//\n", large/3+1),
		},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			var broken []string
			for _, f := range open(t, files).ParseErrors() {
				broken = append(broken, f.Location.File)
			}
			want := map[string]string{"python": "read.py", "typescript": "read.ts", "go": "main.go"}[language]
			assert.Equal(t, []string{want}, broken)
		})
	}
}

func TestResourcesOfAYAMLProgramHaveAPlace(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"Pulumi.yaml": "name: a\nruntime: yaml\nmain: infra\n", "infra/Main.yaml": "resources:\n  b:\n    type: aws:s3:Bucket\n",
	})
	program, failures := source.YAMLProgram(dir)
	assert.Empty(t, failures)
	assert.Equal(t, finding.Location{File: "infra/Main.yaml", Line: 2, Column: 3}, program.Resources["b"].Location)
	_, failures = source.YAMLProgram(folder(t, map[string]string{"Pulumi.yaml": "resources: ["}))
	require.Len(t, failures, 1)
	assert.Equal(t, "Pulumi.yaml:1: this is not valid YAML: did not find expected node content", failures[0].Location.String()+": "+failures[0].Message)
}

func TestResourcesThatAPythonProgramDeclaresByTypeHaveAPlace(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"Pulumi.yaml": "name: a\nruntime: python\nmain: infra\n",
		"infra/__main__.py": `import pulumi
from pulumi import CustomResource as Declare

class Bucket(pulumi.CustomResource):
    pass

pulumi.CustomResource("aws:s3/bucket:Bucket", "plain", {})
Declare(t="aws:sqs/queue:Queue", name="named")
kept = Bucket("aws:s3/bucket:Bucket", "inherited", {})
for name in ("a", "b"):
    Declare("aws:s3/bucket:Bucket", name)
Declare("aws:s3/bucket:Bucket", "twice")
Declare("aws:s3/bucket:Bucket", "twice")
print("aws", "twice")
`,
	})
	at := func(line, column int) finding.Location {
		return finding.Location{File: "infra/__main__.py", Line: line, Column: column}
	}
	assert.Equal(t, map[source.Declaration]finding.Location{
		{Type: "aws:s3/bucket:Bucket", Name: "plain"}:     at(7, 1),
		{Type: "aws:sqs/queue:Queue", Name: "named"}:      at(8, 1),
		{Type: "aws:s3/bucket:Bucket", Name: "inherited"}: at(9, 8),
	}, source.DeclaredByType(dir))
}
