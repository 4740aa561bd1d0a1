// Package source reads a Pulumi program's source, and that of its functions'
// handlers, into facts that rules judge.
package source

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
	"github.com/pipeguard/pipeguard/policypack/internal/source/python"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/typescript"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// frontend describes how source in one language is read.
type frontend struct {
	language fact.Language
	endings  []string
	read     func(*tree.Tree, fact.Request) fact.Facts
	handlers func(*tree.Tree) []string
}

var frontends = []frontend{
	{fact.Go, golang.Endings, golang.Read, golang.Handlers},
	{fact.Python, python.Endings, python.Read, python.Handlers},
	{fact.YAML, nil, yamlprogram.Read, func(*tree.Tree) []string { return nil }},
	{fact.TypeScript, typescript.Endings, typescript.Read, typescript.Handlers},
}

func endings() []string {
	var all []string
	for _, f := range frontends {
		all = append(all, f.endings...)
	}
	return all
}

// Source is the source code in and around a program's folder. It is read on first use. A Source must not be used by
// several goroutines at once.
type Source struct {
	// dir holds the project file; work is the folder that the program runs in.
	dir   string
	work  string
	words []string
	left  tree.Budget

	// project is the name in the project file; declared is the configuration that the file declares without a value.
	project  string
	declared []ConfigKey

	opened   bool
	program  fact.Facts
	broken   []fact.ParseError
	handlers []fact.Handler
	named    map[string]fact.Handler
	waivers  []*waiver
	// ends holds the last line of each call by the location where the call starts.
	ends map[finding.Location]int
}

// New returns the source of the program in dir, limited to the calls in files that mention one of the words. dir is the
// folder of the project file, or the one that its main names; see Locate.
func New(dir string, budget tree.Budget, words []string) *Source {
	root, work := Locate(dir)
	return &Source{
		dir: root, work: work, left: budget, named: map[string]fact.Handler{}, ends: map[finding.Location]int{},
		words: append(slices.Clone(words), fact.Name),
	}
}

// NewAside returns the source of the program in dir for a purpose other than the rules: it is read within fixed limits,
// and only the files that mention one of the words.
func NewAside(dir string, words ...string) *Source {
	return New(dir, tree.Budget{Files: 5000, Bytes: 64 << 20, Time: 2 * time.Second}, words)
}

// Program returns the facts of the Pulumi program: of its entry point and the files that it imports.
func (s *Source) Program() *fact.Facts {
	s.open()
	return &s.program
}

// Handlers returns the Lambda handlers in subfolders of the program, recognized by their shape, that the program itself
// does not import.
func (s *Source) Handlers() []fact.Handler {
	s.open()
	return s.handlers
}

// spend runs one part of the reading with the rest of the budget.
func (s *Source) spend(read func(tree.Budget)) {
	start := time.Now()
	read(s.left)
	s.left.Time -= time.Since(start)
}

func (s *Source) open() {
	if s.opened {
		return
	}
	s.opened = true
	s.spend(func(budget tree.Budget) {
		t, err := tree.Open(s.dir, budget, endings()...)
		if err != nil {
			s.program.Gaps = []fact.Gap{{File: ".", Reason: err.Error()}}
			return
		}
		defer t.Close() //nolint:errcheck // nothing is written
		s.readProgram(t)
		s.program.Gaps = append(s.program.Gaps, t.Gaps()...)
		s.waive(s.program)
	})
}

func (s *Source) readProgram(t *tree.Tree) {
	project := findProject(t)
	s.project, s.declared = project.name, project.config
	if project.broken != nil {
		s.addBroken([]fact.ParseError{*project.broken})
	}
	if project.gap != "" {
		s.program.Gaps = append(s.program.Gaps, fact.Gap{File: project.file, Reason: project.gap})
	}
	if project.fragments {
		s.readFragments(t)
		return
	}
	request := fact.Request{Entry: project.entry, Keywords: s.words, Errors: true}
	for _, f := range frontends {
		if f.language != project.language || len(project.entry) == 0 {
			continue
		}
		if f.language == fact.Go {
			request.Module = module(s.dir)
		}
		s.program = f.read(t, request)
		s.addBroken(s.program.Broken)
	}
	imported := map[string]bool{}
	for _, file := range s.program.Files {
		imported[file] = true
	}
	for _, f := range frontends {
		for _, entry := range f.handlers(t) {
			if !imported[entry] && !slices.Contains(project.entry, entry) {
				s.handlers = append(s.handlers, s.handler(t, f, entry, ""))
			}
		}
	}
}

