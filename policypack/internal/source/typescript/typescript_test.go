package typescript_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/typescript"
)

// words stand for what the rules look for.
var words = []string{
	"child_process", "exec", "rmSync", "Bucket", "Command", "fs", "handler", "run", "zip", "test-word",
}

var budget = tree.Budget{Files: 5000, Bytes: 100 << 20, Time: time.Minute}

// files are a tree written as "-- name --" lines, each followed by its content.
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
	return typescript.Read(t, fact.Request{Entry: []string{entry}, Words: words})
}

// dump is a value in brief: its kind by its brackets, "?" for what is unknown,
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

// calls are the calls that were found, in brief.
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
		"a tagged template":     {"import { $ } from \"zx\"; $`npm exec ${x}`", `zx.$("npm exec □")`},
		"an unknown receiver":   {`export function f(x) { x.exec(1) }`, `?.exec(1) in index.ts:f`},
		"an unknown function":   {`export function f(exec) { exec(1) }`, `?(1) in index.ts:f`},
		"a shadowing parameter": {`import { execSync } from "child_process"; function f(execSync) { execSync("a") }`, `?("a") in index.ts:f`},
		"a shadowing local":     {`import * as fs from "fs"; { const fs = make(); fs.rmSync("a") }`, `make().rmSync("a")`},
		"a variable set twice":  {`let fs = require("fs"); fs = other; fs.rmSync("a")`, `?.rmSync("a")`},
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
