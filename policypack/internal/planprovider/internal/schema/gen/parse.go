package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// pkg is one package of the SDK while it is read. The SDK is generated code: a type's fields refer only to
// types of the same package, of package pulumi and to predeclared ones, so its syntax contains everything,
// and there is no need to type-check (and therefore build) two million lines.
type pkg struct {
	name    string
	module  schema.Module
	aliases map[string]string
	structs map[string]*ast.StructType
	named   map[string]ast.Expr // other named types: the enumerations
	// elements are the types inside the package's own output types: []BucketGrant in BucketGrantArrayOutput.
	elements map[string]ast.Expr
	// deprecated holds the SDK's notices on types that it advises against.
	deprecated map[string]string
}

func parsePackage(name, dir string) (*pkg, error) {
	p := &pkg{
		name: name,
		module: schema.Module{
			Resources: map[string]*schema.Resource{},
			Functions: map[string]*schema.Function{},
			Objects:   map[string]schema.Object{},
		},
		aliases:    map[string]string{},
		structs:    map[string]*ast.StructType{},
		named:      map[string]ast.Expr{},
		elements:   map[string]ast.Expr{},
		deprecated: map[string]string{},
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("listing files: %w", err)
	}
	var funcs []*ast.FuncDecl
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parsing: %w", err)
		}
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				p.addTypes(decl)
			case *ast.FuncDecl:
				if decl.Recv == nil {
					funcs = append(funcs, decl)
				} else {
					p.addElement(decl)
				}
			}
		}
	}
	for _, f := range funcs {
		if err := p.addFunc(f); err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.Name.Name, err)
		}
	}
	return p, nil
}

func (p *pkg) addTypes(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		if spec, ok := spec.(*ast.TypeSpec); ok {
			p.deprecated[spec.Name.Name] = deprecation(decl.Doc)
			if s, ok := spec.Type.(*ast.StructType); ok {
				p.structs[spec.Name.Name] = s
			} else {
				p.named[spec.Name.Name] = spec.Type
			}
		}
	}
}

// addElement records the element of an output type, which its method ElementType reveals: func
// (BucketGrantArrayOutput) ElementType() reflect.Type { return reflect.TypeOf((*[]BucketGrant)(nil)).Elem() }.
func (p *pkg) addElement(method *ast.FuncDecl) {
	receiver, ok := method.Recv.List[0].Type.(*ast.Ident)
	if !ok || method.Name.Name != "ElementType" {
		return
	}
	ast.Inspect(method.Body, func(n ast.Node) bool {
		if paren, ok := n.(*ast.ParenExpr); ok {
			if star, ok := paren.X.(*ast.StarExpr); ok {
				p.elements[receiver.Name] = star.X
			}
		}
		return true
	})
}

// deprecation returns the text after "Deprecated:" in a type's comment.
func deprecation(doc *ast.CommentGroup) string {
	for line := range strings.Lines(doc.Text()) {
		if reason, ok := strings.CutPrefix(line, "Deprecated:"); ok {
			return strings.TrimSpace(reason)
		}
	}
	return ""
}

// addFunc adds the resource or function of the SDK that f constructs or invokes, if any.
func (p *pkg) addFunc(f *ast.FuncDecl) error {
	var err error
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || err != nil {
			return err == nil
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		switch fun.Sel.Name {
		case "RegisterResource":
			err = p.addResource(f, literal(call.Args[0]))
		case "Invoke":
			err = p.addFunction(f, literal(call.Args[0]))
		}
		return true
	})
	return err
}

