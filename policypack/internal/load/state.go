package load

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// maxName is the longest URN, type or operation that is read.
const maxName = 64 << 10

// state is a resource in the form of previews and exports; Pulumi's
// apitype.ResourceV3 has all of its fields.
type state struct {
	urn       resource.URN
	typ, id   string
	custom    bool
	external  bool
	deleting  bool // it will be deleted; another resource may have its URN
	recreated bool // it is deleted already, and will be created again
	protect   bool
	parent    resource.URN
	provider  string // its URN and id
	inputs    resource.PropertyMap
	outputs   resource.PropertyMap

	dependencies         []resource.URN
	propertyDependencies map[resource.PropertyKey][]resource.URN
	location             finding.Location
}

// state reads a resource and returns nil for null.
func (d *decoder) state() *state {
	if d.peek() == 'n' {
		d.null()
		return nil
	}
	s := &state{}
	at := d.offset()
	d.limit = min(d.kept+maxResource, maxAll)
	var called finding.Location
	d.members(func(name string) {
		switch name {
		case "urn":
			s.urn = d.urn()
		case "type":
			s.typ = d.name(name)
		case "id":
			s.id = d.name(name)
		case "custom":
			s.custom = d.flag(name)
		case "external":
			s.external = d.flag(name)
		case "delete":
			s.deleting = d.flag(name)
		case "pendingReplacement":
			s.recreated = d.flag(name)
		case "protect":
			s.protect = d.flag(name)
		case "parent":
			s.parent = d.urn()
		case "provider":
			s.provider = d.name(name)
		case "inputs":
			s.inputs = d.propertiesOrNull(name)
		case "outputs":
			s.outputs = d.propertiesOrNull(name)
		case "dependencies":
			s.dependencies = d.urns(name)
		case "propertyDependencies":
			s.propertyDependencies = d.urnsByProperty(name)
		case "sourcePosition":
			s.location = Location(d.name(name))
		case "stackTrace":
			called = d.stackTrace(name)
		default:
			d.skip()
		}
	})
	// The place of a resource that a component package declares is the line of
	// the program that calls the package.
	if s.location.File == "" {
		s.location = called
	}
	switch {
	case d.err != nil:
	case !s.urn.IsValid():
		d.refuse(&Error{Problem: Malformed, Offset: at, Message: "a resource without a valid URN"})
	case s.typ == "":
		d.refuse(&Error{Problem: Malformed, Offset: at, Message: "a resource without a type"})
	}
	return s
}

// resource returns the state as a resource for rules, with all of its outputs.
func (s *state) resource() *graph.Resource {
	r := &graph.Resource{
		URN:                  s.urn,
		Type:                 graph.Canonical(s.typ),
		Name:                 s.urn.Name(),
		Inputs:               s.inputs,
		Outputs:              s.outputs,
		Parent:               s.parent,
		Dependencies:         s.dependencies,
		PropertyDependencies: s.propertyDependencies,
		Component:            !s.custom,
		Protect:              s.protect,
		File:                 s.location.File,
		Line:                 s.location.Line,
		Column:               s.location.Column,
	}
	switch {
	case s.external:
		r.Inputs = nil // as graph.Resource represents what is only read
	case s.inputs == nil:
		r.Inputs = resource.PropertyMap{}
	}
	if r.Outputs == nil {
		r.Outputs = resource.PropertyMap{}
	}
	if _, has := r.Outputs["id"]; !has && s.id != "" {
		r.Outputs["id"] = resource.NewProperty(s.id)
	}
	return r
}

// must reports whether a value of the kind that starts with c follows. If not, it
// fails and consumes nothing.
func (d *decoder) must(name string, c byte, kind string) bool {
	if got := d.peek(); d.err == nil && got != c {
		d.fail(Malformed, fmt.Sprintf("%q is not %s", name, kind))
	}
	return d.err == nil
}

// name reads a string that is short by nature, and null as the empty string.
func (d *decoder) name(member string) string {
	if d.peek() == 'n' {
		d.null()
		return ""
	}
	if !d.must(member, '"', "a string") {
		return ""
	}
	s, whole := d.str(maxName)
	if !whole {
		d.fail(TooLarge, fmt.Sprintf("%q is longer than %d KiB", member, maxName>>10))
	}
	return s
}

func (d *decoder) urn() resource.URN { return resource.URN(d.name("urn")) }

func (d *decoder) flag(name string) bool {
	if d.peek() != 't' && !d.must(name, 'f', "true or false") {
		return false
	}
	return d.boolean()
}

func (d *decoder) propertiesOrNull(name string) resource.PropertyMap {
	if d.peek() == 'n' {
		d.null()
		return nil
	}
	if !d.must(name, '{', "an object") {
		return nil
	}
	return d.properties()
}

// list reads a list, or null as an empty one.
func (d *decoder) list(name string, each func()) {
	if d.peek() == 'n' {
		d.null()
		return
	}
	if d.must(name, '[', "a list") {
		d.items(each)
	}
}

// object reads an object, or null as an empty one.
func (d *decoder) object(name string, each func(name string)) {
	if d.peek() == 'n' {
		d.null()
		return
	}
	if d.must(name, '{', "an object") {
		d.members(each)
	}
}

func (d *decoder) urns(name string) []resource.URN {
	var urns []resource.URN
	d.list(name, func() {
		urns = append(urns, d.urn())
		d.keep(valueCost)
	})
	return urns
}

func (d *decoder) urnsByProperty(name string) map[resource.PropertyKey][]resource.URN {
	byProperty := map[resource.PropertyKey][]resource.URN{}
	d.object(name, func(property string) {
		d.keep(valueCost)
		byProperty[resource.PropertyKey(property)] = d.urns(name)
	})
	return byProperty
}

// stackTrace returns the innermost place in a stack trace that is in the program itself.
func (d *decoder) stackTrace(name string) finding.Location {
	var found finding.Location
	d.list(name, func() {
		d.object("stack frame", func(name string) {
			if name != "sourcePosition" {
				d.skip()
				return
			}
			if position := d.name(name); found.File == "" {
				found = Location(position)
			}
		})
	})
	return found
}
