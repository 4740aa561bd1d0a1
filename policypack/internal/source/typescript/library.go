package typescript

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// operations returns the functions whose results are modelled: concatenated strings, merged objects, and Pulumi's
// outputs, about which nothing is known.
func operations() map[string]eval.Op {
	tagged := func(i *eval.Invocation) (eval.Ref, bool) {
		if len(i.Node.List) != 1 || i.Node.List[0].Kind != form.Template {
			return eval.Ref{}, false
		}
		return i.Look(i.Node.List[0]), true
	}
	return map[string]eval.Op{
		"path.join": eval.CleanPath, "path.resolve": eval.CleanPath, "path.normalize": eval.CleanPath,
		"path.posix.join": eval.CleanPath, "path.posix.resolve": eval.CleanPath,
		"@pulumi/pulumi.concat": eval.Concat, "@pulumi/pulumi.interpolate": tagged, "String.raw": tagged,
		"@pulumi/pulumi.output": eval.Unknown, "@pulumi/pulumi.all": eval.Unknown, "@pulumi/pulumi.secret": eval.Unknown,
		"String":        eval.Texts(func(text string) string { return text }),
		"Object.freeze": eval.First, "Object.assign": eval.Merged,
		"util.promisify": func(i *eval.Invocation) (eval.Ref, bool) {
			if len(i.Node.List) != 1 {
				return eval.Ref{}, false
			}
			return i.Look(i.Node.List[0]), true
		},
		"JSON.parse": func(i *eval.Invocation) (eval.Ref, bool) {
			return eval.Value(fact.Value{Kind: fact.Result, Call: i.Call(), Type: "any"})
		},
		"Promise": settled,
	}
}

// methods returns the methods whose results are modelled.
func methods() map[string]eval.Op {
	trimmed := func(i *eval.Invocation) (eval.Ref, bool) {
		v := i.Object()
		v.Text = strings.TrimSpace(v.Text)
		return eval.Ref{Value: v}, v.Kind == fact.Text
	}
	return map[string]eval.Op{
		"apply": eval.Unknown,
		"bind":  func(i *eval.Invocation) (eval.Ref, bool) { return i.ObjectRef(), true },
		"trim":  trimmed, "toString": trimmed,
		"pipe": func(i *eval.Invocation) (eval.Ref, bool) {
			// pipe returns its argument.
			v := i.Arg(0)
			if v.Kind != fact.Result || v.Call == nil {
				return eval.Ref{}, false
			}
			module, _, _ := strings.Cut(v.Call.Func, ".")
			return eval.Ref{Value: v}, slices.Contains([]string{"fs", "stream", "zlib"}, module)
		},
		"map": func(i *eval.Invocation) (eval.Ref, bool) {
			// Of elements that are all created in the same way, one is evaluated.
			if len(i.Node.List) != 1 {
				return eval.Ref{}, false
			}
			returned := i.Returned(i.Node.List[0])
			if returned == nil {
				return eval.Ref{}, false
			}
			return eval.Value(fact.Value{Kind: fact.List, Open: true, Items: []fact.Value{i.Eval(returned)}})
		},
		"filter": func(i *eval.Invocation) (eval.Ref, bool) {
			v := i.Object()
			v.Open = true
			return eval.Ref{Value: v}, v.Kind == fact.List
		},
		"concat": func(i *eval.Invocation) (eval.Ref, bool) {
			v := i.Object()
			for _, more := range i.Args() {
				switch more.Kind {
				case fact.List:
					v.Items = append(slices.Clip(v.Items), more.Items...)
					v.Open = v.Open || more.Open
				case fact.Unknown, fact.Result:
					v.Open = true
				default:
					v.Items = append(slices.Clip(v.Items), more)
				}
			}
			return eval.Ref{Value: v}, v.Kind == fact.List
		},
		"join": func(i *eval.Invocation) (eval.Ref, bool) {
			separator := ","
			if len(i.Node.List) > 0 {
				separator = eval.TextOf(i.Arg(0))
			}
			list := i.Object()
			if list.Kind != fact.List {
				return eval.Ref{}, false
			}
			return eval.Join(list, separator)
		},
	}
}

// changes returns the effect of a method on an array.
func changes(method string, kind fact.Kind) eval.Change {
	if kind != fact.List {
		return eval.Keep
	}
	switch method {
	case "push":
		return eval.Add
	case "copyWithin", "fill", "pop", "reverse", "shift", "sort", "splice", "unshift":
		return eval.Reorder
	}
	return eval.Keep
}

// settled returns the one value that a promise is resolved with, such as x in new Promise((resolve) => resolve(x));
// none if there are several.
func settled(i *eval.Invocation) (eval.Ref, bool) {
	arguments := i.Node.List
	if i.Node.Op != "new" || len(arguments) != 1 || arguments[0].Kind != form.Function || len(arguments[0].List) == 0 {
		return eval.Ref{}, false
	}
	resolve := arguments[0].List[0].Binding
	if resolve == nil {
		return eval.Ref{}, false
	}
	var values []*form.Node
	for _, n := range resolve.Refs {
		if n.Parent.Kind != form.Call || n.Parent.X != n || len(n.Parent.List) != 1 {
			return eval.Ref{}, false // handed on
		}
		values = append(values, n.Parent.List[0])
	}
	if len(values) != 1 {
		return eval.Ref{}, false
	}
	r := i.Look(values[0])
	return r, !r.Unknown()
}

// responders lists the functions that call their callback with a response, which is a stream.
var responders = []string{"http.get", "https.get", "http.request", "https.request"}

// callback returns a response for the first parameter of a callback that is passed directly to one of the responders.
func callback(e *eval.Evaluator, param *form.Node) (fact.Value, bool) {
	function := param.Parent
	call := function.Parent
	if call == nil || call.Kind != form.Call || call.X == function || function.List[0] != param || param.Text == "" {
		return fact.Value{}, false
	}
	name := e.Look(call.X).Name
	if !slices.Contains(responders, name) {
		return fact.Value{}, false
	}
	return e.StandIn(param, name+"().response", nil), true
}

// serializes reports whether a function turns a closure that is passed to it into a Lambda function.
func serializes(name string) bool {
	if !strings.HasPrefix(name, "@pulumi/") {
		return false
	}
	method := name[strings.LastIndex(name, ".")+1:]
	return method == "CallbackFunction" || method == "CallbackFunctionFromEventHandler" ||
		strings.HasPrefix(method, "on") && len(method) > 2 && method[2] >= 'A' && method[2] <= 'Z'
}
