package golang

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// loader parses and type-checks the relevant packages of a tree. It needs neither the go command nor anything outside
// the tree: imports from elsewhere are stubs of a few well-known packages, or empty.
type loader struct {
	tree    *tree.Tree
	request fact.Request
	// modules holds the import paths of the folders that contain a go.mod.
	modules map[string]string
	folders map[string][]string
	headers map[string]*header
	// wanted holds the folders whose packages are read.
	wanted map[string]bool
	// whole holds the wanted folders whose packages are read in full.
	whole map[string]bool
	fset  *token.FileSet
	info  *types.Info
	units []*unit
	// checked holds the packages by folder; a value is nil while its package is being checked.
	checked map[string]*types.Package
	parsed  map[string]*ast.File
	// partial holds the files that are read only for their types; unread holds these and the files that are not read at
	// all, by folder.
	partial map[string]bool
	unread  map[string][]string
	// cost is the estimated time that type-checking the files takes.
	cost time.Duration
}

// header is the information at the top of a file.
type header struct {
	pkg      string
	imports  []string
	mentions bool
}

func newLoader(t *tree.Tree, r fact.Request) *loader {
	l := &loader{
		tree: t, request: r,
		modules: map[string]string{}, folders: map[string][]string{}, headers: map[string]*header{},
		wanted: map[string]bool{}, whole: map[string]bool{}, fset: token.NewFileSet(), info: newInfo(),
		checked: map[string]*types.Package{}, parsed: map[string]*ast.File{}, partial: map[string]bool{}, unread: map[string][]string{},
	}
	seen := map[string]bool{}
	for _, name := range t.Files() {
		if path.Ext(name) != ".go" {
			continue
		}
		dir := path.Dir(name)
		l.folders[dir] = append(l.folders[dir], name)
		for !seen[dir] {
			seen[dir] = true
			if mod := path.Join(dir, "go.mod"); t.Exists(mod) {
				l.modules[dir] = modulePath(t.Read(mod))
			}
			dir = path.Dir(dir)
		}
	}
	if l.modules["."] == "" {
		l.modules["."] = r.Module
	}
	return l
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
}

// modulePath returns the path that a go.mod declares, or empty.
func modulePath(mod []byte) string {
	for line := range strings.Lines(string(mod)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "module" {
			continue
		}
		if name, err := strconv.Unquote(words[1]); err == nil {
			return name
		}
		return words[1]
	}
	return ""
}

// importPath returns the import path of the package in a folder of the tree.
func (l *loader) importPath(dir string) string {
	for root := dir; ; root = path.Dir(root) {
		if module, ok := l.modules[root]; ok || root == "." {
			if module == "" {
				module = "program" // nothing can import it, it only needs a name
			}
			if root == "." {
				return path.Join(module, dir)
			}
			return path.Join(module, strings.TrimPrefix(dir, root))
		}
	}
}

// folder returns the folder of the tree that holds the package with an import path.
func (l *loader) folder(importPath string) (string, bool) {
	for root, module := range l.modules {
		rest, ok := strings.CutPrefix(importPath+"/", module+"/")
		if module == "" || !ok {
			continue
		}
		dir := path.Join(root, rest)
		if len(l.folders[dir]) > 0 && l.importPath(dir) == importPath {
			return dir, true
		}
	}
	return "", false
}

// header reads the top of a file, once. It returns nil for files that are not built into a program for Linux and for
// those that cannot be read.
func (l *loader) header(name string) *header {
	if h, ok := l.headers[name]; ok {
		return h
	}
	l.headers[name] = nil
	if strings.HasSuffix(name, "_test.go") {
		return nil
	}
	src := l.tree.Read(name)
	if src == nil || !built(name, src) {
		return nil
	}
	// An error comes up again when the whole file is parsed.
	f, _ := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.SkipObjectResolution)
	if f == nil || f.Name == nil {
		return nil
	}
	h := &header{pkg: f.Name.Name, mentions: tree.Mentions(src, l.request.Keywords)}
	for _, s := range f.Imports {
		h.imports = append(h.imports, importPath(s))
	}
	l.headers[name] = h
	return h
}

