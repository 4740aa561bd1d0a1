package python_test

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
	"github.com/pipeguard/pipeguard/policypack/internal/source/python"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// marked returns the calls that a program of these files makes with the word
// "here" among its arguments.
func marked(words []string, files ...string) []string {
	facts := python.Read(fileTree(files...), fact.Request{Entry: []string{files[0]}, Keywords: words})
	var lines []string
	for _, line := range calls(facts) {
		if strings.Contains(line, "here") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestFilesThatTheEntryImportsCount(t *testing.T) {
	t.Parallel()
	const helper = "import os\nos.system('here')\n"
	called := []string{`os.system("here")`}
	tests := map[string]struct {
		files []string
		want  []string
	}{
		"by name":               {[]string{"__main__.py", "import lib.build\n", "lib/build.py", helper}, called},
		"from a package":        {[]string{"__main__.py", "from lib import (\n    build as b,  # a comment)\n)\n", "lib/__init__.py", "", "lib/build.py", helper}, called},
		"from a bare folder":    {[]string{"__main__.py", "from lib import build\n", "lib/build.py", helper}, called},
		"a name of a module":    {[]string{"__main__.py", "from lib.build import x, y\n", "lib/build.py", helper}, called},
		"a package's init":      {[]string{"__main__.py", "import lib.other\n", "lib/__init__.py", helper, "lib/other.py", ""}, called},
		"relative":              {[]string{"__main__.py", "import lib\n", "lib/__init__.py", "from . import a\n", "lib/a.py", "from .b import c\n", "lib/b.py", helper}, called},
		"relative to a parent":  {[]string{"__main__.py", "import lib.a.b\n", "lib/a/b.py", "from ..c import d\n", "lib/c.py", helper}, called},
		"star":                  {[]string{"__main__.py", "from lib import *\n", "lib.py", helper}, called},
		"in a function":         {[]string{"__main__.py", "def f():\n    try:\n        import lib\n    except ImportError:\n        pass\n", "lib.py", helper}, called},
		"on one line":           {[]string{"__main__.py", "import os; import lib\n", "lib.py", helper}, called},
		"over lines":            {[]string{"__main__.py", "from lib \\\n  import x\n", "lib.py", helper}, called},
		"by importlib":          {[]string{"__main__.py", "import importlib\nimportlib.import_module('lib.a')\n", "lib/a.py", helper}, called},
		"beside a nested entry": {[]string{"infra/__main__.py", "import lib\n", "infra/lib.py", helper, "lib.py", ""}, called},
		"the main block":        {[]string{"__main__.py", "if __name__ == '__main__':\n    import lib\n", "lib.py", helper}, called},
		"other's main block":    {[]string{"__main__.py", "import lib\n", "lib.py", "import os\nif __name__ == \"__main__\":\n    os.system('here')\n"}, nil},
		"for types":             {[]string{"__main__.py", "import typing\nif typing.TYPE_CHECKING:\n    import lib\n", "lib.py", helper}, nil},
		"in a docstring":        {[]string{"__main__.py", "\"\"\"\nimport lib\n\"\"\"\n", "lib.py", helper}, nil},
		"in a comment":          {[]string{"__main__.py", "# import lib\n", "lib.py", helper}, nil},
		"a script beside it":    {[]string{"__main__.py", "import os\n", "lib.py", helper}, nil},
		"outside the folder":    {[]string{"infra/__main__.py", "import lib\n", "lib.py", helper}, nil},
		"a cycle":               {[]string{"__main__.py", "import a\n", "a.py", "import b\n", "b.py", "import a\n" + helper}, called},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, marked([]string{"here"}, test.files...))
		})
	}
}

func TestNamesAreFollowedAcrossFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files []string
		want  []string
	}{
		"a helper called once": {
			[]string{
				"__main__.py", "from lib.sh import run\nrun('here')\n",
				"lib/sh.py", "import subprocess\ndef run(cmd, check=True):\n    subprocess.run(cmd, check=check)\n",
			},
			[]string{`lib/sh.py:run("here")`, `lib/sh.py:run > subprocess.run("here", check=True)`},
		},
		"a helper called twice": {
			[]string{"__main__.py", "import os\ndef sh(c):\n    os.system(c)\nsh('here')\nsh('other')\n"},
			[]string{`__main__.py:sh("here")`},
		},
		"a helper passed around": {
			[]string{"__main__.py", "import os\ndef sh(c):\n    os.system(c)\nsh('here')\nmap(sh, x)\n"},
			[]string{`__main__.py:sh("here")`},
		},
		"a constant": {
			[]string{"__main__.py", "import os, settings\nos.system(settings.CMD)\n", "settings.py", "CMD = 'here'\n"},
			[]string{`os.system("here")`},
		},
		"a module's alias": {
			[]string{"__main__.py", "from lib import sp\nsp.run('here')\n", "lib.py", "import subprocess as sp\n"},
			[]string{`subprocess.run("here")`},
		},
		"a method": {
			[]string{"__main__.py", "from lib import Builder\nBuilder('a').make('here')\n", "lib.py", "class Builder:\n    def __init__(self, n): pass\n    def make(self, x): self.sh(x)\n    def sh(self, x): print(x)\n"},
			[]string{`lib.py:Builder.make("here")`, `lib.py:Builder.make > lib.py:Builder.sh("here")`, `lib.py:Builder.sh > print("here")`},
		},
		"an attribute of self": {
			[]string{"__main__.py", "import io\nclass A:\n    def __init__(self):\n        self.b = io.BytesIO()\n    def f(self):\n        self.b.seek(0)\n        print('here', self.b)\n"},
			[]string{`__main__.py:A.f > print("here", <io.BytesIO>@.seek)`},
		},
		"what a function returns": {
			[]string{"__main__.py", "from lib import args\nprint('here', **args('x'))\n", "lib.py", "def args(n):\n    return {'name': n, 'acl': 'p'}\n"},
			[]string{`print("here", name="x", acl="p")`},
		},
		"a function in a thread": {
			[]string{"__main__.py", "import asyncio, subprocess\nasync def f():\n    await asyncio.to_thread(subprocess.run, ['here'])\n"},
			[]string{`__main__.py:f > asyncio.to_thread(?, ["here"])`, `__main__.py:f > subprocess.run(["here"])`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, marked(words, test.files...))
		})
	}
}

func TestAFragmentHasTheUsualNames(t *testing.T) {
	t.Parallel()
	fragment := func(src string) []string {
		return calls(python.Read(fileTree("a.py", src), fact.Request{Entry: []string{"a.py"}, Keywords: words, Fragment: true}))
	}
	src := "b = aws.s3.Bucket('b')\nbuf = BytesIO()\ns3.put_object(Body=buf)\n"
	assert.Equal(t, []string{
		`pulumi_aws.s3.Bucket("b")`, `io.BytesIO()`, `boto3.client().put_object(Body=<io.BytesIO>)`,
	}, fragment(src))
	assert.Equal(t, []string{`?.s3.Bucket("b")`, `?()`, `?.put_object(Body=<?>)`}[1:], fragment("import os\n" + src)[1:],
		"with imports nothing is taken for granted")
	assert.Equal(t, []string{`subprocess.run("a")`}, fragment("    subprocess.run('a')\n"), "a pasted piece may be indented")
}

func TestCommentsThatSpeakToPipeguard(t *testing.T) {
	t.Parallel()
	src := "import os\n# pipeguard:ignore a -- b\n# more\n\nos.system('x')  # see pipeguard:ignore c\ns = '# pipeguard:ignore d'\n"
	facts := python.Read(fileTree("m.py", src), fact.Request{Entry: []string{"m.py"}, Keywords: []string{"none"}})
	assert.Equal(t, []fact.Comment{
		{Location: finding.Location{File: "m.py", Line: 2, Column: 1}, Text: "pipeguard:ignore a -- b", Alone: true, Next: 5},
		{Location: finding.Location{File: "m.py", Line: 5, Column: 17}, Text: "pipeguard:ignore c"},
	}, facts.Comments)
}

