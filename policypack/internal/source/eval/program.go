package eval

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Language describes a language to the evaluator.
type Language struct {
	Name fact.Language
	// Title returns the language's name in messages for a file.
	Title func(file string) string
	// Grammar returns the grammar of a file, and Lower converts a parsed file to the common form.
	Grammar func(file string) syntax.Language
	Lower   func(p *Evaluator, f *form.File, root *syntax.Node)
	// Scan returns the files of the tree that a file seems to import, judging by its text.
	Scan func(e *Evaluator, file string) []string
	// ScanOn is set if files that no rule looks at are scanned for imports of files that may not parse.
	ScanOn bool
	// Targets returns the files of the tree that an import executes.
	Targets func(e *Evaluator, f *form.File, i *form.ImportOf) []string

	// Import returns what an import refers to, Free what a name that a file does not bind refers to, and Join the name
	// of a member of something outside the program.
	Import func(e *Evaluator, f *form.File, i *form.ImportOf) Ref
	Free   func(e *Evaluator, f *form.File, name string) Ref
	Join   func(name, member string) string
	// Export and Submodule find members of a module that are not among its names. Lazy reports whether a file can only
	// contain names of the program itself.
	Export    func(e *Evaluator, f *form.File, name string) (Ref, bool)
	Submodule func(e *Evaluator, m *Module, name string) *Module
	Lazy      func(e *Evaluator, file string) bool

	// Constants holds string constants of the standard library. Ops and Methods are the functions and methods whose
	// results are known.
	Constants map[string]string
	Ops       map[string]Op
	Methods   map[string]Op
	// Changes returns the effect of a method on a list or map. Fills lists the functions that change their first
	// argument.
	Changes func(method string, kind fact.Kind) Change
	Fills   []string
	// Typed returns a value with the type that a node declares, and Cast one that is cast to another type, if that
	// differs.
	Typed func(v fact.Value, declares *form.Node, typ string) fact.Value
	Cast  func(v fact.Value, n *form.Node, typ string) fact.Value
	// TypeOf returns the type of an expression, and Seeks whether it has a Seek method, if a type checker knows.
	TypeOf func(n *form.Node) (string, bool)
	Seeks  func(n *form.Node) bool
	// Wrappers lists the types that add nothing to what is known about the value.
	Wrappers []string
	// Kinds holds the names that methods of values are qualified with, and Instance returns that of a type.
	Kinds    map[fact.Kind]string
	Instance func(typ string) string
	// Attribute returns an attribute of a value.
	Attribute func(v fact.Value, name string) (fact.Value, bool)
	// Constructor is the name of constructors. Transparent is set if a class without a constructor counts as the class
	// outside the program that it extends. TakesFields reports whether a class takes its fields as arguments.
	Constructor string
	Transparent bool
	TakesFields func(class *form.Node) bool
	// Wraps reports whether decorators replace a function.
	Wraps func(function *form.Node) bool
	// Callback returns the value of a parameter of a function that a known function calls.
	Callback func(e *Evaluator, param *form.Node) (fact.Value, bool)
	// HandsOn lists the functions that call one of their arguments with the arguments after it. Remote reports whether
	// a function turns its argument into a Lambda function, and Runs whether a call runs the functions passed to it.
	HandsOn map[string]int
	Remote  func(function string) bool
	Runs    func(call *form.Node) bool
	// IsFunction reports whether a name from outside the program is known to be that of a function.
	IsFunction func(n *form.Node) bool
	// NamesRest is set if an argument "*" stands for the rest of the spread arguments, Tuples if a call may have
	// several results, CallsResults if the result of a call is called under the call's name, and Unused if functions
	// that nothing mentions are searched for.
	NamesRest, Tuples, CallsResults, Unused bool
	// WholeText is set if a template with a single part has the value of that part.
	WholeText bool
	// NoMembers is set if a type checker knows the members of values, so that they need no names of their own.
	NoMembers bool
}

// program is the state of reading one program.
type program struct {
	tree    *tree.Tree
	request fact.Request
	// Entry lists the files that run first.
	Entry []string
	files map[string]*form.File
	// scanned maps each file to the files that it seems to import.
	scanned map[string][]string
	// leads holds the files that matter and those that lead to them.
	leads map[string]bool
	// importers maps each file to the files that seem to import it.
	importers map[string][]string
	// extra counts the parsed bytes of other files.
	extra int
	// named holds the classes and functions of the program by full name.
	named map[string]*form.Scope
	// spans holds the nodes that contain a function of several lines, for the files in spanned.
	spans   map[*form.Node]bool
	spanned map[*form.File]bool
	// fileTime returns the time limit of the next file.
	fileTime func() time.Duration
	now      func() time.Time
	notes    map[string]any
}

