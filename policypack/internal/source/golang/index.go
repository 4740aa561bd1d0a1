package golang

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// unit is a type-checked package.
type unit struct {
	pkg   *types.Package
	files []*file
}

// file is a parsed file.
type file struct {
	// name is the file as facts name it.
	name   string
	src    []byte
	syntax *ast.File
	// prefix is how many bytes were put before the source to make a fragment
	// a file.
	prefix int
	// partial says that it is there for its types alone: not all that uses its
	// variables was read.
	partial bool
}

// variable is what the source does with a variable, a parameter or a result.
type variable struct {
	// zero says that it is declared without a value, in block.
	zero  bool
	block ast.Node
	// typ is its declared type, where it has one.
	typ  ast.Expr
	sets []assignment
	// appended: x = append(x, …) happens to it; no such assignment is in sets.
	appended bool
	// element: x[i] = … happens to it.
	element bool
	// pointed: its address is taken.
	pointed bool
	// opaque: its value cannot be followed, as of loop variables.
	opaque bool
	// argument: it is a parameter, a receiver or a named result.
	argument bool
	fields   []fieldSet
	// events are in the order of the source.
	events []event
	// passed is where it is first passed to a call.
	passed token.Pos
}

// assignment is x = value, or the result of that index of a call.
type assignment struct {
	value  ast.Expr
	result int
	block  ast.Node
}

// fieldSet is x.name = value; value is nil where x is not what is assigned to.
type fieldSet struct {
	name  string
	value ast.Expr
}

// event is a use of a variable that may change it: a call of its method, or a
// call that it is passed to.
type event struct {
	pos    token.Pos
	method string
	call   *ast.CallExpr
}

// parameter is a parameter of a declared function.
type parameter struct {
	function *types.Func
	index    int
	variadic bool
}

// index is what one walk over the source gathers, for values to be followed.
type index struct {
	fset *token.FileSet
	info *types.Info
	// whole says that all callers of exported functions are among the units.
	whole bool
	// own are the packages that are indexed.
	own   map[*types.Package]bool
	files map[*token.File]*file
	// calls holds the calls, without names and arguments at first.
	calls map[*ast.CallExpr]*fact.Call
	// structs holds the struct literals of types of other packages, as calls.
	structs   map[*ast.CompositeLit]*fact.Call
	order     []ast.Expr
	variables map[types.Object]*variable
	params    map[types.Object]parameter
	callers   map[*types.Func][]*ast.CallExpr
	// escapes are functions that are used as values.
	escapes map[*types.Func]bool
}

func newIndex(fset *token.FileSet, info *types.Info, units []*unit, whole bool) *index {
	x := &index{
		fset: fset, info: info, whole: whole,
		own: map[*types.Package]bool{}, files: map[*token.File]*file{},
		calls: map[*ast.CallExpr]*fact.Call{}, structs: map[*ast.CompositeLit]*fact.Call{},
		variables: map[types.Object]*variable{}, params: map[types.Object]parameter{},
		callers: map[*types.Func][]*ast.CallExpr{}, escapes: map[*types.Func]bool{},
	}
	for _, u := range units {
		x.own[u.pkg] = true
		for _, f := range u.files {
			x.files[fset.File(f.syntax.FileStart)] = f
		}
	}
	for _, u := range units {
		for _, f := range u.files {
			for _, d := range f.syntax.Decls {
				x.declaration(d, f.partial)
			}
		}
	}
	for _, v := range x.variables {
		slices.SortFunc(v.events, func(a, b event) int { return cmp.Compare(a.pos, b.pos) })
		if i := slices.IndexFunc(v.events, func(e event) bool { return e.call != nil }); i >= 0 {
			v.passed = v.events[i].pos
		}
	}
	return x
}

func (x *index) declaration(d ast.Decl, partial bool) {
	in := ""
	if d, ok := d.(*ast.FuncDecl); ok {
		if function, ok := x.info.Defs[d.Name].(*types.Func); ok {
			in = function.FullName()
			x.parameters(function, d.Type)
		}
		if d.Recv != nil {
			x.arguments(d.Recv)
		}
	}
	called := map[*ast.Ident]bool{}
	var way []ast.Node // from the declaration to the node
	ast.Inspect(d, func(n ast.Node) bool {
		if n == nil {
			way = way[:len(way)-1]
			return true
		}
		way = append(way, n)
		switch n := n.(type) {
		case *ast.FuncType:
			x.arguments(n.Params)
			x.arguments(n.Results)
		case *ast.ValueSpec:
			x.valueSpec(n, block(way), partial)
		case *ast.AssignStmt:
			x.assign(n, block(way))
		case *ast.IncDecStmt:
			if v := x.variable(n.X); v != nil {
				v.opaque = true
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if v := x.variable(e); v != nil {
					v.opaque = true
				}
			}
		case *ast.UnaryExpr:
			if v := x.variable(n.X); v != nil && n.Op == token.AND {
				v.pointed = true
			}
		case *ast.FuncLit:
			for _, around := range way {
				switch around := around.(type) {
				case *ast.CallExpr:
					if c := x.calls[around]; c != nil {
						c.End = 0
					}
				case *ast.CompositeLit:
					if c := x.structs[around]; c != nil {
						c.End = 0
					}
				}
			}
		case *ast.CompositeLit:
			if x.foreignStruct(n) {
				x.structs[n] = x.newCall(n, in, inBranch(way))
				x.order = append(x.order, n)
			}
		case *ast.CallExpr:
			x.call(n, in, inBranch(way), called)
		case *ast.Ident:
			if function, ok := x.info.Uses[n].(*types.Func); ok && !called[n] {
				x.escapes[function.Origin()] = true
			}
		}
		return true
	})
}

