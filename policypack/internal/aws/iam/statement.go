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

// String names the statement by its place in the document.
func (s Statement) String() string { return fmt.Sprintf("statement %d", s.position) }

// Path returns where the statement is in its document: "Statement[0]".
func (s Statement) Path() string { return fmt.Sprintf("Statement[%d]", s.position-1) }

// Allows says whether the statement's effect is Allow.
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

// Actions are the actions the statement is about.
func (s Statement) Actions() Element { return s.actions }

// Resources are the resources the statement is about.
func (s Statement) Resources() Element { return s.resources }

// Names reports whether the element is not a negation and holds a string as it is, without wildcards, in any case.
func (e Element) Names(name string) bool {
	return !e.Not && slices.ContainsFunc(e.Patterns, func(p string) bool { return strings.EqualFold(p, name) })
}

// nobodysName is in no name of a resource.
const nobodysName = "\x02"

// Everything says whether the statement is about all resources of a service
// (`s3`), not only about some of them. With the empty service it is about those
// of all services. NotResource leaves out a few of all there are.
func (s Statement) Everything(service string) answer.Answer {
	if s.resources.Not {
		return answer.Yes
	}
	var probes []string
	if service == "s3" {
		// The names of buckets are in no account, and so hard to confine otherwise.
		probes = []string{"arn:aws:s3:::" + nobodysName, "arn:aws:s3:::" + nobodysName + "/" + nobodysName}
	}
	probes = append(probes, strings.Join([]string{"arn", "aws", nobodysName, nobodysName, nobodysName, nobodysName}, ":"))
	return s.resources.match(s.resources.Patterns, func(pattern string) answer.Answer {
		// What a policy variable stands for is something in particular.
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

// partitionOf is the partition that a pattern names, or AWS's commercial one.
func partitionOf(pattern string) string {
	if partition, _, ok := strings.Cut(strings.TrimPrefix(pattern, "arn:"), ":"); ok && strings.HasPrefix(partition, "aws-") {
		return partition
	}
	return "aws"
}

// AllowsService reports whether a statement of the document allows the action to an AWS service, whose principal is given
// as a pattern (`sns.*amazonaws.com*`), and none denies it. The conditions of one that allows are not regarded: they are
// there to say for whom the service acts. One that denies under conditions, as without TLS, is none for a service.
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

// AllowsService is [Document.AllowsService] for one statement.
func (s Statement) AllowsService(principal, action string) answer.Answer {
	return min(s.Allows(), s.aboutService(principal, action))
}

// aboutService says whether the statement speaks of that action of the service.
func (s Statement) aboutService(principal, action string) answer.Answer {
	named := s.principals.includes(func(p Principal) bool {
		return anyone(p) || p.Kind == "Service" && covers(principal, p.Name)
	})
	return min(named, s.actions.matchAction(strings.ToLower(action)))
}

// concerns says whether the statement, of a resource's policy, is about what the
// request is on. Such a policy can name no other resource, so what may be this
// one is.
func (s Statement) concerns(r request) answer.Answer {
	return s.resources.match(s.resources.Patterns, func(p string) answer.Answer {
		if p == "*" || r.isOn(p) != answer.No {
			return answer.Yes
		}
		return answer.No
	})
}

// Spares says that the statement, of the policy of r, is about another resource
// and so does nothing.
func (s Statement) Spares(r *graph.Resource) bool {
	return s.concerns(request{arn: arnOf(r), assumed: r.AssumedRegion(), open: r.AssumedRegion()}) == answer.No
}

// DeniesPlainText says whether the document, the policy of r, refuses to
// everyone what matters of r without TLS: of a bucket, reading, writing and
// deleting any object and listing; of a queue, sending and receiving; of a
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

// ScopableAsOf is the day, in ISO form, at which scopable.txt says what AWS
// published.
const ScopableAsOf = "2026-09-26"

// scopable.txt has a line for each service that pipelines use: its prefix, and
// its actions that can be confined to resources. Left out are those that take
// `*` in some of their uses, such as what Lambda needs to enter a VPC.
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

// Scopable says that an action, or each of those that a pattern stands for,
// could be confined to resources. A pattern over names that begin with Describe
// or List is not: there, some need `*`, and none reads data.
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

// PassesRoles says that an action, or one of those that a pattern stands for,
// hands a role to a service.
func PassesRoles(action string) bool { return covers(strings.ToLower(action), "iam:passrole") }

// AnyRole says whether the statement is about every role of an account.
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

// accountIn is the account that a pattern of an ARN names, wildcard or not.
func accountIn(pattern string) string {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		return nobodysName
	}
	return parts[4]
}
