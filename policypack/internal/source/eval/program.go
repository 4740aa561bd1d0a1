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

// Language is what the evaluator must know of a language.
type Language struct {
	Name fact.Language
	// Title is the language's name in messages, by a file's name.
	Title func(file string) string
	// Grammar returns the grammar of a file, and Lower makes the form of one that was
	// parsed.
	Grammar func(file string) syntax.Language
	Lower   func(p *Evaluator, f *form.File, root *syntax.Node)
	// Scan returns the files of the tree that a file seems to import, by its text.
	Scan func(e *Evaluator, file string) []string
	// ScanOn says that files which no rule looks at are looked through for others
	// that may be broken.
	ScanOn bool
	// Targets returns the files of the tree that an import runs.
	Targets func(e *Evaluator, f *form.File, i *form.ImportOf) []string

	// Import returns what an import stands for, Free what a name means that a file
	// does not bind, and Join the name of a member of what is outside the program.
	Import func(e *Evaluator, f *form.File, i *form.ImportOf) Ref
	Free   func(e *Evaluator, f *form.File, name string) Ref
	Join   func(name, member string) string
	// Export and Submodule find members of a module that its names do not tell; Lazy
	// reports whether a file can only hold names of the program itself.
	Export    func(e *Evaluator, f *form.File, name string) (Ref, bool)
	Submodule func(e *Evaluator, m *Module, name string) *Module
	Lazy      func(e *Evaluator, file string) bool

	// Constants are texts of the standard library. Ops and Methods are the functions
	// and methods whose results are known.
	Constants map[string]string
	Ops       map[string]Op
	Methods   map[string]Op
	// Changes returns what a method does to a list or map, and Fills are functions
	// that change their first argument.
	Changes func(method string, kind fact.Kind) Change
	Fills   []string
	// Typed returns a value of a type that the node declares, and Cast one of another
	// type, where that is not the same.
	Typed func(v fact.Value, declares *form.Node, typ string) fact.Value
	Cast  func(v fact.Value, n *form.Node, typ string) fact.Value
	// TypeOf returns the type of an expression, and Seeks whether it can seek, where
	// a type checker knows.
	TypeOf func(n *form.Node) (string, bool)
	Seeks  func(n *form.Node) bool
	// Wrappers are types that say nothing of their own about the value.
	Wrappers []string
	// Kinds are what methods of values are named after; Instance those of a type.
	Kinds    map[fact.Kind]string
	Instance func(typ string) string
	// Attribute returns an attribute of a value.
	Attribute func(v fact.Value, name string) (fact.Value, bool)
	// Constructor is the name of constructors. Transparent says that a class without
	// one is the class outside of the program that it extends, and TakesFields reports
	// whether a class takes its fields as arguments.
	Constructor string
	Transparent bool
	TakesFields func(class *form.Node) bool
	// Wraps reports whether decorators make something else of a function.
	Wraps func(function *form.Node) bool
	// Callback returns a parameter of a function that a known one calls.
	Callback func(e *Evaluator, param *form.Node) (fact.Value, bool)
	// HandsOn are functions that call another with the arguments after it; Remote
	// reports whether one makes a Lambda of what it is given, and Runs whether a call
	// runs the functions it is given.
	HandsOn map[string]int
	Remote  func(function string) bool
	Runs    func(call *form.Node) bool
	// IsFunction reports whether a name of what is outside the program is known to be
	// that of a function.
	IsFunction func(n *form.Node) bool
	// NamesRest says that an argument "*" stands for the rest of those that are
	// spread, Tuples that a call may have several results, CallsResults that what a
	// call returns is called under its name, and Unused that functions which nothing
	// mentions are looked for.
	NamesRest, Tuples, CallsResults, Unused bool
	// WholeText says that a text of one part alone is that part.
	WholeText bool
	// NoMembers says that a type checker knows the members of values, so that they have
	// no names besides.
	NoMembers bool
}

// program is what is read of one program.
type program struct {
	tree    *tree.Tree
	request fact.Request
	// Entry are the files that run first.
	Entry []string
	files map[string]*form.File
	// scanned are the files that each seems to import.
	scanned map[string][]string
	// leads are the files that matter, and those that lead to them.
	leads map[string]bool
	// importers are the files that seem to import each.
	importers map[string][]string
	// extra counts the bytes of other files that were parsed.
	extra int
	// named are the classes and functions of the program by full name.
	named map[string]*form.Scope
	// spans are the nodes that a function of several lines is in, of the files in
	// spanned.
	spans   map[*form.Node]bool
	spanned map[*form.File]bool
	// fileTime is how long the next file may take.
	fileTime func() time.Duration
	now      func() time.Time
	notes    map[string]any
}

// New returns an evaluator of the program that a request names.
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

// Tree returns the tree that is read, and Fragment reports whether its files are
// pieces of programs.
func (e *Evaluator) Tree() *tree.Tree { return e.tree }

// Fragment reports whether the files are pieces of programs.
func (e *Evaluator) Fragment() bool { return e.request.Fragment }

// Note returns what was noted for a key, which make makes the first time.
func Note[T any](e *Evaluator, key string, make func() T) T {
	if v, ok := e.notes[key].(T); ok {
		return v
	}
	v := make()
	e.notes[key] = v
	return v
}

// Read returns the facts of the entry files, and of what they import within the tree.
// Only files that mention one of the keywords, and those that lead to them, are lowered.
// Calls come sorted by file, and in the order of the source within one.
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

// Evaluate returns the calls of files that a front end has lowered and resolved
// itself. stop reports whether no time is left.
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

// lead notes the files that mention a word, and those from which one can come to them,
// among what the entry seems to import.
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

// targets returns the files that running a file imports; with certain only those that
// it imports in any case.
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

// file returns the form of a file, or nil when it cannot be had: then the tree's gaps
// say why, or it is not worth its time.
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

// File returns the form of a file, or nil when it cannot be had.
func (e *Evaluator) File(name string) *form.File {
	e.leads[name] = true
	return e.file(name)
}

// Leads reports whether a file matters, or leads to one that does.
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

// Parse returns the syntax of a file, or nil when it cannot be had. It is parsed once
// for all that read the tree.
func (e *Evaluator) Parse(name string) *syntax.Tree { return Parse(e.tree, name, e.lang.Grammar(name)) }

// Parse returns the syntax of a file of a tree, or nil when it cannot be had.
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

// broken returns the first place in each file that cannot be parsed, of the entry files
// and those that they import for certain. Of the files that no rule would find anything
// in, it looks at those that are imported by others, and at no more than tree.MaxAside
// bytes.
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

// comments returns those of a file that speak to pipeguard.
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
