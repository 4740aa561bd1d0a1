package preview

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// declarations returns where the source declares the resources whose places the language's SDK does not report: in
// Node.js those at the top level of an ECMAScript module, in Python those that are declared by their type. A resource
// that is ambiguous in the source has no location.
func (p *Program) declarations() func(resource.URN) finding.Location {
	switch p.Project.Runtime.Name() {
	case "nodejs":
		calls := source.NewAside(p.Root, "@pulumi/").Program().Calls
		return func(urn resource.URN) finding.Location { return declaration(calls, urn) }
	case "python":
		declared := source.DeclaredByType(p.Root)
		return func(urn resource.URN) finding.Location {
			return declared[source.Declaration{Type: string(urn.Type()), Name: urn.Name()}]
		}
	default:
		return func(resource.URN) finding.Location { return finding.Location{} }
	}
}

// declaration returns the location of the only call that creates a resource with the URN's type and name; none if there
// is no such call or there are several. A call with exactly that name takes precedence over calls with a partly
// computed name.
func declaration(calls []*fact.Call, urn resource.URN) finding.Location {
	class := className(urn.Type())
	var exact, alike []finding.Location
	for _, call := range calls {
		if call.Language != fact.TypeScript || strings.Replace(call.Func, "@pulumi/aws/", "@pulumi/aws.", 1) != class || len(call.Args) == 0 {
			continue
		}
		name := call.Args[0].Value
		if literal, known := name.Literal(); known {
			if literal == urn.Name() {
				exact = append(exact, call.Location)
			}
		} else if name.Kind == fact.Text && matches(name.Text, urn.Name()) {
			alike = append(alike, call.Location)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0]
	case len(exact) == 0 && len(alike) == 1:
		return alike[0]
	}
	return finding.Location{}
}

// className returns the class of a resource type in the Node.js SDKs, as [fact.Call]
// names it: @pulumi/aws.s3.Bucket for aws:s3/bucket:Bucket.
func className(t tokens.Type) string {
	module, _, _ := strings.Cut(t.Module().Name().String(), "/")
	words := []string{"@pulumi/" + t.Package().String(), module, t.Name().String()}
	if module == "index" {
		words = []string{words[0], words[2]}
	}
	return strings.Join(words, ".")
}

// matches reports whether a partly known text may be the name.
func matches(text, name string) bool {
	parts := strings.Split(text, fact.Hole)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(name)
}
