package golang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// lowerer converts type-checked packages to the common form.
type lowerer struct {
	fset *token.FileSet
	info *types.Info
	// whole reports whether all callers of exported functions are among the packages.
	whole bool
	// own holds the packages that are lowered.
	own      map[*types.Package]bool
	bindings map[types.Object]*form.Binding
	// declared holds the types that variables are declared with.
	declared map[types.Object]ast.Expr
	types    map[types.Type]typeFacts

	file *file
	form *form.File
}

// lowerFile returns the form of a file.
func (l *lowerer) lowerFile(f *file) *form.File {
	l.file, l.form = f, &form.File{Name: f.name, Src: f.src}
	l.form.Root = l.newNode(form.Block, f.syntax)
	for _, d := range f.syntax.Decls {
		l.form.Root.List = append(l.form.Root.List, l.lower(d))
	}
	return l.form
}

// newNode returns a node at the position of a syntax node.
func (l *lowerer) newNode(kind form.Kind, n ast.Node) *form.Node {
	f := &form.Node{Kind: kind}
	t := l.fset.File(n.Pos())
	if t == nil {
		return f
	}
	// Not Position: a //line comment would lead elsewhere.
	prefix := l.file.prefix
	f.Start, f.End = t.Offset(n.Pos())-prefix, t.Offset(n.End())-prefix
	f.Line = t.Line(n.Pos())
	if f.Column = t.Offset(n.Pos()) - t.Offset(t.LineStart(f.Line)) + 1; f.Line == 1 {
		f.Column -= prefix
	}
	return f
}

func (l *lowerer) all(kind form.Kind, n ast.Node, parts ...ast.Node) *form.Node {
	f := l.newNode(kind, n)
	for _, p := range parts {
		if one := l.lower(p); one != nil {
			f.List = append(f.List, one)
		}
	}
	return f
}

// parts returns the direct children of a node.
func parts(n ast.Node) []ast.Node {
	var below []ast.Node
	ast.Inspect(n, func(c ast.Node) bool {
		if c != nil && c != n {
			below = append(below, c)
		}
		return c == n
	})
	return below
}

// branch lowers code that may not run.
func (l *lowerer) branch(n ast.Node, parts ...ast.Node) *form.Node {
	f := l.all(form.Block, n, parts...)
	f.Maybe = true
	return f
}

// isNil reports whether an ast.Node is nil or holds a nil pointer.
func isNil(n ast.Node) bool {
	switch n := n.(type) {
	case nil:
		return true
	case *ast.BlockStmt:
		return n == nil
	}
	return false
}

// lower returns the form of a declaration or a statement.
func (l *lowerer) lower(n ast.Node) *form.Node {
	if isNil(n) {
		return nil
	}
	switch n := n.(type) {
	case ast.Expr:
		f := l.expression(n)
		if f.Syntax == nil {
			f.Syntax = n
		}
		return f
	case *ast.FuncDecl:
		return l.function(n, n.Type, n.Body)
	case *ast.ValueSpec:
		return l.valueSpec(n)
	case *ast.AssignStmt:
		return l.assign(n)
	case *ast.IncDecStmt:
		return l.set(n, n.X, nil, "++")
	case *ast.RangeStmt:
		f := l.newNode(form.Loop, n)
		f.X = l.lower(n.X)
		loop := l.branch(n.Body, n.Body)
		loop.Repeats = true
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				loop.List = append([]*form.Node{l.set(e, e, nil, "=")}, loop.List...)
			}
		}
		f.List = []*form.Node{loop}
		return f
	case *ast.ForStmt:
		loop := l.branch(n.Body, n.Body, n.Post)
		loop.Repeats = true
		f := l.all(form.Block, n, n.Init, n.Cond)
		f.List = append(f.List, loop)
		return f
	case *ast.IfStmt:
		f := l.all(form.Block, n, n.Init, n.Cond)
		f.List = append(f.List, l.branch(n.Body, n.Body))
		if n.Else != nil {
			f.List = append(f.List, l.branch(n.Else, n.Else))
		}
		return f
	case *ast.CaseClause, *ast.CommClause:
		return l.branch(n, parts(n)...)
	case *ast.ReturnStmt:
		f := l.newNode(form.Return, n)
		switch len(n.Results) {
		case 0:
		case 1:
			f.X = l.lower(n.Results[0])
		default:
			f.X = l.all(form.List, n, parts(n)...)
		}
		return f
	case *ast.BlockStmt:
		return l.all(form.Block, n, parts(n)...)
	case *ast.Field, *ast.ImportSpec, *ast.TypeSpec, *ast.Comment, *ast.CommentGroup:
		return nil
	}
	return l.all(form.Opaque, n, parts(n)...)
}