func TestACallKnowsItsPlace(t *testing.T) {
	t.Parallel()
	facts := python.Read(fileTree("m.py", "import os\ndef f():\n    x = os.system('a')\nf()\n"),
		fact.Request{Entry: []string{"m.py"}, Keywords: []string{"os"}})
	require.Len(t, facts.Calls, 2)
	c := facts.Calls[0]
	assert.Equal(t, finding.Location{File: "m.py", Line: 3, Column: 9}, c.Location)
	assert.Equal(t, "x = os.system('a')", c.Snippet)
	assert.Equal(t, fact.Python, c.Language)
	assert.Equal(t, []*fact.Call{facts.Calls[1]}, facts.CalledFrom(c))
	assert.Equal(t, []string{"m.py"}, facts.Files)
}

func TestHandlersAreLambdaShapedSourceInSubfolders(t *testing.T) {
	t.Parallel()
	const handler = "def handler(event, context):\n    pass\n"
	files := fileTree(
		"__main__.py", handler,
		"lambda/index.py", handler,
		"lambda/app.py", "async def process(event, _):\n    pass\n",
		"lambda/typed.py", "@trace\ndef lambda_handler(e: dict, c: object) -> dict:\n    pass\n",
		"lambda/three.py", "def handler(event, context, more):\n    pass\n",
		"lambda/method.py", "class A:\n    def handler(event, context):\n        pass\n",
		"lambda/text.py", "\"\"\"\ndef handler(event, context):\n\"\"\"\n",
		"lambda/test_index.py", handler,
		"tests/index.py", handler,
		"infra/stack.py", "import pulumi\n"+handler,
		"infra/other.py", "def callback(_, __):\n    pass\n",
	)
	assert.Equal(t, []string{"lambda/app.py", "lambda/index.py", "lambda/typed.py"}, python.Handlers(files))
}

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	t.Parallel()
	read := func(files ...string) []fact.Gap {
		return python.Read(fileTree(files...), fact.Request{Entry: []string{"m.py"}, Keywords: []string{"("}}).Gaps
	}
	assert.Equal(t, []fact.Gap{{File: "m.py", Reason: "could not be read: file does not exist"}}, read())
	assert.Equal(t, []fact.Gap{{File: "lib.py", Reason: "is binary"}}, read("m.py", "import lib\nlib()\n", "lib.py", "a(\x00)"))
	deep := strings.Repeat("(", 3000) + strings.Repeat(")", 3000)
	gaps := read("m.py", deep)
	require.Len(t, gaps, 1)
	assert.Equal(t, "m.py", gaps[0].File)
	// On a busy machine the slower parser runs out of time before it is too deep.
	assert.Regexp(t, "^could not be parsed: (it is nested too deeply|parsing it takes too long)$", gaps[0].Reason)
}

func TestHostileSourcesCostLittle(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a0 = ['x' * 100, 'y']\nt0 = 'x'\n")
	for i := range 500 {
		fmt.Fprintf(&bomb, "a%d = [a%d, a%d]\nt%d = t%d + t%d\nc%d = f(c%d, c%d)\n", i+1, i, i, i+1, i, i, i+1, i, i)
	}
	bomb.WriteString("print(a500, t500, c500)\n")
	var typeBomb strings.Builder
	for i := range 40 {
		fmt.Fprintf(&typeBomb, "t%d: t%d | t%d = f()\n", i+1, i, i)
	}
	tests := map[string]string{
		"a value bomb":      bomb.String(),
		"one name":          "b = open()\n" + strings.Repeat("b.seek(b)\n", 20000),
		"one name, set":     strings.Repeat("b = [b]\nf(b)\n", 20000),
		"a growing list":    "b = []\n" + strings.Repeat("b.append(b)\n", 5000) + "f(b)\n",
		"functions in ring": "def a(x): return b(x)\ndef b(x): return a(x)\na(a)\n",
		"a text bomb":       "t = '" + strings.Repeat("x", 60000) + "'\nf(f'" + strings.Repeat("{t}", 50000) + "', t.join([t, t]))\n",
		"a type bomb":       typeBomb.String() + "f(t40)\n",
		"a type in ring":    "class C:\n    date: date = f()\n    def g(self): self.date.h()\nx: x.y = f()\nx.z()\n",
		"a class in ring":   "class A(B): pass\nclass B(A): pass\nA().f()\nA.g()\n",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := python.Read(fileTree("m.py", src), fact.Request{Entry: []string{"m.py"}, Keywords: words})
			assert.NotZero(t, len(f.Calls)+len(f.Gaps), "it is read, or said not to be")
		})
	}
	t.Run("no more is read than there is time for", func(t *testing.T) {
		t.Parallel()
		files := fileTree("m.py", "b = []\n"+strings.Repeat("b.append(b)\n", 500)+"f(b)\n")
		now := time.Unix(0, 0)
		files.UseClock(func() time.Time {
			now = now.Add(300 * time.Millisecond)
			return now
		})
		f := python.Read(files, fact.Request{Entry: []string{"m.py"}, Keywords: words})
		assert.Equal(t, []fact.Gap{{File: "m.py", Reason: "could not be read to its end: parsing it takes too long"}}, f.Gaps)
		assert.Less(t, len(f.Calls), 500)
	})
}