// addResource reads NewX: the argument type is xArgs, the outputs are the fields of X, and the required
// arguments are those that NewX insists on.
func (p *pkg) addResource(f *ast.FuncDecl, token string) error {
	if schema.ModuleOf(token) != p.name {
		return fmt.Errorf("token %s is not of module %s", token, p.name)
	}
	name := strings.TrimPrefix(f.Name.Name, "New")
	var args *ast.StructType
	for candidate, s := range p.structs {
		// Those of NewS3Location are s3locationArgs.
		if candidate != name+"Args" && strings.EqualFold(candidate, name+"Args") {
			args = s
		}
	}
	outputs := p.structs[name]
	if args == nil || outputs == nil {
		return fmt.Errorf("no arguments or outputs for %s", token)
	}
	inputs, err := p.object(args, requiredByConstructor(f))
	if err != nil {
		return fmt.Errorf("arguments of %s: %w", token, err)
	}
	r := &schema.Resource{Inputs: inputs, Outputs: schema.Object{}, Deprecated: p.deprecated[name]}
	for property, field := range properties(outputs) {
		if r.Outputs[property], err = p.outputType(field.Type); err != nil {
			return fmt.Errorf("output %s of %s: %w", property, token, err)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if fun, ok := n.Fun.(*ast.SelectorExpr); ok && fun.Sel.Name == "AdditionalSecretOutputs" {
				for _, element := range n.Args[0].(*ast.CompositeLit).Elts {
					r.Secrets = append(r.Secrets, literal(element))
				}
			}
		case *ast.KeyValueExpr:
			// Only aliases have a Type: {Type: pulumi.String("aws:…")}.
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Type" {
				p.aliases[literal(n.Value.(*ast.CallExpr).Args[0])] = token
			}
		}
		return true
	})
	slices.Sort(r.Secrets)
	p.module.Resources[token] = r
	return nil
}

// addFunction reads GetX, whose parameter has the type of the arguments, if it takes any, and whose result
// that of the results. A few functions of version 7 take their arguments one by one and return a scalar.
func (p *pkg) addFunction(f *ast.FuncDecl, token string) error {
	if schema.ModuleOf(token) != p.name {
		return fmt.Errorf("token %s is not of module %s", token, p.name)
	}
	function := &schema.Function{Deprecated: deprecation(f.Doc)}
	var args ast.Expr
	for _, param := range f.Type.Params.List {
		if param.Names[0].Name == "args" {
			args = param.Type
		}
	}
	if name := strings.ToLower(f.Name.Name[:1]) + f.Name.Name[1:] + "Args"; args == nil && p.structs[name] != nil {
		args = &ast.StarExpr{X: ast.NewIdent(name)}
	}
	var err error
	if args != nil {
		if function.Inputs, err = p.objectAt(args); err != nil {
			return fmt.Errorf("arguments of %s: %w", token, err)
		}
	}
	result := f.Type.Results.List[0].Type
	if _, isPointer := result.(*ast.StarExpr); isPointer {
		function.Outputs, err = p.objectAt(result)
	} else {
		var t schema.Type
		t, err = p.typeOf(result)
		function.Outputs, function.Scalar = schema.Object{"result": t.Required()}, true
	}
	if err != nil {
		return fmt.Errorf("results of %s: %w", token, err)
	}
	p.module.Functions[token] = function
	return nil
}

// objectAt reads the struct that a pointer type points to.
func (p *pkg) objectAt(pointer ast.Expr) (schema.Object, error) {
	if star, ok := pointer.(*ast.StarExpr); ok {
		if name, ok := star.X.(*ast.Ident); ok && p.structs[name.Name] != nil {
			return p.object(p.structs[name.Name], nil)
		}
	}
	return nil, errors.New("no struct of them")
}

// requiredByConstructor returns the fields that NewX checks: `if args.F == nil { return nil, errors.New(…) }`.
func requiredByConstructor(f *ast.FuncDecl) map[string]bool {
	required := map[string]bool{}
	for _, statement := range f.Body.List {
		check, ok := statement.(*ast.IfStmt)
		if !ok {
			continue
		}
		condition, ok := check.Cond.(*ast.BinaryExpr)
		if !ok || condition.Op != token.EQL {
			continue
		}
		if _, returns := check.Body.List[0].(*ast.ReturnStmt); !returns {
			continue // it fills in a default instead
		}
		if field, ok := condition.X.(*ast.SelectorExpr); ok {
			required[field.Sel.Name] = true
		}
	}
	return required
}

// object reads a struct of arguments. Without a constructor that shows what is required, a scalar or
// an object is required if its field is not a pointer; for lists and maps this is unknown, so they are
// not.
func (p *pkg) object(s *ast.StructType, required map[string]bool) (schema.Object, error) {
	o := schema.Object{}
	for property, field := range properties(s) {
		t, err := p.typeOf(field.Type)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", property, err)
		}
		if required[field.Names[0].Name] || required == nil && alwaysSet(field.Type) {
			t = t.Required()
		}
		o[property] = t
	}
	return o, nil
}