// binding returns what is known about an object of the program; nil for a field.
func (l *lowerer) binding(object types.Object) *form.Binding {
	switch o := object.(type) {
	case *types.Func:
		object = o.Origin()
	case *types.Var:
		if o.IsField() {
			return nil
		}
	default:
		return nil
	}
	if object.Pkg() == nil || !l.own[object.Pkg()] {
		return nil
	}
	b := l.bindings[object]
	if b == nil {
		b = &form.Binding{Name: object.Name()}
		l.bindings[object] = b
	}
	return b
}

// function lowers a function, declared or a literal.
func (l *lowerer) function(n ast.Node, t *ast.FuncType, body *ast.BlockStmt) *form.Node {
	f := l.newNode(form.Function, n)
	if d, ok := n.(*ast.FuncDecl); ok {
		f.Text = d.Name.Name
		if function, ok := l.info.Defs[d.Name].(*types.Func); ok {
			f.Full, f.Declared, f.Binding = function.FullName(), true, l.binding(function)
			f.Exposed = d.Recv != nil || !l.whole && function.Exported() && function.Pkg().Name() != "main"
		}
		if d.Recv != nil {
			l.declare(d.Recv)
		}
	}
	if t.Results != nil {
		l.declare(t.Results)
	}
	l.declare(t.Params)
	for _, field := range t.Params.List {
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{nil}
		}
		for _, name := range names {
			p := l.newNode(form.Param, field)
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				p.Op = "*"
			}
			if name != nil {
				p.Text, p.Binding = name.Name, l.binding(l.info.Defs[name])
			}
			f.List = append(f.List, p)
		}
	}
	if f.X = l.lower(body); f.X == nil {
		f.X = l.newNode(form.Block, n)
	}
	return f
}

// declare records the types that names are declared with.
func (l *lowerer) declare(list *ast.FieldList) {
	for _, field := range list.List {
		for _, name := range field.Names {
			l.declared[l.info.Defs[name]] = field.Type
		}
	}
}

func (l *lowerer) valueSpec(s *ast.ValueSpec) *form.Node {
	f := l.newNode(form.Opaque, s)
	for i, name := range s.Names {
		object, ok := l.info.Defs[name].(*types.Var)
		if !ok {
			continue // a constant
		}
		if s.Type != nil {
			l.declared[object] = s.Type
		}
		switch {
		case l.file.unknown != nil && l.file.unknown(name.Name):
			f.List = append(f.List, l.set(s, name, nil, "="))
		case len(s.Values) == 0:
			one := l.set(s, name, nil, "zero")
			if one.Y = l.zero(s, object.Type()); one.Y != nil {
				one.Op = "="
			}
			f.List = append(f.List, one)
		case len(s.Values) == len(s.Names):
			f.List = append(f.List, l.set(s, name, s.Values[i], "="))
		}
	}
	if len(s.Values) == 1 && len(s.Names) > 1 && l.file.unknown == nil {
		var left []ast.Expr
		for _, name := range s.Names {
			left = append(left, name)
		}
		f.List = append(f.List, l.results(s, left, s.Values[0]))
	}
	return f
}

// zero returns the zero value of a variable, or nil for a type whose zero value is not followed.
func (l *lowerer) zero(n ast.Node, t types.Type) *form.Node {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		return l.literal(n, fact.Value{Kind: fact.Dict, Checked: true})
	case *types.Slice:
		return l.literal(n, fact.Value{Kind: fact.List})
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return l.literal(n, fact.Value{Kind: fact.Text})
		}
	}
	return nil
}

func (l *lowerer) literal(n ast.Node, v fact.Value) *form.Node {
	f := l.newNode(form.Literal, n)
	f.Value = &v
	return f
}