// built reports whether the file's name and its build constraints include it in a program for Linux. Lambda and most
// pipelines run there.
func built(name string, src []byte) bool {
	context := build.Context{
		GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true,
		ReleaseTags: build.Default.ReleaseTags,
		OpenFile:    func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil },
		JoinPath:    path.Join,
	}
	match, err := context.MatchFile(path.Dir(name), path.Base(name))
	return match || err != nil // what is wrong with it shows when it is parsed
}

func importPath(s *ast.ImportSpec) string {
	name, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return ""
	}
	return name
}

// files returns the files of the package in a folder: those of package main if main is requested and exists, otherwise
// those of the first package.
func (l *loader) files(dir string) []string {
	name := ""
	for _, f := range l.folders[dir] {
		h := l.header(f)
		if h == nil {
			continue
		}
		if name == "" || h.pkg == "main" && slices.Contains(l.request.Entry, dir) {
			name = h.pkg
		}
	}
	return slices.DeleteFunc(slices.Clone(l.folders[dir]), func(f string) bool {
		return l.header(f) == nil || l.header(f).pkg != name
	})
}

// want finds the packages on the import paths from the entries to files that mention one of the keywords.
func (l *loader) want() {
	importers := map[string][]string{}
	var matter []string
	tree.Reach(l.request.Entry, func(dir string) []string {
		var imports []string
		mentions := false
		for _, f := range l.files(dir) {
			mentions = mentions || l.header(f).mentions
			for _, p := range l.header(f).imports {
				if folder, ok := l.folder(p); ok {
					imports = append(imports, folder)
					importers[folder] = append(importers[folder], dir)
				}
			}
		}
		if mentions {
			matter = append(matter, dir)
		}
		return imports
	})
	wanted := tree.Reach(matter, func(dir string) []string { return importers[dir] })
	for _, dir := range wanted {
		l.wanted[dir] = true
	}
	aside := 0
	for _, dir := range wanted {
		for _, f := range l.files(dir) {
			for _, p := range l.header(f).imports {
				folder, ok := l.folder(p)
				if !ok || l.wanted[folder] {
					continue
				}
				size := 0
				for _, f := range l.files(folder) {
					size += len(l.tree.Read(f))
				}
				if aside+size <= maxAside {
					aside += size
					l.wanted[folder], l.whole[folder] = true, true
				}
			}
		}
	}
}

// maxAside bounds, in bytes, how much is read of packages that do not matter themselves but may define a constant that
// does: enough for a few small packages.
const maxAside = 64 << 10

// parse returns a file's syntax tree, or nil if the file cannot be parsed at all.
func (l *loader) parse(name string) *ast.File {
	src := l.tree.Read(name)
	if src == nil {
		return nil
	}
	if l.tree.Left() <= 0 {
		l.tree.Gap(name, l.tree.OutOfTime())
		return nil
	}
	f, err := parser.ParseFile(l.fset, name, src, parseMode)
	if err != nil && l.whole[path.Dir(name)] {
		return nil // it need not be read
	}
	if f == nil || f.Name == nil {
		l.tree.Gap(name, "could not be parsed")
		return nil
	}
	if err != nil {
		l.tree.Gap(name, parseError(err))
	}
	if !l.admit(name, f) {
		return nil
	}
	return f
}

// maxFileTime bounds the time spent on one file.
const maxFileTime = time.Second

const parseMode = parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors

// parseError returns the reason why only part of a file was read.
func parseError(err error) string {
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return fmt.Sprintf("could only be parsed in part: line %d: %s", list[0].Pos.Line, list[0].Msg)
	}
	return "could only be parsed in part: " + err.Error()
}

// maxNesting is the maximum nesting depth of a file's syntax, because the type checker recurses along it.
const maxNesting = 1000

// nodeTime is a conservative estimate of the cost of type-checking and reading one syntax node: dense code takes 1 to 2
// µs on a slow machine, typical code a fifth of that.
const nodeTime = 2 * time.Microsecond

