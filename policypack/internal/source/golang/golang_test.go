package golang_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

const module = "module example.com/x\n"

func open(files map[string]string) *tree.Tree {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree.New(fsys, tree.Budget{Files: 1000, Bytes: 64 << 20, Time: time.Minute}, golang.Endings...)
}

// everything is a word that every file mentions.
var everything = []string{""}

// read returns the facts of the package in the top folder.
func read(t *testing.T, files map[string]string) fact.Facts {
	t.Helper()
	tree := open(files)
	facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: everything})
	require.Empty(t, tree.Gaps())
	return facts
}

// body returns a program whose main holds the statements.
func body(imports, statements string) map[string]string {
	return map[string]string{
		"go.mod":  module,
		"main.go": "package main\n\nimport (\n" + imports + "\n)\n\nfunc main() {\n" + statements + "\n}\n",
	}
}

// text returns a value in short.
func text(v fact.Value) string {
	var b strings.Builder
	switch v.Kind {
	case fact.Unknown:
		b.WriteString("?")
	case fact.Text:
		fmt.Fprintf(&b, "%q", strings.ReplaceAll(v.Text, fact.Hole, "…"))
	case fact.Bytes:
		b.WriteString("bytes")
	case fact.Scalar:
		b.WriteString(v.Text)
	case fact.List:
		b.WriteString("[")
		for i, item := range v.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(text(item))
		}
		if v.Open {
			b.WriteString(" …")
		}
		b.WriteString("]")
	case fact.Dict:
		if v.Checked {
			b.WriteString("checked")
		}
		b.WriteString("{")
		for i, f := range v.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strings.ReplaceAll(f.Key, fact.Hole, "…") + ": " + text(f.Value))
		}
		if v.Open {
			b.WriteString(" …")
		}
		b.WriteString("}")
	case fact.Result:
		b.WriteString("<" + v.Call.Func + ">")
	case fact.Closure:
		b.WriteString("func")
	}
	return b.String()
}

func line(c *fact.Call) string {
	var args []string
	for _, a := range c.Args {
		name := ""
		if a.Name != "" {
			name = a.Name + "="
		}
		args = append(args, name+text(a.Value))
	}
	return c.Func + "(" + strings.Join(args, ", ") + ")"
}

func lines(calls []*fact.Call) []string {
	all := []string{}
	for _, c := range calls {
		all = append(all, line(c))
	}
	return all
}

// passed returns the last argument of the one call of the function.
func passed(t *testing.T, facts fact.Facts, function string) fact.Value {
	t.Helper()
	var found []*fact.Call
	for _, c := range facts.Calls {
		if c.Func == function {
			found = append(found, c)
		}
	}
	require.Len(t, found, 1, lines(facts.Calls))
	require.NotEmpty(t, found[0].Args)
	return found[0].Args[len(found[0].Args)-1].Value
}

