package typescript_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/typescript"
)

// words stand for what the rules look for.
var words = []string{
	"child_process", "exec", "rmSync", "Bucket", "Command", "fs", "handler", "run", "zip", "test-word",
}

var budget = tree.Budget{Files: 5000, Bytes: 100 << 20, Time: time.Minute}

// files returns a tree written as "-- name --" lines, each followed by its content.
// Text before the first is in index.ts.
func files(text string) fstest.MapFS {
	fsys := fstest.MapFS{}
	name := "index.ts"
	var content strings.Builder
	flush := func() {
		if content.Len() > 0 {
			fsys[name] = &fstest.MapFile{Data: []byte(content.String())}
		}
		content.Reset()
	}
	for line := range strings.Lines(text) {
		if inner, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			flush()
			name = strings.TrimSuffix(inner, " --")
			continue
		}
		content.WriteString(line)
	}
	flush()
	return fsys
}

func newTree(text string) *tree.Tree {
	return tree.New(files(text), budget, typescript.Endings...)
}

func read(text string) fact.Facts {
	t := newTree(text)
	entry := "index.ts"
	if !t.Has(entry) {
		entry = t.Files()[0]
	}
	return typescript.Read(t, fact.Request{Entry: []string{entry}, Keywords: words})
}

// dump returns a value in brief: its kind by its brackets, "?" for what is unknown,
// "!" after a dict that nobody checked, "<type>" and "{uses}".
func dump(v fact.Value) string {
	var b strings.Builder
	switch v.Kind {
	case fact.Unknown:
		b.WriteString("?")
	case fact.Text:
		fmt.Fprintf(&b, "%q", strings.ReplaceAll(v.Text, fact.Hole, "□"))
	case fact.Scalar:
		b.WriteString(v.Text)
	case fact.Bytes:
		b.WriteString("bytes")
	case fact.Closure:
		b.WriteString("func")
	case fact.List:
		var items []string
		for _, i := range v.Items {
			items = append(items, dump(i))
		}
		if v.Open {
			items = append(items, "...")
		}
		b.WriteString("[" + strings.Join(items, " ") + "]")
	case fact.Dict:
		var fields []string
		for _, f := range v.Fields {
			fields = append(fields, strings.ReplaceAll(f.Key, fact.Hole, "□")+":"+dump(f.Value))
		}
		if v.Open {
			fields = append(fields, "...")
		}
		b.WriteString("{" + strings.Join(fields, " ") + "}")
		if !v.Checked {
			b.WriteString("!")
		}
	case fact.Result:
		b.WriteString(v.Call.Func + "()")
	}
	if v.Type != "" {
		b.WriteString("<" + v.Type + ">")
	}
	if len(v.Uses) > 0 {
		b.WriteString("{" + strings.Join(v.Uses, ",") + "}")
	}
	return b.String()
}

func dumpCall(c *fact.Call) string {
	var args []string
	for _, a := range c.Args {
		args = append(args, dump(a.Value))
	}
	text := c.Func + "(" + strings.Join(args, ", ") + ")"
	if c.In != "" {
		text += " in " + c.In
	}
	return text
}

// calls returns the calls that were found, in brief.
func calls(facts fact.Facts) []string {
	all := []string{}
	for _, c := range facts.Calls {
		all = append(all, dumpCall(c))
	}
	return all
}

