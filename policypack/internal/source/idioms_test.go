package source_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
	"github.com/pipeguard/pipeguard/policypack/internal/source/python"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/typescript"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// none stands for an idiom that a language does not have.
const none = "-"

// idiom is one thing that programs do, written in each language. What it passes to
// h.take must be the same value in all of them. In Go, what comes before a line "---"
// stands outside of main; in YAML it is the variables. Another file of each program is
// in other.
type idiom struct {
	name, want                   string
	python, typescript, go_, yam string
}

// other is a second file of each program, by language.
var other = map[fact.Language]string{
	fact.Python:     "PREFIX = \"a\"\nWORDS = [\"a\", \"b\"]\ndef name(x):\n    return f\"{PREFIX}-{x}\"\n",
	fact.TypeScript: "export const PREFIX = \"a\";\nexport const WORDS = [\"a\", \"b\"];\nexport function name(x: string) { return `${PREFIX}-${x}`; }\n",
	fact.Go:         "package other\n\nconst Prefix = \"a\"\n\nvar Words = []string{\"a\", \"b\"}\n\nfunc Name(x string) string { return Prefix + \"-\" + x }\n",
}

var idioms = []idiom{
	// Literals and names.
	{"a text", `"a"`, `h.take("a")`, `h.take("a")`, `h.Take("a")`, "---\na"},
	{"a list", `["a", "b"]`, `h.take(["a", "b"])`, `h.take(["a", "b"])`, `h.Take([]string{"a", "b"})`, "---\n[a, b]"},
	{"a map", `{k: "a"}`, `h.take({"k": "a"})`, `h.take({ k: "a" })`, `h.Take(map[string]string{"k": "a"})`, "---\n{k: a}"},
	{"a variable", `"a"`, "x = \"a\"\nh.take(x)", `const x = "a"; h.take(x)`, `x := "a"; h.Take(x)`, "x: a\n---\n${x}"},
	{"a name of a name", `"a"`, "x = \"a\"\ny = x\nh.take(y)", `const x = "a"; const y = x; h.take(y)`, `x := "a"; y := x; h.Take(y)`, "x: a\ny: ${x}\n---\n${y}"},
	{"an unknown name", `?`, `h.take(h.get())`, `h.take(h.get().x)`, `h.Take(h.Get().X)`, "---\n{fn::secret: a}"},

	// Variables that change.
	{"assigned again", `"b"`, "x = \"a\"\nx = \"b\"\nh.take(x)", `let x = "a"; x = "b"; h.take(x)`, `x := "a"; x = "b"; h.Take(x)`, none},
	{"used before it is assigned again", `"a"`, "x = \"a\"\nh.take(x)\nx = \"b\"", `let x = "a"; h.take(x); x = "b"`, `x := "a"; h.Take(x); x = "b"`, none},
	{"assigned again in a branch", `?`, "x = \"a\"\nif c:\n    x = \"b\"\nh.take(x)", `let x = "a"; if (c) { x = "b" } h.take(x)`, `x := "a"; if c { x = "b" }; h.Take(x)`, none},
	{"assigned before a branch", `"b"`, "x = \"a\"\nx = \"b\"\nif c:\n    h.take(x)", `let x = "a"; x = "b"; if (c) { h.take(x) }`, `x := "a"; x = "b"; if c { h.Take(x) }`, none},
	{"assigned in a loop", `?`, "x = \"a\"\nfor i in c:\n    h.take(x)\n    x = \"b\"", `let x = "a"; for (const i of c) { h.take(x); x = "b" }`, `x := "a"; for range c { h.Take(x); x = "b" }`, none},
	{"added to", `"ab"`, "x = \"a\"\nx += \"b\"\nh.take(x)", `let x = "a"; x += "b"; h.take(x)`, `x := "a"; x += "b"; h.Take(x)`, none},
	{"added to in a branch", `"a…"`, "x = \"a\"\nif c:\n    x += \"b\"\nh.take(x)", `let x = "a"; if (c) { x += "b" } h.take(x)`, `x := "a"; if c { x += "b" }; h.Take(x)`, none},
	{"a loop's variable", `?`, "for x in [\"a\"]:\n    h.take(x)", `for (const x of ["a"]) { h.take(x) }`, `for _, x := range []string{"a"} { h.Take(x) }`, none},
	{"several at once", `["a", "b"]`, "x, y = \"a\", \"b\"\nh.take([x, y])", `const [x, y] = ["a", "b"]; h.take([x, y])`, `x, y := "a", "b"; h.Take([]string{x, y})`, none},

	// Conditionals and defaults.
	{"a conditional of the same", `"a"`, `h.take("a" if c else "a")`, `h.take(c ? "a" : "a")`, none, none},
	{"a conditional", `"…"`, `h.take("a" if c else "b")`, `h.take(c ? "a" : "b")`, none, none},
	{"a conditional of nothing", `"a"`, `h.take("a" if c else None)`, `h.take(c ? "a" : undefined)`, none, none},
	{"a conditional of lists", `["a", ...]`, `h.take(["a", "b"] if c else ["a", "d"])`, `h.take(c ? ["a", "b"] : ["a", "d"])`, none, none},
	{"a default that is not needed", `"a"`, "x = \"a\"\nh.take(x or \"b\")", `const x = "a"; h.take(x || "b")`, `x := "a"; h.Take(cmp.Or(x, "b"))`, none},
	{"a default for an empty text", `"b"`, "x = \"\"\nh.take(x or \"b\")", `const x = ""; h.take(x || "b")`, `x := ""; h.Take(cmp.Or(x, "b"))`, none},
	{"a default for nothing", `"b"`, "x = None\nh.take(x or \"b\")", `const x = null; h.take(x ?? "b")`, none, none},
	{"a default for what is unknown", `?`, `h.take(h.get() or "b")`, `h.take(h.get() ?? "b")`, `h.Take(cmp.Or(h.Get(), "b"))`, none},
	{"a parameter's default", `"b"`, "def f(x=\"b\"):\n    h.take(x)\nf()", `function f(x = "b") { h.take(x) } f()`, none, none},
	{"a parameter's default that is not needed", `"a"`, "def f(x=\"b\"):\n    h.take(x)\nf(\"a\")", `function f(x = "b") { h.take(x) } f("a")`, none, none},
	{"an entry or a default", `["a", "b"]`, "m = {\"k\": \"a\"}\nh.take([m.get(\"k\", \"b\"), m.get(\"z\", \"b\")])", `const { k = "b", z = "b" } = { k: "a" }; h.take([k, z])`, none, none},

	// Lists and maps that grow.
	{"a list that grows", `["a", "b"]`, "x = [\"a\"]\nx.append(\"b\")\nh.take(x)", `const x = ["a"]; x.push("b"); h.take(x)`, `x := []string{"a"}; x = append(x, "b"); h.Take(x)`, none},
	{"an empty list that grows", `["a", "b"]`, "x = []\nx.append(\"a\")\nx.append(\"b\")\nh.take(x)", `const x: string[] = []; x.push("a"); x.push("b"); h.take(x)`, `var x []string; x = append(x, "a"); x = append(x, "b"); h.Take(x)`, none},
	{"a list that another is added to", `["a", "b", "d"]`, "x = [\"a\"]\nx += [\"b\", \"d\"]\nh.take(x)", `let x = ["a"]; x = x.concat(["b", "d"]); h.take(x)`, `x := []string{"a"}; y := []string{"b", "d"}; x = append(x, y...); h.Take(x)`, none},
	{"a list of lists", `["a", "b", "d"]`, "x = [\"a\", \"b\"]\nh.take([*x, \"d\"])", `const x = ["a", "b"]; h.take([...x, "d"])`, `x := []string{"a", "b"}; h.Take(append(x, "d"))`, none},
	{"a list with unknown more", `["a", ...]`, `h.take(["a", *h.get()])`, `h.take(["a", ...h.get()])`, `h.Take(append([]string{"a"}, h.Get()...))`, none},
	{"a list that grows in a branch", `["a", ...]`, "x = [\"a\"]\nif c:\n    x.append(\"b\")\nh.take(x)", `const x = ["a"]; if (c) { x.push("b") } h.take(x)`, `x := []string{"a"}; if c { x = append(x, "b") }; h.Take(x)`, none},
	{"a list that grows in a loop", `["a", ...]`, "x = [\"a\"]\nfor i in c:\n    x.append(\"b\")\nh.take(x)", `const x = ["a"]; for (const i of c) { x.push("b") } h.take(x)`, `x := []string{"a"}; for range c { x = append(x, "b") }; h.Take(x)`, none},
	{"a list whose element is set", `["b"]`, "x = [\"a\"]\nx[0] = \"b\"\nh.take(x)", `const x = ["a"]; x[0] = "b"; h.take(x)`, `x := []string{"a"}; x[0] = "b"; h.Take(x)`, none},
	{"a map that grows", `{k: "a", l: "b"}`, "x = {\"k\": \"a\"}\nx[\"l\"] = \"b\"\nh.take(x)", `const x: any = { k: "a" }; x["l"] = "b"; h.take(x)`, `x := map[string]string{"k": "a"}; x["l"] = "b"; h.Take(x)`, none},
	{"a map that may grow", `{k: "a", l: "b", ...}`, "x = {\"k\": \"a\"}\nif c:\n    x[\"l\"] = \"b\"\nh.take(x)", `const x: any = { k: "a" }; if (c) { x.l = "b" } h.take(x)`, `x := map[string]string{"k": "a"}; if c { x["l"] = "b" }; h.Take(x)`, none},
	{"a map given to a function of the program", `{k: "a", ...}`, "def f(m):\n    m[\"l\"] = \"b\"\nx = {\"k\": \"a\"}\nf(x)\nh.take(x)", `function f(m: any) { m.l = "b" } const x = { k: "a" }; f(x); h.take(x)`, "func f(m map[string]string) { m[\"l\"] = \"b\" }\n---\nx := map[string]string{\"k\": \"a\"}; f(x); h.Take(x)", none},
	{"a part of a part that is set", `{k: {l: "a"}, ...}`, "x = {\"k\": {\"l\": \"a\"}}\nx[\"k\"][\"l\"] = \"b\"\nh.take(x)", `const x = { k: { l: "a" } }; x.k.l = "b"; h.take(x)`, `x := map[string]map[string]string{"k": {"l": "a"}}; x["k"]["l"] = "b"; h.Take(x)`, none},

	// Elements and fields.
	{"an element of a map", `"a"`, "x = {\"k\": \"a\"}\nh.take(x[\"k\"])", `const x = { k: "a" }; h.take(x["k"])`, `x := map[string]string{"k": "a"}; h.Take(x["k"])`, "x: {k: a}\n---\n${x.k}"},
	{"an element of a list", `"b"`, "x = [\"a\", \"b\"]\nh.take(x[1])", `const x = ["a", "b"]; h.take(x[1])`, `x := []string{"a", "b"}; h.Take(x[1])`, "x: [a, b]\n---\n${x[1]}"},
	{"an element beyond the end", `?`, "x = [\"a\"]\nh.take(x[1])", `const x = ["a"]; h.take(x[1])`, `x := []string{"a"}; h.Take(x[1])`, none},
	{"an element after an unknown spread", `?`, `h.take([*h.get(), "a"][1])`, `h.take([...h.get(), "a"][1])`, none, none},
	{"an element by a variable", `"a"`, "k = \"k\"\nh.take({\"k\": \"a\"}[k])", `const k = "k"; const x: any = { k: "a" }; h.take(x[k])`, `k := "k"; h.Take(map[string]string{"k": "a"}[k])`, none},
	{"a selected element", `"b"`, none, none, none, "---\n{fn::select: [1, [a, b]]}"},
	{"a field of an object", `"a"`, "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: str\n    b: str = \"b\"\nx = P(a=\"a\")\nh.take(x.a)", `const x = { a: "a", b: "b" }; h.take(x.a)`, "type P struct{ A, B string }\n---\nx := P{A: \"a\"}; h.Take(x.A)", none},
	{"a field that is not given", `"b"`, "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: str\n    b: str = \"b\"\nx = P(\"a\")\nh.take(x.b)", `class P { a = "a"; b = "b" } const x = new P(); h.take(x.b)`, none, none},
	{"a field that is set", `"b"`, "class P:\n    a = \"a\"\nx = P()\nx.a = \"b\"\nh.take(x.a)", `const x = { a: "a" }; x.a = "b"; h.take(x.a)`, "type P struct{ A string }\n---\nx := P{A: \"a\"}; x.A = \"b\"; h.Take(x.A)", none},
	{"a field of this", `"a"`, "class P:\n    def __init__(self):\n        self.a = \"a\"\n    def f(self):\n        h.take(self.a)", `class P { a: string; constructor() { this.a = "a" } f() { h.take(this.a) } }`, none, none},
	{"a field by the constructor's only caller", `"a"`, "class P:\n    def __init__(self, a):\n        self.a = a\n    def f(self):\n        h.take(self.a)\nP(\"a\").f()", `class P { constructor(private a: string) {} f() { h.take(this.a) } } new P("a").f()`, none, none},

	// Functions.
	{"the result of a function", `"a"`, "def f():\n    return \"a\"\nh.take(f())", `function f() { return "a" } h.take(f())`, "func f() string { return \"a\" }\n---\nh.Take(f())", none},
	{"the result of a function of its argument", `"a-b"`, "def f(x):\n    return \"a-\" + x\nh.take(f(\"b\"))", `const f = (x: string) => "a-" + x; h.take(f("b"))`, "func f(x string) string { return \"a-\" + x }\n---\nh.Take(f(\"b\"))", none},
	{"the result of a function that makes a list", `["a", "b"]`, "def f():\n    x = [\"a\"]\n    x.append(\"b\")\n    return x\nh.take(f())", `function f() { const x = ["a"]; x.push("b"); return x } h.take(f())`, "func f() []string { x := []string{\"a\"}; x = append(x, \"b\"); return x }\n---\nh.Take(f())", none},
	{"a result that is taken apart", `"b"`, "def f():\n    return \"a\", \"b\"\nx, y = f()\nh.take(y)", `function f() { return ["a", "b"] } const [x, y] = f(); h.take(y)`, "func f() (string, string) { return \"a\", \"b\" }\n---\nx, y := f(); h.Take(y)", none},
	{"a parameter by its only caller", `"a"`, "def f(x):\n    h.take(x)\nf(\"a\")", `function f(x: string) { h.take(x) } f("a")`, "func f(x string) { h.Take(x) }\n---\nf(\"a\")", none},
	{"a parameter by two callers", `?`, "def f(x):\n    h.take(x)\nf(\"a\")\nf(\"b\")", `function f(x: string) { h.take(x) } f("a"); f("b")`, "func f(x string) { h.Take(x) }\n---\nf(\"a\"); f(\"b\")", none},
	{"a parameter of a function that is handed on", `?`, "def f(x):\n    h.take(x)\nf(\"a\")\nh.each(f)", `function f(x: string) { h.take(x) } f("a"); h.each(f)`, "func f(x string) { h.Take(x) }\n---\nf(\"a\"); h.Each(f)", none},
	{"the rest of the arguments", `["b", "d"]`, "def f(x, *y):\n    h.take(y)\nf(\"a\", \"b\", \"d\")", `function f(x: string, ...y: string[]) { h.take(y) } f("a", "b", "d")`, "func f(x string, y ...string) { h.Take(y) }\n---\nf(\"a\", \"b\", \"d\")", none},

	// Text that is put together.
	{"joined text", `"a-b"`, "x = \"b\"\nh.take(\"a-\" + x)", `const x = "b"; h.take("a-" + x)`, `x := "b"; h.Take("a-" + x)`, "x: b\n---\na-${x}"},
	{"text with an unknown part", `"a-…"`, `h.take("a-" + h.get())`, `h.take("a-" + h.get())`, `h.Take("a-" + h.Get())`, "---\na-${b.id}"},
	{"formatted text", `"a-b-1"`, "x = \"b\"\nh.take(f\"a-{x}-{1}\")", "const x = \"b\"; h.take(`a-${x}-${1}`)", `x := "b"; h.Take(fmt.Sprintf("a-%s-%d", x, 1))`, none},
	{"formatted text with an unknown part", `"a-…"`, `h.take(f"a-{h.get()}")`, "h.take(`a-${h.get()}`)", `h.Take(fmt.Sprintf("a-%s", h.Get()))`, none},
	{"text by a format", `"a-b"`, `h.take("a-%s" % "b")`, none, `h.Take(fmt.Sprintf("a-%v", "b"))`, none},
	{"a joined list", `"a b …"`, `h.take(" ".join(["a", "b", h.get()]))`, `h.take(["a", "b", h.get()].join(" "))`, `h.Take(strings.Join([]string{"a", "b", h.Get()}, " "))`, "---\n{fn::join: [' ', [a, b, '${c.id}']]}"},
	{"a joined path", `"a/b"`, `h.take(os.path.join("a", "b"))`, `h.take(path.join("a", "b"))`, `h.Take(filepath.Join("a", "b"))`, none},
	{"a joined path with an unknown part", `"…/../b"`, `h.take(os.path.join(h.get(), "..", "b"))`, `h.take(path.join(h.get(), "..", "b"))`, `h.Take(filepath.Join(h.Get(), "..", "b"))`, none},

	// Other files.
	{"a constant of another file", `"a"`, "from other import PREFIX\nh.take(PREFIX)", `import { PREFIX } from "./other"; h.take(PREFIX)`, `h.Take(other.Prefix)`, none},
	{"a constant by its module", `["a", "b"]`, "import other\nh.take(other.WORDS)", `import * as other from "./other"; h.take(other.WORDS)`, `h.Take(other.Words)`, none},
	{"the result of another file's function", `"a-b"`, "import other\nh.take(other.name(\"b\"))", `import * as other from "./other"; h.take(other.name("b"))`, `h.Take(other.Name("b"))`, none},
}