func TestFunctionsAreNamedInFull(t *testing.T) {
	t.Parallel()
	const command = `"os/exec"`
	tests := map[string]struct{ imports, statements, want string }{
		"a function of a package":       {command, `exec.Command("git")`, `os/exec.Command("git")`},
		"an import under another name":  {`run "os/exec"`, `run.Command("git")`, `os/exec.Command("git")`},
		"an import without its name":    {`. "os/exec"`, `Command("git")`, `os/exec.Command("git")`},
		"a method of a known type":      {command, `var c exec.Cmd; c.Run()`, `(*os/exec.Cmd).Run()`},
		"a method of an interface":      {`"io"`, `var w io.Writer; w.Write(nil)`, `(io.Writer).Write(nil)`},
		"a variable that holds one":     {command, `f := exec.Command; f("git")`, `os/exec.Command("git")`},
		"an unknown package":            {`"example.org/zip/v2"`, `zip.Pack("a")`, `example.org/zip/v2.Pack("a")`},
		"an unknown package with a dot": {`. "example.org/zip"`, `Pack("a")`, `example.org/zip.Pack("a")`},
		"a package named like no path":  {`"gopkg.in/zip.v3"`, `zip.Pack("a")`, `gopkg.in/zip.v3.Pack("a")`},
		"a prefix of its repository":    {`"example.org/go-zip"`, `zip.Pack("a")`, `example.org/go-zip.Pack("a")`},
		"a method by what made it":      {`"example.org/zip"`, `z := zip.New(); z.Pack("a")`, `example.org/zip.New().Pack("a")`},
		"a method of an unknown type":   {`"example.org/zip"`, `var z zip.Packer; z.Pack("a")`, `(*example.org/zip.Packer).Pack("a")`},
		"a method of what is not known": {command, `x.y.Pack("a")`, `?.Pack("a")`},
		"a function of the program":     {command, `build("a")`, `example.com/x.build("a")`},
		"a method of the program":       {command, `var b builder; b.build("a")`, `(*example.com/x.builder).build("a")`},
		"a local variable in the way":   {command, `var exec builder; exec.build("a")`, `(*example.com/x.builder).build("a")`},
		"a local function in the way":   {command, `build := func(string) {}; build("a")`, `?.build("a")`},
		"a parameter in the way":        {command, `_ = func(exec other) { exec.Command("a") }`, `(other).Command("a")`},
		"a function's literal":          {command, `func(string) {}("a")`, `?.func("a")`},
		"a function that was returned":  {command, `build("a")("b")`, `example.com/x.build()("b")`},
		"type arguments":                {command, `generic[string]("a")`, `example.com/x.generic("a")`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := body(test.imports, test.statements)
			files["other.go"] = `package main
func build(string) {}
func generic[T any](T) {}
type builder struct{}
func (b *builder) build(string) {}
type other interface{ Command(string) }
`
			want := strings.Replace(test.want, "(other)", "(example.com/x.other)", 1)
			assert.Contains(t, lines(read(t, files).Calls), want)
		})
	}
}

