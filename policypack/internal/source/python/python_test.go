package python_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/python"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var budget = tree.Budget{Files: 10_000, Bytes: 64 << 20, Time: time.Minute}

// words are mentioned by every source of these tests that is to matter.
var words = []string{"(", "{"}

// fileTree returns a tree of files given as "name", "content", ….
func fileTree(files ...string) *tree.Tree {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return tree.New(fsys, budget, python.Endings...)
}

// value returns a value as text: a Hole is "…".
func value(v fact.Value) string {
	var text string
	switch v.Kind {
	case fact.Unknown:
		text = "?"
	case fact.Text:
		text = fmt.Sprintf("%q", strings.ReplaceAll(v.Text, fact.Hole, "…"))
	case fact.Bytes:
		text = "bytes"
	case fact.Scalar:
		text = v.Text
	case fact.Closure:
		text = "func " + v.Text
	case fact.Result:
		text = "<" + v.Call.Func + ">"
	case fact.List:
		var items []string
		for _, item := range v.Items {
			items = append(items, value(item))
		}
		if v.Open {
			items = append(items, "...")
		}
		text = "[" + strings.Join(items, ", ") + "]"
	case fact.Dict:
		var fields []string
		for _, f := range v.Fields {
			fields = append(fields, strings.ReplaceAll(f.Key, fact.Hole, "…")+": "+value(f.Value))
		}
		if v.Open {
			fields = append(fields, "...")
		}
		text = "{" + strings.Join(fields, ", ") + "}"
	}
	if v.Type != "" {
		text += ":" + v.Type
	}
	if v.Checked {
		text += "!"
	}
	if len(v.Uses) > 0 {
		text += "@" + strings.Join(v.Uses, ",")
	}
	return text
}

func call(c *fact.Call) string {
	var args []string
	for _, a := range c.Args {
		if a.Name != "" {
			args = append(args, a.Name+"="+value(a.Value))
		} else {
			args = append(args, value(a.Value))
		}
	}
	return c.Func + "(" + strings.Join(args, ", ") + ")"
}

