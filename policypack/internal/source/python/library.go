package python

import (
	"path"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// operations returns the functions that only compute a value from their arguments.
func operations() map[string]eval.Op {
	text := eval.Texts(func(text string) string { return text })
	pathOf := func(i *eval.Invocation) (eval.Ref, bool) {
		parts := i.Args()
		if len(parts) == 0 {
			parts = []fact.Value{{Kind: fact.Text, Text: "."}}
		}
		return pathTo(i, eval.JoinPath(parts...).Text)
	}
	somewhere := func(i *eval.Invocation) (eval.Ref, bool) { return pathTo(i, fact.Hole) }
	list := func(i *eval.Invocation) (eval.Ref, bool) {
		if len(i.Args()) == 0 {
			return eval.Value(fact.Value{Kind: fact.List})
		}
		v := i.Arg(0)
		return eval.Ref{Value: v}, v.Kind == fact.List
	}
	result := func(i *eval.Invocation) (eval.Ref, bool) {
		v := i.Arg(0)
		return eval.Ref{Value: v}, v.Kind == fact.Result
	}
	return map[string]eval.Op{
		"str": text, "os.fspath": text, "textwrap.dedent": text, "shlex.quote": text, "os.path.expanduser": text,
		"os.path.abspath": text, "os.path.realpath": text, "os.path.normpath": text,
		"os.path.join": func(i *eval.Invocation) (eval.Ref, bool) {
			parts := i.Args()
			return eval.Ref{Value: eval.JoinPath(parts...)}, len(parts) > 0
		},
		"os.path.dirname":  eval.Texts(dirname),
		"os.path.basename": eval.Texts(path.Base),
		"os.getcwd":        eval.SomeText, "json.dumps": eval.SomeText, "repr": eval.SomeText, "os.path.relpath": eval.SomeText,
		"pathlib.Path": pathOf, "pathlib.PurePath": pathOf, "pathlib.PosixPath": pathOf,
		"pathlib.Path.cwd": somewhere, "pathlib.Path.home": somewhere,
		"shlex.join":  func(i *eval.Invocation) (eval.Ref, bool) { return eval.Join(i.Arg(0), " ") },
		"shlex.split": func(i *eval.Invocation) (eval.Ref, bool) { return eval.Words(i.Arg(0)) },
		"typing.cast": func(i *eval.Invocation) (eval.Ref, bool) {
			v, ok := i.Call().Arg("val", 1)
			if !ok || i.Node.Type == nil {
				return eval.Ref{}, false
			}
			v.Checked, v.Type = false, i.TypeName(i.Node.Type)
			return eval.Value(v)
		},
		"dict": func(i *eval.Invocation) (eval.Ref, bool) {
			v := fact.Value{Kind: fact.Dict}
			for _, a := range i.Call().Args {
				switch {
				case a.Name != "" && a.Name[0] != '*':
					v.Fields = append(v.Fields, fact.Field{Key: a.Name, Value: a.Value})
				case a.Name == "" && a.Value.Kind == fact.Dict:
					v.Fields, v.Open = append(v.Fields, a.Value.Fields...), v.Open || a.Value.Open
				default:
					v.Open = true
				}
			}
			return eval.Value(v)
		},
		"list": list, "tuple": list,
		"bytes":              func(*eval.Invocation) (eval.Ref, bool) { return eval.Value(fact.Value{Kind: fact.Bytes}) },
		"contextlib.closing": result, "contextlib.ExitStack().enter_context": result,
	}
}

// methods returns the methods that only compute a value from their receiver.
func methods() map[string]eval.Op {
	// on restricts a method to one kind of value; paths are excluded.
	on := func(kind fact.Kind, of func(i *eval.Invocation, object fact.Value) (eval.Ref, bool)) eval.Op {
		return func(i *eval.Invocation) (eval.Ref, bool) {
			object := i.Object()
			if object.Kind != kind || isPath(object) {
				return eval.Ref{}, false
			}
			return of(i, object)
		}
	}
	same := func(i *eval.Invocation) (eval.Ref, bool) { return eval.Ref{Value: i.Object()}, isPath(i.Object()) }
	elsewhere := func(i *eval.Invocation) (eval.Ref, bool) {
		return eval.Ref{Value: fact.Value{Kind: fact.Text, Text: fact.Hole, Call: i.Object().Call}}, isPath(i.Object())
	}
	stripped := on(fact.Text, func(i *eval.Invocation, object fact.Value) (eval.Ref, bool) {
		if len(i.Args()) > 0 {
			return eval.SomeText(i)
		}
		return eval.Text(strings.TrimSpace(object.Text))
	})
	other := on(fact.Text, func(i *eval.Invocation, _ fact.Value) (eval.Ref, bool) { return eval.SomeText(i) })
	return map[string]eval.Op{
		"resolve": same, "absolute": same, "expanduser": same,
		"with_suffix": elsewhere, "with_name": elsewhere, "relative_to": elsewhere,
		"as_posix": func(i *eval.Invocation) (eval.Ref, bool) {
			object := i.Object()
			return eval.Ref{Value: fact.Value{Kind: fact.Text, Text: object.Text}}, isPath(object)
		},
		"joinpath": func(i *eval.Invocation) (eval.Ref, bool) {
			object := i.Object()
			v := eval.JoinPath(append([]fact.Value{object}, i.Args()...)...)
			v.Call = object.Call
			return eval.Ref{Value: v}, isPath(object)
		},
		"join": on(fact.Text, func(i *eval.Invocation, object fact.Value) (eval.Ref, bool) {
			return eval.Join(i.Arg(0), object.Text)
		}),
		"format": on(fact.Text, func(i *eval.Invocation, object fact.Value) (eval.Ref, bool) {
			return eval.Text(eval.Format(object.Text, i.Call()))
		}),
		"split": on(fact.Text, func(i *eval.Invocation, object fact.Value) (eval.Ref, bool) {
			if separator, ok := i.Arg(0).Literal(); len(i.Args()) > 0 && (!ok || separator != " ") {
				return eval.Ref{}, false
			}
			return eval.Words(object)
		}),
		"encode": on(fact.Text, func(*eval.Invocation, fact.Value) (eval.Ref, bool) {
			return eval.Value(fact.Value{Kind: fact.Bytes})
		}),
		"strip": stripped, "rstrip": stripped, "lstrip": stripped,
		"lower": on(fact.Text, func(_ *eval.Invocation, object fact.Value) (eval.Ref, bool) {
			return eval.Text(strings.ToLower(object.Text))
		}),
		"upper": other, "replace": other, "title": other, "capitalize": other, "removeprefix": other, "removesuffix": other,
		"copy": func(i *eval.Invocation) (eval.Ref, bool) {
			object := i.Object()
			return eval.Ref{Value: object}, object.Kind == fact.Dict || object.Kind == fact.List
		},
		"get": eval.Entry,
	}
}

// isPath reports whether a value is a pathlib.Path whose text is known.
func isPath(v fact.Value) bool {
	return v.Kind == fact.Text && v.Call != nil && strings.HasPrefix(v.Call.Func, "pathlib.")
}

// pathTo returns a pathlib.Path with a text.
func pathTo(i *eval.Invocation, text string) (eval.Ref, bool) {
	return eval.Value(fact.Value{Kind: fact.Text, Text: text, Call: i.Call()})
}

// attribute returns an attribute of a path.
func attribute(v fact.Value, name string) (fact.Value, bool) {
	if !isPath(v) {
		return fact.Value{}, false
	}
	switch name {
	case "parent":
		v.Text = dirname(v.Text)
		return v, true
	case "name":
		return fact.Value{Kind: fact.Text, Text: path.Base(v.Text)}, true
	case "stem":
		return fact.Value{Kind: fact.Text, Text: strings.TrimSuffix(path.Base(v.Text), path.Ext(v.Text))}, true
	}
	return fact.Value{}, true
}

func dirname(text string) string {
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		return text[:max(i, 1)]
	}
	if strings.Contains(text, fact.Hole) {
		return fact.Hole
	}
	return "."
}
