package eval

import (
	"regexp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// neverCalled reports whether a node is in a function that nothing calls.
func (e *Evaluator) neverCalled(n *form.Node) bool {
	for ; n != nil && len(e.uncalled) > 0; n = n.Parent {
		if n.Kind == form.Function && e.uncalled[n.Scope] {
			return true
		}
	}
	return false
}

// dynamic lists the names with which a program can access a function by a computed name.
var dynamic = []string{"globals", "locals", "vars", "getattr", "eval", "exec", "inspect", "dir", "fire", "import_module", "__import__", "__dict__"}

// inText matches text in a string that may name a function: the whole string, the last part of a dotted name, or a word
// before a parenthesis.
var inText = regexp.MustCompile(`^(\w+)$|[.:](\w+)$|(\w+)\(`)

// uncalled returns the functions at the top level of files whose name occurs nowhere in the program's code, not even in
// a string, except in their own body and in those of other such functions. There are none in a program that can compute
// names.
func uncalled(files []*form.File) map[*form.Scope]bool {
	places := map[string][]*form.Node{}
	computed := false
	for _, f := range files {
		var visit func(n *form.Node)
		visit = func(n *form.Node) {
			switch {
			case n.Kind == form.Name && (n.Binding == nil || n.Binding.Scope == f.Scope), n.Kind == form.Member:
				computed = computed || slices.Contains(dynamic, n.Text)
				places[n.Text] = append(places[n.Text], n)
			case n.Kind == form.Import:
				computed = computed || slices.Contains(dynamic, n.Text) || slices.Contains(dynamic, n.Import.Member) || slices.Contains(dynamic, n.Import.Module)
				places[n.Import.Member] = append(places[n.Import.Member], n)
			case n.Kind == form.Literal && n.Value.Kind == fact.Text && n.Parent.Kind != form.Block: // others are documentation
				for _, m := range inText.FindAllStringSubmatch(n.Value.Text, -1) {
					name := m[1] + m[2] + m[3]
					places[name] = append(places[name], n)
				}
			case n.Kind == form.Call && n.Import != nil:
				computed = true
			}
			if n.Type != nil {
				visit(n.Type)
			}
			n.Children(visit)
		}
		visit(f.Root)
	}
	if computed {
		return nil
	}
	var candidates []*form.Scope
	for _, f := range files {
		for _, s := range f.Scopes {
			if s.Node.Kind == form.Function && s.Node.Declared && s.Parent == f.Scope && len(s.Node.Decorators) == 0 {
				candidates = append(candidates, s)
			}
		}
	}
	dead := map[*form.Scope]bool{}
	for changed := true; changed; {
		changed = false
		for _, s := range candidates {
			mentioned := func(n *form.Node) bool {
				for ; n != nil; n = n.Parent {
					if n == s.Node || n.Kind == form.Function && dead[n.Scope] {
						return false
					}
				}
				return true
			}
			if !dead[s] && !slices.ContainsFunc(places[s.Node.Text], mentioned) {
				dead[s], changed = true, true
			}
		}
	}
	return dead
}
