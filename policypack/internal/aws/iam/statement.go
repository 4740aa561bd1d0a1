package iam

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// String returns the statement's place in the document.
func (s Statement) String() string { return fmt.Sprintf("statement %d", s.position) }

// Path returns the statement's path in its document: "Statement[0]".
func (s Statement) Path() string { return fmt.Sprintf("Statement[%d]", s.position-1) }

// Allows reports whether the statement's effect is Allow.
func (s Statement) Allows() answer.Answer { return s.is("Allow", "Deny") }

func (s Statement) is(effect, other string) answer.Answer {
	switch s.effect {
	case effect:
		return answer.Yes
	case other:
		return answer.No
	default:
		return answer.Unknown
	}
}

// Actions returns the actions that the statement covers.
func (s Statement) Actions() Element { return s.actions }

// Resources returns the resources that the statement covers.
func (s Statement) Resources() Element { return s.resources }

// Names reports whether the element is not a negation and contains a string literally, without wildcards, in any case.
func (e Element) Names(name string) bool {
	return !e.Not && slices.ContainsFunc(e.Patterns, func(p string) bool { return strings.EqualFold(p, name) })
}

// nobodysName appears in no resource's name.
const nobodysName = "\x02"

// Everything reports whether the statement covers all resources of a service (`s3`) rather than only some of them, or
// all resources of all services if the service is empty. NotResource excludes only a few.
func (s Statement) Everything(service string) answer.Answer {
	if s.resources.Not {
		return answer.Yes
	}
	var probes []string
	if service == "s3" {
		// The ARNs of buckets contain no account, so they are hard to restrict in any other way.
		probes = []string{"arn:aws:s3:::" + nobodysName, "arn:aws:s3:::" + nobodysName + "/" + nobodysName}
	}
	probes = append(probes, strings.Join([]string{"arn", "aws", nobodysName, nobodysName, nobodysName, nobodysName}, ":"))
	return s.resources.match(s.resources.Patterns, func(pattern string) answer.Answer {
		// A policy variable stands for something in particular.
		covered := slices.ContainsFunc(probes, func(probe string) bool {
			probe = "arn:" + partitionOf(pattern) + strings.TrimPrefix(probe, "arn:aws")
			return covers(pattern, probe)
		})
		if covered {
			return answer.Yes
		}
		return answer.No
	})
}

// partitionOf returns the partition that a pattern names, or AWS's commercial one.
func partitionOf(pattern string) string {
	if partition, _, ok := strings.Cut(strings.TrimPrefix(pattern, "arn:"), ":"); ok && strings.HasPrefix(partition, "aws-") {
		return partition
	}
	return "aws"
}

// AllowsService reports whether a statement of the document allows the action to an AWS service and none denies it. The
// service's principal is given as a pattern (`sns.*amazonaws.com*`). The conditions of a statement that allows are
// ignored: they state for whom the service may act. A statement that denies with conditions, such as a missing TLS
// connection, does not apply to a service.
func (d Document) AllowsService(principal, action string) answer.Answer {
	if d.problem != "" {
		return answer.Unknown
	}
	allowed, denied := answer.No, answer.No
	for _, s := range d.statements {
		allowed = max(allowed, s.AllowsService(principal, action))
		denied = max(denied, s.DeniesService(principal, action))
	}
	return min(allowed, -denied)
}

// DeniesService reports whether the statement denies the action to an AWS service without a condition.
func (s Statement) DeniesService(principal, action string) answer.Answer {
	if len(s.conditions) > 0 {
		return answer.No
	}
	return min(-s.Allows(), s.aboutService(principal, action))
}

// AllowsService does what [Document.AllowsService] does, for one statement.
func (s Statement) AllowsService(principal, action string) answer.Answer {
	return min(s.Allows(), s.aboutService(principal, action))
}

// aboutService reports whether the statement covers that action of the service.
func (s Statement) aboutService(principal, action string) answer.Answer {
	named := s.principals.includes(func(p Principal) bool {
		return anyone(p) || p.Kind == "Service" && covers(principal, p.Name)
	})
	return min(named, s.actions.matchAction(strings.ToLower(action)))
}

