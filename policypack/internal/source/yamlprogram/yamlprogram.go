// Package yamlprogram reads Pulumi programs in YAML: the resources that they declare, the functions that they invoke,
// and their locations.
package yamlprogram

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Resource is a resource that a program declares.
type Resource struct {
	// Type is the type token as the program writes it: "aws:s3:Bucket".
	Type string
	// Location is the location of its name.
	Location finding.Location
	// Version is the version of its package, if it names one.
	Version string
	// Properties holds the locations of its arguments by path: "lambdaFunctions[0].events".
	Properties map[string]finding.Location
}

// locate returns the location of a property of the resource, or else that of the nearest enclosing object or list, or
// of the resource.
func (r Resource) locate(property string) finding.Location {
	for property != "" {
		if l, ok := r.Properties[property]; ok {
			return l
		}
		property = property[:max(0, strings.LastIndexAny(property, ".["))]
	}
	return r.Location
}

// Program is the content of one file.
type Program struct {
	// Resources holds the resources by their names in the stack.
	Resources map[string]Resource
	Calls     []*fact.Call
	Comments  []fact.Comment
	// Stack is the location of the outputs, which are its Properties, or of the resources if there are no outputs.
	Stack Resource
	// Reads lists the names of all properties that the program reads.
	Reads []string
	// Config is the block that declares configuration, or nil.
	Config *yaml.Node
	// Errors lists the places where the file is not valid YAML or not a valid program.
	Errors []fact.ParseError
}

// Locate returns where the program declares a resource or the stack's outputs, or a property of them, or no location if
// it does not. Only the package of the resource's type is compared, because a program writes aws:s3:Bucket for
// aws:s3/bucket:Bucket, or an alias of it.
func (p *Program) Locate(urn resource.URN, property string) finding.Location {
	if p == nil || !urn.IsValid() {
		return finding.Location{}
	}
	if urn.Type() == resource.RootStackType {
		return p.Stack.locate(property)
	}
	r, ok := p.Resources[urn.Name()]
	if !ok || packageOf(r.Type) != packageOf(string(urn.Type())) {
		return finding.Location{}
	}
	return r.locate(property)
}

func packageOf(token string) string {
	pkg, _, _ := strings.Cut(token, ":")
	return pkg
}

// Entry returns the file of the program that runs in a folder of the tree: the one
// that Pulumi's YAML host reads.
func Entry(t *tree.Tree, dir string) string {
	for _, name := range []string{"Main.json", "Main.yaml", "Pulumi.yaml"} {
		if file := path.Join(dir, name); t.Exists(file) {
			return file
		}
	}
	return ""
}

// Read returns the facts of the entry files.
func Read(t *tree.Tree, r fact.Request) fact.Facts {
	var facts fact.Facts
	for _, file := range r.Entry {
		src := t.Read(file)
		if src == nil {
			continue
		}
		p := Parse(file, src)
		facts.Add(fact.Facts{Files: []string{file}, Calls: p.Calls, Comments: p.Comments, Broken: p.Errors})
		if len(p.Errors) > 0 {
			t.Gap(file, "could only be read in part: "+p.Errors[0].Text)
		}
	}
	facts.Gaps = t.Gaps()
	return facts
}

// Limits on what is read. Aliases allow a small file to represent a large one.
const (
	maxNodes = 100_000
	maxDepth = 100
)

// reader reads one file.
type reader struct {
	file    string
	src     []byte
	program *Program
	form    *form.File
}

// errorLine matches the line number in an error of the YAML library.
var errorLine = regexp.MustCompile(`line (\d+): (?s:(.*))`)

// Invalid returns the error that the YAML library gives for a file as a place in
// it.
func Invalid(file string, err error) fact.ParseError {
	e := fact.ParseError{Location: finding.Location{File: file}, Text: "this is not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
		e.Location.Line, _ = strconv.Atoi(m[1])
		e.Text = "this is not valid YAML: " + m[2]
	}
	return e
}

// Parse reads a file. If there are errors, the rest of the file still counts.
func Parse(file string, src []byte) *Program {
	r := &reader{file: file, src: src, program: &Program{Resources: map[string]Resource{}}, form: &form.File{Name: file, Src: src}}
	r.form.Root = &form.Node{Kind: form.Block, End: len(src)}
	r.comments()
	var document yaml.Node
	if err := yaml.Unmarshal(src, &document); err != nil {
		r.program.Errors = append(r.program.Errors, Invalid(file, err))
		return r.program
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return r.program
	}
	root := document.Content[0]
	if problem := Problem(file, root); problem != nil {
		problem.Text = "this is not a valid YAML program: " + problem.Text
		r.program.Errors = append(r.program.Errors, *problem)
		return r.program
	}
	r.reads()
	r.each(root, func(key, value *yaml.Node) {
		switch key.Value {
		case "resources":
			r.program.Stack.Location = cmp.Or(r.program.Stack.Location, r.location(key))
			r.each(value, r.resource)
		case "outputs":
			r.program.Stack = Resource{Location: r.location(key), Properties: map[string]finding.Location{}}
			r.places(value, "", r.program.Stack.Properties)
			r.each(value, func(_, value *yaml.Node) { r.statement(r.lower(value)) })
		case "variables":
			r.each(value, func(name, value *yaml.Node) { r.statement(r.variable(name, value)) })
		case "config", "configuration":
			r.program.Config = value
		}
	})
	r.program.Calls = r.calls()
	return r.program
}

// Problem returns the place where a document sets a key twice, contains itself through an alias, or exceeds the limits;
// nil if there is none.
func Problem(file string, root *yaml.Node) *fact.ParseError {
	c := &checker{file: file, active: map[*yaml.Node]bool{}}
	c.check(root, "")
	return c.problem
}

