package yamlprogram

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// language describes Pulumi YAML. The names of its built-in functions are in lower case.
var language = &eval.Language{
	Name:      fact.YAML,
	Free:      func(*eval.Evaluator, *form.File, string) eval.Ref { return eval.Ref{} },
	Join:      func(name, member string) string { return name + "." + member },
	Changes:   func(string, fact.Kind) eval.Change { return eval.Keep },
	Wraps:     func(*form.Node) bool { return false },
	WholeText: true,
	Ops: map[string]eval.Op{
		"fn::join": func(i *eval.Invocation) (eval.Ref, bool) { return eval.Join(i.Arg(1), eval.TextOf(i.Arg(0))) },
	},
}

// maxTime bounds the time for evaluating a program.
const maxTime = time.Second

// calls returns the calls of a program: its resources and the functions that it invokes.
func (r *reader) calls() []*fact.Call {
	e := eval.New(nil, fact.Request{}, language)
	calls := e.Evaluate([]*form.File{r.form}, func() time.Duration { return maxTime })
	return slices.DeleteFunc(calls, func(c *fact.Call) bool { return strings.HasPrefix(c.Func, "fn::") })
}

func (r *reader) statement(n *form.Node) { r.form.Root.List = append(r.form.Root.List, n) }

// newNode returns a node at the position of a node of the document.
func (r *reader) newNode(kind form.Kind, n *yaml.Node) *form.Node {
	start := r.form.Offset(n.Line) + n.Column - 1
	return &form.Node{Kind: kind, Start: start, End: start, Line: n.Line, Column: n.Column}
}

func (r *reader) literal(n *yaml.Node, kind fact.Kind, text string) *form.Node {
	f := r.newNode(form.Literal, n)
	f.Value = &fact.Value{Kind: kind, Text: text}
	return f
}

// call returns a call of something with a full name.
func (r *reader) call(n *yaml.Node, last int, name string, args ...*form.Node) *form.Node {
	f := r.newNode(form.Call, n)
	f.End = max(f.Start, r.form.Offset(last))
	f.X, f.List = r.newNode(form.Name, n), args
	f.X.Full = name
	return f
}

func (r *reader) variable(name, value *yaml.Node) *form.Node {
	f, target := r.newNode(form.Assign, name), r.newNode(form.Target, name)
	f.Op, f.Declares, f.Y = "=", form.InBlock, r.lower(value)
	target.X = r.newNode(form.Name, name)
	target.X.Text = name.Value
	f.List = []*form.Node{target}
	return f
}

// keywords lowers the entries of a mapping as arguments.
func (r *reader) keywords(n *yaml.Node) []*form.Node {
	var args []*form.Node
	r.each(n, func(key, value *yaml.Node) {
		f := r.newNode(form.Keyword, key)
		f.Text, f.X = key.Value, r.lower(value)
		args = append(args, f)
	})
	return args
}

// lower returns the form of a value.
func (r *reader) lower(n *yaml.Node) *form.Node {
	f := r.newNode(form.Opaque, n)
	n = resolve(n)
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag != "!!str" {
			f.Kind, f.Value = form.Literal, &fact.Value{Kind: fact.Scalar, Text: n.Value}
			break
		}
		f.Kind = form.Template
		f.List = r.template(n)
	case yaml.SequenceNode:
		f.Kind = form.List
		for _, item := range n.Content {
			f.List = append(f.List, r.lower(item))
		}
	case yaml.MappingNode:
		if len(n.Content) == 2 && strings.HasPrefix(strings.ToLower(n.Content[0].Value), "fn::") {
			return r.function(n, n.Content[0], n.Content[1])
		}
		f.Kind = form.Map
		r.each(n, func(key, value *yaml.Node) {
			pair := r.newNode(form.Pair, key)
			pair.X, pair.Y = r.literal(key, fact.Text, key.Value), r.lower(value)
			f.List = append(f.List, pair)
		})
	default: // there is nothing to do for the others
	}
	return f
}

// template lowers the parts of a text, some of which are references.
func (r *reader) template(n *yaml.Node) []*form.Node {
	var list []*form.Node
	rest := n.Value
	text := func(part string) {
		if part != "" || n.Value == "" {
			list = append(list, r.literal(n, fact.Text, strings.ReplaceAll(part, "$$", "$")))
		}
	}
	for {
		at := interpolation.FindStringIndex(rest)
		if at == nil {
			text(rest)
			return list
		}
		if strings.HasSuffix(rest[:at[0]], "$") { // an escaped one
			text(rest[:at[1]])
		} else {
			text(rest[:at[0]])
			list = append(list, r.reference(n, rest[at[0]+2:at[1]-1]))
		}
		rest = rest[at[1]:]
	}
}

// reference lowers a reference such as name.member["key"][0].
func (r *reader) reference(n *yaml.Node, text string) *form.Node {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	f := r.newNode(form.Name, n)
	f.Text = strings.TrimSpace(text[:end])
	for _, part := range strings.FieldsFunc(text[end:], func(c rune) bool { return strings.ContainsRune(".[]", c) }) {
		one := r.newNode(form.Index, n)
		one.X = f
		if text, quoted := strings.CutPrefix(part, `"`); quoted {
			one.Y = r.literal(n, fact.Text, strings.TrimSuffix(text, `"`))
		} else if part[0] >= '0' && part[0] <= '9' {
			one.Y = r.literal(n, fact.Scalar, part)
		} else {
			one.Y = r.literal(n, fact.Text, part)
		}
		f = one
	}
	return f
}

// function lowers a call of a built-in function. For most of them only the contents of the arguments matter.
func (r *reader) function(n, name, argument *yaml.Node) *form.Node {
	field := func(key string) *yaml.Node {
		found := &yaml.Node{Line: argument.Line, Column: argument.Column}
		r.each(argument, func(k, v *yaml.Node) {
			if k.Value == key {
				found = v
			}
		})
		return found
	}
	given := resolve(argument).Content
	switch lower := strings.ToLower(name.Value); {
	case lower == "fn::invoke":
		return r.call(name, lastLine(n), resolve(field("function")).Value, r.keywords(field("arguments"))...)
	case lower == "fn::filearchive":
		return r.call(name, lastLine(n), "pulumi.FileArchive", r.lower(argument))
	case lower == "fn::join" && len(given) == 2:
		return r.call(name, lastLine(n), lower, r.lower(given[0]), r.lower(given[1]))
	case lower == "fn::select" && len(given) == 2:
		f := r.newNode(form.Index, n)
		f.X, f.Y = r.lower(given[1]), r.lower(given[0])
		return f
	}
	f := r.newNode(form.Opaque, n)
	f.List = []*form.Node{r.lower(argument)}
	return f
}
