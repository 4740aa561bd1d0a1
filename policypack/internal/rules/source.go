package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// accusation is a violation in the source, before it is known on which resource
// of the stack it lies.
type accusation struct {
	call         *fact.Call
	message, fix string
	// resource is the type and name of the resource that the call declares;
	// the name is empty when it is not known, or when the declaration fails.
	resource graph.Type
	name     string
	// undecided says that the message is the reason why this could not be
	// judged, rather than a violation.
	undecided bool
}

// onResource and onStack make the two checks of a rule over the program's source.
// A violation goes to the resource it concerns when the engine asks about that
// one, and everything else to the stack, which the engine asks about first: so it
// is told before anything is created, and also when the program then fails.
func onResource(judge func(*fact.Facts) []accusation) func(*rule.Pass, *graph.Resource) {
	return func(p *rule.Pass, r *graph.Resource) {
		if p.Source == nil {
			return
		}
		if r.Type == graph.StackType {
			if gaps := p.Source.Program().Unread(); gaps != "" {
				p.NotEvaluated(r, "not all of the source was read: %s", gaps)
			}
		}
		for _, a := range accusations(p.Source.Program(), judge) {
			if r.Type == graph.StackType && a.name == "" || r.Type == a.resource && r.Name == a.name {
				a.tell(p, r, p.Source.Program())
			}
		}
	}
}

// accusations are what a rule says of a program, without what stands in functions
// that nothing calls.
func accusations(program *fact.Facts, judge func(*fact.Facts) []accusation) []accusation {
	return slices.DeleteFunc(judge(program), func(a accusation) bool { return a.call.Uncalled })
}

// onStack tells what concerns a resource that the stack turned out not to have.
func onStack(judge func(*fact.Facts) []accusation) func(*rule.Pass) {
	return func(p *rule.Pass) {
		if p.Source == nil {
			return
		}
		for _, a := range accusations(p.Source.Program(), judge) {
			declared := func(r *graph.Resource) bool { return r.Name == a.name && r.Managed() }
			if a.name != "" && !slices.ContainsFunc(p.Graph.All(a.resource), declared) {
				a.tell(p, nil, p.Source.Program())
			}
		}
	}
}

// tell answers for the rule. The facts are those that the call is among.
func (a accusation) tell(p *rule.Pass, r *graph.Resource, facts *fact.Facts) {
	if a.undecided {
		p.NotEvaluated(r, "%s: %s", a.call.Location, a.message)
		return
	}
	p.ReportAt(r, a.call.Location, a.call.Snippet, a.message+calledFrom(facts, a.call), a.fix)
}

// calledFrom tells the way from the program to a call in one of its functions.
func calledFrom(facts *fact.Facts, c *fact.Call) string {
	var places []string
	for _, caller := range facts.CalledFrom(c) {
		places = append(places, caller.Location.String())
	}
	if len(places) == 0 {
		return ""
	}
	return " It is called from " + strings.Join(places, ", which is called from ") + "."
}

// declaration is a call that declares a resource.
type declaration struct {
	call *fact.Call
	// kind is the resource's type.
	kind graph.Type
	// name is the name in the program; empty when it is not known.
	name string
	// args are the resource's arguments as the program names them.
	args []fact.Field
	// object is the one value that holds the arguments, where the language has
	// them in one.
	object fact.Value
	// registered says that an untyped call declares it, which names its type.
	registered bool
}

var (
	// awsClass are the names of resource classes and constructors in pulumi-aws's
	// SDKs: for Python, Node.js and Go.
	awsClass = regexp.MustCompile(
		`^(?:pulumi_aws\.|@pulumi/aws\.|github\.com/pulumi/pulumi-aws/sdk/(?:v\d+/)?go/aws/)(\w+)\.(?:\w+\.)?(New)?([A-Z]\w*)$`)
	// commandClass is the same for pulumi-command's local commands.
	commandClass = regexp.MustCompile(
		`^(?:pulumi_command\.|@pulumi/command\.|github\.com/pulumi/pulumi-command/sdk/(?:v\d+/)?go/command/)local\.(?:\w+\.)?(New)?(Command|[rR]un(?:Output|_output)?)$`)
)

