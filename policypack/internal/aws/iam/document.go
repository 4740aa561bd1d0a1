// Package iam reads IAM policies as a rule needs them: what a role may do, and
// what a statement opens or shuts, with "unknown" as an answer of its own
// wherever a policy, its owner or its resource is not settled yet.
//
// It is no library because the public ones decode a document into plain
// strings, or evaluate it for one complete request: none has a third answer for
// the parts that a preview does not know.
package iam

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Document is a policy document. One that cannot be read answers Unknown to
// every question.
type Document struct {
	statements []Statement
	problem    string
	secret     bool
}

// Problem says why the document cannot be read, as the end of a sentence that
// begins with the document's name; it is empty for a document that can. It
// never quotes the document, which may be secret.
func (d Document) Problem() string { return d.problem }

// Statements are the statements of a document that can be read.
func (d Document) Statements() []Statement { return d.statements }

// Show is a part of the document, such as an action, as a message may print it.
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
	// effect is not known yet when it is neither Allow nor Deny.
	effect             string
	actions, resources Element
	principals         principals
	// conditions must all hold for the statement to apply.
	conditions []condition
}

// Element is Action or NotAction, Resource or NotResource.
type Element struct {
	// Patterns are the strings of the element, as they are written.
	Patterns []string
	// Not says that it is the negation: all but what the patterns match.
	Not bool
	// Open says that there are more patterns, not known yet.
	Open bool

	// folded are actions in lower case, since IAM does not regard their case.
	folded []string
}

// unknown stands for a value that is not computed yet in a decoded document.
type unknown struct{}

// ParseDocument reads a policy document that is given as JSON text or as an
// object. Whatever in it is unknown or malformed makes the answers that depend
// on it Unknown.
func ParseDocument(v graph.Value) Document {
	if v.Unknown() {
		return Document{problem: "is not known yet"}
	}
	d := Document{secret: v.Secret()}
	content := decode(v, &d.secret)
	if text, ok := v.Str(); ok {
		content = nil
		// The error is left out on purpose: it quotes the text.
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

// decode turns a value into what encoding/json would make of it, with unknown
// for what is not computed yet, and says when there is a secret in it.
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
		// No other kind of value has a meaning where this package looks.
		return nil
	}
}

// list is a value as the list that IAM takes it for: IAM lets a list of one be
// written without its brackets.
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

// parseElement reads the element of that name or its negation. IAM refuses a
// statement with both or neither; here, as for any malformed part, it is not
// known what such a statement matches.
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

// matchAction says whether the element, of actions, matches one in lower case.
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

// Allows says whether the document, alone, lets a principal perform the action
// (`sqs:SendMessage`) on the resource with that ARN. With an empty ARN the
// resource is not known, and only a document that settles the matter for every
// resource is Yes or No. Most conditions may hold or not, so that no statement
// under one settles anything.
//
// The order is AWS's: what a Deny names is denied, whatever allows it; else
// what an Allow names is allowed; all else is denied.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (d Document) Allows(action, resource string) answer.Answer {
	if resource == "" {
		resource = string(anyHole)
	}
	return decide(d.effects(request{action: action, arn: resource}))
}

// decide combines whether a request is allowed and whether it is denied: it
// takes an allow, and no deny.
func decide(allow, deny answer.Answer) answer.Answer { return min(allow, -deny) }

// effects says whether statements allow and deny a request, each without regard
// to the other.
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
			// A statement that takes away leaves the rest to choose from.
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
	return d.only(func(s Statement) bool {
		_, deny := Document{statements: []Statement{s}}.effects(r)
		return deny == answer.Yes
	}).statements
}

// only is the document with those of its statements alone.
func (d Document) only(is func(Statement) bool) Document {
	d.statements = slices.DeleteFunc(slices.Clone(d.statements), func(s Statement) bool { return !is(s) })
	return d
}
