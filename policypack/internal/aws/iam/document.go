// Package iam evaluates IAM policies: what a role may do, and what access a statement grants or denies. The answer is
// "unknown" wherever a policy, its owner or its resource is not known yet.
//
// It is not built on a library because the public ones decode a document into plain strings, or evaluate it for one
// complete request; none has a third answer for the parts that a preview does not know.
package iam

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Document is a policy document. For one that cannot be read, every answer is Unknown.
type Document struct {
	statements []Statement
	problem    string
	secret     bool
}

// Problem returns why the document cannot be read, as the end of a sentence that begins with the document's name, or ""
// if it can be read. It never quotes the document, which may be secret.
func (d Document) Problem() string { return d.problem }

// Statements returns the statements of a document that can be read.
func (d Document) Statements() []Statement { return d.statements }

// Show returns a part of the document, such as an action, as it may be printed in a message.
func (d Document) Show(part string) string {
	if d.secret {
		return "[secret]"
	}
	return strconv.Quote(part)
}

// Statement is one statement of a document.
type Statement struct {
	// position counts from 1.
	position int
	// effect is unknown if it is neither Allow nor Deny.
	effect             string
	actions, resources Element
	principals         principals
	// conditions must all hold for the statement to apply.
	conditions []condition
}

// Element is Action or NotAction, Resource or NotResource.
type Element struct {
	// Patterns are the strings of the element, as written.
	Patterns []string
	// Not is set for NotAction and NotResource: the element then stands for everything that the patterns do not match.
	Not bool
	// Open is set if there are more patterns that are not known yet.
	Open bool

	// folded are the actions in lower case, since IAM ignores their case.
	folded []string
}

// unknown replaces values that are not computed yet in a decoded document.
type unknown struct{}

// ParseDocument reads a policy document that is given as JSON text or as an object. If a part is unknown or malformed,
// the answers that depend on it are Unknown.
func ParseDocument(v graph.Value) Document {
	if v.Unknown() {
		return Document{problem: "is not known yet"}
	}
	d := Document{secret: v.Secret()}
	content := decode(v, &d.secret)
	if text, ok := v.Str(); ok {
		content = nil
		// Leave out the error on purpose: it quotes the text.
		if json.Unmarshal([]byte(text), &content) != nil {
			return Document{problem: "is not JSON"}
		}
	}
	object, ok := content.(map[string]any)
	if !ok {
		return Document{problem: "is not a JSON object"}
	}
	if object["Statement"] == nil {
		return Document{problem: "has no Statement"}
	}
	for i, item := range list(object["Statement"]) {
		s := parseStatement(item)
		s.position = i + 1
		d.statements = append(d.statements, s)
	}
	return d
}

// decode returns a value as encoding/json would decode it, with unknown in place of what is not computed yet, and
// whether it contains a secret.
func decode(v graph.Value, secret *bool) any {
	*secret = *secret || v.Secret()
	switch {
	case v.Unknown():
		return unknown{}
	case v.IsObject():
		object := map[string]any{}
		for _, k := range v.Keys() {
			object[k] = decode(v.Get(k), secret)
		}
		return object
	case v.Property().IsArray():
		items := []any{}
		for _, item := range v.Items() {
			items = append(items, decode(item, secret))
		}
		return items
	case v.Property().IsString():
		return v.Property().StringValue()
	case v.Property().IsBool():
		return v.Property().BoolValue()
	case v.Property().IsNumber():
		return v.Property().NumberValue()
	default:
		// No other kind of value has a meaning in the places that this package reads.
		return nil
	}
}

// list returns a value as a list, as IAM does: it accepts a list of one item without brackets.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