// block is the innermost block around the last node of the way.
func block(way []ast.Node) ast.Node {
	for _, n := range slices.Backward(way) {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.FuncLit:
			return n
		}
	}
	return nil
}

func (x *index) parameters(function *types.Func, t *ast.FuncType) {
	i := 0
	for _, field := range t.Params.List {
		_, variadic := field.Type.(*ast.Ellipsis)
		for _, name := range field.Names {
			if object := x.info.Defs[name]; object != nil {
				x.params[object] = parameter{function, i, variadic}
			}
			i++
		}
		if len(field.Names) == 0 {
			i++
		}
	}
}

func (x *index) arguments(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			if v := x.variable(name); v != nil {
				v.argument, v.typ = true, field.Type
			}
		}
	}
}

// variable is the record of the variable that e names, or nil.
func (x *index) variable(e ast.Expr) *variable {
	if e == nil {
		return nil
	}
	name, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	object, ok := x.info.ObjectOf(name).(*types.Var)
	if !ok || object.IsField() {
		return nil
	}
	v := x.variables[object]
	if v == nil {
		v = &variable{}
		x.variables[object] = v
	}
	return v
}

func (x *index) valueSpec(s *ast.ValueSpec, in ast.Node, partial bool) {
	for i, name := range s.Names {
		v := x.variable(name)
		if v == nil {
			continue // a constant
		}
		v.typ, v.opaque = s.Type, v.opaque || partial
		switch {
		case len(s.Values) == 0:
			v.zero, v.block = true, in
		case len(s.Values) == len(s.Names):
			v.sets = append(v.sets, assignment{s.Values[i], -1, in})
		default:
			v.sets = append(v.sets, assignment{s.Values[0], i, in})
		}
	}
}

func (x *index) assign(s *ast.AssignStmt, in ast.Node) {
	for i, left := range s.Lhs {
		set := assignment{s.Rhs[0], i, in}
		if len(s.Rhs) == len(s.Lhs) {
			set = assignment{s.Rhs[i], -1, in}
		}
		switch left := ast.Unparen(left).(type) {
		case *ast.Ident:
			v := x.variable(left)
			switch {
			case v == nil:
			case s.Tok != token.ASSIGN && s.Tok != token.DEFINE:
				v.opaque = true // +=
			case x.appends(set.value, v):
				v.appended = true
			default:
				v.sets = append(v.sets, set)
			}
		case *ast.SelectorExpr:
			if v := x.variable(left.X); v != nil && set.result < 0 && s.Tok == token.ASSIGN {
				v.fields = append(v.fields, fieldSet{left.Sel.Name, set.value})
			} else if v := x.root(left); v != nil {
				v.fields = append(v.fields, fieldSet{fact.Hole, nil})
			}
		case *ast.IndexExpr:
			if v := x.root(left); v != nil {
				v.element = true
			}
		case *ast.StarExpr:
			if v := x.variable(left.X); v != nil {
				v.opaque = true
			}
		}
	}
}

// appends says that e is append(v, …).
func (x *index) appends(e ast.Expr, v *variable) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && x.builtin(call.Fun) == "append" && len(call.Args) > 0 && x.variable(call.Args[0]) == v
}

// builtin is the name of the built-in function that fun is, or empty.
func (x *index) builtin(fun ast.Expr) string {
	if name, ok := ast.Unparen(fun).(*ast.Ident); ok {
		if _, ok := x.info.Uses[name].(*types.Builtin); ok {
			return name.Name
		}
	}
	return ""
}

// root is the variable v of v.a.b or v.a[i].
func (x *index) root(e ast.Expr) *variable {
	for {
		switch inner := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			e = inner.X
		case *ast.IndexExpr:
			e = inner.X
		case *ast.StarExpr:
			e = inner.X
		default:
			return x.variable(e)
		}
	}
}

func (x *index) newCall(e ast.Expr, in string, branch bool) *fact.Call {
	location, snippet := x.place(e.Pos())
	end, _ := x.place(e.End() - 1)
	return &fact.Call{Language: fact.Go, Location: location, Snippet: snippet, In: in, Branch: branch, End: end.Line}
}

