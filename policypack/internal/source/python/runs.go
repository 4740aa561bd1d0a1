package python

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// inBranch reports whether a node may not run when the function, or the file,
// that it is in does.
func (f *file) inBranch(n *syntax.Node) bool {
	for p := n.Parent; p != nil; n, p = p, p.Parent {
		switch p.Kind {
		case "function_definition":
			if n.Field == "body" {
				return false
			}
		case "if_statement":
			_, always := f.truth(p.Child("condition"))
			if n.Field != "condition" && (n.Field != "consequence" || !always) {
				return true
			}
		case "for_statement":
			if n.Field != "right" {
				return true
			}
		case "try_statement":
			if n.Kind == "finally_clause" {
				continue
			}
			// What fails in the body is handled: the program can do without it.
			isExcept := func(c *syntax.Node) bool { return strings.HasPrefix(c.Kind, "except") }
			if n.Field != "body" || slices.ContainsFunc(p.Children, isExcept) {
				return true
			}
		case "conditional_expression":
			if below := p.NamedChildren(); len(below) == 3 && n != below[1] {
				return true
			}
		case "boolean_operator":
			if n.Field == "right" {
				return true
			}
		case "while_statement", "case_clause", "lambda", "list_comprehension", "set_comprehension", "dictionary_comprehension",
			"generator_expression":
			return true
		}
	}
	return false
}

// neverCalled reports whether a node is in a function that nothing calls.
func (rd *reader) neverCalled(f *file, n *syntax.Node) bool {
	if len(rd.uncalled) == 0 {
		return false
	}
	for s := f.scopeAt(n); s != nil; s = s.parent {
		if rd.uncalled[s] {
			return true
		}
	}
	return false
}

// dynamic are names with which a program can reach a function by a computed name.
var dynamic = []string{"globals", "locals", "vars", "getattr", "eval", "exec", "inspect", "dir", "fire", "import_module", "__import__", "__dict__"}

// uncalled returns the functions at the top level of files whose name occurs
// nowhere in the program's code, not even in a string, except in their own body
// and in those of other such functions. A program that can compute names has none.
func uncalled(files []*file) map[*scope]bool {
	type place struct {
		file *file
		at   int
	}
	places := map[string][]place{}
	for _, f := range files {
		computed := false
		f.root.Walk(func(n *syntax.Node) bool {
			switch {
			case n.Kind == "comment" || n.Field == "name" && n.Parent.Kind == "function_definition":
			case n.Kind == "identifier":
				name := n.Text(f.src)
				computed = computed || slices.Contains(dynamic, name)
				places[name] = append(places[name], place{f, n.Start})
			case n.Kind == "string":
				for _, word := range strings.FieldsFunc(n.Text(f.src), func(r rune) bool { return r < 0x80 && !isName(byte(r)) }) {
					places[word] = append(places[word], place{f, n.Start})
				}
			}
			return true
		})
		if computed {
			return nil
		}
	}
	var candidates []*scope
	for _, f := range files {
		for _, s := range f.scopes {
			if s.isFunction() && s.parent == f.module && len(s.decorators) == 0 {
				candidates = append(candidates, s)
			}
		}
	}
	dead := map[*scope]bool{}
	within := func(p place, s *scope) bool {
		return p.file == s.file && s.node.Start <= p.at && p.at < s.node.End
	}
	for changed := true; changed; {
		changed = false
		for _, s := range candidates {
			mentioned := func(p place) bool {
				if within(p, s) {
					return false
				}
				for d := range dead {
					if within(p, d) {
						return false
					}
				}
				return true
			}
			if !dead[s] && !slices.ContainsFunc(places[s.name], mentioned) {
				dead[s], changed = true, true
			}
		}
	}
	return dead
}
