// Package python is the front end for Python: it lowers source to the common form, resolves imports, and knows what
// functions of the standard library do with their arguments. Package eval does the rest.
//
// It does not follow exec, getattr with an unknown name, or changes to sys.path.
package python

import (
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/lower"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are the extensions of Python source files.
var Endings = []string{".py"}

// Read returns the facts of the entry files and of the files in the tree that they import.
func Read(t *tree.Tree, r fact.Request) fact.Facts { return eval.Read(t, r, language) }

var language = &eval.Language{
	Name:    fact.Python,
	Title:   func(string) string { return "Python" },
	Grammar: func(string) syntax.Language { return syntax.Python },
	Scan:    scan,
	Targets: func(e *eval.Evaluator, f *form.File, i *form.ImportOf) []string {
		return pathsOf(e).targets(f.Name, spec(i))
	},
	Import:    importOf,
	Submodule: submoduleOf,
	Free:      free,
	Join:      func(name, member string) string { return canonical(name + "." + member) },
	// The interpreter's path is not known, only that it is Python.
	Constants: map[string]string{
		"sys.executable": "python", "os.sep": "/", "os.path.sep": "/", "os.linesep": "\n", "os.curdir": ".", "os.pardir": "..",
	},
	Changes:     changes,
	Typed:       func(v fact.Value, _ *form.Node, typ string) fact.Value { return withType(v, typ) },
	Wrappers:    []string{"typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Awaitable", "pulumi.Input", "pulumi.Output"},
	Kinds:       map[fact.Kind]string{fact.Text: "str", fact.Bytes: "bytes", fact.List: "list", fact.Dict: "dict"},
	Instance:    instance,
	Attribute:   attribute,
	Constructor: "__init__",
	Transparent: true,
	TakesFields: takesFields,
	Wraps:       wraps,
	HandsOn:     map[string]int{"functools.partial": 0, "asyncio.to_thread": 0, "atexit.register": 0},
	NamesRest:   true,
	Unused:      true,
}

// An initializer would be a cycle: the known functions call the evaluator, which looks them up.
func init() {
	language.Lower = lowerFile
	language.Ops, language.Methods = operations(), methods()
}

func lowerFile(e *eval.Evaluator, f *form.File, root *syntax.Node) {
	// Lambda imports a handler, so its __main__ block does not run there.
	entry := slices.Contains(e.Entry, f.Name)
	l := &lowerer{main: entry && (path.Base(f.Name) == "__main__.py" || !handles(root, f.Src))}
	l.Base = lower.Base{File: f, Lower: l.lower}
	f.Root = l.block(root, false)
	f.Root.Start, f.Root.End = 0, len(f.Src)
}

// free returns what a name that the file does not bind refers to.
func free(e *eval.Evaluator, f *form.File, name string) eval.Ref {
	switch {
	case name == "__file__":
		return eval.Ref{Value: fact.Value{Kind: fact.Text, Text: fact.Hole + "/" + f.Name}}
	case slices.Contains(builtins, name):
		return eval.Ref{Name: name}
	case !e.Fragment() || !f.Bare:
		return eval.Ref{}
	case slices.Contains(usualClients, name):
		return eval.Ref{Value: fact.Value{Kind: fact.Result, Call: &fact.Call{
			Language: fact.Python, Func: "boto3.client",
			Args: []fact.Arg{{Value: fact.Value{Kind: fact.Text, Text: "s3"}}},
		}}}
	}
	return eval.Ref{Name: usualNames[name]}
}

// builtins lists the built-in functions of Python that facts or values depend on.
var builtins = []string{
	"bool", "bytearray", "bytes", "compile", "dict", "eval", "exec", "filter", "float", "format", "frozenset", "getattr",
	"input", "int", "isinstance", "iter", "len", "list", "map", "max", "min", "next", "object", "open", "print", "property",
	"range", "repr", "reversed", "set", "setattr", "sorted", "str", "sum", "super", "tuple", "type", "vars", "zip",
	"__import__", "Exception", "ValueError", "RuntimeError",
}

// usualNames maps names to their usual meaning in a fragment of a program that omits its imports.
var usualNames = map[string]string{
	"aws": "pulumi_aws", "pulumi": "pulumi", "command": "pulumi_command",
	"subprocess": "subprocess", "os": "os", "shutil": "shutil", "zipfile": "zipfile", "tarfile": "tarfile",
	"json": "json", "io": "io", "sys": "sys", "tempfile": "tempfile", "boto3": "boto3",
	"BytesIO": "io.BytesIO", "Path": "pathlib.Path",
}

// usualClients lists the usual names of an S3 client.
var usualClients = []string{"s3", "s3_client", "client"}

// instance returns the name that methods of a value of a type are qualified with.
func instance(typ string) string {
	switch {
	case typ == "" || strings.ContainsAny(typ, "[| ") || typ == "typing.Any":
		return ""
	case strings.HasPrefix(typ, "mypy_boto3_") && strings.HasSuffix(typ, "Client"), typ == "botocore.client.BaseClient":
		return "boto3.client()"
	}
	return typ + "()"
}

// withType returns a value with the type that the source gives it.
func withType(v fact.Value, typ string) fact.Value {
	if typ == "" {
		return v
	}
	v.Type = typ
	switch v.Kind {
	case fact.Dict:
		v.Checked = v.Checked || strings.HasSuffix(typ, "ArgsDict")
	case fact.List:
		for _, list := range []string{"list", "typing.List", "typing.Sequence", "collections.abc.Sequence", "typing.Iterable", "tuple", "typing.Tuple"} {
			if element, ok := strings.CutPrefix(typ, list+"["); ok {
				v.Items = slices.Clone(v.Items)
				for i := range v.Items {
					v.Items[i] = withType(v.Items[i], strings.TrimSuffix(element, "]"))
				}
			}
		}
	default:
	}
	return v
}

// takesFields reports whether a class takes its fields as arguments.
func takesFields(class *form.Node) bool {
	named := func(n *form.Node) bool {
		if n.Kind == form.Call {
			n = n.X
		}
		return slices.Contains([]string{"dataclass", "NamedTuple", "BaseModel", "define", "frozen"}, n.Text)
	}
	return slices.ContainsFunc(class.Decorators, named) || class.Y != nil && named(class.Y)
}

// wraps reports whether a decorator may have replaced a function.
func wraps(function *form.Node) bool {
	plain := []string{"staticmethod", "classmethod", "cache", "lru_cache"}
	return slices.ContainsFunc(function.Decorators, func(n *form.Node) bool {
		if n.Kind == form.Call {
			n = n.X
		}
		return !slices.Contains(plain, n.Text)
	})
}

// changes returns the effect of a method on a list or dict.
func changes(method string, kind fact.Kind) eval.Change {
	switch method {
	case "append", "add":
		return eval.Add
	case "extend":
		return eval.AddAll
	case "update":
		return eval.Merge
	case "setdefault", "pop", "popitem", "clear":
		if kind == fact.Dict {
			return eval.Extend
		}
		return eval.Reorder
	case "copy", "index", "count", "__iter__":
		return eval.Keep
	}
	if kind == fact.Dict {
		return eval.Keep
	}
	return eval.Reorder
}