// New returns an evaluator of the program that a request specifies.
func New(t *tree.Tree, r fact.Request, lang *Language) *Evaluator {
	e := &Evaluator{
		lang: lang,
		program: &program{
			tree: t, request: r, files: map[string]*form.File{}, scanned: map[string][]string{}, leads: map[string]bool{}, importers: map[string][]string{},
			named: map[string]*form.Scope{}, spanned: map[*form.File]bool{}, now: time.Now, notes: map[string]any{},
		},
		sites: map[*form.Scope][]site{}, passed: map[*form.Scope]bool{}, remote: map[*form.Node]bool{},
		refs: map[*form.Node]Ref{}, types: map[*form.Node]string{}, exports: map[memberKey]Ref{}, callees: map[*form.Node]callee{},
		made: map[*form.Node]*fact.Call{}, members: map[*fact.Call]bool{}, following: map[*form.Node]bool{},
	}
	if t != nil {
		e.fileTime, e.now = t.FileTime, t.Now
	}
	for _, name := range r.Entry {
		if name = path.Clean(name); !slices.Contains(e.Entry, name) {
			e.Entry = append(e.Entry, name)
		}
	}
	slices.Sort(e.Entry)
	return e
}

// Tree returns the tree that is read.
func (e *Evaluator) Tree() *tree.Tree { return e.tree }

// Fragment reports whether the files are fragments of programs.
func (e *Evaluator) Fragment() bool { return e.request.Fragment }

// Note returns the value that is stored under a key; make creates it the first time.
func Note[T any](e *Evaluator, key string, make func() T) T {
	if v, ok := e.notes[key].(T); ok {
		return v
	}
	v := make()
	e.notes[key] = v
	return v
}

// Read returns the facts of the entry files and of the files in the tree that they import. Only files that mention one
// of the keywords, and those that lead to them, are lowered. Calls are sorted by file and, within a file, in source
// order.
func Read(t *tree.Tree, r fact.Request, lang *Language) fact.Facts {
	e := New(t, r, lang)
	e.lead(append(slices.Clone(r.Keywords), fact.Name)) // an unused waiver is to be seen too
	var facts fact.Facts
	var files []*form.File
	facts.Files = slices.DeleteFunc(tree.Reach(e.Entry, func(name string) []string {
		if !e.leads[name] {
			return e.scan(name)
		}
		f := e.file(name)
		if f == nil {
			return e.scan(name)
		}
		files = append(files, f)
		return e.targets(f, false)
	}), func(name string) bool { return t.Read(name) == nil })
	slices.SortFunc(files, func(a, b *form.File) int { return strings.Compare(a.Name, b.Name) })
	e.index(files)
	if lang.Unused && !r.Fragment && len(t.Gaps()) == 0 {
		e.uncalled = uncalled(files)
	}
	for _, f := range files {
		facts.Calls = append(facts.Calls, e.calls(f)...)
		facts.Comments = append(facts.Comments, f.Comments...)
	}
	if r.Errors {
		facts.Broken = e.broken()
	}
	facts.Gaps = slices.Clone(t.Gaps())
	return facts
}

// Evaluate returns the calls of files that a front end has lowered and resolved itself. fileTime returns the time limit
// of the next file.
func (e *Evaluator) Evaluate(files []*form.File, fileTime func() time.Duration) []*fact.Call {
	e.fileTime = fileTime
	for _, f := range files {
		e.add(f)
	}
	e.index(files)
	var calls []*fact.Call
	for _, f := range files {
		calls = append(calls, e.calls(f)...)
	}
	return calls
}

// lead records the files that mention a keyword, and those from which they can be reached, among the files that the
// entry seems to import.
func (e *Evaluator) lead(words []string) {
	var matter []string
	tree.Reach(e.Entry, func(name string) []string {
		if tree.Mentions(e.tree.Read(name), words) {
			matter = append(matter, name)
		}
		imports := e.scan(name)
		for _, imported := range imports {
			e.importers[imported] = append(e.importers[imported], name)
		}
		return imports
	})
	for _, name := range tree.Reach(matter, func(name string) []string { return e.importers[name] }) {
		e.leads[name] = true
	}
}

func (e *Evaluator) scan(name string) []string {
	found, ok := e.scanned[name]
	if !ok {
		found = e.lang.Scan(e, name)
		slices.Sort(found)
		found = slices.Compact(found)
		e.scanned[name] = found
	}
	return found
}

