// Package typescript finds the facts of TypeScript and JavaScript source.
//
// It follows names, not text: through imports (ES modules, CommonJS, dynamic),
// aliases, destructuring, variables and fields that are set once, and functions,
// classes and objects of the program's other files. Functions are named after
// their module, in whatever way it is imported: "@pulumi/aws.s3.Bucket" also
// for one from "@pulumi/aws/s3", "fs.promises.rm" also for one from
// "fs/promises", "child_process.exec" also for one from "node:child_process",
// and for what util.promisify makes of it.
//
// It does not see through tsconfig's path mappings, computed names, generators,
// decorators, and what a function does to a value that it is given. A property
// of something that a call made is the result of a call of that name, as
// "@aws-sdk/client-s3.S3Client().send().Body".
package typescript

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are those of the files that are read. The order is the one in which
// an import without an ending tries them.
var Endings = []string{".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"}

// Read finds the facts of the entry files and of what they import within the
// tree. Only files that mention one of the words, and those that lead to them,
// are parsed.
//
// Calls in functions that Pulumi turns into a Lambda (callbacks of events and
// of aws.lambda.CallbackFunction) are left out: they do not run in the program.
func Read(t *tree.Tree, r fact.Request) fact.Facts {
	p := newProgram(t)
	p.fragment = r.Fragment
	for _, name := range r.Entry {
		p.entry[path.Clean(name)] = true
	}
	words := append(slices.Clone(r.Keywords), fact.Name) // an unused waiver is to be seen too
	p.leads = p.leading(words)
	var facts fact.Facts
	var parsed []*file
	facts.Files = tree.Reach(p.entries(), func(name string) []string {
		if !p.leads[name] {
			return p.scan(name)
		}
		f := p.file(name)
		if f == nil {
			return p.scan(name)
		}
		f.counted = true
		parsed = append(parsed, f)
		return f.imports
	})
	facts.Files = slices.DeleteFunc(facts.Files, func(name string) bool { return t.Read(name) == nil })
	slices.SortFunc(parsed, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	for _, f := range parsed {
		p.count(f)
	}
	for _, f := range parsed {
		facts.Calls = append(facts.Calls, f.calls()...)
		facts.Comments = append(facts.Comments, f.comments...)
	}
	facts.Gaps = slices.Clone(t.Gaps())
	return facts
}

// handlerExport is a cheap look for a file that may export a function called
// handler.
var handlerExport = regexp.MustCompile(
	`(?s)export\s+(async\s+)?(const|let|var|function\*?)\s+handler\b|exports\.handler\b|exports\s*=\s*\{.*\bhandler\b|export\s*\{[^}]*\bhandler\b`)

// Handlers are the Lambda-shaped files in subfolders of the tree, sorted: those
// that export a handler and are no part of a Pulumi program, nor tests.
func Handlers(t *tree.Tree) []string {
	p := newProgram(t)
	var handlers []string
	for _, name := range t.Files() {
		if !strings.Contains(name, "/") || isTest(name) || strings.Contains(name, ".d.") {
			continue
		}
		if src := t.Read(name); src == nil || !handlerExport.Match(src) {
			continue
		}
		if f := p.file(name); f != nil && f.exported("handler", 0) != nil && !f.usesPulumi {
			handlers = append(handlers, name)
		}
	}
	return handlers
}

// isTest says that a file is a test, by the names that test runners look for.
func isTest(name string) bool {
	base := path.Base(name)
	if strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") {
		return true
	}
	return slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return slices.Contains([]string{"__tests__", "__mocks__", "test", "tests"}, dir)
	})
}

// program is what is read of one program.
type program struct {
	tree     *tree.Tree
	fragment bool
	entry    map[string]bool
	files    map[string]*file
	// specified are what specifiers found.
	specified map[string][]string
	// leads are the files that matter, and those that lead to them.
	leads map[string]bool
	// aside counts the bytes of other files that were parsed.
	aside int
	// steps counts what the names of the present call cost.
	steps int
	// callers are the calls of the program's own functions, by function.
	callers map[*syntax.Node][]site
	// escaped are functions that are handed on as values, so that callers does
	// not tell what they are called with.
	escaped map[*syntax.Node]bool
	// remote are functions that Pulumi turns into a Lambda.
	remote map[*syntax.Node]bool
}

func newProgram(t *tree.Tree) *program {
	return &program{
		tree: t, entry: map[string]bool{}, files: map[string]*file{}, specified: map[string][]string{},
		callers: map[*syntax.Node][]site{}, escaped: map[*syntax.Node]bool{}, remote: map[*syntax.Node]bool{},
	}
}

// site is a call in a file.
type site struct {
	file *file
	node *syntax.Node
}

