package report_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// xmlNode is an element, of a document or of a schema.
type xmlNode struct {
	name     string
	attrs    map[string]string
	children []*xmlNode
	text     string
}

func parseXML(r io.Reader) (*xmlNode, error) {
	dec := xml.NewDecoder(r)
	root := &xmlNode{}
	for stack := []*xmlNode{root}; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && len(root.children) == 1 {
			return root.children[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("parsing XML: %w", err)
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &xmlNode{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// child is the first child of one of the names, or nil.
func (n *xmlNode) child(names ...string) *xmlNode {
	for _, c := range n.children {
		if slices.Contains(names, c.name) {
			return c
		}
	}
	return nil
}

// xsd checks documents against an XML schema. There is no validator in pure Go
// to be had, so it knows the part of the language that the JUnit schema is
// written in, and refuses a schema that uses another.
type xsd struct {
	elements, types map[string]*xmlNode
}

func parseXSD(r io.Reader) (*xsd, error) {
	root, err := parseXML(r)
	if err != nil {
		return nil, err
	}
	known := []string{
		"annotation", "documentation", "element", "complexType", "simpleType", "complexContent", "simpleContent",
		"extension", "restriction", "sequence", "choice", "attribute", "pattern", "minLength", "whiteSpace",
	}
	var check func(n *xmlNode) error
	check = func(n *xmlNode) error {
		for _, c := range n.children {
			if !slices.Contains(known, c.name) {
				return fmt.Errorf("the schema has a %s, which this check does not know", c.name)
			}
			if err := check(c); err != nil {
				return err
			}
		}
		return nil
	}
	if err := check(root); err != nil {
		return nil, err
	}
	x := &xsd{elements: map[string]*xmlNode{}, types: map[string]*xmlNode{}}
	for _, c := range root.children {
		switch c.name {
		case "element":
			x.elements[c.attrs["name"]] = c
		case "complexType", "simpleType":
			x.types[c.attrs["name"]] = c
		}
	}
	return x, nil
}

func (x *xsd) validate(doc *xmlNode) error {
	declaration := x.elements[doc.name]
	if declaration == nil {
		return fmt.Errorf("the schema has no element %s", doc.name)
	}
	return x.element(declaration, doc)
}

func (x *xsd) element(declaration, doc *xmlNode) error {
	t := declaration.child("complexType", "simpleType")
	if name := declaration.attrs["type"]; name != "" {
		t = x.types[name]
	}
	var err error
	switch {
	case t == nil: // any content
	case t.name == "simpleType":
		err = x.content(t, doc, nil)
	default:
		err = x.complexType(t, doc)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doc.name, err)
	}
	return nil
}

// complexType collects what a type and those it extends declare.
func (x *xsd) complexType(t, doc *xmlNode) error {
	var attributes []*xmlNode
	var particle, simple *xmlNode
	for t != nil {
		body := t
		t = nil
		if c := body.child("complexContent", "simpleContent"); c != nil {
			body = c.child("extension")
			base := x.types[body.attrs["base"]]
			if base == nil {
				return fmt.Errorf("the schema has no type %s", body.attrs["base"])
			}
			if base.name == "simpleType" {
				simple = base
			} else {
				t = base
			}
		}
		for _, c := range body.children {
			switch c.name {
			case "attribute":
				attributes = append(attributes, c)
			case "sequence", "choice":
				particle = c
			}
		}
	}
	for name := range doc.attrs {
		if !slices.ContainsFunc(attributes, func(a *xmlNode) bool { return a.attrs["name"] == name }) {
			return fmt.Errorf("attribute %s is not in the schema", name)
		}
	}
	for _, a := range attributes {
		value, given := doc.attrs[a.attrs["name"]]
		if !given {
			if a.attrs["use"] == "required" {
				return fmt.Errorf("attribute %s is missing", a.attrs["name"])
			}
			continue
		}
		if err := x.simple(a.child("simpleType"), a.attrs["type"], value); err != nil {
			return fmt.Errorf("attribute %s: %w", a.attrs["name"], err)
		}
	}
	return x.content(simple, doc, particle)
}

// content checks what is between the tags: text of a simple type, or elements.
func (x *xsd) content(simple, doc, particle *xmlNode) error {
	if simple != nil {
		if len(doc.children) > 0 {
			return fmt.Errorf("element %s is not in the schema", doc.children[0].name)
		}
		return x.simple(simple, "", doc.text)
	}
	if strings.TrimSpace(doc.text) != "" {
		return fmt.Errorf("text %q is not in the schema", doc.text)
	}
	rest := doc.children
	if particle != nil {
		var err error
		if rest, err = x.particle(particle, rest); err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("element %s is not in the schema there", rest[0].name)
	}
	return nil
}

// particle takes from nodes as often as a part of the schema asks for and
// allows, and returns the rest.
func (x *xsd) particle(p *xmlNode, nodes []*xmlNode) ([]*xmlNode, error) {
	least, most := 1, 1
	if s, given := p.attrs["minOccurs"]; given {
		least, _ = strconv.Atoi(s)
	}
	if s := p.attrs["maxOccurs"]; s == "unbounded" {
		most = len(nodes)
	}
	taken := 0
	for taken < most && x.starts(p, nodes) {
		var err error
		switch p.name {
		case "element":
			err = x.element(p, nodes[0])
			nodes = nodes[1:]
		case "choice":
			i := slices.IndexFunc(p.children, func(c *xmlNode) bool { return x.starts(c, nodes) })
			nodes, err = x.particle(p.children[i], nodes)
		default:
			for _, c := range p.children {
				if nodes, err = x.particle(c, nodes); err != nil {
					break
				}
			}
		}
		if err != nil {
			return nil, err
		}
		taken++
	}
	if taken < least {
		return nil, fmt.Errorf("%s %s is missing", p.name, p.attrs["name"])
	}
	return nodes, nil
}

// starts says that the next node can be the first of p. A sequence always can
// try: what it lacks is then said with the name.
func (x *xsd) starts(p *xmlNode, nodes []*xmlNode) bool {
	switch p.name {
	case "element":
		return len(nodes) > 0 && nodes[0].name == p.attrs["name"]
	case "choice":
		return slices.ContainsFunc(p.children, func(c *xmlNode) bool { return x.starts(c, nodes) })
	}
	return true
}

// simple checks a value against a simple type, given or by name.
func (x *xsd) simple(t *xmlNode, name, value string) error {
	if t == nil {
		t = x.types[name]
	}
	if t == nil {
		return builtin(name, value)
	}
	restriction := t.child("restriction")
	if err := x.simple(nil, restriction.attrs["base"], value); err != nil {
		return err
	}
	for _, facet := range restriction.children {
		limit := facet.attrs["value"]
		switch facet.name {
		case "pattern":
			if !regexp.MustCompile("^(?:" + limit + ")$").MatchString(value) {
				return fmt.Errorf("%q does not match %s", value, limit)
			}
		case "minLength":
			if n, _ := strconv.Atoi(limit); len(strings.TrimSpace(value)) < n {
				return fmt.Errorf("%q is shorter than %s", value, limit)
			}
		}
	}
	return nil
}

func builtin(name, value string) error {
	forms := map[string]string{
		"xs:string": `(?s).*`, "xs:token": `(?s).*`, // the spaces of a token are collapsed before it is checked
		"xs:int": `[+-]?[0-9]{1,9}`, "xs:decimal": `[+-]?[0-9]+(\.[0-9]+)?`, "xs:dateTime": `-?[0-9]{4}-[0-9]{2}-[0-9]{2}T.+`,
	}
	form, known := forms[name]
	if !known {
		return fmt.Errorf("the schema has the type %q, which this check does not know", name)
	}
	if !regexp.MustCompile("^(?:" + form + ")$").MatchString(value) {
		return fmt.Errorf("%q is no %s", value, name)
	}
	return nil
}