func (l *lowerer) assign(s *ast.AssignStmt) *form.Node {
	op := "="
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		op = s.Tok.String()
	}
	if len(s.Rhs) != len(s.Lhs) {
		return l.results(s, s.Lhs, s.Rhs[0])
	}
	f := l.newNode(form.Opaque, s)
	for i, left := range s.Lhs {
		f.List = append(f.List, l.set(s, left, s.Rhs[i], op))
	}
	return f
}

// results lowers the assignment of a call's results to several names.
func (l *lowerer) results(n ast.Node, left []ast.Expr, value ast.Expr) *form.Node {
	f := l.newNode(form.Assign, n)
	f.Op, f.Y = "=", l.lower(value)
	for i, e := range left {
		t := l.target(e)
		t.Path = []string{strconv.Itoa(i)}
		f.List = append(f.List, t)
	}
	return f
}

// set lowers the assignment of a value to a target; a nil value is unknown.
func (l *lowerer) set(n ast.Node, target, value ast.Expr, op string) *form.Node {
	f := l.newNode(form.Assign, n)
	f.Op = op
	if star, ok := ast.Unparen(target).(*ast.StarExpr); ok {
		target, f.Op = star.X, "*=" // what it points to changes
	}
	f.List = []*form.Node{l.target(target)}
	if call, ok := value.(*ast.CallExpr); ok && l.builtin(call.Fun) == "append" && l.sameVariable(call.Args, target) {
		f.Op, f.Y = "+=", l.elements(call)
	} else if value != nil {
		f.Y = l.lower(value)
	}
	return f
}

func (l *lowerer) target(e ast.Expr) *form.Node {
	t := l.newNode(form.Target, e)
	if t.X = l.lower(e); t.X.Kind == form.Pointer {
		t.X = t.X.X
	}
	return t
}

// sameVariable reports whether the first argument is the variable that is assigned to.
func (l *lowerer) sameVariable(args []ast.Expr, target ast.Expr) bool {
	name, ok := ast.Unparen(target).(*ast.Ident)
	if !ok || len(args) == 0 {
		return false
	}
	first, ok := ast.Unparen(args[0]).(*ast.Ident)
	return ok && l.info.ObjectOf(first) != nil && l.info.ObjectOf(first) == l.info.ObjectOf(name)
}

// elements returns the elements that append adds.
func (l *lowerer) elements(call *ast.CallExpr) *form.Node {
	f := l.newNode(form.List, call)
	f.List = l.arguments(call)[1:]
	return f
}

// arguments lowers the arguments of a call; the last one is spread if the call has an ellipsis.
func (l *lowerer) arguments(e *ast.CallExpr) []*form.Node {
	var list []*form.Node
	for i, a := range e.Args {
		f := l.lower(a)
		if i == len(e.Args)-1 && e.Ellipsis.IsValid() {
			spread := l.newNode(form.Spread, a)
			spread.X = f
			f = spread
		}
		list = append(list, f)
	}
	return list
}

// builtin returns the name of the built-in function that fun refers to, or "".
func (l *lowerer) builtin(fun ast.Expr) string {
	name, ok := ast.Unparen(fun).(*ast.Ident)
	if !ok {
		return ""
	}
	_, isBuiltin := l.info.Uses[name].(*types.Builtin)
	// The type checker skips expressions whose type it does not know, as in make(T, len(x)).
	if isBuiltin || l.info.Uses[name] == nil && types.Universe.Lookup(name.Name) != nil {
		return name.Name
	}
	return ""
}

