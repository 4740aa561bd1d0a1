package golang

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// Limits of what is followed. What lies beyond is Unknown, or makes a List or a
// Dict Open.
const (
	maxDepth  = 50      // how deep values nest
	maxValues = 200_000 // how many values one reading makes: about 50 MB
	maxSteps  = 10_000  // how many of them one argument is made of
	maxItems  = 1000    // elements of one literal
	maxUses   = 50      // uses that are told of one value, the last ones
	maxText   = 1 << 16 // bytes of a text
	maxName   = 500     // bytes of a function's name
)

// finder tells what expressions are.
type finder struct {
	*index
	names map[*ast.CallExpr]string
	// following are the variables whose values are being found.
	following map[types.Object]bool
	depth     int
	values    int // made so far
	steps     int // of them, for the argument at hand
	// types are names of types that were asked for.
	types map[types.Type]typeFacts
}

// trail is the way from a use of a value back to its making.
type trail struct {
	// at is the use: what happens to a variable later does not count.
	at token.Pos
	// level counts the calls that the value was passed through.
	level int
	steps []step
}

type step struct {
	variable *variable
	at       token.Pos
	level    int
}

// value is what e is where it stands.
func (x *finder) value(e ast.Expr) fact.Value {
	if x.depth == 0 {
		x.steps = 0
	}
	t := &trail{at: e.Pos()}
	v := x.follow(e, t)
	if x.depth == 0 && x.steps > maxSteps {
		v = fact.Value{Location: v.Location}
	}
	switch v.Kind {
	case fact.Unknown, fact.Text, fact.Scalar, fact.Closure: // nothing can be done to these, or it tells nothing
	default:
		v.Uses = x.uses(t)
	}
	return v
}

func (x *finder) uses(t *trail) []string {
	type use struct {
		event
		level int
	}
	var all []use
	for _, s := range t.steps {
		events := s.variable.events
		before, _ := slices.BinarySearchFunc(events, s.at, func(e event, at token.Pos) int { return cmp.Compare(e.pos, at) })
		for _, e := range events[max(0, before-maxUses):before] {
			all = append(all, use{e, s.level})
		}
	}
	slices.SortStableFunc(all, func(a, b use) int {
		return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(a.pos, b.pos))
	})
	var names []string
	for _, u := range all[max(0, len(all)-maxUses):] {
		if u.call != nil {
			u.method = x.name(u.call)
		}
		names = append(names, u.method)
	}
	return names
}

// follow is the value of e without its uses, which are on the trail.
func (x *finder) follow(e ast.Expr, t *trail) fact.Value {
	e = ast.Unparen(e)
	var v fact.Value
	if x.enter() {
		v = x.form(e, t)
		x.depth--
	}
	if len(v.Text) > maxText {
		v = fact.Value{Location: v.Location}
	}
	if v.Location.File == "" {
		v.Location, _ = x.place(e.Pos())
	}
	if v.Type == "" {
		v.Type, v.Seeks = x.typeOf(e)
	}
	return v
}

// enter says whether one more value may be found, inside those at hand.
func (x *finder) enter() bool {
	x.steps++
	if x.depth >= maxDepth || x.values >= maxValues || x.steps > maxSteps {
		return false
	}
	x.depth++
	x.values++
	return true
}

func (x *finder) form(e ast.Expr, t *trail) fact.Value {
	if v, ok := x.constant(e); ok {
		return v
	}
	switch e := e.(type) {
	case *ast.Ident:
		return x.ident(e, t)
	case *ast.CompositeLit:
		return x.composite(e, "")
	case *ast.FuncLit:
		return fact.Value{Kind: fact.Closure}
	case *ast.CallExpr:
		return x.result(e, t)
	case *ast.BinaryExpr:
		return x.sum(e)
	case *ast.SelectorExpr:
		return x.selector(e, t)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			v := x.follow(e.X, t)
			if v.Type != "" {
				v.Type, v.Seeks = "*"+v.Type, x.seeksAt(e)
			}
			return v
		}
	case *ast.StarExpr:
		v := x.follow(e.X, t)
		v.Type, v.Seeks = strings.TrimPrefix(v.Type, "*"), false
		return v
	case *ast.TypeAssertExpr:
		v := x.follow(e.X, t)
		if v.Kind == fact.Unknown {
			v.Type = ""
		}
		return v
	case *ast.SliceExpr:
		if e.Low == nil && e.High == nil {
			return x.follow(e.X, t)
		}
	}
	return fact.Value{}
}

// constant is the value of a constant expression, or of a literal that was not
// type-checked.
func (x *finder) constant(e ast.Expr) (fact.Value, bool) {
	if c := x.info.Types[e].Value; c != nil {
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
		if _, ok := x.info.Uses[e].(*types.Nil); ok {
			return fact.Value{Kind: fact.Scalar, Text: "nil"}, true
		}
	}
	return fact.Value{}, false
}

