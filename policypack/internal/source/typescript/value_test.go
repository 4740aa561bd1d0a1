package typescript_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/typescript"
)

// values returns the arguments of the last call of run, which is no function of the
// program, in each file.
func values(facts fact.Facts) string {
	var last []string
	for _, c := range facts.Calls {
		if c.Func == "run" {
			last = nil
			for _, a := range c.Args {
				last = append(last, dump(a.Value))
			}
		}
	}
	return strings.Join(last, ", ")
}

func TestValuesAreFollowed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ src, want string }{
		"a string":                 {`run('a\n"\x41\u{42}\u0043')`, `"a\n\"ABC"`},
		"a template":               {"run(`npm ${what} ${'x'} ${1}`)", `"npm □ x 1"`},
		"a concatenation":          {`run("npm " + what + " -g")`, `"npm □ -g"`},
		"a sum":                    {`run(a + b)`, `?`},
		"scalars":                  {`run(1, -1, true, null, undefined)`, `1, -1, true, null, undefined`},
		"a list":                   {`const more = ["c"]; run(["a", ...more, ...what])`, `["a" "c" ...]`},
		"a spread of arguments":    {`const all = ["a", "b"]; run(...all, "c")`, `"a", "b", "c"`},
		"an unknown spread":        {`run("a", ...what, "c")`, `"a", ?, ?`},
		"a constant":               {`const a = "x"; const b = a; run(b)`, `"x"`},
		"a variable set again":     {`let a = "x"; a = "y"; run(a)`, `"y"`},
		"a variable counted up":    {`let a = 1; a++; run(a)`, `?`},
		"a variable set late":      {`let a; a = "x"; run(a)`, `"x"`},
		"a variable set in an if":  {`let a; if (b) { a = "x" } run(a)`, `?`},
		"a loop variable":          {`for (const a of ["x"]) run(a)`, `?`},
		"a circle":                 {`const a = b; const b = a; run(a)`, `?`},
		"a path":                   {`import * as path from "path"; run(path.join("a", "..", "b", "c"))`, `"b/c"`},
		"a path of here":           {`import path from "node:path"; run(path.resolve(__dirname, "..", "b"))`, `"□/../b"`},
		"joined words":             {`run(["npm", "ci"].join(" "))`, `"npm ci"`},
		"an array pushed to":       {`const a = ["x"]; a.push("y"); run(a)`, `["x" "y"]{.push}`},
		"an array changed":         {`const a = ["x"]; a[0] = "y"; run(a)`, `["y"]`},
		"filtered":                 {`run(["a", x && "b"].filter(Boolean))`, `["a" ? ...]`},
		"concatenated":             {`run(["a"].concat(["b"]))`, `["a" "b"]`},
		"mapped":                   {`run(names.map((n) => ({ name: n, k: 1 })))`, `[{name:? k:1} ...]`},
		"an object":                {`const a = 1; run({ a, "b": 2, ["c"]: 3, [d]: 4, e() {}, ...f })`, `{a:1 b:2 c:3 □:4 e:func ...}`},
		"an object spread":         {`const base = { a: 1 }; run({ ...base, b: 2 })`, `{a:1 b:2}`},
		"an object added to":       {`const o = {}; o.a = 1; run(o)`, `{a:1}`},
		"an object added to maybe": {`const o = {}; if (x) { o.a = 1; } run(o)`, `{a:1 ...}`},
		"an object deleted from":   {`const o = {a: 1}; delete o.a; run(o)`, `{a:1 ...}`},
		"Object.assign":            {`run(Object.assign({}, {a: 1}, {b: 2}))`, `{a:1 b:2}`},
		"assigned into":            {`const o = {a: 1}; Object.assign(o, x); run(o)`, `{a:1 ...}{Object.assign}`},
		"a property":               {`const o = {a: {b: "x"}}; run(o.a.b)`, `"x"`},
		"a changed property":       {`const o = {a: "x"}; o.a = y; run(o.a)`, `?`},
		"a destructured property":  {`const { a: { b } } = { a: { b: "x" } }; run(b)`, `"x"`},
		"one with a default":       {`const { a = "y" } = { a: "x" }; run(a)`, `"x"`},
		"functions":                {`function f() {} run(() => 1, function () {}, f)`, `func, func, func`},
		"the result of a call":     {`run(make(1))`, `make()`},
		"of a constructor":         {`import * as aws from "@pulumi/aws"; run(new aws.s3.Bucket("b"))`, `@pulumi/aws.s3.Bucket()`},
		"a property of a result":   {`import * as aws from "@pulumi/aws"; const b = new aws.s3.Bucket("b"); run(b.id)`, `@pulumi/aws.s3.Bucket().id()`},
		"what a function returns":  {`function f(p) { return { a: p } } run(f(1))`, `{a:1}`},
		"of two returns":           {`function f(p) { if (p) { return 1 } return 2 } run(f(1))`, `index.ts:f()`},
		"an argument":              {`function f(cmd) { run(cmd) } f("x")`, `"x"`},
		"one of two calls":         {`function f(cmd) { run(cmd) } f("x"); f("y")`, `?`},
		"of a function handed on":  {`function f(cmd) { run(cmd) } f("x"); all.map(f)`, `?`},
		"of an argument object":    {`function f({ cmd }) { run(cmd) } f({ cmd: "x" })`, `"x"`},
		"a method's argument":      {`class A { f(cmd: string) { run(cmd) } } new A().f("x")`, `"x"<string>`},
		"a constructor's argument": {`class A { constructor(private cmd: string) {} f() { run(this.cmd) } } new A("x").f()`, `"x"<string>`},
		"a field":                  {`class A { cmd = "x"; f() { run(this.cmd) } }`, `"x"`},
		"a field set once":         {`class A { cmd: string; constructor() { this.cmd = "x"; } f() { run(this.cmd) } }`, `"x"<string>`},
		"a field set twice":        {`class A { cmd = "x"; g() { this.cmd = "y"; } f() { run(this.cmd) } }`, `?`},
		"a list field pushed to":   {`class A { l = ["x"]; g() { this.l.push("y"); } f() { run(this.l) } }`, `["x" ...]{.push}`},
		"interpolated":             {"import * as pulumi from \"@pulumi/pulumi\"; run(pulumi.interpolate`npm ${b.id}`)", `"npm □"`},
		"concat":                   {`import { concat } from "@pulumi/pulumi"; run(concat("npm ", b.id))`, `"npm □"`},
		"an output":                {`import * as pulumi from "@pulumi/pulumi"; run(pulumi.output("x"), b.id.apply(i => i))`, `?, ?`},
		"a choice":                 {`run(a ? "x" : "y", a || "z")`, `"□", ?`},
		"piped":                    {`import { PassThrough } from "stream"; const b = from.pipe(new PassThrough()); run(b)`, `stream.PassThrough()`},
		"piped elsewhere":          {`run(from.pipe(map(f)))`, `from.pipe()`},
		"awaited":                  {`run(await make())`, `make()`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, values(read(test.src)))
		})
	}
}

