// Package python finds the facts of Python source: which functions a program,
// or a Lambda handler, calls, and with what.
//
// It follows names as Python does: imports and their aliases, variables,
// attributes of self, parameters of functions that are called once, and
// functions of other files of the program. What it cannot follow is unknown; it
// never guesses. It does not see what goes through exec, getattr with a name
// that is not known, or changes of sys.path.
package python

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are the file endings of Python source.
var Endings = []string{".py"}

// Read is what the entry files, and the files of the tree that they import, say.
//
// A file is parsed only when it, or a file it leads to, mentions one of the
// words. Calls come sorted by file, and in the order of the source within one.
func Read(t *tree.Tree, r fact.Request) fact.Facts {
	rd := newReader(t, r)
	reached := tree.Reach(rd.entry, rd.scan)
	var facts fact.Facts
	for _, name := range reached {
		if rd.t.Read(name) != nil {
			facts.Files = append(facts.Files, name)
		}
	}
	rd.keep(facts.Files)
	var files []*file
	for _, name := range tree.Reach(rd.entry, rd.follow) {
		if f := rd.parsed[name]; f != nil {
			files = append(files, f)
		}
	}
	rd.index(files)
	if !rd.fragment && len(t.Gaps()) == 0 {
		rd.uncalled = uncalled(files)
	}
	for _, f := range files {
		facts.Calls = append(facts.Calls, rd.calls(f)...)
		facts.Comments = append(facts.Comments, f.comments()...)
	}
	facts.Gaps = t.Gaps()
	return facts
}

type memberKey struct{ module, name string }

// reader reads one request.
type reader struct {
	t        *tree.Tree
	entry    []string
	words    []string
	fragment bool
	// roots are the folders that absolute imports start from.
	roots []string
	// packages are the folders that have source files below them.
	packages map[string]bool
	imports  map[string][]string
	// matters are the files to parse: those that mention a word, and those on
	// the way to them.
	matters map[string]bool
	parsed  map[string]*file

	// sites are the places that call a function of the program; used are the
	// functions that the program also passes around, so that not all their
	// calls are seen.
	sites  map[*scope][]site
	passed map[*scope]bool
	// named are the classes and functions of the program by full name.
	named map[string]*scope

	// uncalled are the functions that nothing in the program mentions.
	uncalled map[*scope]bool

	indexed bool

	// What was found out already, which also ends cycles.
	refs    map[*syntax.Node]ref
	types   map[*syntax.Node]string
	exports map[memberKey]ref
	callees map[*syntax.Node]callee
	made    map[*syntax.Node]*fact.Call
	// members are stand-ins for calls: what made a value that is a member of
	// another.
	members map[*fact.Call]bool
	// following are the expressions being looked at, to end cycles.
	following map[*syntax.Node]bool
	depth     int
	steps     int
	deadline  time.Time
	// held counts the elements of the values of the file at hand.
	held int
	late bool
}

func newReader(t *tree.Tree, r fact.Request) *reader {
	rd := &reader{
		t: t, words: append(slices.Clone(r.Keywords), fact.Name), fragment: r.Fragment,
		packages: map[string]bool{}, imports: map[string][]string{}, matters: map[string]bool{},
		parsed: map[string]*file{}, sites: map[*scope][]site{}, passed: map[*scope]bool{}, named: map[string]*scope{},
		refs: map[*syntax.Node]ref{}, made: map[*syntax.Node]*fact.Call{}, members: map[*fact.Call]bool{},
		following: map[*syntax.Node]bool{}, callees: map[*syntax.Node]callee{}, types: map[*syntax.Node]string{}, exports: map[memberKey]ref{},
	}
	for _, name := range r.Entry {
		name = path.Clean(name)
		rd.entry = append(rd.entry, name)
		if dir := path.Dir(name); !slices.Contains(rd.roots, dir) {
			rd.roots = append(rd.roots, dir)
		}
	}
	for _, name := range t.Files() {
		for dir := path.Dir(name); dir != "." && !rd.packages[dir]; dir = path.Dir(dir) {
			rd.packages[dir] = true
		}
	}
	return rd
}

// keep marks the files to parse among those that were reached.
func (rd *reader) keep(reached []string) {
	importers := map[string][]string{}
	var queue []string
	for _, name := range reached {
		for _, imported := range rd.imports[name] {
			importers[imported] = append(importers[imported], name)
		}
		if tree.Mentions(rd.t.Read(name), rd.words) {
			queue = append(queue, name)
		}
	}
	for _, name := range tree.Reach(queue, func(name string) []string { return importers[name] }) {
		rd.matters[name] = true
	}
}

// follow are the files that running a file that matters imports.
func (rd *reader) follow(name string) []string {
	if !rd.matters[name] {
		return nil
	}
	f := rd.parse(name)
	if f == nil {
		return nil
	}
	var files []string
	for _, i := range f.runs {
		files = append(files, rd.targets(name, i)...)
	}
	return files
}

// parse is the syntax and the names of a file, or nil when it cannot be had.
func (rd *reader) parse(name string) *file {
	if f, ok := rd.parsed[name]; ok {
		return f
	}
	rd.parsed[name] = nil
	src := rd.t.Read(name)
	if src == nil {
		return nil
	}
	if rd.t.Left() <= 0 {
		rd.t.Gap(name, rd.t.OutOfTime())
		return nil
	}
	root, err := syntax.Parse(syntax.Python, src, rd.t.FileTime())
	if err != nil {
		rd.t.Gap(name, "could not be read: "+err.Error())
		return nil
	}
	f := newFile(name, src, root, slices.Contains(rd.entry, name))
	rd.parsed[name] = f
	for _, s := range f.scopes {
		if s.full != "" {
			rd.named[s.full] = s
		}
	}
	return f
}

// calls are the facts of a file's calls.
func (rd *reader) calls(f *file) []*fact.Call {
	rd.start()
	var calls []*fact.Call
	for _, n := range f.calls {
		if rd.tooLate() {
			rd.t.Gap(f.name, "could not be read: "+syntax.ErrTime.Error())
			break
		}
		calls = append(calls, rd.call(f, n))
		calls = append(calls, rd.handedOn(f, n)...)
	}
	return calls
}

// start gives the next file its time.
func (rd *reader) start() {
	rd.late, rd.held = false, 0
	rd.deadline = time.Now().Add(rd.t.FileTime())
}

// tooLate says that the file at hand has used up its time.
func (rd *reader) tooLate() bool {
	rd.steps++
	if rd.held > maxHeld || rd.steps%256 == 0 && time.Now().After(rd.deadline) {
		rd.late = true
	}
	return rd.late
}

// comments are those of the file that speak to pipeguard.
func (f *file) comments() []fact.Comment {
	var comments []fact.Comment
	for i, n := range f.leaves {
		if n.Kind != "comment" {
			continue
		}
		text, ok := fact.CutComment(n.Text(f.src))
		if !ok {
			continue
		}
		c := fact.Comment{
			Location: finding.Location{File: f.name, Line: n.Line, Column: n.Column},
			Text:     strings.TrimSpace(text),
			Alone:    strings.TrimSpace(string(f.src[n.Start-n.Column+1:n.Start])) == "",
		}
		for _, next := range f.leaves[i+1:] {
			if c.Alone && next.Kind != "comment" && next.End > next.Start && next.Line > n.Line {
				c.Next = next.Line
				break
			}
		}
		comments = append(comments, c)
	}
	return comments
}