func TestFunctionsAreNamedAfterTheirModule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ src, want string }{
		"a namespace":           {`import * as aws from "@pulumi/aws"; new aws.s3.Bucket("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a member":              {`import { s3 } from "@pulumi/aws"; new s3.Bucket("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a part of a package":   {`import { Bucket as B } from "@pulumi/aws/s3"; new B("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a file of a package":   {`import { Bucket } from "@pulumi/aws/s3/bucket"; new Bucket("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a default":             {`import cp from "child_process"; cp.execSync("a")`, `child_process.execSync("a")`},
		"import require":        {`import cp = require("child_process"); cp.execSync("a")`, `child_process.execSync("a")`},
		"require":               {`const cp = require("child_process"); cp.execSync("a")`, `child_process.execSync("a")`},
		"require in place":      {`require("child_process").execSync("a")`, `child_process.execSync("a")`},
		"require destructured":  {`const { execSync: x } = require("child_process"); x("a")`, `child_process.execSync("a")`},
		"node:":                 {`import { execSync } from "node:child_process"; execSync("a")`, `child_process.execSync("a")`},
		"an alias":              {`import * as cp from "child_process"; const x = cp.execSync; x("a")`, `child_process.execSync("a")`},
		"fs/promises":           {`import { rm } from "fs/promises"; rm("a")`, `fs.promises.rm("a")`},
		"fs promises":           {`import { promises as fsp } from "fs"; fsp.rm("a")`, `fs.promises.rm("a")`},
		"an awaited import":     {`const fs = await import("fs"); fs.rmSync("a")`, `fs.rmSync("a")`},
		"a subscript":           {`import * as fs from "fs"; fs["rmSync"]("a")`, `fs.rmSync("a")`},
		"an optional chain":     {`import * as fs from "fs"; fs?.rmSync?.("a")`, `fs.rmSync("a")`},
		"a cast":                {`import * as fs from "fs"; (fs as any).rmSync("a")`, `fs.rmSync("a")`},
		"a method of a result":  {`import * as aws from "@pulumi/aws"; const b = new aws.s3.Bucket("b"); b.onObjectCreated("c", h)`, `@pulumi/aws.s3.Bucket().onObjectCreated("c", ?)`},
		"a typed parameter":     {`import { S3Client } from "@aws-sdk/client-s3"; export function exec(c: S3Client) { c.send(1) }`, `@aws-sdk/client-s3.S3Client().send(1) in index.ts:exec`},
		"a global":              {`JSON.parse("exec")`, `JSON.parse("exec")`},
		"bind":                  {`import * as fs from "fs"; const rm = fs.rmSync.bind(fs); rm("a")`, `fs.rmSync("a")`},
		"an import alias":       {`import * as aws from "@pulumi/aws"; import s3 = aws.s3; new s3.Bucket("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a tagged template":     {"import { $ } from \"zx\"; $`npm exec ${x}`", `zx.$("npm exec □")`},
		"an unknown receiver":   {`export function f(x) { x.exec(1) }`, `?.exec(1) in index.ts:f`},
		"an unknown function":   {`export function f(exec) { exec(1) }`, `?(1) in index.ts:f`},
		"a shadowing parameter": {`import { execSync } from "child_process"; function f(execSync) { execSync("a") }`, `?("a") in index.ts:f`},
		"a shadowing local":     {`import * as fs from "fs"; { const fs = make(); fs.rmSync("a") }`, `make().rmSync("a")`},
		"a variable set twice":  {`let fs = require("fs"); fs = other; fs.rmSync("a")`, `other.rmSync("a")`},
		"a loop variable":       {`import * as fs from "fs"; for (const fs of all) { fs.rmSync("a") }`, `?.rmSync("a")`},
		"a catch":               {`import * as fs from "fs"; try {} catch (fs) { fs.rmSync("a") }`, `?.rmSync("a")`},
		"a function":            {`function run() {} run("npm install")`, `index.ts:run("npm install")`},
		"an own require":        {`function require(x) { return x } require("child_process").execSync("a")`, `?.execSync("a")`},
		"a let set later":       {`let fs; fs = require("fs"); fs.rmSync("a")`, `fs.rmSync("a")`},
		"a let set in a branch": {`let fs; if (a) { fs = require("fs") } fs.rmSync("a")`, `?.rmSync("a")`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calls(read(test.src))
			assert.Contains(t, got, test.want)
		})
	}
}

func TestFilesThatAreImportedAreFollowed(t *testing.T) {
	t.Parallel()
	facts := read(`
import { build } from "./lib/build.js";
import * as util from "./util";
import type { T } from "./types-exec";
import deploy from "./deploy";
const { old } = require("./old");
build("out");
util.shell("ls");
deploy();
old();
-- lib/build.ts --
import { execSync } from "child_process";
import { COMMAND } from "../constants";
export const build = (dir: string) => { execSync(COMMAND + dir); };
-- constants.ts --
export const COMMAND = "npm install --prefix ";
-- util/index.ts --
export * from "./shell";
-- util/shell.ts --
import { spawnSync } from "child_process";
export function shell(cmd: string) { spawnSync(cmd); }
-- types-exec.ts --
import { execSync } from "child_process";
execSync("type");
-- unreachable.ts --
import { execSync } from "child_process";
execSync("unreachable");
-- deploy.ts --
import { execSync } from "child_process";
export default function () { execSync("a"); }
-- old.js --
const cp = require("child_process");
exports.old = function () { cp.execSync("b"); };
if (require.main === module) { cp.execSync("main"); }
`)
	assert.Equal(t, []string{
		`child_process.execSync("a") in deploy.ts:default`,
		`lib/build.ts:build("out")`,
		`util/shell.ts:shell("ls")`,
		`deploy.ts:default()`,
		`old.js:old()`,
		`child_process.execSync("npm install --prefix out") in lib/build.ts:build`,
		`child_process.execSync("b") in old.js:old`,
		`child_process.spawnSync("ls"<string>) in util/shell.ts:shell`,
	}, calls(facts))
}

func TestOnlyFilesThatMatterAreParsed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		src   string
		files []string
		want  []string
	}{
		"no file mentions a word": {"import './a';\nother()\n-- a.ts --\nanother()", []string{"a.ts", "index.ts"}, []string{}},
		"one leads to a file that does": {
			"import './a'; import './b';\nother()\n-- a.ts --\nexec()\n-- b.ts --\nanother()",
			[]string{"a.ts", "b.ts", "index.ts"},
			[]string{"exec()", "other()"},
		},
		"an import in a comment": {
			"// import './a';\nexec()\n-- a.ts --\nexec(1)", []string{"index.ts"}, []string{"exec()"},
		},
		"an import of types": {
			"import { type A } from './a';\nexec()\n-- a.ts --\nexec(1)", []string{"index.ts"}, []string{"exec()"},
		},
		"declarations": {
			"import './a';\nexec()\n-- a.d.ts --\nexec(1)", []string{"index.ts"}, []string{"exec()"},
		},
		"TypeScript by the name of its JavaScript": {
			"import './a.mjs';\n-- a.mts --\nexec(1)", []string{"a.mts", "index.ts"}, []string{"exec(1)"},
		},
		"a folder above the program": {"import '../a';\nexec()", []string{"index.ts"}, []string{"exec()"}},
		"a waiver alone": {
			"// pipeguard:ignore x -- y\nother()", []string{"index.ts"}, []string{"other()"},
		},
		"files that import each other": {
			"import './a';\nexec()\n-- a.ts --\nimport './index';\nexec(1)", []string{"a.ts", "index.ts"}, []string{"exec(1)", "exec()"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts := typescript.Read(newTree(test.src), fact.Request{Entry: []string{"index.ts"}, Keywords: []string{"exec"}})
			assert.Equal(t, test.files, facts.Files)
			assert.Equal(t, test.want, calls(facts))
			assert.Empty(t, facts.Gaps)
		})
	}
}

func TestCommentsAndStringsAreNoCalls(t *testing.T) {
	t.Parallel()
	assert.Empty(t, read("// exec('a')\n/* exec('b') */\nconst s = \"exec('c')\";\nconst r = /exec('d')/;\n").Calls)
}

func TestCallsKnowTheirPlace(t *testing.T) {
	t.Parallel()
	facts := read("\nconst é = 1; exec(\n  'a');\n")
	require.Len(t, facts.Calls, 1)
	assert.Equal(t, "index.ts:2:15", facts.Calls[0].Location.String())
	assert.Equal(t, "const é = 1; exec(", facts.Calls[0].Snippet)
	assert.Equal(t, 3, facts.Calls[0].Args[0].Value.Location.Line)
	assert.Equal(t, fact.TypeScript, facts.Calls[0].Language)
}

func TestCommentsToPipeguardAreFound(t *testing.T) {
	t.Parallel()
	facts := read(`
// pipeguard:ignore a -- why
// and more

exec(); // pipeguard:ignore b -- because
/* pipeguard:ignore c -- so */
exec();
/*
 * pipeguard:ignore d -- long
 */
`)
	assert.Equal(t, []fact.Comment{
		{Location: location(2, 1), Text: "pipeguard:ignore a -- why", Alone: true, Next: 5},
		{Location: location(5, 9), Text: "pipeguard:ignore b -- because"},
		{Location: location(6, 1), Text: "pipeguard:ignore c -- so", Alone: true, Next: 7},
		{Location: location(8, 1), Text: "pipeguard:ignore d -- long", Alone: true},
	}, facts.Comments)
}

func location(line, column int) finding.Location {
	return finding.Location{File: "index.ts", Line: line, Column: column}
}

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		src    string
		budget tree.Budget
		want   []fact.Gap
	}{
		"nested too deeply": {
			"exec(" + strings.Repeat("[", 1200) + strings.Repeat("]", 1200) + ")", budget,
			[]fact.Gap{{File: "index.ts", Reason: "could not be parsed: it is nested too deeply"}},
		},
		"too large":        {strings.Repeat(" ", 3<<20), budget, []fact.Gap{{File: "index.ts", Reason: "is larger than 2 MB"}}},
		"binary":           {"exec\x00", budget, []fact.Gap{{File: "index.ts", Reason: "is binary"}}},
		"not in the tree":  {"-- other.ts --\nexec()", budget, []fact.Gap{{File: "index.ts", Reason: "could not be read: file does not exist"}}},
		"wrong in places":  {"exec(1);\n)))\n", budget, nil},
		"an import of it":  {"import './a';\n-- a.js --\nexec\x00", budget, []fact.Gap{{File: "a.js", Reason: "is binary"}}},
		"beyond the bytes": {"exec()", tree.Budget{Files: 9, Bytes: 1, Time: time.Minute}, []fact.Gap{{File: "index.ts", Reason: "is beyond the 0 MB of source that maxMegabytes allows"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := tree.New(files(test.src), test.budget, typescript.Endings...)
			facts := typescript.Read(source, fact.Request{Entry: []string{"index.ts"}, Keywords: words})
			assert.Equal(t, test.want, facts.Gaps)
		})
	}
}

func TestValuesThatNameEachOtherManyTimesAreBounded(t *testing.T) {
	t.Parallel()
	var src strings.Builder
	src.WriteString("const v0 = ['x'];\n")
	for i := range 40 {
		fmt.Fprintf(&src, "const v%d = [v%d, v%d, v%d];\n", i+1, i, i, i)
	}
	src.WriteString("exec(v40);\n")
	facts := read(src.String())
	require.Len(t, facts.Calls, 1)
	assert.LessOrEqual(t, strings.Count(dump(facts.Calls[0].Args[0].Value), "["), 6000)
}

func TestNamesThatGoInCirclesEnd(t *testing.T) {
	t.Parallel()
	var functions, modules strings.Builder
	for i := range 60 {
		fmt.Fprintf(&functions, "function f%d() { return f%d()(); }\n", i, (i+1)%60)
	}
	functions.WriteString("exec(f0());\n")
	for i := range 30 {
		fmt.Fprintf(&modules, "-- m%d.ts --\nexport * from './m%d'; export * from './m%d'; export * from './m%d';\n", i, (i+1)%30, (i+2)%30, (i+3)%30)
	}
	tests := map[string]string{
		"functions": functions.String(),
		"modules":   "import { a } from './m0';\nexec(a());\n" + modules.String(),
		"classes":   "class A extends B {} class B extends A {} exec(new A().x());",
		"variables": "const a = b.c, b = a.d; exec(a, b.exec());",
		"fields":    "class A { x = this.y; y = this.x; f() { exec(this.x); } }",
		"objects":   "const a = { f: b.f }; const b = { f: a.f }; exec(a.f());",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts := typescript.Read(newTree(src), fact.Request{Entry: []string{"index.ts"}, Keywords: []string{"exec"}})
			assert.NotEmpty(t, facts.Calls)
		})
	}
}

func TestHandlersAreLambdaShapedFilesInSubfolders(t *testing.T) {
	t.Parallel()
	got := typescript.Handlers(newTree(`
export const handler = async () => {};
-- a/const.ts --
export const handler = async (event: any) => {};
-- a/function.mjs --
export async function handler(event) {}
-- a/clause.ts --
const handler = () => {};
export { handler };
-- a/renamed.ts --
const main = () => {};
export { main as handler };
-- b/exports.js --
exports.handler = async (event) => {};
-- b/module.js --
module.exports.handler = function () {};
-- b/object.cjs --
const handler = () => {};
module.exports = { handler };
-- c/program.ts --
import * as pulumi from "@pulumi/pulumi";
export const handler = () => {};
-- c/inner.ts --
const handler = () => {};
-- c/comment.ts --
// export const handler = () => {};
-- c/a.test.ts --
export const handler = () => {};
-- c/__tests__/a.ts --
export const handler = () => {};
-- node_modules/a/index.js --
exports.handler = () => {};
-- c/types.d.ts --
export declare const handler: any;
`))
	assert.Equal(t, []string{
		"a/clause.ts", "a/const.ts", "a/function.mjs", "a/renamed.ts", "b/exports.js", "b/module.js", "b/object.cjs",
	}, got)
}

func FuzzRead(f *testing.F) {
	f.Add("import { run } from './a';\nrun(`x${y}`, {...z}, [a, ...b]);", "export const run = (x: any) => exec(x);")
	f.Add("class A extends B { constructor(private x = 1) { super(); this.y = x; } get z() { return this.y } }", "module.exports = { a }")
	f.Add("const { a: { b = 1 }, ...c } = require('./a'); b.c['d'] = e; for (x of y) x++;", "exports.a = exports.b = require('./index')")
	f.Add("export * from './a'; export default function () { return arguments } // @ts-ignore", "export * from './index'; export { x as y }")
	f.Add("const x = y; const y = x; x(y(x)); function f(g) { return f(f) } f(f)", "import x = require('./index'); export = x;")
	f.Add("((((", "`${`${")
	f.Fuzz(func(t *testing.T, index, other string) {
		for _, ending := range []string{".ts", ".js"} {
			source := tree.New(fstest.MapFS{
				"index" + ending:  {Data: []byte(index)},
				"a" + ending:      {Data: []byte(other)},
				"sub/a" + ending:  {Data: []byte(other)},
				"sub/bb" + ending: {Data: []byte(index)},
			}, tree.Budget{Files: 10, Bytes: 1 << 20, Time: 10 * time.Second}, typescript.Endings...)
			typescript.Handlers(source)
			facts := typescript.Read(source, fact.Request{Entry: []string{"index" + ending}, Keywords: []string{"", "exec"}, Fragment: true})
			for _, c := range facts.Calls {
				require.NotEmpty(t, c.Func)
				require.LessOrEqual(t, len(dumpCall(c)), 10<<20)
			}
		}
	})
}

// BenchmarkRead reads a program of 1,000 files and 10 MB, 20 of which matter.
func BenchmarkRead(b *testing.B) {
	filler := strings.Repeat("export function sum(a: number, b: number): number { return [a, b].reduce((x, y) => x + y, 0); }\n", 105)
	fsys := fstest.MapFS{}
	var index strings.Builder
	var hub strings.Builder
	for i := range 1000 {
		text := filler
		if i%50 == 0 {
			text += "import { execSync } from \"child_process\";\nexport function make() { execSync(\"npm ci\"); }\n"
		}
		fsys[fmt.Sprintf("lib/part%d.ts", i)] = &fstest.MapFile{Data: []byte(text)}
		fmt.Fprintf(&hub, "import * as part%d from \"./part%d\";\npart%d.sum(1, 2);\n", i, i, i)
		if i%50 == 49 {
			fsys[fmt.Sprintf("lib/hub%d.ts", i)] = &fstest.MapFile{Data: []byte(hub.String())}
			fmt.Fprintf(&index, "import \"./lib/hub%d\";\n", i)
			hub.Reset()
		}
	}
	fsys["index.ts"] = &fstest.MapFile{Data: []byte(index.String())}
	for b.Loop() {
		source := tree.New(fsys, budget, typescript.Endings...)
		facts := typescript.Read(source, fact.Request{Entry: []string{"index.ts"}, Keywords: []string{"child_process"}})
		if len(facts.Gaps) > 0 || len(facts.Files) != 1021 {
			b.Fatal(facts.Gaps, len(facts.Files))
		}
	}
}
