package golang

import (
	"bytes"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// choose parses the files of a package whose calls matter and, for the types, the files with the declarations that
// these use. The calls of a file matter if it mentions a keyword, imports a package that is read, or uses a declaration
// from such a file of its own package.
func (l *loader) choose(dir string) {
	var matter, rest []string
	for _, name := range l.files(dir) {
		h := l.header(name)
		leads := slices.ContainsFunc(h.imports, func(p string) bool {
			folder, ok := l.folder(p)
			return ok && l.wanted[folder]
		})
		if h.mentions || leads || l.whole[dir] {
			matter = append(matter, name)
		} else {
			rest = append(rest, name)
		}
	}
	used := map[string]bool{}
	for len(matter) > 0 {
		var declared []string
		for _, name := range matter {
			if f := l.parse(name); f != nil {
				l.parsed[name] = f
				declared = append(declared, shared(f)...)
				identifiers(f, used)
			}
		}
		matter, rest = split(rest, func(name string) bool { return tree.Mentions(l.tree.Read(name), declared) })
	}
	// Files with the types of those that matter need types themselves.
	declarations := map[string][]declaration{}
	for _, name := range rest {
		declarations[name] = declarationsIn(l.tree.Read(name))
	}
	for {
		var needed []string
		needed, rest = split(rest, func(name string) bool {
			return slices.ContainsFunc(declarations[name], func(d declaration) bool {
				return used[d.name] && (d.receiver == "" || used[d.receiver])
			})
		})
		if len(needed) == 0 {
			l.unread[dir] = append(l.unread[dir], rest...)
			return
		}
		l.unread[dir] = append(l.unread[dir], needed...)
		for _, name := range needed {
			f := l.parse(name)
			if f == nil {
				continue
			}
			for _, d := range f.Decls {
				if function, ok := d.(*ast.FuncDecl); ok {
					function.Body = nil
				}
			}
			l.parsed[name] = f
			l.partial[name] = true
			identifiers(f, used)
		}
	}
}

// mentionedOnce reports whether the files of a package that were not read in full mention a name just once: then none
// of them assigns to the variable that one of them declares.
func (l *loader) mentionedOnce(dir, name string) bool {
	count := 0
	for _, file := range l.unread[dir] {
		count += bytes.Count(l.tree.Read(file), []byte(name))
	}
	return count == 1
}

// split separates the names that pass a test from the others.
func split(names []string, test func(string) bool) (pass, fail []string) {
	for _, name := range names {
		if test(name) {
			pass = append(pass, name)
		} else {
			fail = append(fail, name)
		}
	}
	return pass, fail
}

// shared returns the names of a file's functions (without methods) and variables.
func shared(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name != "main" && d.Name.Name != "init" {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR {
					for _, name := range s.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "_" })
}

// identifiers adds the identifiers in a file to used.
func identifiers(f *ast.File, used map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			used[name.Name] = true
		}
		return true
	})
}

// declaration is a name that a package declares and, for a method, the name of its receiver type.
type declaration struct{ name, receiver string }

// declarationsIn returns the declarations in a file. It does not parse the file but relies on gofmt's line layout. A
// declaration that it misses leaves a type unknown.
func declarationsIn(src []byte) []declaration {
	var found []declaration
	group := false
	for len(src) > 0 {
		var line []byte
		line, src, _ = bytes.Cut(src, []byte("\n"))
		switch {
		case bytes.HasPrefix(line, []byte("func (")):
			receiver, rest, _ := bytes.Cut(line[len("func ("):], []byte(")"))
			receiver, _, _ = bytes.Cut(receiver, []byte("["))
			words := strings.Fields(string(receiver))
			if len(words) > 0 {
				found = append(found, declaration{leading(rest), strings.TrimPrefix(words[len(words)-1], "*")})
			}
		case bytes.HasPrefix(line, []byte("func ")), bytes.HasPrefix(line, []byte("type ")),
			bytes.HasPrefix(line, []byte("var ")), bytes.HasPrefix(line, []byte("const ")):
			_, rest, _ := bytes.Cut(line, []byte(" "))
			group = bytes.HasPrefix(rest, []byte("("))
			found = append(found, list(rest)...)
		case bytes.HasPrefix(line, []byte(")")):
			group = false
		case group && bytes.HasPrefix(line, []byte("\t")):
			found = append(found, list(line)...)
		}
	}
	return found
}

// list returns the names in "a, b = 1, 2".
func list(line []byte) []declaration {
	var found []declaration
	for part := range bytes.SplitSeq(line, []byte(",")) {
		name := leading(part)
		if name == "" {
			break
		}
		found = append(found, declaration{name: name})
		if len(name) < len(bytes.TrimSpace(part)) {
			break // what follows is no list any more
		}
	}
	return found
}

// leading returns the identifier that text starts with, or "".
func leading(text []byte) string {
	text = bytes.TrimLeft(text, " \t")
	end := bytes.IndexFunc(text, func(r rune) bool { return !token.IsIdentifier("a" + string(r)) })
	if end < 0 {
		end = len(text)
	}
	return string(text[:end])
}