// handler reads one handler. Files are named relative to the program's folder; prefix is the path from there to the
// tree.
func (s *Source) handler(t *tree.Tree, f frontend, entry, prefix string) fact.Handler {
	request := fact.Request{Entry: []string{entry}, Keywords: s.words, Errors: true, Module: module(filepath.Join(s.dir, prefix))}
	facts := f.read(t, request)
	if prefix != "" {
		rebase(&facts, prefix)
	}
	s.addBroken(facts.Broken)
	s.waive(facts)
	return fact.Handler{Facts: facts, Entry: path.Join(prefix, entry)}
}

// readFragments treats every file as a fragment of a program, and also of a handler if it has the shape of one.
func (s *Source) readFragments(t *tree.Tree) {
	for _, f := range frontends {
		for _, file := range t.Files() {
			if !slices.Contains(f.endings, path.Ext(file)) || isTest(file) {
				continue
			}
			entry := file
			facts := f.read(t, fact.Request{Entry: []string{entry}, Keywords: s.words, Fragment: true})
			s.waive(facts)
			s.handlers = append(s.handlers, fact.Handler{Facts: facts, Entry: file})
			if !slices.Contains(f.handlers(t), file) {
				s.program.Add(fact.Facts{Files: facts.Files, Calls: facts.Calls, Gaps: facts.Gaps})
			}
		}
	}
}

// HandlerAt returns the handler that a function's code contains: dir is the folder with the code, absolute or relative
// to the one that the program runs in, and entry is the file in it that Lambda loads. It returns false if there is no
// such file in a supported language.
func (s *Source) HandlerAt(dir, entry string) (fact.Handler, bool) {
	s.open() // the program comes first when the budget is short
	key := path.Join(filepath.ToSlash(dir), entry)
	if h, ok := s.named[key]; ok {
		return h, h.Entry != ""
	}
	var found fact.Handler
	s.spend(func(budget tree.Budget) {
		at := dir
		if !filepath.IsAbs(at) {
			at = filepath.Join(s.work, dir)
		}
		t, err := tree.Open(at, budget, endings()...)
		if err != nil {
			return
		}
		defer t.Close() //nolint:errcheck // nothing is written
		for _, f := range frontends {
			if slices.Contains(f.endings, path.Ext(entry)) && t.Has(path.Clean(entry)) {
				prefix := s.relative(at)
				found = s.handler(t, f, path.Clean(entry), prefix)
				for _, gap := range t.Gaps() {
					found.Gaps = append(found.Gaps, fact.Gap{File: path.Join(prefix, gap.File), Reason: gap.Reason})
				}
			}
		}
	})
	s.named[key] = found
	return found, found.Entry != ""
}

// relative returns the path of a folder relative to the program's.
func (s *Source) relative(dir string) string {
	base, err := filepath.Abs(s.dir)
	if err != nil {
		return filepath.ToSlash(dir)
	}
	if at, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(base, at); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(dir)
}

func rebase(f *fact.Facts, prefix string) {
	move := func(l *finding.Location) {
		if l.File != "" {
			l.File = path.Join(prefix, l.File)
		}
	}
	for i := range f.Files {
		f.Files[i] = path.Join(prefix, f.Files[i])
	}
	for _, c := range f.Calls {
		move(&c.Location)
	}
	for i := range f.Comments {
		move(&f.Comments[i].Location)
	}
	for i := range f.Broken {
		move(&f.Broken[i].Location)
	}
	for i := range f.Gaps {
		f.Gaps[i].File = path.Join(prefix, f.Gaps[i].File)
	}
}

// isTest reports whether a file is a test, judging by its name.
func isTest(file string) bool {
	base := path.Base(file)
	return strings.HasPrefix(base, "test_") || base == "conftest.py" || strings.HasSuffix(base, "_test.py") ||
		strings.HasSuffix(base, "_test.go") || strings.Contains(base, ".test.") || strings.Contains(base, ".spec.")
}

// module returns the import path of a Go folder according to the go.mod in it or in the nearest folder above, or "" if
// there is none.
func module(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	below := ""
	for {
		text, err := os.ReadFile(filepath.Join(abs, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(text)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
					return path.Join(strings.Trim(strings.TrimSpace(name), `"`), below)
				}
			}
			return ""
		}
		parent := filepath.Dir(abs)
		if parent == abs {
			return ""
		}
		below = path.Join(filepath.Base(abs), below)
		abs = parent
	}
}
