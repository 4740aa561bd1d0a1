package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

// AnySubject reports whether the statement trusts an identity provider but does not restrict which of its users it
// trusts.
func (s Statement) AnySubject() answer.Answer {
	found, claims := answer.No, []string{":sub"}
	named, more := s.Principals()
	if more {
		found = answer.Unknown
	}
	for _, principal := range named {
		switch {
		case principal.Kind != "Federated" || strings.Contains(principal.Name, ":saml-provider/"):
		case strings.HasPrefix(principal.Name, "arn:"):
			return -s.TiedTo(isClaim(":sub"))
		default: // a public provider, such as cognito-identity.amazonaws.com
			found, claims = answer.Yes, []string{":sub", ":aud", ":app_id"}
		}
	}
	return min(found, -s.TiedTo(isClaim(claims...)))
}

// Issuer returns the identity provider that the statement names in the form that begins the condition keys for its
// tokens: the provider's host and path, or its name. It returns false if the statement names none, or more than one.
func (s Statement) Issuer() (string, bool) {
	var issuers []string
	named, more := s.Principals()
	for _, principal := range named {
		if principal.Kind == "Federated" {
			_, inARN, _ := strings.Cut(principal.Name, ":oidc-provider/")
			issuers = append(issuers, cmp.Or(inARN, principal.Name))
		}
	}
	if more || len(issuers) != 1 {
		return "", false
	}
	return issuers[0], true
}

// isClaim reports whether a condition key is one of those claims of a token.
func isClaim(claims ...string) func(key string) bool {
	return func(key string) bool {
		return slices.ContainsFunc(claims, func(claim string) bool { return strings.HasSuffix(key, claim) })
	}
}
