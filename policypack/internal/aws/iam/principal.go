package iam

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// principals are the Principal or NotPrincipal of a statement; a policy that is attached to an identity has none.
type principals struct {
	named []Principal
	// not is set for NotPrincipal: everyone but those named.
	not bool
	// open is set if there are more that are not known yet.
	open bool
}

// Principal is one principal that a statement names.
type Principal struct {
	// Kind is AWS, Service, Federated or CanonicalUser; it is "*" for a bare "*".
	Kind string
	// Name is an ARN, an account id, a service's domain name or "*".
	Name string
}

// parsePrincipals reads Principal, or else NotPrincipal. A string other than "*" is malformed there, so its meaning is
// not known.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func parsePrincipals(statement map[string]any) principals {
	value, positive := statement["Principal"]
	negated, negative := statement["NotPrincipal"]
	if positive && negative {
		return principals{open: true}
	}
	p := principals{not: negative}
	if negative {
		value = negated
	}
	switch v := value.(type) {
	case nil:
		p.open = positive || negative
	case map[string]any:
		for _, kind := range sortedKeys(v) {
			for _, item := range list(v[kind]) {
				if name, ok := item.(string); ok {
					p.named = append(p.named, Principal{Kind: kind, Name: name})
				} else {
					p.open = true
				}
			}
		}
	default:
		for _, item := range list(v) {
			if item == "*" {
				p.named = []Principal{{Kind: "*", Name: "*"}}
			} else {
				p.open = true
			}
		}
	}
	return p
}

// includes reports whether the principals certainly, possibly or never include one that satisfies is. NotPrincipal
// possibly does, since it names only those that it excludes.
func (p principals) includes(is func(Principal) bool) answer.Answer {
	switch {
	case p.not:
		return answer.Yes
	case slices.ContainsFunc(p.named, is):
		return answer.Yes
	case p.open:
		return answer.Unknown
	default:
		return answer.No
	}
}

func anyone(p Principal) bool { return p.Name == "*" }

// inAnyAccount reports whether a principal is meant to be in any account, as in arn:aws:iam::*:root. AWS accepts no
// wildcard inside an ARN there, but whoever writes one means everyone.
func inAnyAccount(p Principal) bool {
	a, err := arn.Parse(p.Name)
	return anyone(p) || p.Kind == "AWS" && err == nil && a.Service == "iam" && isWildcard(a.AccountID)
}

// isWildcard reports whether a part of a pattern matches anything.
func isWildcard(s string) bool { return s != "" && strings.Trim(s, "*?") == "" }

// isRole reports whether a principal is that role, either by name or because it is everyone. A principal that is a
// whole account is not: the role's own policies must then allow the request, too.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (p Principal) isRole(role *graph.Resource) answer.Answer {
	switch {
	case anyone(p) && (p.Kind == "*" || p.Kind == "AWS"):
		return answer.Yes
	case p.Kind != "AWS", p.isAccount():
		return answer.No
	}
	a, err := arn.Parse(p.Name)
	kind, name, _ := strings.Cut(a.Resource, "/")
	own, known := role.PhysicalName().Str()
	switch {
	case err != nil || !known: // possibly the role's unique id
		return answer.Unknown
	case kind == "assumed-role" && strings.HasPrefix(name, own+"/"):
		return answer.Unknown // one of its sessions
	case kind != "role" || name[strings.LastIndexByte(name, '/')+1:] != own:
		return answer.No
	}
	if text, settled := role.Property("arn").Str(); settled && text != p.Name {
		// A role of that name in another account, unless the stack's account is not specified.
		return request{arn: text}.isOn(p.Name)
	}
	return answer.Yes
}

// isAccount reports whether a principal is a whole account.
func (p Principal) isAccount() bool {
	a, err := arn.Parse(p.Name)
	return p.Kind == "AWS" && (isAccountID(p.Name) || err == nil && a.Service == "iam" && a.Resource == "root")
}

func isAccountID(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// includesByName reports whether the principals include the role by name.
func (p principals) includesByName(role *graph.Resource) answer.Answer {
	found := answer.No
	if p.open {
		found = answer.Unknown
	}
	for _, one := range p.named {
		found = max(found, one.isRole(role))
		if p.not && one.isAccount() {
			found = max(found, answer.Unknown) // which of its roles that excludes depends on the service
		}
	}
	if p.not {
		return -found
	}
	return found
}

// Principals returns the principals that the statement names, and whether there may be others. It returns none for
// NotPrincipal.
func (s Statement) Principals() (named []Principal, more bool) {
	if s.principals.not {
		return nil, true
	}
	return s.principals.named, s.principals.open
}

// Public reports whether the statement allows something to everyone in every account: its principal is a wildcard or
// NotPrincipal, and no condition restricts it.
func (s Statement) Public() answer.Answer {
	return min(s.Allows(), s.principals.includes(inAnyAccount), -s.narrowed())
}

// everyone reports whether a Deny applies to all principals. One for all services, or for all identity providers, does
// not.
func (s Statement) everyone() answer.Answer {
	if s.principals.not {
		return answer.No
	}
	return s.principals.includes(func(p Principal) bool { return anyone(p) && (p.Kind == "*" || p.Kind == "AWS") })
}