// expression returns the form of an expression.
func (l *lowerer) expression(e ast.Expr) *form.Node {
	if v, ok := l.constant(e); ok {
		return l.literal(e, v)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return l.lower(e.X)
	case *ast.Ident:
		f := l.newNode(form.Name, e)
		f.Text, f.Binding = e.Name, l.binding(l.info.ObjectOf(e))
		if function, ok := l.info.Uses[e].(*types.Func); ok {
			f.Full = function.Origin().FullName()
		} else if l.info.ObjectOf(e) == nil {
			f.Full = l.dotImported(e)
		}
		return f
	case *ast.SelectorExpr:
		return l.selector(e)
	case *ast.CallExpr:
		return l.call(e)
	case *ast.CompositeLit:
		return l.composite(e, "")
	case *ast.FuncLit:
		return l.function(e, e.Type, e.Body)
	case *ast.BinaryExpr:
		f := l.newNode(form.Binary, e)
		f.Op, f.X, f.Y = e.Op.String(), l.lower(e.X), l.lower(e.Y)
		if op, ok := map[token.Token]string{token.LAND: "and", token.LOR: "or"}[e.Op]; ok {
			f.Op = op
		}
		return f
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			f := l.newNode(form.Pointer, e)
			f.Op, f.X = "&", l.lower(e.X)
			return f
		}
	case *ast.StarExpr:
		f := l.newNode(form.Pointer, e)
		f.Op, f.X = "*", l.lower(e.X)
		return f
	case *ast.TypeAssertExpr:
		f := l.newNode(form.Cast, e)
		f.X = l.lower(e.X)
		return f
	case *ast.IndexExpr:
		f := l.newNode(form.Index, e)
		f.X, f.Y = l.lower(e.X), l.lower(e.Index)
		return f
	case *ast.SliceExpr:
		if e.Low == nil && e.High == nil {
			return l.lower(e.X)
		}
	}
	return l.all(form.Opaque, e, parts(e)...)
}

// constant returns the value of a constant expression, or that of a literal that was not type-checked.
func (l *lowerer) constant(e ast.Expr) (fact.Value, bool) {
	if c := l.info.Types[e].Value; c != nil {
		if c.Kind() == constant.String {
			return fact.Value{Kind: fact.Text, Text: constant.StringVal(c)}, true
		}
		return fact.Value{Kind: fact.Scalar, Text: c.String()}, true
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return fact.Value{Kind: fact.Text, Text: text, Type: "string"}, err == nil
		}
		return fact.Value{Kind: fact.Scalar, Text: e.Value}, true
	case *ast.Ident:
		if _, ok := l.info.Uses[e].(*types.Nil); ok {
			return fact.Value{Kind: fact.Scalar, Text: "nil"}, true
		}
	}
	return fact.Value{}, false
}

// dotImported returns the full name of an identifier that nothing in the source that was read declares: it may come
// from a dot import, if there is exactly one.
func (l *lowerer) dotImported(name *ast.Ident) string {
	for _, s := range l.file.syntax.Imports {
		if s.Name != nil && s.Name.Name == "." && name.IsExported() {
			return importPath(s) + "." + name.Name
		}
	}
	return ""
}

func (l *lowerer) selector(e *ast.SelectorExpr) *form.Node {
	f := l.newNode(form.Member, e)
	f.Text = e.Sel.Name
	if path := l.packagePath(e.X); path != "" {
		f.Kind, f.Binding, f.Full = form.Name, l.binding(l.info.Uses[e.Sel]), path+"."+e.Sel.Name
		return f
	}
	f.X = l.lower(e.X)
	if s := l.info.Selections[e]; s != nil {
		if method, ok := s.Obj().(*types.Func); ok {
			f.Full, f.Binding = method.Origin().FullName(), l.binding(method)
		}
	}
	return f
}

func (l *lowerer) call(e *ast.CallExpr) *form.Node {
	if l.info.Types[e.Fun].IsType() {
		if len(e.Args) == 1 {
			f := l.newNode(form.Cast, e)
			f.Op, f.X = "conversion", l.lower(e.Args[0])
			return f
		}
		return l.all(form.Opaque, e, parts(e)[1:]...)
	}
	if name := l.builtin(e.Fun); name != "" {
		return l.built(name, e)
	}
	f := l.newNode(form.Call, e)
	function := callee(e.Fun)
	f.X, f.List = l.lower(function), l.arguments(e)
	switch function := function.(type) {
	case *ast.Ident:
		f.Text = function.Name
	case *ast.FuncLit:
		f.Text = "func"
	case *ast.SelectorExpr:
		if s := l.info.Selections[function]; s != nil && s.Kind() == types.FieldVal { // a field that holds a function
			f.Text, f.X = function.Sel.Name, l.all(form.Opaque, function, function)
		}
	}
	return f
}