// admit reports whether there is time to type-check a file. The type checker cannot be interrupted, so its run time is
// estimated in advance.
func (l *loader) admit(name string, f *ast.File) bool {
	nodes, depth, deepest := 0, 0, 0
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			depth--
			return true
		}
		depth++
		nodes++
		deepest = max(deepest, depth)
		return true
	})
	cost := time.Duration(nodes) * nodeTime
	switch {
	case deepest > maxNesting:
		l.tree.Gap(name, "could not be read: it is nested too deeply")
	case cost > maxFileTime:
		l.tree.Gap(name, "could not be read: it would take too long")
	case l.cost+cost > l.tree.Left():
		l.tree.Gap(name, l.tree.OutOfTime())
	default:
		l.cost += cost
		return true
	}
	return false
}

// check type-checks the package in a folder, after the packages that it imports.
func (l *loader) check(dir string) *types.Package {
	if pkg, ok := l.checked[dir]; ok {
		return pkg
	}
	l.checked[dir] = nil
	var files []*file
	for _, name := range l.files(dir) {
		if f := l.parsed[name]; f != nil {
			one := &file{name: name, src: l.tree.Read(name), syntax: f}
			if l.partial[name] {
				one.unknown = func(variable string) bool { return !l.mentionedOnce(dir, variable) }
			}
			files = append(files, one)
		}
	}
	u := l.checkFiles(l.importPath(dir), files)
	if u == nil {
		return nil
	}
	l.checked[dir] = u.pkg
	return u.pkg
}

// errStop aborts type-checking when no time is left.
var errStop = errors.New("out of time")

// checkFiles type-checks files as a package as far as possible: unknown names do not stop it. It returns nil when
// nothing could be determined.
func (l *loader) checkFiles(importPath string, files []*file) (u *unit) {
	if len(files) == 0 {
		return nil
	}
	u = &unit{files: files}
	// The type checker is made for source that a compiler accepts or rejects. If a file makes it panic, the file counts
	// as unreadable.
	defer func() {
		if r := recover(); r != nil {
			reason := "could not be type-checked"
			if r == errStop { //nolint:errorlint // it is a panic's value
				reason = l.tree.OutOfTime()
			}
			for _, f := range files {
				l.tree.Gap(f.name, reason)
			}
			u = nil
		}
	}()
	config := types.Config{
		Importer: l, FakeImportC: true, DisableUnusedImportCheck: true,
		Error: func(error) {
			if l.tree.Left() <= 0 {
				panic(errStop)
			}
		},
	}
	var syntax []*ast.File
	for _, f := range files {
		syntax = append(syntax, f.syntax)
	}
	u.pkg, _ = config.Check(importPath, l.fset, syntax, l.info)
	if u.pkg == nil {
		return nil
	}
	l.units = append(l.units, u)
	return u
}

// Import implements types.Importer.
func (l *loader) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	name := assumedName(importPath)
	if dir, ok := l.folder(importPath); ok {
		if l.wanted[dir] {
			if pkg := l.check(dir); pkg != nil {
				return pkg, nil
			}
		}
		if files := l.files(dir); len(files) > 0 {
			name = l.header(files[0]).pkg
		}
	} else if pkg := stub(importPath); pkg != nil {
		return pkg, nil
	}
	// An empty package: its names are unknown, but not where they come from.
	pkg := types.NewPackage(importPath, name)
	pkg.MarkComplete()
	return pkg, nil
}

// assumedName returns the name that a package usually has, judging by its path: the last element that is not a version,
// without characters that an identifier cannot contain.
func assumedName(importPath string) string {
	name := path.Base(importPath)
	if isVersion(name) && path.Dir(importPath) != "." {
		name = path.Base(path.Dir(importPath))
	}
	name = strings.TrimPrefix(name, "go-")
	if i := strings.IndexFunc(name, func(r rune) bool { return !token.IsIdentifier("a" + string(r)) }); i > 0 {
		name = name[:i]
	}
	return name
}

func isVersion(part string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(part, "v"))
	return err == nil && n > 1 && part[0] == 'v'
}