func TestTheCompilersViewOfAnObject(t *testing.T) {
	t.Parallel()
	const aws = `import * as aws from "@pulumi/aws"; import * as pulumi from "@pulumi/pulumi"; `
	tests := map[string]struct{ file, src, want string }{
		"a literal":               {"index.ts", `run({ a: [{ b: 1 }] })`, `{a:[{b:1}]}`},
		"in JavaScript":           {"index.js", `run({ a: 1 })`, `{a:1}!`},
		"in checked JavaScript":   {"index.js", "// @ts-check\nrun({ a: 1 })", `{a:1}`},
		"in TSX":                  {"index.tsx", `run({ a: 1 })`, `{a:1}`},
		"as any":                  {"index.ts", `run({ a: [{ b: 1 }] } as any)`, `{a:[{b:1}!]}!<any>`},
		"a cast of old":           {"index.ts", `run(<any>{ a: 1 })`, `{a:1}!<any>`},
		"through unknown":         {"index.ts", aws + `run({ a: 1 } as unknown as aws.s3.BucketArgs)`, `{a:1}!<@pulumi/aws.s3.BucketArgs>`},
		"a cast, a dot":           {"index.ts", `import { s3 } from "@pulumi/aws"; run({ a: 1 } as s3.BucketArgs)`, `{a:1}!<@pulumi/aws.s3.BucketArgs>`},
		"as const":                {"index.ts", `run({ a: 1 } as const)`, `{a:1}`},
		"satisfies":               {"index.ts", aws + `run({ a: 1 } satisfies aws.s3.BucketArgs)`, `{a:1}<@pulumi/aws.s3.BucketArgs>`},
		"a variable":              {"index.ts", `const o = { a: 1 }; run([o])`, `[{a:1}]`},
		"of a type":               {"index.ts", aws + `const o: aws.types.input.s3.Lambda[] = [{ a: 1 }]; run(o)`, `[{a:1}]<@pulumi/aws.types.input.s3.Lambda[]>`},
		"of a wrapped type":       {"index.ts", aws + `const o: pulumi.Input<aws.s3.BucketArgs> = { a: 1 }; run(o)`, `{a:1}<@pulumi/pulumi.Input<@pulumi/aws.s3.BucketArgs>>`},
		"of any":                  {"index.ts", `const o: any = { a: 1 }; run({ o })`, `{o:{a:1}!<any>}`},
		"of a list of any":        {"index.ts", `const o: any[] = [{ a: 1 }]; run(o)`, `[{a:1}!]<any[]>`},
		"of a record":             {"index.ts", `const o: Record<string, any> = { a: 1 }; run(o)`, `{a:1}!<Record<string, any>>`},
		"of object":               {"index.ts", `const o: object = { a: 1 }; run(o)`, `{a:1}!<object>`},
		"of an index":             {"index.ts", `const o: { [key: string]: any } = { a: 1 }; run(o)`, `{a:1}!<{ [key: string]: any }>`},
		"of an alias of any":      {"index.ts", `type Loose = any; const o: Loose = { a: 1 }; run(o)`, `{a:1}!<any>`},
		"of Inputs":               {"index.ts", aws + `const o: pulumi.Inputs = { a: 1 }; run(o)`, `{a:1}!<@pulumi/pulumi.Inputs>`},
		"cast before it is typed": {"index.ts", `const o: Real = { a: 1 } as any; run(o)`, `{a:1}!<any>`},
		"a parameter of any":      {"index.ts", `export function f(o: any) { run(o, o.b) }`, `?<any>, ?<any>`},
		"parsed":                  {"index.ts", `run(JSON.parse(x))`, `JSON.parse()<any>`},
		"of a function of any":    {"index.ts", `function f(): any { return { a: 1 } } run(f())`, `{a:1}!<any>`},
		"an ignored line":         {"index.ts", "// @ts-ignore\nrun({ a: 1 })", `{a:1}!`},
		"an ignored line within":  {"index.ts", "run({\n  // @ts-expect-error\n  a: 1 })", `{a:1}!`},
		"an ignored other line":   {"index.ts", "// @ts-ignore\nother();\nrun({ a: 1 })", `{a:1}`},
		"a file not checked":      {"index.ts", "// @ts-nocheck\nrun({ a: 1 })", `{a:1}!`},
		"an imported type":        {"index.ts", `import type { A } from "@pulumi/aws/s3"; const o: A = { a: 1 }; run(o)`, `{a:1}<@pulumi/aws.s3.A>`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, values(read("-- "+test.file+" --\n"+test.src)))
		})
	}
}

func TestWhatHappensToAValueIsKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ src, want string }{
		"nothing":          {`const b = new X(); run(b); b.end()`, `X()`},
		"methods":          {`const b = new X(); b.on("a", f); if (c) b.end(); run(b)`, `X(){.on,.end}`},
		"passed":           {`const b = new X(); fill(b); make().pipe(b); run({ Body: b })`, `{Body:X(){fill,make().pipe}}`},
		"passed within":    {`const b = new X(); fill({ to: [b] }); run(b)`, `X(){fill}`},
		"under two names":  {`const b = new X(); b.seek(0); const c = b; c.end(); run(c)`, `X(){.seek,.end}`},
		"another's method": {`const b = new X(); { const b = other(); b.end(); } run(b)`, `X()`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, values(read(test.src)))
		})
	}
}

func TestFunctionsOfTheProgramAreNamedAfterTheirFile(t *testing.T) {
	t.Parallel()
	facts := read(`
class Site extends pulumi.ComponentResource {
  private out = exec("field");
  constructor() { super("site", "x"); this.build(); exec("constructor"); }
  private build() { exec("method"); this.later(); this.registerOutputs({}); }
  later = async () => { exec("arrow"); };
  static all() { exec("static"); }
}
async function main() {
  const site = new Site();
  site.build();
  const inner = () => exec("inner");
  inner();
  await Promise.all([1].map(async (x) => exec("anonymous")));
}
const tools = { zip() { exec("object"); }, tar: () => exec("pair") };
tools.zip();
tools.tar();
Site.all();
(async () => { exec("iife"); })();
main();
`)
	want := []string{
		`exec("field") in index.ts:Site`,
		`pulumi.ComponentResource("site", "x") in index.ts:Site`,
		`index.ts:Site.build() in index.ts:Site`,
		`exec("constructor") in index.ts:Site`,
		`exec("method") in index.ts:Site.build`,
		`index.ts:Site.later() in index.ts:Site.build`,
		`pulumi.ComponentResource().registerOutputs({}) in index.ts:Site.build`,
		`exec("arrow") in index.ts:Site.later`,
		`exec("static") in index.ts:Site.all`,
		`index.ts:Site() in index.ts:main`,
		`index.ts:Site.build() in index.ts:main`,
		`exec("inner") in index.ts:main.inner`,
		`index.ts:main.inner() in index.ts:main`,
		`Promise.all([exec() ...]) in index.ts:main`,
		`?.map(func) in index.ts:main`,
		`exec("anonymous") in index.ts:main`,
		`exec("object") in index.ts:tools.zip`,
		`exec("pair") in index.ts:tools.tar`,
		`index.ts:tools.zip()`,
		`index.ts:tools.tar()`,
		`index.ts:Site.all()`,
		`?()`,
		`exec("iife")`,
		`index.ts:main()`,
	}
	assert.Equal(t, want, calls(facts))
	var ways []string
	for _, c := range facts.Calls {
		if c.Func == "exec" && dumpCall(c) == `exec("arrow") in index.ts:Site.later` {
			for _, from := range facts.CalledFrom(c) {
				ways = append(ways, from.Func)
			}
		}
	}
	assert.Equal(t, []string{"index.ts:Site.later", "index.ts:Site.build", "index.ts:Site", "index.ts:main"}, ways)
}