func parseStatement(v any) Statement {
	object, ok := v.(map[string]any)
	if !ok {
		return Statement{
			actions: Element{Open: true}, resources: Element{Open: true},
			principals: principals{open: true}, conditions: []condition{{open: true}},
		}
	}
	s := Statement{
		actions:    parseElement(object, "Action"),
		resources:  parseElement(object, "Resource"),
		principals: parsePrincipals(object),
		conditions: parseConditions(object["Condition"]),
	}
	s.effect, _ = object["Effect"].(string)
	for _, action := range s.actions.Patterns {
		s.actions.folded = append(s.actions.folded, strings.ToLower(action))
	}
	return s
}

// parseElement reads the element of that name or its negation. IAM rejects a statement with both or neither; what such
// a statement matches is not known, and the same goes for any malformed part.
func parseElement(statement map[string]any, name string) Element {
	_, positive := statement[name]
	_, negative := statement["Not"+name]
	if positive == negative {
		return Element{Open: true}
	}
	e := Element{Not: negative}
	value := statement[name]
	if negative {
		value = statement["Not"+name]
	}
	if value == nil {
		e.Open = true
	}
	for _, item := range list(value) {
		if pattern, ok := item.(string); ok {
			e.Patterns = append(e.Patterns, pattern)
		} else {
			e.Open = true
		}
	}
	return e
}

// matchAction reports whether the element, which contains actions, matches an action in lower case.
func (e Element) matchAction(action string) answer.Answer {
	return e.match(e.folded, func(p string) answer.Answer { return matchAction(p, action) })
}

func (e Element) match(patterns []string, one func(pattern string) answer.Answer) answer.Answer {
	found := answer.No
	if e.Open {
		found = answer.Unknown
	}
	for _, pattern := range patterns {
		found = max(found, one(pattern))
	}
	if e.Not {
		return -found
	}
	return found
}

// Allows reports whether the document, on its own, allows a principal to perform the action (`sqs:SendMessage`) on the
// resource with that ARN. If the ARN is empty, the resource is not known, and the answer is Yes or No only if it is the
// same for every resource. Since most conditions may or may not hold, a statement with one decides nothing.
//
// The order is AWS's: an explicit Deny overrides any Allow; an explicit Allow overrides the default, which is to deny.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (d Document) Allows(action, resource string) answer.Answer {
	if resource == "" {
		resource = string(anyHole)
	}
	return decide(d.effects(request{action: action, arn: resource}))
}

// decide combines whether a request is allowed and whether it is denied: it needs an allow and no deny.
func decide(allow, deny answer.Answer) answer.Answer { return min(allow, -deny) }

// effects reports whether statements allow a request and whether they deny it, each regardless of the other.
func (d Document) effects(r request) (allow, deny answer.Answer) {
	if d.problem != "" {
		return answer.Unknown, answer.Unknown
	}
	allow, deny = answer.No, answer.No
	action := strings.ToLower(r.action)
	for _, s := range d.statements {
		applies := s.actions.matchAction(action)
		if applies == answer.No {
			continue // most statements; matching resources costs more
		}
		on := r
		if s.effect != "Allow" || s.resources.Not {
			// After a statement that removes some, there are still others to choose from.
			on.arn = strings.ReplaceAll(r.arn, string(someHole), string(anyHole))
		}
		applies = min(applies, s.resources.match(s.resources.Patterns, on.isOn))
		for _, c := range s.conditions {
			applies = min(applies, c.holdsFor(r))
		}
		switch s.effect {
		case "Allow":
			allow = max(allow, applies)
		case "Deny":
			deny = max(deny, applies)
		default:
			allow = max(allow, min(applies, answer.Unknown))
			deny = max(deny, min(applies, answer.Unknown))
		}
	}
	return allow, deny
}

// denying returns the statements that deny a request for certain.
func (d Document) denying(r request) []Statement {
	return d.filter(func(s Statement) bool {
		_, deny := Document{statements: []Statement{s}}.effects(r)
		return deny == answer.Yes
	}).statements
}

// filter returns the document with only the statements for which keep returns true.
func (d Document) filter(keep func(Statement) bool) Document {
	d.statements = slices.DeleteFunc(slices.Clone(d.statements), func(s Statement) bool { return !keep(s) })
	return d
}