// built lowers a call of a built-in function.
func (l *lowerer) built(name string, e *ast.CallExpr) *form.Node {
	if len(e.Args) == 0 {
		return l.newNode(form.Opaque, e)
	}
	made := l.info.TypeOf(e.Args[0])
	switch {
	case name == "append":
		f := l.newNode(form.Binary, e)
		f.Op, f.X, f.Y = "+", l.lower(e.Args[0]), l.elements(e)
		return f
	case name == "new" && known(made):
		if _, ok := made.Underlying().(*types.Struct); ok {
			return l.literal(e, fact.Value{Kind: fact.Dict, Checked: true})
		}
	case name == "make" && known(made):
		switch made.Underlying().(type) {
		case *types.Slice:
			n := l.info.Types[e.Args[min(1, len(e.Args)-1)]].Value
			return l.literal(e, fact.Value{Kind: fact.List, Open: n == nil || n.String() != "0"})
		case *types.Map:
			return l.literal(e, fact.Value{Kind: fact.Dict})
		}
	}
	return l.all(form.Opaque, e, parts(e)[1:]...)
}

// callee returns the function expression of a call without parentheses and type arguments.
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

// composite lowers a composite literal. typ is the type implied by the enclosing literal, for one that omits its own.
func (l *lowerer) composite(e *ast.CompositeLit, typ string) *form.Node {
	f := l.newNode(form.Map, e)
	f.Syntax, f.Op = e, typ
	element := ""
	keysAreFields := false
	var fields *types.Struct
	switch u := underlying(l.info.TypeOf(e)).(type) {
	case *types.Struct:
		fields, keysAreFields = u, true
	case *types.Map:
	case *types.Slice:
		f.Kind = form.List
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			return l.literal(e, fact.Value{Kind: fact.Bytes})
		}
	case *types.Array:
		f.Kind = form.List
	default:
		switch written := e.Type.(type) {
		case *ast.ArrayType:
			f.Kind = form.List
			element = l.typeText(written.Elt)
		case *ast.MapType:
			element = l.typeText(written.Value)
		default:
			keysAreFields = fieldKeys(e) || len(e.Elts) == 0
			if len(e.Elts) > 0 {
				if _, pairs := e.Elts[0].(*ast.KeyValueExpr); !pairs {
					f.Kind = form.List
				}
			}
		}
	}
	f.Checked = f.Kind == form.Map && keysAreFields
	if l.foreignStruct(e) {
		f.Full = l.typeText(e.Type)
	}
	for i, item := range e.Elts {
		pair, isPair := item.(*ast.KeyValueExpr)
		if isPair {
			item = pair.Value
		}
		var inner *form.Node
		if literal, ok := item.(*ast.CompositeLit); ok && literal.Type == nil {
			inner = l.composite(literal, element)
		} else {
			inner = l.lower(item)
		}
		if f.Kind == form.List {
			f.List = append(f.List, inner)
			continue
		}
		one := l.newNode(form.Pair, item)
		one.Y = inner
		key := fact.Hole
		switch {
		case isPair && keysAreFields:
			if name, ok := pair.Key.(*ast.Ident); ok {
				key = name.Name
			}
		case isPair:
			one.X = l.lower(pair.Key)
		case fields != nil && i < fields.NumFields():
			key = fields.Field(i).Name()
		}
		if one.X == nil {
			one.X = l.literal(item, fact.Value{Kind: fact.Text, Text: key})
		}
		f.List = append(f.List, one)
	}
	return f
}

func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	// In a literal of pointers, the elements' type may be left out with the &.
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying()
}

// foreignStruct reports whether a literal is of a named struct type from another package: such a literal is Go's
// equivalent of a constructor call.
func (l *lowerer) foreignStruct(e *ast.CompositeLit) bool {
	selector, ok := e.Type.(*ast.SelectorExpr)
	if !ok || l.packagePath(selector.X) == "" {
		return false
	}
	if imported, ok := l.info.Uses[selector.X.(*ast.Ident)].(*types.PkgName); !ok || l.own[imported.Imported()] {
		return false
	}
	if t := l.info.TypeOf(e); known(t) {
		_, isStruct := t.Underlying().(*types.Struct)
		return isStruct
	}
	return fieldKeys(e)
}

// fieldKeys reports whether a literal looks like a struct literal, that is, all keys are plain identifiers. It is used
// where the type is unknown.
func fieldKeys(e *ast.CompositeLit) bool {
	plain := func(element ast.Expr) bool {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		_, ok = pair.Key.(*ast.Ident)
		return ok
	}
	return len(e.Elts) > 0 && !slices.ContainsFunc(e.Elts, func(e ast.Expr) bool { return !plain(e) })
}
