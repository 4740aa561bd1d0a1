package python

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// imported is one import: of a module, or of names from it.
type imported struct {
	// level counts the dots in front of the module.
	level  int
	module string
	// names holds the names in `from module import`; "*" for all.
	names []string
}

// paths resolves the modules of one program.
type paths struct {
	*eval.Evaluator
	// roots holds the folders that absolute imports start from.
	roots []string
	// packages holds the folders that have source files below them.
	packages map[string]bool
}

func pathsOf(e *eval.Evaluator) *paths {
	return eval.Note(e, "paths", func() *paths {
		p := &paths{Evaluator: e, packages: map[string]bool{}}
		for _, name := range e.Entry {
			if dir := path.Dir(name); !slices.Contains(p.roots, dir) {
				p.roots = append(p.roots, dir)
			}
		}
		for _, name := range e.Tree().Files() {
			for dir := path.Dir(name); dir != "." && !p.packages[dir]; dir = path.Dir(dir) {
				p.packages[dir] = true
			}
		}
		return p
	})
}

// scan returns the files of the tree that a file may import. It only looks at the text, so it also finds imports in
// strings and comments.
func scan(e *eval.Evaluator, name string) []string {
	p := pathsOf(e)
	src := e.Tree().Read(name)
	var files []string
	for at := 0; ; {
		next := bytes.Index(src[at:], []byte("import"))
		if next < 0 {
			return files
		}
		at += next + len("import")
		if i, ok := importAt(src, at-len("import"), at); ok {
			for _, i := range i {
				files = append(files, p.targets(name, i)...)
			}
		}
	}
}

// importAt returns the imports of the statement whose word "import" is
// src[start:end].
func importAt(src []byte, start, end int) ([]imported, bool) {
	before := statementBefore(src, start)
	after := src[end:]
	switch {
	case bytes.HasPrefix(after, []byte("_module(")) || bytes.HasPrefix(after, []byte("__(")):
		_, after, _ = bytes.Cut(after, []byte("("))
		return literalImport(string(argument(after)))
	case len(after) == 0 || isName(after[0]):
		return nil, false
	case before == "":
		var all []imported
		for _, module := range names(rest(after)) {
			all = append(all, imported{module: module})
		}
		return all, len(all) > 0
	}
	module, isFrom := strings.CutPrefix(before, "from")
	if !isFrom || module == "" || isName(module[0]) {
		return nil, false
	}
	i := dotted(strings.TrimSpace(module))
	i.names = names(rest(after))
	return []imported{i}, true
}

// statementBefore returns the part of a statement before an offset.
func statementBefore(src []byte, at int) string {
	start := bytes.LastIndexByte(src[:at], '\n') + 1
	for start > 1 && src[start-2] == '\\' {
		start = bytes.LastIndexByte(src[:start-1], '\n') + 1
	}
	before := src[start:at]
	if i := bytes.LastIndexAny(before, ";:"); i >= 0 {
		before = before[i+1:]
	}
	return strings.TrimSpace(strings.ReplaceAll(string(before), "\\\n", " "))
}

// rest returns the list of names after "import".
func rest(after []byte) string {
	after = bytes.TrimLeft(after, " \t\\\r\n")
	if inner, ok := bytes.CutPrefix(after, []byte("(")); ok {
		inner, _, _ = bytes.Cut(inner, []byte(")"))
		lines := strings.Split(string(inner), "\n")
		for i, line := range lines {
			lines[i], _, _ = strings.Cut(line, "#")
		}
		return strings.Join(lines, " ")
	}
	end := 0
	for end < len(after) && after[end] != ';' && after[end] != '#' && (after[end] != '\n' || end > 0 && after[end-1] == '\\') {
		end++
	}
	return strings.ReplaceAll(string(after[:end]), "\\\n", " ")
}

// names returns the names in a list, without their aliases.
func names(list string) []string {
	var all []string
	for item := range strings.SplitSeq(list, ",") {
		if fields := strings.Fields(item); len(fields) > 0 {
			all = append(all, fields[0])
		}
	}
	return all
}

// argument returns the first argument of a call if it is a plain string.
func argument(after []byte) []byte {
	after = bytes.TrimLeft(after, " \t\r\n")
	if len(after) < 2 || after[0] != '"' && after[0] != '\'' {
		return nil
	}
	end := bytes.IndexByte(after[1:], after[0])
	if end < 0 {
		return nil
	}
	return after[1 : 1+end]
}

// literalImport returns the import that importlib.import_module(module) does.
func literalImport(module string) ([]imported, bool) {
	i := dotted(module)
	return []imported{i}, i.module != "" && !strings.ContainsAny(module, "/\\ \n")
}

// dotted splits "..a.b".
func dotted(text string) imported {
	module := strings.TrimLeft(text, ".")
	return imported{level: len(text) - len(module), module: strings.ReplaceAll(module, " ", "")}
}

func isName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// module returns the module of the tree at a path.
func (p *paths) module(at string) (eval.Module, bool) {
	switch {
	case p.Tree().Has(path.Join(at, "__init__.py")):
		return eval.Module{Path: at, File: path.Join(at, "__init__.py")}, true
	case p.Tree().Has(at + ".py"):
		return eval.Module{Path: at, File: at + ".py"}, true
	case p.packages[at]:
		return eval.Module{Path: at}, true
	}
	return eval.Module{}, false
}

