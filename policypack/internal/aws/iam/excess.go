package iam

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

// Excess is what a statement covers beyond named actions on named resources.
type Excess struct {
	Kind ExcessKind
	// Action is the action, or the pattern for several, that the excess is about; empty for NotActions.
	Action string
}

// IsWild reports whether the fix has to change the actions, too, because they are not named.
func (e Excess) IsWild() bool { return e.Kind == NotActions || strings.ContainsAny(e.Action, "*?") }

// ExcessKind is how a statement goes beyond named actions on named resources.
type ExcessKind int

// The kinds of excess.
const (
	// Everywhere means an action on every resource.
	Everywhere ExcessKind = iota
	// EveryRole means permission to pass any role.
	EveryRole
	// NotActions means all actions but some, by NotAction.
	NotActions
)

// Excess reports whether the statement covers more than named actions on named resources, and what that is. The actions
// in exempt may cover all resources.
func (s Statement) Excess(exempt []string) (what Excess, exceeds answer.Answer) {
	if s.actions.Not {
		return Excess{Kind: NotActions}, answer.Yes
	}
	// A condition on the resource confines a statement as an ARN does.
	confined := s.TiedTo(confines)
	exceeds = answer.No
	if s.actions.Open {
		exceeds = min(s.Everything(""), -confined, answer.Unknown)
	}
	for i, action := range s.actions.Patterns {
		folded := s.actions.folded[i]
		if slices.ContainsFunc(exempt, func(e string) bool { return covers(strings.ToLower(e), folded) }) {
			continue
		}
		service, name, _ := strings.Cut(folded, ":")
		everywhere, kind := answer.No, Everywhere
		switch {
		case strings.HasPrefix(service, "*"):
			everywhere = s.Everything("s3") // what is too broad for one service is too broad for all
		case strings.Trim(name, "*") == "" || Scopable(action):
			everywhere = s.Everything(service)
		}
		if PassesRoles(action) && (everywhere != answer.Yes || name == "passrole") {
			everywhere, kind = s.AnyRole(), EveryRole
		}
		if everywhere = min(everywhere, -confined); everywhere > exceeds {
			what, exceeds = Excess{kind, action}, everywhere
		}
	}
	return what, exceeds
}

// confines reports whether a condition key restricts the resource of a request, or whom it is made for, rather than who
// makes it, from where or how. Keys of a single service do, except for S3's about the connection and the request's
// headers. A key for the owner of the resource confines nothing: an account is all that there is to take.
func confines(key string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
	if begins("aws:") {
		return slices.ContainsFunc([]string{
			"aws:resourcetag/", "aws:requesttag/", "aws:calledvia", "aws:sourcearn", "aws:sourceaccount",
		}, begins)
	}
	return !slices.ContainsFunc([]string{"s3:tlsversion", "s3:authtype", "s3:signature", "s3:resourceaccount", "s3:x-amz-"}, begins)
}
