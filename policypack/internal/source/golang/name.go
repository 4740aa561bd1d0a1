package golang

import (
	"go/ast"
	"go/types"
	"strings"
)

// name is the full name of the function that is called.
func (x *finder) name(e *ast.CallExpr) string {
	if name, ok := x.names[e]; ok {
		return name
	}
	x.names[e] = "?.func" // for what is called by its own result
	name := x.function(e.Fun)
	if len(name) > maxName {
		name = "?." + name[strings.LastIndexByte(name, '.')+1:]
	}
	x.names[e] = name
	return name
}

// function is the full name of the function that fun stands for.
func (x *finder) function(fun ast.Expr) string {
	switch fun := callee(fun).(type) {
	case *ast.Ident:
		return x.plain(fun)
	case *ast.SelectorExpr:
		return x.selected(fun)
	case *ast.CallExpr:
		return x.name(fun) + "()"
	}
	return "?.func"
}

func (x *finder) plain(name *ast.Ident) string {
	switch object := x.info.Uses[name].(type) {
	case *types.Func:
		return object.Origin().FullName()
	case *types.Var:
		if function := x.functionOf(object); function != "" {
			return function
		}
		return "?." + name.Name
	}
	f := x.files[x.fset.File(name.Pos())]
	if f == nil {
		return "?." + name.Name
	}
	// Nothing that was read declares it. It may come from an import whose names
	// go without their package, if there is one such.
	for _, s := range f.syntax.Imports {
		if s.Name != nil && s.Name.Name == "." && name.IsExported() {
			return importPath(s) + "." + name.Name
		}
	}
	return "?." + name.Name
}

// functionOf is the name of the function that a variable holds.
func (x *finder) functionOf(object *types.Var) string {
	v := x.variables[object]
	if v == nil || v.opaque || v.argument || v.zero || v.pointed || len(v.sets) != 1 || v.sets[0].result >= 0 ||
		x.following[object] {
		return ""
	}
	switch callee(v.sets[0].value).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		x.following[object] = true
		defer delete(x.following, object)
		return x.function(v.sets[0].value)
	}
	return ""
}

func (x *finder) selected(fun *ast.SelectorExpr) string {
	if path := x.packagePath(fun.X); path != "" {
		return path + "." + fun.Sel.Name
	}
	if s := x.info.Selections[fun]; s != nil {
		if method, ok := s.Obj().(*types.Func); ok {
			return method.Origin().FullName()
		}
		return "?." + fun.Sel.Name // a field that holds a function
	}
	receiver := x.follow(fun.X, &trail{at: fun.Pos()})
	switch {
	case strings.Contains(receiver.Type, ".") && !strings.ContainsAny(receiver.Type, "[]( "):
		// The type is known by name, but not what methods it has.
		return "(*" + strings.TrimPrefix(receiver.Type, "*") + ")." + fun.Sel.Name
	case receiver.Call != nil:
		return receiver.Call.Func + "()." + fun.Sel.Name
	}
	return "?." + fun.Sel.Name
}

// packagePath is the path of the package that e names, or empty.
func (x *index) packagePath(e ast.Expr) string {
	name, ok := e.(*ast.Ident)
	if !ok {
		return ""
	}
	if imported, ok := x.info.Uses[name].(*types.PkgName); ok {
		return imported.Imported().Path()
	}
	return ""
}

// typeOf is the full name of the type of e, and whether it can seek. Where the
// type was not found, because its package is not there, it is what the source
// writes.
func (x *finder) typeOf(e ast.Expr) (name string, seeks bool) {
	if name, seeks := x.typeName(x.info.TypeOf(e)); name != "" {
		return name, seeks
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		return x.typeText(e.Type), false
	case *ast.TypeAssertExpr:
		return x.typeText(e.Type), false
	case *ast.Ident:
		if v := x.variable(e); v != nil {
			return x.typeText(v.typ), false
		}
	}
	return "", false
}

func (x *finder) seeksAt(e ast.Expr) bool {
	_, seeks := x.typeName(x.info.TypeOf(e))
	return seeks
}

// known says that nothing of the type is missing.
func known(t types.Type) bool {
	return t != nil && !strings.Contains(types.TypeString(t, nil), types.Typ[types.Invalid].String())
}

// typeFacts are what typeName tells.
type typeFacts struct {
	name  string
	seeks bool
}

// typeName is the full name of a type, empty when it is not known, and whether
// it has a Seek method.
func (x *finder) typeName(t types.Type) (name string, seeks bool) {
	facts, ok := x.types[t]
	if !ok {
		facts.name, facts.seeks = typeName(t)
		x.types[t] = facts
	}
	return facts.name, facts.seeks
}

func typeName(t types.Type) (name string, seeks bool) {
	if t == nil {
		return "", false
	}
	if _, several := t.(*types.Tuple); several {
		return "", false
	}
	t = types.Default(types.Unalias(t))
	name = types.TypeString(t, nil)
	if strings.Contains(name, types.Typ[types.Invalid].String()) || t == types.Typ[types.UntypedNil] || len(name) > maxName {
		return "", false
	}
	if i, ok := t.(*types.Interface); ok && i.Empty() {
		return "any", false
	}
	if types.IsInterface(t) || strings.Contains(name, ".") {
		method, _, _ := types.LookupFieldOrMethod(t, false, nil, "Seek")
		_, seeks = method.(*types.Func)
	}
	return name, seeks
}

// typeText is the full name of the type that e writes, as far as the imports
// tell.
func (x *finder) typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return x.typeText(e.X)
	case *ast.StarExpr:
		if inner := x.typeText(e.X); inner != "" {
			return "*" + inner
		}
	case *ast.ArrayType:
		if inner := x.typeText(e.Elt); inner != "" && e.Len == nil {
			return "[]" + inner
		}
	case *ast.MapType:
		if key, inner := x.typeText(e.Key), x.typeText(e.Value); key != "" && inner != "" {
			return "map[" + key + "]" + inner
		}
	case *ast.SelectorExpr:
		if path := x.packagePath(e.X); path != "" {
			return path + "." + e.Sel.Name
		}
	case *ast.Ident:
		name, _ := x.typeName(x.info.TypeOf(e))
		return name
	}
	return ""
}
