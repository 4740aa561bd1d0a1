package golang

import (
	"go/ast"
	"go/types"
	"strings"
)

// packagePath returns the path of the package that e refers to, or "".
func (l *lowerer) packagePath(e ast.Expr) string {
	name, ok := e.(*ast.Ident)
	if !ok {
		return ""
	}
	if imported, ok := l.info.Uses[name].(*types.PkgName); ok {
		return imported.Imported().Path()
	}
	return ""
}

// typeOf returns the full name of the type of e and whether it has a Seek method. If the type was not found because its
// package is missing, the name is the one in the source.
func (l *lowerer) typeOf(e ast.Expr) (name string, seeks bool) {
	if name, seeks := l.typeName(l.info.TypeOf(e)); name != "" {
		return name, seeks
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		return l.typeText(e.Type), false
	case *ast.TypeAssertExpr:
		return l.typeText(e.Type), false
	case *ast.Ident:
		return l.typeText(l.declared[l.info.ObjectOf(e)]), false
	}
	return "", false
}

// known reports whether the type is fully known.
func known(t types.Type) bool {
	return t != nil && !strings.Contains(types.TypeString(t, nil), types.Typ[types.Invalid].String())
}

// typeFacts is the result of typeName.
type typeFacts struct {
	name  string
	seeks bool
}

// typeName returns the full name of a type, or "" if it is unknown, and whether the type has a Seek method.
func (l *lowerer) typeName(t types.Type) (name string, seeks bool) {
	facts, ok := l.types[t]
	if !ok {
		facts.name, facts.seeks = typeName(t)
		l.types[t] = facts
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

// typeText returns the full name of the type that e denotes, as far as the imports show.
func (l *lowerer) typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return l.typeText(e.X)
	case *ast.StarExpr:
		if inner := l.typeText(e.X); inner != "" {
			return "*" + inner
		}
	case *ast.ArrayType:
		if inner := l.typeText(e.Elt); inner != "" && e.Len == nil {
			return "[]" + inner
		}
	case *ast.MapType:
		if key, inner := l.typeText(e.Key), l.typeText(e.Value); key != "" && inner != "" {
			return "map[" + key + "]" + inner
		}
	case *ast.SelectorExpr:
		if path := l.packagePath(e.X); path != "" {
			return path + "." + e.Sel.Name
		}
	case *ast.Ident:
		name, _ := l.typeName(l.info.TypeOf(e))
		return name
	}
	return ""
}