func TestValuesAreFollowedWhereTheyAreCertain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ statements, want string }{
		"a literal":                        {`take("a")`, `"a"`},
		"a constant":                       {`const a = "x"; take(a + "y")`, `"xy"`},
		"a number":                         {`take(3)`, `3`},
		"nil":                              {`take(nil)`, `nil`},
		"a variable":                       {`a := "x"; take(a)`, `"x"`},
		"a declared variable":              {`var a string = "x"; take(a)`, `"x"`},
		"a variable of the package":        {`take(tool)`, `"pip"`},
		"a variable set after it":          {`var a string; a = "x"; take(a)`, `"x"`},
		"a variable set in a branch":       {`var a string; if true { a = "x" }; take(a)`, `?`},
		"a variable set twice":             {`a := "x"; a = "y"; take(a)`, `"y"`},
		"a variable added to":              {`a := "x"; a += "y"; take(a)`, `"xy"`},
		"a variable whose address is out":  {`a := "x"; fill(&a); take(a)`, `?`},
		"a variable set in a closure":      {`a := "x"; func() { a = "y" }(); take(a)`, `?`},
		"a variable made of itself":        {`take(first)`, `?`},
		"a loop's variable":                {`for _, a := range []string{"x"} { take(a) }`, `?`},
		"an inner variable":                {`a := "x"; { a := "y"; take(a) }; _ = a`, `"y"`},
		"parts":                            {`a := os.Getenv("A"); take("x " + a + " y")`, `"x … y"`},
		"a format":                         {`take(fmt.Sprintf("%s %d%% %v", "a", 3, os.Getenv("A")))`, `"a 3% …"`},
		"a format with a width":            {`take(fmt.Sprintf("%5s|%s", "a", "b"))`, `"…|b"`},
		"a format with an index":           {`take(fmt.Sprintf("%[2]s %s", "a", "b"))`, `"… …"`},
		"a format cut short":               {`take(fmt.Sprintf("a %"))`, `"a …"`},
		"a format with too few":            {`take(fmt.Sprintf("a %s %s", "b"))`, `"a b …"`},
		"a path":                           {`take(filepath.Join("a", "..", "b", "c"))`, `"b/c"`},
		"a joined list":                    {`take(strings.Join([]string{"pip", "install"}, " "))`, `"pip install"`},
		"a joined list with more":          {`a := []string{"pip"}; a = append(a, os.Args...); take(strings.Join(a, " "))`, `"pip …"`},
		"a list":                           {`take([]string{"a", os.Args[1]})`, `["a", ?]`},
		"a list that grows":                {`a := []string{"a"}; a = append(a, "b"); take(a)`, `["a", "b"]`},
		"a list with more":                 {`take(append([]string{"a"}, "b"))`, `["a", "b"]`},
		"a list with unknown more":         {`take(append([]string{"a"}, os.Args...))`, `["a" …]`},
		"a list whose element is set":      {`a := []string{"a"}; a[0] = "b"; take(a)`, `["b"]`},
		"bytes":                            {`take([]byte("a"))`, `bytes`},
		"a map":                            {`take(map[string]any{"a": "b", os.Args[0]: 1})`, `{a: "b", …: 1}`},
		"a map that grows":                 {`a := map[string]any{"a": 1}; a["b"] = 2; take(a)`, `{a: 1, b: 2}`},
		"a struct":                         {`take(pair{a: "x"})`, `checked{a: "x"}`},
		"a struct without keys":            {`take(pair{"x", "y"})`, `checked{a: "x", b: "y"}`},
		"structs without their type":       {`take([]pair{{a: "x"}})`, `[checked{a: "x"}]`},
		"a struct whose field is set":      {`p := pair{a: "x"}; p.b = "y"; take(p)`, `checked{a: "x", b: "y"}`},
		"a struct's field":                 {`p := pair{a: "x"}; take(p.a)`, `"x"`},
		"the field of one that changes":    {`p := pair{a: "x"}; p.a = "y"; take(p.a)`, `"y"`},
		"an unknown struct":                {`take(zip.Options{Level: 3})`, `checked{Level: 3}`},
		"an unknown map":                   {`take(zip.Labels{"a": "b"})`, `{a: "b"}`},
		"an unknown list":                  {`take(zip.Names{"a"})`, `["a"]`},
		"a conversion":                     {`take(pulumi.String("a"))`, `"a"`},
		"a pointer to it":                  {`take(pulumi.StringPtr("a"))`, `"a"`},
		"a result":                         {`take(os.Getenv("A"))`, `<os.Getenv>`},
		"one of several results":           {`f, err := os.Open("a"); _ = err; take(f)`, `<os.Open>`},
		"a closure":                        {`take(func() {})`, `func`},
		"a function":                       {`take(os.Getenv)`, `func`},
		"what the one caller passes":       {`once("x")`, `"x"`},
		"what one of two callers passes":   {`twice("x"); twice("y")`, `?`},
		"what is passed by a value's call": {`once("x"); f := once; f("y")`, `?`},
		"the rest that the caller passes":  {`rest("pip", "install", "-r")`, `["install", "-r"]`},
		"a parameter that is set":          {`set("x")`, `?`},
		"a named result":                   {`result()`, `"x"`},
		"a type switch":                    {`var a any = "x"; switch a := a.(type) { case string: take(a) }`, `?`},
		"a received value":                 {`a := <-make(chan string); take(a)`, `?`},
		"no value":                         {`var a []string; take(a)`, `[]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := body(`"fmt"
"os"
"path/filepath"
"strings"
"example.org/zip"
"github.com/pulumi/pulumi/sdk/v3/go/pulumi"`, test.statements)
			helper := func(name, code string) string {
				if strings.Contains(test.statements, name+"(") {
					return code + "\n"
				}
				return ""
			}
			files["other.go"] = `package main
var tool = "pip"
var first, second = second, first
type pair struct{ a, b string }
func fill(*string) {}
func take(any) {}
` +
				helper("once", `func once(a string) { take(a) }`) +
				helper("twice", `func twice(a string) { take(a) }`) +
				helper("rest", `func rest(name string, a ...string) { take(a) }`) +
				helper("set", `func set(a string) { if a == "" { a = "y" }; take(a) }`) +
				helper("result", `func result() (a string) { a = "x"; take(a); return a }`)
			assert.Equal(t, test.want, text(passed(t, read(t, files), "example.com/x.take")))
		})
	}
}

func TestSpreadArgumentsAreTheElements(t *testing.T) {
	t.Parallel()
	facts := read(t, body(`"os"
"os/exec"`, `
		words := []string{"install", "-r"}
		exec.Command("pip", words...)
		exec.Command("pip", append(words, os.Args...)...)
		exec.Command("pip", os.Args...)`))
	assert.Equal(t, []string{
		`os/exec.Command("pip", "install", "-r")`,
		`os/exec.Command("pip", "install", "-r", ?)`,
		`os/exec.Command("pip", ?)`,
	}, lines(facts.Calls))
}

func TestTypesAreThoseOfTheValue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statements, want string
		seeks            bool
	}{
		"a buffer":               {`var b bytes.Buffer; take(&b)`, "*bytes.Buffer", false},
		"a new buffer":           {`b := new(bytes.Buffer); take(b)`, "*bytes.Buffer", false},
		"a buffer made":          {`b := bytes.NewBufferString("x"); take(b)`, "*bytes.Buffer", false},
		"a reader":               {`take(bytes.NewReader(nil))`, "*bytes.Reader", true},
		"behind an interface":    {`var r io.Reader = strings.NewReader("x"); take(r)`, "*strings.Reader", true},
		"converted to one":       {`take(io.Reader(strings.NewReader("x")))`, "*strings.Reader", true},
		"an interface":           {`take(io.NopCloser(nil))`, "io.ReadCloser", false},
		"one that seeks":         {`var r io.ReadSeeker; take(r)`, "io.ReadSeeker", true},
		"one of two":             {`var r io.Reader; if true { r = &bytes.Buffer{} } else { r = strings.NewReader("") }; take(r)`, "io.Reader", false},
		"a file":                 {`f, _ := os.Open("x"); take(f)`, "*os.File", true},
		"an end of a pipe":       {`r, _ := io.Pipe(); take(r)`, "*io.PipeReader", false},
		"a field":                {`r, _ := http.Get("x"); take(r.Body)`, "io.ReadCloser", false},
		"a type of the program":  {`take(&own{})`, "*example.com/x.own", true},
		"a map of the SDK":       {`take(pulumi.Map{})`, "github.com/pulumi/pulumi/sdk/v3/go/pulumi.Map", false},
		"an unknown struct":      {`take(&s3.BucketArgs{})`, "*github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3.BucketArgs", false},
		"an unknown declared":    {`var a *s3.BucketArgs; take(a)`, "*github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3.BucketArgs", false},
		"an asserted type":       {`var a any = strings.NewReader("x"); take(a.(io.Reader))`, "*strings.Reader", true},
		"an unknown value":       {`a := s3.New(); take(a)`, "", false},
		"any":                    {`var a interface{}; take(a)`, "any", false},
		"an alias":               {`var r alias; take(r)`, "io.Reader", false},
		"a parameter's":          {`_ = func(r io.Reader) { take(r) }`, "io.Reader", false},
		"an unknown parameter's": {`_ = func(a *s3.BucketArgs) { take(a) }`, "*github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3.BucketArgs", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := body(`"bytes"
"io"
"net/http"
"os"
"strings"
"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
"github.com/pulumi/pulumi/sdk/v3/go/pulumi"`, test.statements)
			files["other.go"] = `package main
import "io"
type alias = io.Reader
type own struct{}
func (*own) Seek(int64, int) (int64, error) { return 0, nil }
func take(any) {}
`
			v := passed(t, read(t, files), "example.com/x.take")
			assert.Equal(t, test.want, v.Type)
			assert.Equal(t, test.seeks, v.Seeks)
		})
	}
}

func TestUsesAreWhatHappenedBefore(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statements string
		want       []string
	}{
		"none":               {`b := &bytes.Buffer{}; take(b)`, nil},
		"methods":            {`b := &bytes.Buffer{}; b.WriteByte(1); b.Reset(); take(b)`, []string{".WriteByte", ".Reset"}},
		"being passed":       {`var b bytes.Buffer; io.Copy(&b, nil); take(&b)`, []string{"io.Copy"}},
		"not what comes":     {`b := &bytes.Buffer{}; take(b); b.Reset()`, nil},
		"in a branch":        {`b := &bytes.Buffer{}; if true { b.Reset() }; take(b)`, []string{".Reset"}},
		"under another name": {`b := &bytes.Buffer{}; b.Reset(); c := b; c.Len(); b.Cap(); take(c)`, []string{".Reset", ".Len", ".Cap"}},
		"on both sides of a call": {
			`b := &bytes.Buffer{}; b.Reset(); pass(b); b.Len()`, []string{".Reset", ".Cap"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := body(`"bytes"
"io"`, test.statements)
			files["other.go"] = "package main\nimport \"bytes\"\nfunc take(any) {}\n"
			if strings.Contains(test.statements, "pass(") {
				files["other.go"] += "func pass(b *bytes.Buffer) { b.Cap(); take(b) }\n"
			}
			assert.Equal(t, test.want, passed(t, read(t, files), "example.com/x.take").Uses)
		})
	}
}

func TestACallKnowsItsPlaceAndItsCallers(t *testing.T) {
	t.Parallel()
	facts := read(t, map[string]string{
		"go.mod":     "// the program\nmodule \"example.com/x\" // its name\n",
		"main.go":    "package main\n\nimport \"example.com/x/lib\"\n\nfunc main() {\n\tlib.Build()\n}\n",
		"lib/lib.go": "package lib\n\nimport \"os/exec\"\n\nfunc Build() {\n\tfunc() { exec.Command(\"pip\") }()\n}\n//line other.y:7\n",
	})
	var command *fact.Call
	for _, c := range facts.Calls {
		if c.Func == "os/exec.Command" {
			command = c
		}
	}
	require.NotNil(t, command)
	assert.Equal(t, "lib/lib.go:6:11", command.Location.String())
	assert.Equal(t, `func() { exec.Command("pip") }()`, command.Snippet)
	assert.Equal(t, "example.com/x/lib.Build", command.In)
	way := facts.CalledFrom(command)
	require.Len(t, way, 1)
	assert.Equal(t, "main.go:6:2", way[0].Location.String())
	assert.Equal(t, []string{"lib/lib.go", "main.go"}, facts.Files)
}

func TestOnlyWhatTheProgramIsBuiltOfCounts(t *testing.T) {
	t.Parallel()
	call := func(pkg, name string) string {
		return "package " + pkg + "\n\nimport \"os/exec\"\n\nfunc init() { exec.Command(\"" + name + "\") }\n"
	}
	tree := open(map[string]string{
		"go.mod":             module,
		"main.go":            "package main\n\nimport _ \"example.com/x/lib\"\n\nfunc main() {}\n",
		"main_test.go":       call("main", "test"),
		"main_windows.go":    call("main", "windows"),
		"main_linux.go":      call("main", "linux"),
		"script.go":          "//go:build ignore\n\n" + call("main", "script"),
		"lib/lib.go":         call("lib", "lib"),
		"lib/doc.go":         "package lib\n",
		"tools/tool.go":      call("main", "tool"),
		"nested/go.mod":      "module example.com/x/lib2\n",
		"nested/nested.go":   call("lib2", "nested"),
		"lib2/lib2.go":       call("lib2", "lib2"),
		"vendor/v/vendor.go": call("v", "vendor"),
	})
	facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: []string{"exec."}})
	assert.Empty(t, tree.Gaps())
	assert.Equal(t, []string{`os/exec.Command("lib")`, `os/exec.Command("linux")`}, lines(facts.Calls))
}

func TestAPackageOfAModuleAboveTheFolderIsFound(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"main.go":    "package main\n\nimport \"example.com/mono/infra/lib\"\n\nfunc main() { lib.Build() }\n",
		"lib/lib.go": "package lib\n\nimport \"os/exec\"\n\nfunc Build() { exec.Command(\"pip\") }\n",
	}
	request := fact.Request{Entry: []string{"."}, Keywords: []string{"exec."}}
	assert.Empty(t, golang.Read(open(files), request).Calls)
	request.Module = "example.com/mono/infra"
	assert.Equal(t, []string{`os/exec.Command("pip")`, `example.com/mono/infra/lib.Build()`},
		lines(golang.Read(open(files), request).Calls))
}

func TestFilesThatCannotMatterAreNotParsed(t *testing.T) {
	t.Parallel()
	const wrong = "func (((\n"
	tree := open(map[string]string{
		"go.mod":         module,
		"main.go":        "package main\n\nimport (\n\t\"example.com/x/a\"\n\t_ \"example.com/x/b\"\n)\n\nfunc main() { a.Run() }\n",
		"a/a.go":         "package a\n\nimport \"os/exec\"\n\nfunc Run() { exec.Command(tool, options.Words...) }\n",
		"a/b.go":         "package a\n\nvar tool, other = \"pip\", 2\n",
		"a/c.go":         "package a\n\nvar options Options\n\ntype Options struct {\n\tWords []string\n}\n",
		"a/unrelated.go": "package a\n\nfunc unrelated() {}\n" + wrong,
		"b/b.go":         "package b\n" + wrong,
	})
	facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: []string{"exec."}})
	assert.Empty(t, tree.Gaps())
	assert.Equal(t, []string{"a/a.go", "a/b.go", "a/c.go", "main.go"}, facts.Files)
	// b.go was not read whole, but nothing else mentions its variable.
	assert.Equal(t, []string{`os/exec.Command("pip", ?)`, `example.com/x/a.Run()`}, lines(facts.Calls))
}

func TestComments(t *testing.T) {
	t.Parallel()
	facts := read(t, map[string]string{"main.go": `package main

//pipeguard:ignore one -- it is so
// and more

func main() {
	take() // see: pipeguard:ignore two -- it is so
	/* pipeguard:ignore three -- it is so */
	take("pipeguard:ignore none -- a text")
	/* pipeguard:ignore four -- it is so
	   still */ take()
	// pipeguard:ignore five
}

// pipeguard:ignore six
`})
	var got []string
	for _, c := range facts.Comments {
		got = append(got, fmt.Sprintf("%d:%d %s %v %d", c.Location.Line, c.Location.Column, c.Text, c.Alone, c.Next))
	}
	assert.Equal(t, []string{
		"3:1 pipeguard:ignore one -- it is so true 6",
		"7:9 pipeguard:ignore two -- it is so false 0",
		"8:2 pipeguard:ignore three -- it is so true 9",
		"10:2 pipeguard:ignore four -- it is so false 0",
		"12:2 pipeguard:ignore five true 13",
		"15:1 pipeguard:ignore six true 0",
	}, got)
}

func TestAStructOfAnotherPackageIsMadeByAConstructor(t *testing.T) {
	t.Parallel()
	facts := read(t, body(`"os/exec"`, `c := &exec.Cmd{Path: "/usr/bin/make", Args: []string{"make"}}; c.Run()`))
	assert.Equal(t, []string{`os/exec.Cmd(Path="/usr/bin/make", Args=["make"])`, `(*os/exec.Cmd).Run()`}, lines(facts.Calls))
}

func TestFragments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want, place string }{
		"statements":            {"x := 1\nexec.Command(\"pip\")", `os/exec.Command("pip")`, "f.go:2:1"},
		"a statement":           {`exec.Command("pip")`, `os/exec.Command("pip")`, "f.go:1:1"},
		"declarations":          {`func f() { exec.Command("pip") }`, `os/exec.Command("pip")`, "f.go:1:12"},
		"a file":                {"package main\nfunc f() { exec.Command(\"pip\") }", `os/exec.Command("pip")`, "f.go:2:12"},
		"arguments":             {"Code: pulumi.NewFileArchive(\"a\"),\n", pulumi + `.NewFileArchive("a")`, "f.go:1:7"},
		"a resource of S3":      {`s3.NewBucket(ctx, "a")`, `github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3.NewBucket(?, "a")`, "f.go:1:1"},
		"a call of S3":          {`c.PutObject(ctx, s3.PutObjectInput{})`, `?.PutObject(?, checked{})`, "f.go:1:1"},
		"the program's context": {`ctx.Export("a", b)`, `(*` + pulumi + `.Context).Export("a", ?)`, "f.go:1:1"},
		"a name of its own":     {"exec := f()\nexec.Command(\"pip\")", `?.f().Command("pip")`, "f.go:2:1"},
		"a file with imports":   {"package main\nimport \"os\"\nfunc f() { os.Exit(1); exec.Command(\"pip\") }", `?.Command("pip")`, "f.go:3:24"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := open(map[string]string{"f.go": test.source})
			facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: everything, Fragment: true})
			assert.Empty(t, tree.Gaps())
			var places []string
			for _, c := range facts.Calls {
				if line(c) == test.want {
					places = append(places, c.Location.String())
				}
			}
			assert.Equal(t, []string{test.place}, places, lines(facts.Calls))
		})
	}
}

const pulumi = "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, reason string }{
		"a syntax error":        {"package main\n\nfunc main() {\n\tx :=\n}\n", "could only be parsed in part: line 5: expected operand, found '}'"},
		"no Go":                 {"hello", "could only be parsed in part: line 1: expected 'package', found hello"},
		"deep nesting":          {"package main\n\nvar a = " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000), "could not be read: it is nested too deeply"},
		"constants that double": {doubling(60), "could not be read: its constants are too large"},
		"too much of it": {
			"package main\n\nfunc main() {\n" + strings.Repeat("println(1)\n", 150_000) + "}\n", "could not be read: it would take too long",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := open(map[string]string{"go.mod": module, "main.go": test.source})
			golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: everything})
			assert.Equal(t, []fact.Gap{{File: "main.go", Reason: test.reason}}, tree.Gaps())
		})
	}
}

// doubling returns a file whose last constant is 2^n bytes long.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("package main\n\nconst c0 = \"a\"\n")
	for i := range n {
		fmt.Fprintf(&b, "const c%d = c%d + c%d\n", i+1, i, i)
	}
	fmt.Fprintf(&b, "const size = len(c%d)\n", n)
	return b.String()
}

func TestNoTimeLeftIsAGap(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"main.go": {Data: []byte("package main\n\nfunc main() { println() }\n")}}
	tree := tree.New(fsys, tree.Budget{Files: 10, Bytes: 1 << 20}, golang.Endings...)
	facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: everything})
	assert.Empty(t, facts.Calls)
	assert.NotEmpty(t, tree.Gaps())
}

func TestTextsThatGrowAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0 := \"a\"\n")
	for i := range 40 {
		fmt.Fprintf(&b, "a%d := a%d + a%d\n", i+1, i, i)
	}
	b.WriteString("take(a40)")
	files := body("", b.String())
	files["other.go"] = "package main\nfunc take(any) {}\n"
	assert.Equal(t, "?", text(passed(t, read(t, files), "example.com/x.take")))
}

func TestValuesHoldNoCallTwiceOnTheirWay(t *testing.T) {
	t.Parallel()
	facts := read(t, body(`"os"`, `
	}
	var a = os.Getenv(b)
	var b = os.Getenv(a)
	func other() {`))
	require.Equal(t, []string{`os.Getenv(<os.Getenv>)`, `os.Getenv(<os.Getenv>)`}, lines(facts.Calls))
	for _, c := range facts.Calls {
		way := map[*fact.Call]bool{}
		for ; c != nil; c = c.Args[0].Value.Call {
			require.False(t, way[c], "a call is among its own arguments")
			way[c] = true
		}
	}
}

func TestHandlers(t *testing.T) {
	t.Parallel()
	const handler = "package main\n\nimport \"github.com/aws/aws-lambda-go/lambda\"\n\nfunc main() { lambda.Start(nil) }\n"
	tree := open(map[string]string{
		"main.go":           handler, // the program's own folder is no handler
		"functions/b/b.go":  handler,
		"functions/a/a.go":  "package main\n",
		"functions/a/z.go":  handler,
		"lib/lib.go":        strings.Replace(handler, "package main", "package lib", 1),
		"tools/main.go":     "package main\n\n// github.com/aws/aws-lambda-go/lambda\nfunc main() {}\n",
		"tests/it_test.go":  handler,
		"scripts/script.go": "//go:build ignore\n\n" + handler,
	})
	assert.Equal(t, []string{"functions/a", "functions/b"}, golang.Handlers(tree))
}

// The fixtures are judged by rules elsewhere; here they have to be readable.
func TestTheFixturesAreRead(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("../../../../testdata/source/go/*")
	require.NoError(t, err)
	require.NotEmpty(t, fixtures)
	for _, dir := range fixtures {
		t.Run(path.Base(filepath.ToSlash(dir)), func(t *testing.T) {
			t.Parallel()
			tree := tree.New(os.DirFS(dir), tree.Budget{Files: 100, Bytes: 1 << 20, Time: time.Minute}, golang.Endings...)
			_, err := os.Stat(filepath.Join(dir, "Pulumi.yaml"))
			entry := append([]string{"."}, golang.Handlers(tree)...)
			facts := golang.Read(tree, fact.Request{Entry: entry, Keywords: everything, Fragment: err != nil})
			assert.Empty(t, tree.Gaps())
			assert.NotEmpty(t, facts.Calls)
		})
	}
}