func FuzzRead(f *testing.F) {
	f.Add("import a\nfrom .b import *\nx: list[int] = [*y, 'a' % b, f'{c!r}']\nx += [1]\nx.append(2)\nd(x, *x, **{'a': 1})\n")
	f.Add("class A(B):\n  def f(self, *a, **k): self.x = a; return self.x.g(k)\nA().f(1)\n")
	f.Add("with open(p) as f, (g()) as (h, i):\n  for j in f: j[0] = f\n  del j[1]\nlambda x, *y: x\n")
	f.Add("match a:\n  case [b, *c]: print(b)\nif (n := 1): n\ntry: import q\nexcept E as e: e()\n")
	f.Add("def f(a, /, b, *, c): pass\n'{} {0} {x'.format(1)\n'%(a)s %'% {'a': 1}\n")
	f.Fuzz(func(t *testing.T, src string) {
		for _, fragment := range []bool{false, true} {
			facts := python.Read(fileTree("lib/a.py", src, "lib/b.py", src), fact.Request{
				Entry: []string{"lib/a.py"}, Keywords: []string{""}, Fragment: fragment,
			})
			for _, c := range facts.Calls {
				assert.NotEmpty(t, c.Func)
				assert.Positive(t, c.Location.Line)
			}
			python.Handlers(fileTree("lib/a.py", src))
		}
	})
}

// BenchmarkRead reads a program of 1,000 files and 10 MB, 20 of which matter.
func BenchmarkRead(b *testing.B) {
	const function = `
def thumbnails(records, size=(128, 128)):
    """Makes a thumbnail of each record's image."""
    for record in records:
        key = record["s3"]["object"]["key"]
        yield f"thumb/{key}", resize(load(key), size=size, important=True)
`
	fsys := fstest.MapFS{}
	var main strings.Builder
	for i := range 1000 {
		src := "import json\nfrom . import common\n" + strings.Repeat(function, 10<<20/1000/len(function))
		if i%50 == 0 {
			src += "import subprocess\nsubprocess.run(['npm', 'install'])\n"
		}
		fsys[fmt.Sprintf("lib/m%d.py", i)] = &fstest.MapFile{Data: []byte(src)}
		fmt.Fprintf(&main, "import lib.m%d\n", i)
	}
	fsys["lib/common.py"] = &fstest.MapFile{Data: []byte("A = 1\n")}
	fsys["__main__.py"] = &fstest.MapFile{Data: []byte(main.String())}
	b.ReportAllocs()
	for b.Loop() {
		facts := python.Read(tree.New(fsys, budget, python.Endings...), fact.Request{
			Entry: []string{"__main__.py"}, Keywords: []string{"subprocess", "BucketNotification"},
		})
		if len(facts.Gaps) > 0 || len(facts.Calls) < 20 {
			b.Fatal(facts.Gaps, len(facts.Calls))
		}
	}
}
