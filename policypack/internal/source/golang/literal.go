package golang

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// composite is the value of a literal. typ is its type as the literal around it
// tells, for one that leaves its own out.
func (x *finder) composite(e *ast.CompositeLit, typ string) fact.Value {
	v := fact.Value{Kind: fact.Dict, Type: typ}
	keysAreFields := false
	t := x.info.TypeOf(e)
	if name, seeks := x.typeOf(e); name != "" {
		v.Type, v.Seeks = name, seeks
	}
	element := ""
	var fields *types.Struct
	switch u := underlying(t).(type) {
	case *types.Struct:
		fields, keysAreFields = u, true
	case *types.Map:
	case *types.Slice:
		v.Kind = fact.List
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			return fact.Value{Kind: fact.Bytes}
		}
	case *types.Array:
		v.Kind = fact.List
	default:
		switch form := e.Type.(type) {
		case *ast.ArrayType:
			v.Kind = fact.List
			element = x.typeText(form.Elt)
		case *ast.MapType:
			element = x.typeText(form.Value)
		default:
			keysAreFields = fieldKeys(e)
			if len(e.Elts) > 0 {
				if _, pairs := e.Elts[0].(*ast.KeyValueExpr); !pairs {
					v.Kind = fact.List
				}
			} else {
				keysAreFields = true
			}
		}
	}
	v.Checked = v.Kind == fact.Dict && keysAreFields
	for i, item := range e.Elts {
		if i == maxItems {
			v.Open = true
			break
		}
		pair, isPair := item.(*ast.KeyValueExpr)
		if isPair {
			item = pair.Value
		}
		var inner fact.Value
		if literal, ok := item.(*ast.CompositeLit); ok && literal.Type == nil {
			inner = x.elided(literal, element)
		} else {
			inner = x.value(item)
		}
		if v.Kind == fact.List {
			v.Items = append(v.Items, inner)
			continue
		}
		key := fact.Hole
		switch {
		case isPair && keysAreFields:
			if name, ok := pair.Key.(*ast.Ident); ok {
				key = name.Name
			}
		case isPair:
			if k, ok := x.value(pair.Key).Literal(); ok {
				key = k
			}
		case fields != nil && i < fields.NumFields():
			key = fields.Field(i).Name()
		}
		v.Fields = append(v.Fields, fact.Field{Key: key, Value: inner})
	}
	return v
}

// elided is a literal inside another, without a type of its own.
func (x *finder) elided(e *ast.CompositeLit, typ string) fact.Value {
	if !x.enter() {
		return fact.Value{}
	}
	v := x.composite(e, strings.TrimPrefix(typ, "*"))
	x.depth--
	if strings.HasPrefix(typ, "*") && v.Type != "" {
		v.Type = typ
	}
	v.Location, _ = x.place(e.Pos())
	return v
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