// TestEveryLanguageFollowsTheSameIdioms holds the front ends together: an idiom that
// one of them does not follow fails here.
func TestEveryLanguageFollowsTheSameIdioms(t *testing.T) {
	t.Parallel()
	for _, i := range idioms {
		for language, src := range map[fact.Language]string{
			fact.Python: i.python, fact.TypeScript: i.typescript, fact.Go: i.go_, fact.YAML: i.yam,
		} {
			if src == none {
				continue
			}
			t.Run(i.name+"/"+string(language), func(t *testing.T) {
				t.Parallel()
				// Also when only the file that takes the value matters.
				taken(t, readIdiom(language, src, ""), i.want, src)
				taken(t, readIdiom(language, src, "take", "Take"), i.want, src)
			})
		}
	}
}

// taken asserts what a program passes to take.
func taken(t *testing.T, facts fact.Facts, want, src string) {
	t.Helper()
	require.Empty(t, facts.Gaps)
	require.Empty(t, facts.Broken)
	values := []string{}
	for _, c := range facts.Calls {
		if strings.EqualFold(c.Method(), "take") {
			values = append(values, brief(c.Args[len(c.Args)-1].Value))
		}
	}
	assert.Equal(t, []string{want}, values, "what this passes to take: %s", src)
}

// TestEveryIdiomIsWrittenInSomeLanguages counts what the table holds, so that a
// language is not left out of it.
func TestEveryIdiomIsWrittenInSomeLanguages(t *testing.T) {
	t.Parallel()
	written := map[string]int{}
	for _, i := range idioms {
		for language, src := range map[string]string{"python": i.python, "typescript": i.typescript, "go": i.go_} {
			if src != none {
				written[language]++
			}
		}
	}
	assert.Greater(t, written["python"], 60)
	assert.Greater(t, written["typescript"], 60)
	assert.Greater(t, written["go"], 45)
}

