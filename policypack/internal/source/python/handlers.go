package python

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Handlers returns the files in folders of the tree that Lambda could run, sorted: they define a handler function and
// are neither tests nor part of the Pulumi program.
func Handlers(t *tree.Tree) []string {
	var handlers []string
	for _, name := range t.Files() {
		if !strings.Contains(name, "/") || isTest(name) {
			continue
		}
		src := t.Read(name)
		if !mayHandle(src) || bytes.Contains(src, []byte("pulumi")) && importsPulumi.Match(src) {
			continue
		}
		if parsed := eval.Parse(t, name, syntax.Python); parsed != nil && handles(parsed.Root, src) {
			handlers = append(handlers, name)
		}
	}
	slices.Sort(handlers)
	return handlers
}

var importsPulumi = regexp.MustCompile(`(?m)^\s*(import|from)\s+pulumi`)

// mayHandle reports whether a file may define a handler. It is a cheap check before parsing that looks at the first
// line of each function that is not indented.
func mayHandle(src []byte) bool {
	for _, word := range []string{"\ndef ", "\nasync def "} {
		after := append([]byte("\n"), src...)
		for found := true; found; {
			if _, after, found = bytes.Cut(after, []byte(word)); found {
				name, params, _ := bytes.Cut(after[:min(len(after), 200)], []byte("("))
				first := bytes.TrimLeft(params, " \t\r\n_")
				if bytes.HasSuffix(bytes.TrimSpace(name), []byte("handler")) ||
					bytes.HasPrefix(first, []byte("ev")) || bytes.HasPrefix(first, []byte(",")) {
					return true
				}
			}
		}
	}
	return false
}

// isTest reports whether a file is a test, judging by its name.
func isTest(name string) bool {
	for _, folder := range strings.Split(path.Dir(name), "/") {
		if folder == "test" || folder == "tests" {
			return true
		}
	}
	base := strings.TrimSuffix(path.Base(name), ".py")
	return base == "conftest" || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test")
}

// handles reports whether a file defines a Lambda handler at its top level: a function with two parameters that has the
// usual name or whose parameters have the usual names.
func handles(root *syntax.Node, src []byte) bool {
	for _, n := range root.NamedChildren() {
		if n.Kind == "decorated_definition" {
			n = n.Child("definition")
		}
		if n == nil || n.Kind != "function_definition" {
			continue
		}
		var params []string
		for _, p := range n.Child("parameters").NamedChildren() {
			if p.Kind == "typed_parameter" && len(p.NamedChildren()) > 0 {
				p = p.NamedChildren()[0]
			}
			if p.Kind != "identifier" {
				params = nil
				break
			}
			params = append(params, strings.Trim(p.Text(src), "_"))
		}
		if len(params) != 2 {
			continue
		}
		name := n.Child("name").Text(src)
		event := slices.Contains([]string{"event", "evt", ""}, params[0])
		context := slices.Contains([]string{"context", "ctx", "lambda_context", ""}, params[1])
		if name == "handler" || name == "lambda_handler" || event && context && params[0]+params[1] != "" {
			return true
		}
	}
	return false
}