// inBranch reports whether the last node of the way may not run when the
// declaration it is in does. An early return is no branch.
func inBranch(way []ast.Node) bool {
	for i := len(way) - 2; i >= 0; i-- {
		switch n := way[i].(type) {
		case *ast.IfStmt:
			if way[i+1] != n.Init && way[i+1] != n.Cond {
				return true
			}
		case *ast.ForStmt:
			if way[i+1] != n.Init && way[i+1] != n.Cond {
				return true
			}
		case *ast.RangeStmt:
			if way[i+1] != n.X {
				return true
			}
		case *ast.CaseClause, *ast.CommClause:
			return true
		case *ast.BinaryExpr:
			if (n.Op == token.LAND || n.Op == token.LOR) && way[i+1] == n.Y {
				return true
			}
		case *ast.FuncLit:
			call, ok := way[max(i-1, 0)].(*ast.CallExpr)
			if !ok || call.Fun != n && !isRun(call) {
				return true
			}
		}
	}
	return false
}

// isRun reports whether a call is pulumi.Run, which runs the function it is given.
func isRun(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, ok := function.X.(*ast.Ident)
	return ok && name.Name == "pulumi" && (function.Sel.Name == "Run" || function.Sel.Name == "RunErr")
}

func (x *index) call(e *ast.CallExpr, in string, branch bool, called map[*ast.Ident]bool) {
	if t, ok := x.info.Types[e.Fun]; ok && (t.IsType() || t.IsBuiltin()) {
		return
	}
	// The type checker passes over what it has no type for, as in make(T, len(x)).
	if name, ok := e.Fun.(*ast.Ident); ok && x.info.Uses[name] == nil && types.Universe.Lookup(name.Name) != nil {
		return
	}
	x.calls[e] = x.newCall(e, in, branch)
	x.order = append(x.order, e)
	name, _ := callee(e.Fun).(*ast.Ident)
	if selector, ok := callee(e.Fun).(*ast.SelectorExpr); ok {
		name = selector.Sel
		if v := x.variable(selector.X); v != nil {
			v.events = append(v.events, event{pos: selector.X.Pos(), method: "." + name.Name})
		}
	}
	if name != nil {
		called[name] = true
		if function, ok := x.info.Uses[name].(*types.Func); ok {
			x.callers[function.Origin()] = append(x.callers[function.Origin()], e)
		}
	}
	for _, arg := range e.Args {
		arg = ast.Unparen(arg)
		if address, ok := arg.(*ast.UnaryExpr); ok && address.Op == token.AND {
			arg = address.X
		}
		if v := x.variable(arg); v != nil {
			v.events = append(v.events, event{pos: arg.Pos(), call: e})
		}
	}
}

// callee is the function of a call, without parentheses and type arguments.
func callee(fun ast.Expr) ast.Expr {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.IndexExpr:
		return ast.Unparen(fun.X)
	case *ast.IndexListExpr:
		return ast.Unparen(fun.X)
	default:
		return fun
	}
}

// foreignStruct says that the literal is of a named struct of another package:
// such a literal is Go's constructor.
func (x *index) foreignStruct(e *ast.CompositeLit) bool {
	selector, ok := e.Type.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, ok := selector.X.(*ast.Ident)
	if !ok {
		return false
	}
	imported, ok := x.info.Uses[name].(*types.PkgName)
	if !ok || x.own[imported.Imported()] {
		return false
	}
	if t := x.info.TypeOf(e); known(t) {
		_, isStruct := t.Underlying().(*types.Struct)
		return isStruct
	}
	return fieldKeys(e)
}

// fieldKeys says that a literal has the form of a struct's: all keys are plain
// names. It is asked where the type is not known.
func fieldKeys(e *ast.CompositeLit) bool {
	for _, element := range e.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		if _, ok := pair.Key.(*ast.Ident); !ok {
			return false
		}
	}
	return len(e.Elts) > 0
}

// maxLine is how much of a line is looked at for a snippet, in bytes.
const maxLine = 1000

// place is where pos is, and the line there.
func (x *index) place(pos token.Pos) (finding.Location, string) {
	t := x.fset.File(pos)
	f := x.files[t]
	if f == nil {
		return finding.Location{}, ""
	}
	// Not Position: a //line comment would lead elsewhere.
	line := t.Line(pos)
	start := t.Offset(t.LineStart(line))
	column := t.Offset(pos) - start + 1
	if line == 1 {
		column -= f.prefix
		start += f.prefix
	}
	start -= f.prefix
	if column < 1 || start < 0 || start > len(f.src) {
		return finding.Location{File: f.name}, ""
	}
	// A line may be the whole file; its start is enough.
	text := f.src[start:min(start+maxLine, len(f.src))]
	return finding.Location{File: f.name, Line: line, Column: column}, tree.Snippet(text, 1)
}