func (p *program) entries() []string {
	var names []string
	for name := range p.entry {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// leading are the files that mention a word, and those from which one can come
// to them, among what the entry seems to import.
func (p *program) leading(words []string) map[string]bool {
	importers := map[string][]string{}
	var matter []string
	tree.Reach(p.entries(), func(name string) []string {
		if tree.Mentions(p.tree.Read(name), words) {
			matter = append(matter, name)
		}
		imports := p.scan(name)
		for _, imported := range imports {
			importers[imported] = append(importers[imported], name)
		}
		return imports
	})
	leads := map[string]bool{}
	for _, name := range tree.Reach(matter, func(name string) []string { return importers[name] }) {
		leads[name] = true
	}
	return leads
}

// file is the parsed file of that name, or nil when it cannot be had: then the
// tree's gaps say why.
func (p *program) file(name string) *file {
	if f, ok := p.files[name]; ok {
		return f
	}
	p.files[name] = nil
	src := p.tree.Read(name)
	if src == nil {
		return nil
	}
	deadline := time.Now().Add(p.tree.FileTime())
	root, err := syntax.Parse(grammar(name), src, p.tree.FileTime())
	if err != nil {
		p.tree.Gap(name, "could not be parsed: "+err.Error())
		return nil
	}
	f := newFile(p, name, src, root.Root)
	f.left = time.Until(deadline)
	p.files[name] = f
	return f
}

// grammar returns the grammar of a file.
func grammar(name string) syntax.Language {
	if slices.Contains([]string{".ts", ".mts", ".cts"}, path.Ext(name)) {
		// There <T>x is a cast, in the others an element of JSX.
		return syntax.TypeScript
	}
	return syntax.TSX
}

// maxAside is how much may be parsed of files that do not matter themselves, but
// may hold a constant that does, in bytes.
const maxAside = 256 << 10

// other is a file that one imports from, as p.file has it, or nil when that is
// not worth its time.
func (p *program) other(name string) *file {
	if f, ok := p.files[name]; ok || name == "" {
		return f
	}
	if !p.leads[name] {
		p.aside += len(p.tree.Read(name))
		if p.aside > maxAside {
			return nil
		}
	}
	return p.file(name)
}

// count notes who calls the functions of the program, and which of them are
// handed on.
func (p *program) count(f *file) {
	start := time.Now()
	deadline := start.Add(f.left)
	f.root.Walk(func(n *syntax.Node) bool {
		if f.dormant[n] || isCall(n) && time.Now().After(deadline) {
			return false
		}
		p.steps = 0
		switch {
		case isCall(n):
			callee := f.denote(callee(n), 0)
			if function := callee.function(); function != nil {
				p.callers[function] = append(p.callers[function], site{f, n})
			}
			if serializes(callee.name) {
				p.markRemote(f, n.Child("arguments"))
			}
		case n.Kind == "member_expression" && slices.Contains([]string{"bind", "call", "apply"}, n.Child("property").Text(f.src)):
			p.escape(f, n.Child("object"))
		case n.Parent == nil || !n.Named:
		case slices.Contains([]string{"arguments", "array", "pair", "return_statement", "object", "spread_element"}, n.Parent.Kind),
			n.Field == "right" && n.Parent.Kind == "assignment_expression":
			p.escape(f, n)
		}
		return true
	})
	f.left -= time.Since(start)
}

func (p *program) escape(f *file, n *syntax.Node) {
	switch n.Kind {
	case "identifier", "shorthand_property_identifier", "member_expression":
		if function := f.denote(n, 0).function(); function != nil {
			p.escaped[function] = true
		}
	}
}

// markRemote notes the functions among the arguments of something that makes a
// Lambda of them: one given directly, or as the callback of an object.
func (p *program) markRemote(f *file, arguments *syntax.Node) {
	for _, argument := range arguments.NamedChildren() {
		t := f.denote(argument, 0)
		if t.node != nil && t.node.Kind == "object" {
			t = t.member("callback", 0)
		}
		if function := t.function(); function != nil && t.node.Kind != "class_declaration" {
			p.remote[function] = true
		}
	}
}

// serializes says that a function makes a Lambda of a closure it is given.
func serializes(name string) bool {
	if !strings.HasPrefix(name, "@pulumi/") {
		return false
	}
	method := name[strings.LastIndex(name, ".")+1:]
	return method == "CallbackFunction" || method == "CallbackFunctionFromEventHandler" ||
		strings.HasPrefix(method, "on") && len(method) > 2 && method[2] >= 'A' && method[2] <= 'Z'
}

// calls are the calls in the file, in the order of the source.
func (f *file) calls() []*fact.Call {
	deadline := time.Now().Add(min(f.left, f.program.tree.Left()))
	var calls []*fact.Call
	late := false
	f.root.Walk(func(n *syntax.Node) bool {
		if late || f.dormant[n] || f.program.remote[n] {
			return false
		}
		if isCall(n) && !f.isImport(n) {
			if late = time.Now().After(deadline); late {
				f.program.tree.Gap(f.name, "could not be read to its end: "+syntax.ErrTime.Error())
				return false
			}
			f.program.steps = 0
			calls = append(calls, (&evaluation{}).call(f, n, 0))
		}
		return true
	})
	return calls
}

func (f *file) location(n *syntax.Node) finding.Location {
	return finding.Location{File: f.name, Line: n.Line, Column: n.Column}
}