// calls returns all calls of the facts, one a line, with their function if any.
func calls(facts fact.Facts) []string {
	var lines []string
	for _, c := range facts.Calls {
		line := call(c)
		if c.In != "" {
			line = c.In + " > " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// read returns the calls of a program of one file.
func read(src string) []string {
	t := fileTree("__main__.py", src)
	return calls(python.Read(t, fact.Request{Entry: []string{"__main__.py"}, Keywords: words}))
}

func TestACallHasItsArguments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ src, want string }{
		"a string":                   {"f = g('a' \"b\")\n", `?("ab")`},
		"an alias of a module":       {"import subprocess as sp\nsp.run(['a'])\n", `subprocess.run(["a"])`},
		"an alias of a name":         {"from subprocess import run as r\nr('a')\n", `subprocess.run("a")`},
		"an alias by a variable":     {"import os\ngo = os.system\ngo('a')\n", `os.system("a")`},
		"an inner module":            {"from pulumi_aws.s3.bucket_notification import BucketNotification\nBucketNotification('a')\n", `pulumi_aws.s3.BucketNotification("a")`},
		"inputs of an SDK":           {"import pulumi_aws as aws\naws.s3._inputs.BucketArgs()\n", `pulumi_aws.s3.BucketArgs()`},
		"a submodule":                {"import pulumi_aws.s3 as s3\ns3.Bucket('b')\n", `pulumi_aws.s3.Bucket("b")`},
		"a dotted import":            {"import os.path\nos.path.exists('b')\n", `os.path.exists("b")`},
		"a shadowed module":          {"import subprocess\ndef f(subprocess):\n    subprocess.run('a')\n", `__main__.py:f > ?.run("a")`},
		"a function called run":      {"def run(x):\n    pass\nrun(['pip', 'install'])\n", `__main__.py:run(["pip", "install"])`},
		"an f-string":                {"import os\nx = os.environ['A']\nos.system(f'pip {x} {1} {{a}}')\n", `os.system("pip … 1 {a}")`},
		"percent":                    {"import os\nos.system('a %s %d%%' % ('b', n))\n", `os.system("a b …%")`},
		"format":                     {"import os\nos.system('a {} {x} {y:3}'.format('b', x='c', y=1))\n", `os.system("a b c …")`},
		"a sum":                      {"import os\na = 'x'\nos.system(a + ' ' + b)\n", `os.system("x …")`},
		"a join":                     {"import os\nos.system(' '.join(['a', 'b', c]))\n", `os.system("a b …")`},
		"paths":                      {"import os, shutil\nd = os.path.join(os.path.dirname(__file__), 'a')\nshutil.rmtree(os.path.join(d, 'b'))\n", `shutil.rmtree("…/a/b")`},
		"a pathlib path":             {"from pathlib import Path\nimport shutil\nshutil.rmtree(Path('a') / 'b' / 'c')\n", `shutil.rmtree("a/b/c")`},
		"a path's method":            {"from pathlib import Path\n(Path(__file__).parent / 'b').mkdir()\n", `pathlib.Path().mkdir()`},
		"a list that grows":          {"import os\nc = ['a']\nc.append('b')\nc += ['c']\nc.extend(['d'])\nos.execv(c)\n", `os.execv(["a", "b", "c", "d"]@.extend)`},
		"a list that may grow":       {"import os\nc = ['a']\nif x:\n    c.append('b')\nos.execv(c)\n", `os.execv(["a", ...]@.append)`},
		"a list that may grow by +=": {"import os\nc = ['a']\nif x:\n    c += ['b']\nos.execv(c)\n", `os.execv(["a", ...])`},
		"a branch":                   {"import os\nc = 'a'\nif x:\n    c = 'b'\nos.system(c)\n", `os.system(?)`},
		"assigned again":             {"import os\nc = 'a'\nos.system(c)\nc = 'b'\nos.system(c)\n", `os.system("b")`},
		"the interpreter":            {"import sys, subprocess\nsubprocess.run([sys.executable, '-m', 'pip'])\n", `subprocess.run(["python", "-m", "pip"])`},
		"keywords of a dict":         {"a = {'x': 1}\nb = dict(y=2, **a)\nprint(**b, z=3)\n", `print(y=2, x=1, z=3)`},
		"an open dict":               {"a = {'x': 1, **c}\nprint(**a)\n", `print(x=1, **={x: 1, ...})`},
		"a dict that is set":         {"a = {}\na['x'] = True\nprint(**a)\n", `print(x=True)`},
		"a list of arguments":        {"a = ['x', 1]\nprint(*a, 2)\n", `print("x", 1, 2)`},
		"a checked dict":             {"import pulumi_aws as aws\na: aws.s3.BucketNotificationQueueArgsDict = {'events': []}\nprint(a)\n", `print({events: []}:pulumi_aws.s3.BucketNotificationQueueArgsDict!)`},
		"a checked list":             {"from pulumi_aws import s3\na: list[s3.XArgsDict] = [{}]\nprint(a)\n", `print([{}:pulumi_aws.s3.XArgsDict!]:list[pulumi_aws.s3.XArgsDict])`},
		"a text type":                {"from pulumi_aws import s3\na: 's3.XArgsDict | None' = {}\nprint(a)\n", `print({}:pulumi_aws.s3.XArgsDict!)`},
		"any":                        {"from typing import Any\na: dict[str, Any] = {}\nprint(a)\n", `print({}:dict[str, typing.Any])`},
		"a cast":                     {"from typing import cast\nprint(cast('x.YArgsDict', {'a': 1}))\n", `print({a: 1}:x.YArgsDict)`},
		"a result":                   {"import io\nb = io.BytesIO()\nimg.save(b)\nb.seek(0)\nprint(b)\n", `print(<io.BytesIO>@?.save,.seek)`},
		"a method of a result":       {"import boto3\ns3 = boto3.client('s3')\ns3.put_object(Body=b'')\n", `boto3.client().put_object(Body=bytes)`},
		"a member":                   {"import boto3\nboto3.resource('s3').meta.client.upload_file('a')\n", `boto3.resource().meta.client.upload_file("a")`},
		"a body":                     {"import boto3\ns3 = boto3.client('s3')\nprint(s3.get_object(Key='k')['Body'])\n", `print(<boto3.client().get_object()["Body"]>)`},
		"uses in a loop":             {"import io\nb = io.BytesIO()\nfor x in y:\n    print(b)\n    b.seek(0)\n", `print(<io.BytesIO>@.seek)`},
		"with":                       {"with open('p', 'rb') as f:\n    print(f)\n", `print(<open>)`},
		"a parameter":                {"import subprocess\ndef sh(cmd):\n    subprocess.run(cmd, shell=True)\nsh('pip install')\n", `__main__.py:sh("pip install")`},
		"a global function":          {"s3 = None\ndef client():\n    global s3\n    import boto3\n    s3 = boto3.client('s3')\nclient()\ndef f():\n    s3.put_object()\n", `__main__.py:f > boto3.client().put_object()`},
		"a comprehension":            {"print([f'-{x}' for x in y])\n", `print(["-…", ...])`},
		"a choice":                   {"print('a' if x else 'a', ['p', 'i'] if x else ['p', 'u'])\n", `print("a", ["p", ...])`},
		"a walrus":                   {"if (a := 'x'):\n    print(a)\n", `print("x")`},
		"a star import":              {"from subprocess import *\nrun('a')\n", `subprocess.run("a")`},
		"a base class":               {"import pulumi_aws as aws\nclass B(aws.s3.Bucket):\n    def __init__(self, n, **k):\n        super().__init__(n, **k)\nx = B('a', acl='b')\n", `__main__.py:B("a", acl="b")`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Contains(t, read(test.src), test.want)
		})
	}
}