// checker looks for the first problem of a document.
type checker struct {
	file    string
	problem *fact.ParseError
	// active holds the nodes around the current one, to detect cycles of aliases.
	active map[*yaml.Node]bool
	nodes  int
	depth  int
}

// check checks a node; key is the path to it.
func (c *checker) check(n *yaml.Node, key string) {
	c.nodes++
	c.depth++
	defer func() { c.depth-- }()
	switch {
	case c.problem != nil:
		return
	case c.nodes > maxNodes || c.depth > maxDepth:
		c.fail(n, "it is nested too deeply, or its aliases make it too large")
		return
	}
	c.active[n] = true
	defer delete(c.active, n)
	switch n.Kind {
	case yaml.AliasNode:
		if c.active[n.Alias] {
			c.fail(n, key+" contains itself, by an alias")
			return
		}
		c.check(n.Alias, key)
	case yaml.MappingNode:
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i]
			way := join(key, name.Value)
			if before := seen[name.Value]; before != nil && name.Kind == yaml.ScalarNode && name.Value != "<<" {
				c.fail(name, fmt.Sprintf("the key %s is already set in line %d", way, before.Line))
				return
			}
			seen[name.Value] = name
			c.check(n.Content[i+1], way)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			c.check(item, fmt.Sprintf("%s[%d]", key, i))
		}
	default: // there is nothing to do for the others
	}
}

func (c *checker) fail(n *yaml.Node, text string) {
	c.problem = &fact.ParseError{Location: finding.Location{File: c.file, Line: n.Line, Column: n.Column}, Text: text}
}

func (r *reader) location(n *yaml.Node) finding.Location {
	return finding.Location{File: r.file, Line: n.Line, Column: n.Column}
}

// join adds a key to the path of a property.
func join(way, key string) string {
	if way == "" {
		return key
	}
	return way + "." + key
}

// resolve returns the target of an alias, and other nodes unchanged.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// each calls visit for the entries of a mapping, including those merged into it.
func (r *reader) each(n *yaml.Node, visit func(key, value *yaml.Node)) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "<<" {
			r.each(n.Content[i+1], visit)
			continue
		}
		visit(n.Content[i], n.Content[i+1])
	}
}

// resource reads the declaration of a resource.
func (r *reader) resource(name, declaration *yaml.Node) {
	declared := Resource{Location: r.location(name), Properties: map[string]finding.Location{}}
	stackName := name.Value
	var args []*form.Node
	r.each(declaration, func(key, value *yaml.Node) {
		switch key.Value {
		case "type":
			declared.Type = resolve(value).Value
		case "name":
			stackName = resolve(value).Value
		case "options":
			r.each(value, func(key, value *yaml.Node) {
				if key.Value == "version" {
					declared.Version = resolve(value).Value
				}
			})
		case "properties":
			r.places(value, "", declared.Properties)
			args = append(args, r.keywords(value)...)
		}
	})
	r.program.Resources[stackName] = declared
	first := r.literal(name, fact.Text, stackName)
	r.statement(r.call(name, lastLine(declaration), declared.Type, append([]*form.Node{first}, args...)...))
}

// lastLine returns the last line on which a part of a node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// places records the locations of the properties below a node.
func (r *reader) places(n *yaml.Node, way string, into map[string]finding.Location) {
	n = resolve(n)
	if n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", way, i)
			into[at] = r.location(item)
			r.places(item, at, into)
		}
		return
	}
	r.each(n, func(key, value *yaml.Node) {
		at := join(way, key.Value)
		into[at] = r.location(key)
		r.places(value, at, into)
	})
}

// interpolation matches a reference in a text.
var interpolation = regexp.MustCompile(`\$\{[^}]*\}`)

// The forms in which a program reads a property: ${bucket.arn}, ${bucket["arn"]}, and the return property of a function
// call.
var (
	member   = regexp.MustCompile(`\.(\w+)|\["([^"]+)"\]`)
	returned = regexp.MustCompile(`(?m)\b[rR]eturn["']?\s*:\s*["']?(\w+)`)
)

// reads finds the properties that the program reads.
func (r *reader) reads() {
	read := map[string]bool{}
	for _, reference := range interpolation.FindAll(r.src, -1) {
		for _, m := range member.FindAllSubmatch(reference, -1) {
			read[string(m[1])+string(m[2])] = true
		}
	}
	for _, m := range returned.FindAllSubmatch(r.src, -1) {
		read[string(m[1])] = true
	}
	r.program.Reads = slices.Sorted(maps.Keys(read))
}

// comment matches what may be a comment in a line.
var comment = regexp.MustCompile(`(?:^|\s)#.*$`)

// comments finds the comments that are addressed to pipeguard.
func (r *reader) comments() {
	lines := strings.Split(string(r.src), "\n")
	for i, line := range lines {
		at := comment.FindStringIndex(line)
		if at == nil {
			continue
		}
		text, ok := fact.CutComment(line[at[0]:])
		if !ok {
			continue
		}
		start := at[0] + strings.IndexByte(line[at[0]:], '#')
		c := fact.Comment{
			Location: finding.Location{File: r.file, Line: i + 1, Column: start + 1},
			Text:     strings.TrimSpace(text), Alone: strings.TrimSpace(line[:start]) == "",
		}
		for j := i + 1; c.Alone && c.Next == 0 && j < len(lines); j++ {
			if next := strings.TrimSpace(lines[j]); next != "" && next[0] != '#' {
				c.Next = j + 1
			}
		}
		r.program.Comments = append(r.program.Comments, c)
	}
}