// targets returns the files that are imported when a file runs; if certain is set, only those that are imported
// unconditionally.
func (e *Evaluator) targets(f *form.File, certain bool) []string {
	var files []string
	for _, n := range f.Imports {
		if n.Dead || n.Import.Types || certain && e.inBranch(n) {
			continue
		}
		files = append(files, e.lang.Targets(e, f, n.Import)...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// file returns the form of a file. It returns nil if the file cannot be read, in which case the tree's gaps say why, or
// if it is not worth the time.
func (e *Evaluator) file(name string) *form.File {
	if f, ok := e.files[name]; ok {
		return f
	}
	if !e.leads[name] && !slices.Contains(e.Entry, name) {
		if e.extra += len(e.tree.Read(name)); e.extra > tree.MaxAside {
			return nil
		}
	}
	e.files[name] = nil
	parsed := e.Parse(name)
	if parsed == nil {
		return nil
	}
	f := &form.File{Name: name, Src: e.tree.Read(name), Bare: true}
	if at, broken := parsed.FirstError(); broken {
		f.Broken = e.parseError(name, at)
	}
	f.Comments = comments(f, parsed.Root)
	e.lang.Lower(e, f, parsed.Root)
	e.add(f)
	return f
}

// File returns the form of a file, or nil if it is not available.
func (e *Evaluator) File(name string) *form.File {
	e.leads[name] = true
	return e.file(name)
}

// Leads reports whether a file matters or leads to one that does.
func (e *Evaluator) Leads(name string) bool { return e.leads[name] }

// add resolves the names of a file.
func (e *Evaluator) add(f *form.File) {
	f.Link()
	resolve(f)
	e.files[f.Name] = f
	for _, s := range f.Scopes {
		if s.Full != "" {
			e.named[s.Full] = s
		}
	}
}

// Parse returns the syntax of a file, or nil if it is not available. A file is parsed once for all readers of the tree.
func (e *Evaluator) Parse(name string) *syntax.Tree { return Parse(e.tree, name, e.lang.Grammar(name)) }

// Parse returns the syntax of a file of a tree, or nil if it is not available.
func Parse(t *tree.Tree, name string, grammar syntax.Language) *syntax.Tree {
	return tree.Once(t, name, func() *syntax.Tree {
		src := t.Read(name)
		if src == nil {
			return nil
		}
		if t.Left() <= 0 {
			t.Gap(name, t.OutOfTime())
			return nil
		}
		parsed, err := syntax.Parse(grammar, src, t.FileTime())
		if err != nil {
			t.Gap(name, "could not be parsed: "+err.Error())
			return nil
		}
		return parsed
	})
}

func (e *Evaluator) parseError(name string, at syntax.Error) *fact.ParseError {
	return &fact.ParseError{
		Location: finding.Location{File: name, Line: at.Line, Column: at.Column}, Text: at.Message(e.lang.Title(name)),
	}
}

// broken returns the first syntax error in each of the entry files and the files that they certainly import. Of the
// files in which no rule would find anything, it checks those that others import, and at most tree.MaxAside bytes.
func (e *Evaluator) broken() []fact.ParseError {
	var errors []fact.ParseError
	aside := 0
	tree.Reach(e.Entry, func(name string) []string {
		if !e.leads[name] && !slices.Contains(e.Entry, name) {
			src := e.tree.Read(name)
			if aside += len(src); aside > tree.MaxAside {
				return nil
			}
			if f := e.files[name]; f != nil {
				if f.Broken != nil {
					errors = append(errors, *f.Broken)
				}
			} else if at, broken := syntax.FirstError(e.lang.Grammar(name), src, e.tree.FileTime()); broken {
				errors = append(errors, *e.parseError(name, at))
			}
			if e.lang.ScanOn {
				return e.scan(name)
			}
			return nil
		}
		f := e.file(name)
		if f == nil {
			return nil
		}
		if f.Broken != nil {
			errors = append(errors, *f.Broken)
		}
		return e.targets(f, true)
	})
	return errors
}

// calls returns the facts of a file's calls.
func (e *Evaluator) calls(f *form.File) []*fact.Call {
	e.start()
	var calls []*fact.Call
	for _, n := range f.Calls {
		if e.tooLate() {
			if e.tree != nil {
				e.tree.Gap(f.Name, "could not be read to its end: "+syntax.ErrTime.Error())
			}
			break
		}
		if e.isRemote(n) {
			continue
		}
		calls = append(calls, e.call(n))
		if n.Kind == form.Call {
			calls = append(calls, e.handedOn(n)...)
		}
	}
	return calls
}

// comments returns the comments of a file that are addressed to pipeguard.
func comments(f *form.File, root *syntax.Node) []fact.Comment {
	if !bytes.Contains(bytes.ToLower(f.Src), []byte("guard")) {
		return nil
	}
	var found []fact.Comment
	var waiting []int // comments that look for the next code
	root.Walk(func(n *syntax.Node) bool {
		if n.Kind != "comment" {
			if len(n.Children) == 0 && n.End > n.Start {
				for _, i := range waiting {
					found[i].Next = n.Line
				}
				waiting = nil
			}
			return true
		}
		text, ok := fact.CutComment(n.Text(f.Src))
		if !ok {
			return false
		}
		text, _, _ = strings.Cut(text, "\n")
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "*/"))
		before := f.Src[bytes.LastIndexByte(f.Src[:n.Start], '\n')+1 : n.Start]
		after, _, _ := bytes.Cut(f.Src[n.End:], []byte("\n"))
		alone := len(bytes.TrimSpace(before)) == 0 && len(bytes.TrimSpace(after)) == 0
		found = append(found, fact.Comment{
			Location: finding.Location{File: f.Name, Line: n.Line, Column: n.Column}, Text: text, Alone: alone,
		})
		if alone {
			waiting = append(waiting, len(found)-1)
		}
		return false
	})
	return found
}
