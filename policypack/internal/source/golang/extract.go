package golang

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// unit is a type-checked package.
type unit struct {
	pkg   *types.Package
	files []*file
}

// file is a parsed file.
type file struct {
	// name is the file's name as facts give it.
	name   string
	src    []byte
	syntax *ast.File
	// prefix is the number of bytes that were put before the source to turn a fragment into a file.
	prefix int
	// unknown reports whether a variable of a file that is read only for its types may be set in code that was not
	// read; nil for other files.
	unknown func(variable string) bool
}

const pulumiSDK = "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// maxName is the maximum length of a type's name, in bytes.
const maxName = 500

// extract returns the facts of packages that are type-checked together. whole reports whether no other package calls
// them. The tree may be nil.
func extract(t *tree.Tree, fset *token.FileSet, info *types.Info, units []*unit, whole bool) fact.Facts {
	l := &lowerer{
		fset: fset, info: info, whole: whole, own: map[*types.Package]bool{}, bindings: map[types.Object]*form.Binding{},
		declared: map[types.Object]ast.Expr{}, types: map[types.Type]typeFacts{},
	}
	var facts fact.Facts
	var files []*form.File
	for _, u := range units {
		l.own[u.pkg] = true
	}
	for _, u := range units {
		for _, f := range u.files {
			files = append(files, l.lowerFile(f))
			facts.Files = append(facts.Files, f.name)
			facts.Comments = append(facts.Comments, l.comments(f)...)
		}
	}
	slices.SortFunc(files, func(a, b *form.File) int { return strings.Compare(a.Name, b.Name) })
	fileTime := func() time.Duration { return maxFileTime }
	if t != nil {
		fileTime = t.FileTime
	}
	facts.Calls = eval.New(t, fact.Request{}, l.language()).Evaluate(files, fileTime)
	slices.Sort(facts.Files)
	slices.SortStableFunc(facts.Comments, func(a, b fact.Comment) int {
		return strings.Compare(a.Location.File, b.Location.File)
	})
	return facts
}

// language describes Go to the evaluator, with the types that were found.
func (l *lowerer) language() *eval.Language {
	typeOf := func(n *form.Node) (string, bool) {
		e, ok := n.Syntax.(ast.Expr)
		if !ok {
			return "", false
		}
		name, seeks := l.typeOf(e)
		if name == "" && (n.Kind == form.Map || n.Kind == form.List) {
			name = n.Op
		}
		return name, seeks
	}
	return &eval.Language{
		Name:    fact.Go,
		Free:    func(*eval.Evaluator, *form.File, string) eval.Ref { return eval.Ref{} },
		Join:    func(name, member string) string { return name + "." + member },
		Ops:     operations,
		Changes: func(string, fact.Kind) eval.Change { return eval.Keep },
		Typed:   func(v fact.Value, _ *form.Node, _ string) fact.Value { return v },
		Cast:    l.cast,
		TypeOf:  typeOf,
		Seeks: func(n *form.Node) bool {
			_, seeks := typeOf(n)
			return seeks
		},
		Instance: instance,
		Wraps:    func(*form.Node) bool { return false },
		Runs: func(call *form.Node) bool {
			return strings.HasSuffix(call.X.Full, "/go/pulumi.Run") || strings.HasSuffix(call.X.Full, "/go/pulumi.RunErr")
		},
		IsFunction: func(n *form.Node) bool {
			var name *ast.Ident
			switch e := n.Syntax.(type) {
			case *ast.Ident:
				name = e
			case *ast.SelectorExpr:
				name = e.Sel
			}
			_, ok := l.info.Uses[name].(*types.Func)
			return ok
		},
		Tuples: true, CallsResults: true, NoMembers: true,
	}
}

// operations holds the functions whose results are known.
var operations = map[string]eval.Op{
	"fmt.Sprintf": sprintf, pulumiSDK + ".Sprintf": sprintf,
	"strings.Join": func(i *eval.Invocation) (eval.Ref, bool) {
		if list := i.Arg(0); list.Kind == fact.List {
			return eval.Join(list, eval.TextOf(i.Arg(1)))
		}
		return eval.Ref{}, false
	},
	"path.Join": eval.CleanPath, "path/filepath.Join": eval.CleanPath,
	"cmp.Or": func(i *eval.Invocation) (eval.Ref, bool) {
		v := i.Arg(0)
		for _, more := range i.Args()[1:] {
			v = eval.Default(v, more)
		}
		return eval.Value(v)
	},
	// These return their argument as another type: a pointer or an input.
	pulumiSDK + ".StringPtr": wrapped, pulumiSDK + ".BoolPtr": wrapped, pulumiSDK + ".IntPtr": wrapped,
	"github.com/aws/aws-sdk-go-v2/aws.String": wrapped, "github.com/aws/aws-sdk-go-v2/aws.Bool": wrapped,
	"github.com/aws/aws-sdk-go/aws.String": wrapped, "github.com/aws/aws-sdk-go/aws.Bool": wrapped,
}

func wrapped(i *eval.Invocation) (eval.Ref, bool) {
	v := i.Arg(0)
	v.Type, v.Seeks = "", false
	return eval.Ref{Value: v}, v.Kind == fact.Text || v.Kind == fact.Scalar
}

func sprintf(i *eval.Invocation) (eval.Ref, bool) {
	args := i.Args()
	if len(args) == 0 || args[0].Kind != fact.Text {
		return eval.Ref{}, false
	}
	return eval.Text(eval.Percent(args[0].Text, args[1:], nil))
}

// instance returns the name that methods of a type are qualified with; only the type's name is known, not its methods.
func instance(typ string) string {
	if !strings.Contains(typ, ".") || strings.ContainsAny(typ, "[]( ") {
		return ""
	}
	return "(*" + strings.TrimPrefix(typ, "*") + ")"
}

// cast returns the value of a conversion, or of a type assertion.
func (l *lowerer) cast(v fact.Value, n *form.Node, _ string) fact.Value {
	if n.Op != "conversion" {
		if v.Kind == fact.Unknown {
			v.Type = ""
		}
		return v
	}
	e := n.Syntax.(ast.Expr)
	to := l.info.TypeOf(e)
	if !known(to) || types.IsInterface(to) {
		return v // the value keeps its own type
	}
	if slice, ok := to.Underlying().(*types.Slice); ok && v.Kind == fact.Text {
		if b, ok := slice.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			v.Kind, v.Text = fact.Bytes, ""
		}
	}
	if v.Kind == fact.Scalar && v.Text != "nil" {
		if b, ok := to.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			v = fact.Value{} // string(65) is no number
		}
	}
	v.Type, v.Seeks = l.typeName(to)
	return v
}

func (l *lowerer) comments(f *file) []fact.Comment {
	l.file = f
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
			at := l.newNode(form.Opaque, c)
			location := finding.Location{File: f.name, Line: at.Line, Column: at.Column}
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

// codeLines returns the lines on which something other than a comment starts.
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