// concerns reports whether the statement of a resource's policy covers the resource of the request. Such a policy can
// name no other resource, so any resource that may be this one is.
func (s Statement) concerns(r request) answer.Answer {
	return s.resources.match(s.resources.Patterns, func(p string) answer.Answer {
		if p == "*" || r.isOn(p) != answer.No {
			return answer.Yes
		}
		return answer.No
	})
}

// Spares reports whether the statement, in the policy of r, names another resource and so has no effect.
func (s Statement) Spares(r *graph.Resource) bool {
	return s.concerns(request{arn: arnOf(r), assumed: r.AssumedRegion(), open: r.AssumedRegion()}) == answer.No
}

// DeniesPlainText reports whether the document, the policy of r, denies everyone the important actions on r without
// TLS: for a bucket, reading, writing and deleting any object, and listing; for a queue, sending and receiving; for a
// topic, publishing.
func (d Document) DeniesPlainText(r *graph.Resource) answer.Answer {
	if d.problem != "" {
		return answer.Unknown
	}
	own := arnOf(r)
	objects := own + "/" + nobodysName
	var asked []struct{ action, on string }
	switch r.Type {
	case graph.Bucket:
		asked = []struct{ action, on string }{
			{"s3:getobject", objects}, {"s3:putobject", objects}, {"s3:deleteobject", objects}, {"s3:listbucket", own},
		}
	case graph.Queue:
		asked = []struct{ action, on string }{{"sqs:sendmessage", own}, {"sqs:receivemessage", own}}
	case graph.Topic:
		asked = []struct{ action, on string }{{"sns:publish", own}}
	default:
		return answer.Unknown
	}
	denied := answer.Yes
	for _, a := range asked {
		denied = min(denied, d.deniesPlainText(request{action: a.action, arn: a.on, assumed: r.AssumedRegion(), open: r.AssumedRegion()}))
	}
	return denied
}

func (d Document) deniesPlainText(r request) answer.Answer {
	found := answer.No
	for _, s := range d.statements {
		denies := min(-s.Allows(), s.everyone(), s.actions.matchAction(r.action))
		for _, c := range s.conditions {
			denies = min(denies, c.holdsWithoutTLS())
		}
		found = max(found, min(denies, s.concerns(r)))
	}
	return found
}

// ScopableAsOf is the date, in ISO format, of the actions in scopable.txt.
const ScopableAsOf = "2026-09-26"

// scopable.txt has a line for each service that pipelines use: its prefix, followed by its actions that can be
// restricted to resources. It omits those that need `*` in some of their uses, such as the ones that Lambda needs to
// connect to a VPC.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
//
//go:embed scopable.txt
var scopableText string

var scopable = sync.OnceValue(func() map[string][]string {
	byService := map[string][]string{}
	for line := range strings.Lines(strings.ToLower(scopableText)) {
		words := strings.Fields(line)
		byService[words[0]] = words[1:]
	}
	return byService
})

// Scopable reports whether an action, or every action that a pattern matches, can be restricted to resources. For a
// pattern of names that begin with Describe or List the answer is no: some of those need `*`, and none reads data.
func Scopable(action string) bool {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	wild := strings.ContainsAny(name, "*?")
	if wild && (strings.HasPrefix(name, "describe") || strings.HasPrefix(name, "list")) {
		return false
	}
	return slices.ContainsFunc(scopable()[service], func(known string) bool {
		return known == name || wild && covers(name, known)
	})
}

// PassesRoles reports whether an action, or one that a pattern matches, passes a role to a service.
func PassesRoles(action string) bool { return covers(strings.ToLower(action), "iam:passrole") }

// AnyRole reports whether the statement covers every role of an account.
func (s Statement) AnyRole() answer.Answer {
	if s.resources.Not {
		return answer.Yes
	}
	return s.resources.match(s.resources.Patterns, func(pattern string) answer.Answer {
		probe := strings.Join([]string{"arn", partitionOf(pattern), "iam", "", accountIn(pattern), "role/" + nobodysName}, ":")
		if covers(pattern, probe) {
			return answer.Yes
		}
		return answer.No
	})
}

// accountIn returns the account in a pattern for an ARN, whether it is a wildcard or not.
func accountIn(pattern string) string {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		return nobodysName
	}
	return parts[4]
}