func (x *finder) ident(e *ast.Ident, t *trail) fact.Value {
	switch object := x.info.Uses[e].(type) {
	case *types.Func:
		return fact.Value{Kind: fact.Closure, Text: object.Origin().FullName()}
	case *types.Var:
		if x.following[object] || x.variables[object] == nil {
			return fact.Value{}
		}
		x.following[object] = true
		v := x.assigned(object, t)
		delete(x.following, object)
		if v.Type == "" {
			if v.Type, v.Seeks = x.typeName(object.Type()); v.Type == "" {
				v.Type = x.typeText(x.variables[object].typ)
			}
		}
		return v
	}
	return fact.Value{}
}

// assigned is the value of a variable that is assigned once.
func (x *finder) assigned(object *types.Var, t *trail) fact.Value {
	record := x.variables[object]
	t.steps = append(t.steps, step{record, t.at, t.level})
	var v fact.Value
	switch {
	case record.opaque:
	case record.argument:
		if len(record.sets) == 0 {
			v = x.argument(object, t)
		}
	case record.zero && len(record.sets) == 0:
		v = x.zero(object.Type())
	case len(record.sets) == 1 && (!record.zero || record.block != nil && record.block == record.sets[0].block):
		set := record.sets[0]
		v = x.follow(set.value, t)
		if set.result >= 0 {
			if v.Kind != fact.Result {
				v = fact.Value{}
			}
			v.Type, v.Seeks = x.typeName(object.Type())
		}
	}
	return x.changed(v, record, t)
}

// changed is a variable's value after what else happens to it.
func (x *finder) changed(v fact.Value, record *variable, t *trail) fact.Value {
	altered := len(record.fields) > 0 || record.appended || record.element || record.pointed ||
		record.passed.IsValid() && record.passed < t.at
	switch {
	case !altered:
	case v.Kind == fact.Dict:
		v.Open = true
		v.Fields = slices.Clip(v.Fields)
		for _, f := range record.fields {
			set := fact.Value{}
			if f.value != nil {
				set = x.value(f.value)
			}
			v.Fields = append(v.Fields, fact.Field{Key: f.name, Value: set})
		}
	case v.Kind == fact.List && !record.element && !record.pointed:
		v.Open = v.Open || record.appended
	case v.Kind == fact.List, (v.Kind == fact.Text || v.Kind == fact.Scalar || v.Kind == fact.Bytes) && record.pointed:
		v = fact.Value{Type: v.Type, Seeks: v.Seeks}
	}
	return v
}

// argument is the value of a parameter: what the one call of the function
// passes, when there is just one.
func (x *finder) argument(object types.Object, t *trail) fact.Value {
	p, ok := x.params[object]
	if !ok || x.escapes[p.function] || len(x.callers[p.function]) != 1 || p.function.Signature().Recv() != nil {
		return fact.Value{}
	}
	if !x.whole && p.function.Exported() && p.function.Pkg().Name() != "main" {
		return fact.Value{}
	}
	call := x.callers[p.function][0]
	if p.variadic && !call.Ellipsis.IsValid() {
		v := fact.Value{Kind: fact.List}
		for _, a := range call.Args[min(p.index, len(call.Args)):] {
			v.Items = append(v.Items, x.value(a))
		}
		v.Location, _ = x.place(call.Pos())
		return v
	}
	if p.index >= len(call.Args) {
		return fact.Value{}
	}
	at := t.at
	t.at = call.Args[p.index].Pos()
	t.level++
	v := x.follow(call.Args[p.index], t)
	t.level--
	t.at = at
	return v
}

// zero is the value of a variable that nothing is assigned to.
func (x *finder) zero(t types.Type) fact.Value {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		return fact.Value{Kind: fact.Dict, Checked: true}
	case *types.Slice:
		return fact.Value{Kind: fact.List}
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return fact.Value{Kind: fact.Text}
		}
	}
	return fact.Value{}
}

// selector is x.field, of a struct literal that is known.
func (x *finder) selector(e *ast.SelectorExpr, t *trail) fact.Value {
	if x.packagePath(e.X) != "" {
		if _, ok := x.info.Uses[e.Sel].(*types.Func); ok {
			return fact.Value{Kind: fact.Closure}
		}
		return fact.Value{}
	}
	if s := x.info.Selections[e]; s != nil && s.Kind() != types.FieldVal {
		return fact.Value{Kind: fact.Closure}
	}
	holder := x.follow(e.X, &trail{at: t.at})
	if holder.Kind != fact.Dict || !holder.Checked || holder.Open {
		return fact.Value{}
	}
	v, _ := holder.Field(e.Sel.Name)
	return v
}