// base returns the possible base paths of the names of an import.
func (p *paths) base(from string, i imported) []string {
	if i.level > 0 {
		dir := path.Dir(from)
		for range i.level - 1 {
			dir = path.Join(dir, "..")
		}
		return []string{dir}
	}
	// The folder of the entry that led here comes first: if several handlers are read together, each has its own
	// helpers.
	roots := slices.Clone(p.roots)
	slices.SortStableFunc(roots, func(a, b string) int { return prefixLength(from, b) - prefixLength(from, a) })
	return roots
}

// prefixLength returns the length of the folder's path as a prefix of the file's; -1 for a file elsewhere.
func prefixLength(name, dir string) int {
	if dir == "." {
		return 0
	}
	if strings.HasPrefix(name, dir+"/") {
		return len(dir)
	}
	return -1
}

// resolve returns the path to a module of the tree: its packages and the module itself, outermost first. It returns nil
// for a module from elsewhere. A lone folder without __init__.py does not count, because an installed package takes
// precedence over it.
func (p *paths) resolve(from string, i imported) []eval.Module {
	for _, dir := range p.base(from, i) {
		if i.module == "" {
			if m, ok := p.module(dir); ok || dir == "." {
				m.Path = dir
				return []eval.Module{m}
			}
			continue
		}
		var way []eval.Module
		for part := range strings.SplitSeq(i.module, ".") {
			dir = path.Join(dir, part)
			m, ok := p.module(dir)
			if !ok || part == "" {
				way = nil
				break
			}
			way = append(way, m)
		}
		if len(way) > 0 && (way[len(way)-1].File != "" || i.level > 0) {
			return way
		}
	}
	return nil
}

// submodule returns a module of a package.
func (p *paths) submodule(from string, i imported, name string) (eval.Module, bool) {
	if i.module != "" {
		i.module += "."
	}
	i.module += name
	way := p.resolve(from, i)
	if way == nil {
		return eval.Module{}, false
	}
	return way[len(way)-1], true
}

// targets returns the files of the tree that an import executes.
func (p *paths) targets(from string, i imported) []string {
	way := p.resolve(from, i)
	for _, name := range i.names {
		if m, ok := p.submodule(from, i, name); ok {
			way = append(way, m)
		}
	}
	var files []string
	for _, m := range way {
		if m.File != "" && m.File != from {
			files = append(files, m.File)
		}
	}
	return files
}

// spec converts an import of the common form.
func spec(i *form.ImportOf) imported {
	spec := dotted(i.Module)
	if i.Member != "" {
		spec.names = []string{i.Member}
	}
	return spec
}

// importOf returns what an import refers to.
func importOf(e *eval.Evaluator, f *form.File, i *form.ImportOf) eval.Ref {
	p := pathsOf(e)
	from := spec(i)
	way := p.resolve(f.Name, from)
	if i.Member == "" || i.Member == "*" {
		switch {
		case way == nil && i.Outermost:
			name, _, _ := strings.Cut(from.module, ".")
			return eval.Ref{Name: name}
		case way == nil && from.level == 0:
			return eval.Ref{Name: from.module}
		case way == nil:
			return eval.Ref{}
		case i.Outermost:
			return eval.Ref{Module: &way[0]}
		}
		return eval.Ref{Module: &way[len(way)-1]}
	}
	if way != nil {
		return e.ModuleMember(&way[len(way)-1], i.Member)
	}
	if m, ok := p.submodule(f.Name, from, i.Member); ok && m.File != "" {
		return eval.Ref{Module: &m}
	}
	if from.level > 0 {
		return eval.Ref{} // a module of the program that is not in the tree
	}
	return eval.Ref{Name: canonical(from.module + "." + i.Member)}
}

// submoduleOf returns a module of a package.
func submoduleOf(e *eval.Evaluator, m *eval.Module, name string) *eval.Module {
	if !strings.HasSuffix(m.File, "__init__.py") && m.File != "" {
		return nil
	}
	if sub, ok := pathsOf(e).module(path.Join(m.Path, name)); ok {
		return &sub
	}
	return nil
}

// canonical returns the public name of something that a Pulumi SDK defines in an inner module: pulumi_aws.s3.Bucket for
// pulumi_aws.s3.bucket.Bucket.
func canonical(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 3 || parts[0] != "pulumi" && !strings.HasPrefix(parts[0], "pulumi_") {
		return name
	}
	last, inner := parts[len(parts)-1], parts[len(parts)-2]
	if last[:min(1, len(last))] != strings.ToUpper(last[:min(1, len(last))]) {
		return name
	}
	own := strings.EqualFold(strings.ReplaceAll(inner, "_", ""), last) && len(parts) > 3
	if parts[0] == "pulumi" {
		own = slices.Contains([]string{"asset", "resource", "output", "config"}, inner)
	}
	if own || inner == "_inputs" {
		parts = append(parts[:len(parts)-2], last)
	}
	return strings.Join(parts, ".")
}
