package golang

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// extract finds the facts of packages that are type-checked together. whole
// says that no other package calls them. Calls that stop keeps it from are left
// out.
func extract(fset *token.FileSet, info *types.Info, units []*unit, whole bool, stop func() bool) fact.Facts {
	x := &finder{
		index: newIndex(fset, info, units, whole),
		names: map[*ast.CallExpr]string{}, following: map[types.Object]bool{}, types: map[types.Type]typeFacts{},
	}
	facts := fact.Facts{}
	for _, e := range x.order {
		x.steps = 0
		if stop() {
			break
		}
		switch e := e.(type) {
		case *ast.CallExpr:
			call := x.calls[e]
			call.Func = x.name(e)
			call.Args = x.spread(e, 0)
			call.Receiver = x.maker(e)
			facts.Calls = append(facts.Calls, call)
		case *ast.CompositeLit:
			call := x.structs[e]
			call.Func = x.typeText(e.Type)
			for _, f := range x.follow(e, &trail{at: e.Pos()}).Fields {
				call.Args = append(call.Args, fact.Arg{Name: f.Key, Value: f.Value})
			}
			facts.Calls = append(facts.Calls, call)
		}
	}
	cutCycles(facts.Calls)
	for _, u := range units {
		for _, f := range u.files {
			facts.Files = append(facts.Files, f.name)
			facts.Comments = append(facts.Comments, x.comments(f)...)
		}
	}
	slices.Sort(facts.Files)
	slices.SortStableFunc(facts.Calls, func(a, b *fact.Call) int { return strings.Compare(a.Location.File, b.Location.File) })
	slices.SortStableFunc(facts.Comments, func(a, b fact.Comment) int {
		return strings.Compare(a.Location.File, b.Location.File)
	})
	return facts
}

// maker returns the call that made what a method of Pulumi's SDK is called on,
// or nil. For other methods nothing depends on it.
func (x *finder) maker(e *ast.CallExpr) *fact.Call {
	function, ok := callee(e.Fun).(*ast.SelectorExpr)
	if !ok || !strings.Contains(x.calls[e].Func, pulumiSDK) || x.packagePath(function.X) != "" {
		return nil
	}
	return x.follow(function.X, &trail{at: function.Pos()}).Call
}

// cutCycles makes values Unknown that hold the call they are an argument of, as
// variables that are made of each other would. So rules can walk values.
func cutCycles(calls []*fact.Call) {
	const open, done = 1, 2
	state := map[*fact.Call]int{}
	var visit func(c *fact.Call)
	var cut func(v *fact.Value)
	cut = func(v *fact.Value) {
		if v.Call != nil {
			if state[v.Call] == open {
				*v = fact.Value{Type: v.Type, Seeks: v.Seeks, Location: v.Location}
				return
			}
			visit(v.Call)
		}
		for i := range v.Items {
			cut(&v.Items[i])
		}
		for i := range v.Fields {
			cut(&v.Fields[i].Value)
		}
	}
	visit = func(c *fact.Call) {
		if state[c] != 0 {
			return
		}
		state[c] = open
		for i := range c.Args {
			cut(&c.Args[i].Value)
		}
		state[c] = done
	}
	for _, c := range calls {
		visit(c)
	}
}

func (x *finder) comments(f *file) []fact.Comment {
	var found []fact.Comment
	var code []int
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			text, ok := fact.CutComment(c.Text)
			if !ok {
				continue
			}
			text, _, _ = strings.Cut(text, "\n")
			text = strings.TrimSpace(strings.TrimSuffix(strings.TrimRight(text, " \t\r"), "*/"))
			location, _ := x.place(c.Pos())
			comment := fact.Comment{Location: location, Text: text}
			if code == nil {
				code = codeLines(f.src)
			}
			next, _ := slices.BinarySearch(code, location.Line)
			end := location.Line + strings.Count(c.Text, "\n")
			if comment.Alone = next == len(code) || code[next] > end; comment.Alone && next < len(code) {
				comment.Next = code[next]
			}
			found = append(found, comment)
		}
	}
	return found
}

// codeLines are the lines on which something other than comments starts.
func codeLines(src []byte) []int {
	t := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(t, src, nil, 0)
	var lines []int
	for {
		pos, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			return slices.Compact(lines)
		case tok != token.SEMICOLON || literal != "\n": // else it is the scanner's own
			lines = append(lines, t.Line(pos))
		}
	}
}