// result is what a call returns; conversions and the functions that only put
// texts together are seen through.
func (x *finder) result(e *ast.CallExpr, t *trail) fact.Value {
	if x.info.Types[e.Fun].IsType() {
		return x.conversion(e, t)
	}
	if b := x.builtin(e.Fun); b != "" {
		return x.built(b, e)
	}
	call := x.calls[e]
	if call == nil {
		return fact.Value{}
	}
	name := x.name(e)
	call.Func = name
	typ, seeks := x.typeOf(e)
	if wraps(name) && len(e.Args) == 1 && !e.Ellipsis.IsValid() {
		if v := x.follow(e.Args[0], t); v.Kind == fact.Text || v.Kind == fact.Scalar {
			v.Type, v.Seeks = typ, seeks
			return v
		}
	}
	if text, ok := x.joined(name, e); ok {
		return fact.Value{Kind: fact.Text, Text: text, Type: typ}
	}
	return fact.Value{Kind: fact.Result, Call: call, Type: typ, Seeks: seeks}
}

func (x *finder) conversion(e *ast.CallExpr, t *trail) fact.Value {
	if len(e.Args) != 1 {
		return fact.Value{}
	}
	v := x.follow(e.Args[0], t)
	to := x.info.TypeOf(e)
	if !known(to) {
		return v
	}
	if types.IsInterface(to) {
		return v // the value keeps its own type
	}
	if slice, ok := to.Underlying().(*types.Slice); ok && v.Kind == fact.Text {
		if b, ok := slice.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			v.Kind, v.Text = fact.Bytes, ""
		}
	}
	if v.Kind == fact.Scalar && v.Text != "nil" && x.info.Types[e].Value == nil {
		if b, ok := to.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			v = fact.Value{} // string(65) is no number
		}
	}
	v.Type, v.Seeks = x.typeName(to)
	return v
}

// built is what a built-in function returns.
func (x *finder) built(name string, e *ast.CallExpr) fact.Value {
	if len(e.Args) == 0 {
		return fact.Value{}
	}
	made := x.info.TypeOf(e.Args[0])
	switch name {
	case "append":
		v := x.value(e.Args[0])
		if v.Kind == fact.Scalar && v.Text == "nil" || v.Kind == fact.Text && v.Text == "" {
			v = fact.Value{Kind: fact.List}
		}
		if v.Kind != fact.List {
			return fact.Value{}
		}
		v.Items = slices.Clone(v.Items)
		if v.Open {
			return v
		}
		for _, a := range x.spread(e, 1) {
			v.Items = append(v.Items, a.Value)
		}
		x.values += len(v.Items)
		if n := len(v.Items); e.Ellipsis.IsValid() && n > 0 && v.Items[n-1].Kind == fact.Unknown {
			v.Items, v.Open = v.Items[:n-1], true
		}
		return v
	case "new":
		if known(made) {
			if _, ok := made.Underlying().(*types.Struct); ok {
				return fact.Value{Kind: fact.Dict, Checked: true}
			}
		} else if text := x.typeText(e.Args[0]); text != "" {
			return fact.Value{Type: "*" + text}
		}
	case "make":
		if !known(made) {
			break
		}
		switch made.Underlying().(type) {
		case *types.Slice:
			return fact.Value{Kind: fact.List, Open: true}
		case *types.Map:
			return fact.Value{Kind: fact.Dict, Open: true}
		}
	}
	return fact.Value{}
}

const pulumiSDK = "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// wraps says that the function returns its argument in another type: a pointer
// or an input.
func wraps(function string) bool {
	switch function {
	case pulumiSDK + ".StringPtr", pulumiSDK + ".BoolPtr", pulumiSDK + ".IntPtr",
		"github.com/aws/aws-sdk-go-v2/aws.String", "github.com/aws/aws-sdk-go-v2/aws.Bool",
		"github.com/aws/aws-sdk-go/aws.String", "github.com/aws/aws-sdk-go/aws.Bool":
		return true
	}
	return false
}

// spread are the arguments of a call from a position on. A list that is passed
// with ... is its elements, and an unknown one for those that are not known.
func (x *finder) spread(e *ast.CallExpr, from int) []fact.Arg {
	var args []fact.Arg
	for i, a := range e.Args {
		if i < from {
			continue
		}
		v := x.value(a)
		if i < len(e.Args)-1 || !e.Ellipsis.IsValid() {
			args = append(args, fact.Arg{Value: v})
			continue
		}
		for _, item := range v.Items {
			args = append(args, fact.Arg{Value: item})
		}
		x.values += len(v.Items)
		if v.Kind != fact.List || v.Open {
			args = append(args, fact.Arg{Value: fact.Value{Location: v.Location}})
		}
	}
	return args
}
