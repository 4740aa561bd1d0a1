package python

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// imported is one import: `import module`, or names from it.
type imported struct {
	// level counts the dots in front of the module.
	level  int
	module string
	// names are what `from module import` names; "*" for all.
	names []string
	// guarded says that the program may run without it: it stands in a branch or
	// a try.
	guarded bool
}

// scan are the files of the tree that a file may import. It looks at the text
// only, so it also takes what a string or a comment says for an import.
func (rd *reader) scan(name string) []string {
	src := rd.t.Read(name)
	var files []string
	for at := 0; ; {
		next := bytes.Index(src[at:], []byte("import"))
		if next < 0 {
			break
		}
		at += next + len("import")
		if i, ok := importAt(src, at-len("import"), at); ok {
			for _, i := range i {
				files = append(files, rd.targets(name, i)...)
			}
		}
	}
	slices.Sort(files)
	files = slices.Compact(files)
	rd.imports[name] = files
	return files
}

// importAt are the imports of the statement whose word "import" is
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

// statementBefore is what stands before an offset in its statement.
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

// rest is the list of names after "import".
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

// names are the names of a list, without their aliases.
func names(list string) []string {
	var all []string
	for item := range strings.SplitSeq(list, ",") {
		if fields := strings.Fields(item); len(fields) > 0 {
			all = append(all, fields[0])
		}
	}
	return all
}

// argument is the text of a first argument that is a plain string.
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

// literalImport is importlib.import_module(module).
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

// module is a module or package of the tree.
type module struct {
	// path is the file without its ending, or the package's folder.
	path string
	// file is the source; empty for a folder without __init__.py.
	file string
}

// module is the module of the tree at a path.
func (rd *reader) module(at string) (module, bool) {
	switch {
	case rd.t.Has(path.Join(at, "__init__.py")):
		return module{at, path.Join(at, "__init__.py")}, true
	case rd.t.Has(at + ".py"):
		return module{at, at + ".py"}, true
	case rd.packages[at]:
		return module{path: at}, true
	}
	return module{}, false
}

// base is where the names of an import start, for each place they may.
func (rd *reader) base(from string, i imported) []string {
	if i.level > 0 {
		dir := path.Dir(from)
		for range i.level - 1 {
			dir = path.Join(dir, "..")
		}
		return []string{dir}
	}
	// The folder of the entry that led here comes first: where several
	// handlers are read at once, each has its own helpers.
	roots := slices.Clone(rd.roots)
	slices.SortStableFunc(roots, func(a, b string) int { return within(from, b) - within(from, a) })
	return roots
}

// within is how much of a file's path the folder is; -1 for a file elsewhere.
func within(name, dir string) int {
	if dir == "." {
		return 0
	}
	if strings.HasPrefix(name, dir+"/") {
		return len(dir)
	}
	return -1
}

// resolve is the way to a module of the tree: its packages and itself, the
// outermost first. It is nil for a module of another place. A folder without
// __init__.py alone is none: a package that is installed goes before it.
func (rd *reader) resolve(from string, i imported) []module {
	for _, dir := range rd.base(from, i) {
		if i.module == "" {
			if m, ok := rd.module(dir); ok || dir == "." {
				m.path = dir
				return []module{m}
			}
			continue
		}
		var way []module
		for part := range strings.SplitSeq(i.module, ".") {
			dir = path.Join(dir, part)
			m, ok := rd.module(dir)
			if !ok || part == "" {
				way = nil
				break
			}
			way = append(way, m)
		}
		if len(way) > 0 && (way[len(way)-1].file != "" || i.level > 0) {
			return way
		}
	}
	return nil
}

// submodule is a module of a package.
func (rd *reader) submodule(from string, i imported, name string) (module, bool) {
	if i.module != "" {
		i.module += "."
	}
	i.module += name
	way := rd.resolve(from, i)
	if way == nil {
		return module{}, false
	}
	return way[len(way)-1], true
}

// targets are the files of the tree that an import runs.
func (rd *reader) targets(from string, i imported) []string {
	way := rd.resolve(from, i)
	for _, name := range i.names {
		if m, ok := rd.submodule(from, i, name); ok {
			way = append(way, m)
		}
	}
	var files []string
	for _, m := range way {
		if m.file != "" && m.file != from {
			files = append(files, m.file)
		}
	}
	return files
}