// declarationOf is the resource of pulumi-aws that a call declares, if it does.
func declarationOf(c *fact.Call) (declaration, bool) {
	d := declaration{call: c}
	if c.Language == fact.YAML {
		return d.fromYAML()
	}
	if m := awsClass.FindStringSubmatch(c.Func); m != nil && (m[2] == "New") == (c.Language == fact.Go) {
		d.kind = graph.Canonical("aws:" + m[1] + "/" + strings.ToLower(m[3][:1]) + m[3][1:] + ":" + m[3])
		d.takeArgs(m[3], 0)
		return d, true
	}
	// The ways to declare a resource by its type token.
	switch {
	case c.Func == "pulumi.CustomResource" || c.Func == "@pulumi/pulumi.CustomResource",
		c.Language == fact.Go && strings.HasSuffix(c.Func, "pulumi.Context).RegisterResource"):
	default:
		return d, false
	}
	token, ok := c.Arg("t", 0)
	text, known := token.Literal()
	if !ok || !known || !strings.HasPrefix(text, "aws:") {
		return d, false
	}
	d.kind, d.registered = graph.Canonical(text), true
	d.takeArgs("", 1)
	return d, true
}

// fromYAML reads the declaration of a YAML program, whose call is named by the
// resource's token: in full, or short as aws:s3:Bucket.
func (d declaration) fromYAML() (declaration, bool) {
	parts := strings.Split(d.call.Func, ":")
	if len(parts) != 3 || parts[0] != "aws" || len(parts[2]) == 0 || len(d.call.Args) == 0 || d.call.Args[0].Name != "" {
		return d, false
	}
	token := d.call.Func
	if !strings.Contains(parts[1], "/") {
		token = "aws:" + parts[1] + "/" + strings.ToLower(parts[2][:1]) + parts[2][1:] + ":" + parts[2]
	}
	d.kind = graph.Canonical(token)
	d.name, _ = d.call.Args[0].Value.Literal()
	for _, a := range d.call.Args[1:] {
		d.args = append(d.args, fact.Field{Key: a.Name, Value: a.Value})
	}
	return d, true
}

// takeArgs reads the name and the arguments of the resource, which begin at that
// position.
func (d *declaration) takeArgs(class string, position int) {
	c := d.call
	if c.Language == fact.Go && class != "" {
		position++ // the context
	}
	if v, ok := c.Arg("resource_name", position); ok {
		if name, ok := v.Literal(); ok {
			d.name = name
		}
	}
	object, hasObject := c.Arg("args", position+1)
	if d.registered {
		if v, ok := c.Arg("props", position+1); ok {
			object, hasObject = v, ok
		}
	}
	if hasObject {
		d.object = object
		d.args = append(d.args, fieldsOf(object)...)
	}
	if c.Language == fact.Python {
		for _, a := range c.Args {
			if a.Name != "" {
				d.args = append(d.args, fact.Field{Key: a.Name, Value: a.Value})
			}
		}
	}
}

// fieldsOf are the entries of an object, or the keywords it was constructed with.
func fieldsOf(v fact.Value) []fact.Field {
	if v.Kind != fact.Result || v.Call == nil {
		return v.Fields
	}
	var fields []fact.Field
	for _, a := range v.Call.Args {
		if a.Name != "" {
			fields = append(fields, fact.Field{Key: a.Name, Value: a.Value})
		}
	}
	return fields
}

// arg is an argument by its name in Pulumi's schema.
func (d *declaration) arg(name string) (fact.Value, bool) {
	for _, field := range d.args {
		if schemaName(field.Key) == name {
			return field.Value, true
		}
	}
	return fact.Value{}, false
}

// String names the resource in a message.
func (d *declaration) String() string {
	if d.name == "" {
		return "a " + d.kind.Short()
	}
	return d.kind.Short() + " '" + d.name + "'"
}

// schemaName is the name of an argument in Pulumi's schema: lower camel case,
// where Python has snake_case and Go a capital.
func schemaName(name string) string {
	name = text.CamelCase(name)
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}