func TestCallbacksThatBecomeLambdasAreNoPartOfTheProgram(t *testing.T) {
	t.Parallel()
	got := calls(read(`
import * as aws from "@pulumi/aws";
import { execSync } from "child_process";
const handler = async () => { execSync("ffmpeg"); };
const bucket = new aws.s3.Bucket("b");
bucket.onObjectCreated("made", handler);
new aws.lambda.CallbackFunction("f", { callback: () => { execSync("ffprobe"); } });
bucket.id.apply(() => { execSync("npm ci"); });
`))
	assert.NotContains(t, got, `child_process.execSync("ffmpeg") in index.ts:handler`)
	assert.Contains(t, got, `@pulumi/aws.s3.Bucket().onObjectCreated("made", func)`)
	assert.Contains(t, got, `@pulumi/aws.lambda.CallbackFunction("f", {callback:func})`)
	assert.Contains(t, got, `child_process.execSync("npm ci")`)
	assert.Len(t, got, 5)
}

func TestAFragmentMeansTheUsual(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fragment bool
		src      string
		want     string
	}{
		"a fragment":         {true, `execSync("npm ci")`, `child_process.execSync("npm ci")`},
		"a class":            {true, `new aws.s3.Bucket("b")`, `@pulumi/aws.s3.Bucket("b")`},
		"a client":           {true, `s3.send(new PutObjectCommand({}))`, `@aws-sdk/client-s3.S3Client().send(@aws-sdk/client-s3.PutObjectCommand())`},
		"a program":          {false, `execSync("npm ci")`, `execSync("npm ci")`},
		"one with an import": {true, `import * as fs from "fs"; execSync("npm ci")`, `execSync("npm ci")`},
		"one with a require": {true, `const fs = require("fs"); execSync("npm ci")`, `execSync("npm ci")`},
		"an own function":    {true, `function execSync() {} execSync("npm ci")`, `index.ts:execSync("npm ci")`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts := typescript.Read(newTree(test.src), fact.Request{
				Entry: []string{"index.ts"}, Keywords: []string{"exec", "Bucket", "Command"}, Fragment: test.fragment,
			})
			assert.Contains(t, calls(facts), test.want)
		})
	}
}