func (p *pkg) typeOf(e ast.Expr) (schema.Type, error) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return p.typeOf(e.X)
	case *ast.ArrayType:
		elem, err := p.typeOf(e.Elt)
		return schema.ListOf(elem), err
	case *ast.MapType:
		value, err := p.typeOf(e.Value)
		return schema.MapOf(value), err
	case *ast.InterfaceType:
		return schema.Any, nil
	case *ast.SelectorExpr:
		switch e.Sel.Name {
		case "Asset", "Archive", "AssetOrArchive":
			return schema.Asset, nil
		}
		return "", fmt.Errorf("type %s of another package", e.Sel.Name)
	case *ast.Ident:
		return p.typeNamed(e.Name)
	}
	return "", fmt.Errorf("type %T", e)
}

func (p *pkg) typeNamed(name string) (schema.Type, error) {
	switch name {
	case "string":
		return schema.String, nil
	case "int":
		return schema.Integer, nil
	case "float64":
		return schema.Number, nil
	case "bool":
		return schema.Bool, nil
	case "any":
		return schema.Any, nil
	}
	if e, ok := p.named[name]; ok {
		return p.typeOf(e)
	}
	s := p.structs[name]
	if s == nil {
		return "", fmt.Errorf("type %s is not declared", name)
	}
	if _, done := p.module.Objects[name]; !done {
		p.module.Objects[name] = nil // some types contain themselves
		o, err := p.object(s, nil)
		if err != nil {
			return "", fmt.Errorf("type %s: %w", name, err)
		}
		p.module.Objects[name] = o
	}
	return schema.ObjectNamed(name), nil
}

// alwaysSet reports whether a field of this type cannot be left out.
func alwaysSet(e ast.Expr) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name != "any"
}

// outputType returns the type of an output, marked as required if the SDK's type has no room for an absent
// value. For lists and maps this is unknown.
func (p *pkg) outputType(e ast.Expr) (schema.Type, error) {
	switch e := e.(type) {
	case *ast.Ident:
		elem, ok := p.elements[e.Name]
		if !ok {
			return "", fmt.Errorf("no element type of %s", e.Name)
		}
		t, err := p.typeOf(elem)
		if alwaysSet(elem) {
			t = t.Required()
		}
		return t, err
	case *ast.SelectorExpr:
		return pulumiOutput(e.Sel.Name)
	}
	return "", fmt.Errorf("type %T", e)
}

// pulumiOutput returns the type of an output type of package pulumi, such as StringArrayMapOutput.
func pulumiOutput(name string) (schema.Type, error) {
	full := name
	name = strings.TrimSuffix(name, "Output")
	if elem, ok := strings.CutSuffix(name, "Array"); ok {
		t, err := pulumiOutput(elem)
		return schema.ListOf(t.Kind()), err
	}
	if elem, ok := strings.CutSuffix(name, "Map"); ok {
		t, err := pulumiOutput(elem)
		return schema.MapOf(t.Kind()), err
	}
	scalar, isPointer := strings.CutSuffix(name, "Ptr")
	var t schema.Type
	switch scalar {
	case "String":
		t = schema.String
	case "Int":
		t = schema.Integer
	case "Float64":
		t = schema.Number
	case "Bool":
		t = schema.Bool
	case "Any", "": // "" as in MapOutput
		return schema.Any, nil
	case "Asset", "Archive", "AssetOrArchive":
		return schema.Asset, nil
	default:
		return "", fmt.Errorf("output type %s of package pulumi", full)
	}
	if !isPointer {
		t = t.Required()
	}
	return t, nil
}

// properties yields the fields that have a `pulumi` tag, by the property's name.
func properties(s *ast.StructType) map[string]*ast.Field {
	fields := map[string]*ast.Field{}
	for _, field := range s.Fields.List {
		if field.Tag != nil {
			if name := reflect.StructTag(literal(field.Tag)).Get("pulumi"); name != "" {
				fields[name] = field
			}
		}
	}
	return fields
}

// literal returns the value of a string literal, and "" for anything else.
func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s
		}
	}
	return ""
}