func readIdiom(language fact.Language, src string, keywords ...string) fact.Facts {
	before, after, both := strings.Cut(src, "---\n")
	if !both {
		before, after = "", src
	}
	var name, otherName string
	var read func(*tree.Tree, fact.Request) fact.Facts
	entry := ""
	switch language {
	case fact.Python:
		name, otherName, read = "__main__.py", "other.py", python.Read
		src = "import h, os\n" + src + "\n"
	case fact.TypeScript:
		name, otherName, read = "index.ts", "other.ts", typescript.Read
		src = "import * as h from \"h\";\nimport * as path from \"path\";\n" + src + "\n"
	case fact.Go:
		name, otherName, read, entry = "main.go", "other/other.go", golang.Read, "."
		src = "package main\n\nimport (\n\"cmp\"\n\"fmt\"\n\"path/filepath\"\n\"strings\"\n\"example.org/h\"\n\"example.com/x/other\"\n)\n" +
			before + "\nfunc main() {\n" + after + "\n}\n"
	case fact.YAML:
		name, read = "Pulumi.yaml", yamlprogram.Read
		src = "name: x\nruntime: yaml\nvariables:\n"
		for line := range strings.Lines(before) {
			src += "  " + line
		}
		src += "resources:\n  r:\n    type: h:index:take\n    properties:\n      value: " + after + "\n"
	}
	if entry == "" {
		entry = name
	}
	files := fstest.MapFS{name: {Data: []byte(src)}}
	if otherName != "" {
		files[otherName] = &fstest.MapFile{Data: []byte(other[language])}
		files["go.mod"] = &fstest.MapFile{Data: []byte("module example.com/x\n")}
	}
	t := tree.New(files, tree.Budget{Files: 10, Bytes: 1 << 20, Time: time.Minute}, ".py", ".ts", ".go")
	return read(t, fact.Request{Entry: []string{entry}, Keywords: keywords, Errors: true})
}

// brief returns a value in brief, without what languages differ in: types, and who made it.
func brief(v fact.Value) string {
	switch v.Kind {
	case fact.Text:
		return strings.ReplaceAll(fmt.Sprintf("%q", strings.ReplaceAll(v.Text, fact.Hole, "…")), `\u2026`, "…")
	case fact.Scalar:
		return v.Text
	case fact.List, fact.Dict:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, brief(item))
		}
		for _, f := range v.Fields {
			parts = append(parts, f.Key+": "+brief(f.Value))
		}
		if v.Open {
			parts = append(parts, "...")
		}
		if v.Kind == fact.List {
			return "[" + strings.Join(parts, ", ") + "]"
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case fact.Closure:
		return "func"
	case fact.Bytes:
		return "bytes"
	default: // what a call returned is not known either
		return "?"
	}
}
