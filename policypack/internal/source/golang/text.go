package golang

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// sum is a text made of parts.
func (x *finder) sum(e *ast.BinaryExpr) fact.Value {
	if e.Op != token.ADD {
		return fact.Value{}
	}
	// The left side of a long sum nests as deep as the sum is long.
	parts := []ast.Expr{e.Y}
	left := ast.Unparen(e.X)
	for {
		b, ok := left.(*ast.BinaryExpr)
		if !ok || b.Op != token.ADD || x.info.Types[b].Value != nil {
			break
		}
		parts = append(parts, b.Y)
		left = ast.Unparen(b.X)
	}
	parts = append(parts, left)
	slices.Reverse(parts)
	isText := false
	if t := x.info.TypeOf(e); known(t) {
		b, ok := t.Underlying().(*types.Basic)
		isText = ok && b.Info()&types.IsString != 0
	}
	var text strings.Builder
	for _, p := range parts {
		v := x.value(p)
		isText = isText || v.Kind == fact.Text
		text.WriteString(textOf(v))
		if text.Len() > maxText {
			return fact.Value{}
		}
	}
	if !isText {
		return fact.Value{}
	}
	return fact.Value{Kind: fact.Text, Text: text.String()}
}

// textOf is the value as part of a text.
func textOf(v fact.Value) string {
	if v.Kind == fact.Text {
		return v.Text
	}
	return fact.Hole
}

// joined is the text that a function of the standard library puts together.
func (x *finder) joined(function string, e *ast.CallExpr) (string, bool) {
	switch function {
	case "fmt.Sprintf", pulumiSDK + ".Sprintf":
		args := x.spread(e, 0)
		if len(args) == 0 || args[0].Value.Kind != fact.Text {
			return "", false
		}
		return format(args[0].Value.Text, args[1:]), true
	case "strings.Join":
		if len(e.Args) != 2 || e.Ellipsis.IsValid() {
			return "", false
		}
		list, separator := x.value(e.Args[0]), x.value(e.Args[1])
		if list.Kind != fact.List {
			return "", false
		}
		words := texts(list.Items)
		if list.Open {
			words = append(words, fact.Hole)
		}
		return bounded(words, textOf(separator))
	case "path.Join", "path/filepath.Join":
		if e.Ellipsis.IsValid() || len(e.Args) == 0 {
			return "", false
		}
		var words []string
		for _, a := range e.Args {
			words = append(words, textOf(x.value(a)))
		}
		text, ok := bounded(words, "/")
		return path.Clean(text), ok
	}
	return "", false
}

func texts(values []fact.Value) []string {
	var words []string
	for _, v := range values {
		words = append(words, textOf(v))
	}
	return words
}

func bounded(words []string, separator string) (string, bool) {
	size := 0
	for _, w := range words {
		size += len(w) + len(separator)
	}
	if size > maxText {
		return "", false
	}
	return strings.Join(words, separator), true
}

// format is what Sprintf makes of the arguments that are known.
func format(text string, args []fact.Arg) string {
	var b strings.Builder
	for len(text) > 0 && b.Len() <= maxText {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			break
		}
		// Flags, width and precision; what they do to a text is not known.
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.[]*", r) })
		if end < 0 {
			b.WriteString(fact.Hole)
			break
		}
		verb := after[end]
		text = after[end+1:]
		switch {
		case verb == '%':
			b.WriteByte('%')
		case end > 0 || len(args) == 0:
			// An explicit index or a star counts arguments in its own way.
			b.WriteString(fact.Hole)
			if strings.ContainsAny(after[:end], "[*") {
				args = nil
			} else if len(args) > 0 {
				args = args[1:]
			}
		default:
			v := args[0].Value
			args = args[1:]
			switch {
			case v.Kind == fact.Text && (verb == 's' || verb == 'v'):
				b.WriteString(v.Text)
			case v.Kind == fact.Scalar && (verb == 'd' || verb == 'v' || verb == 't') && v.Text != "nil":
				b.WriteString(v.Text)
			default:
				b.WriteString(fact.Hole)
			}
		}
	}
	return b.String()
}
