package rules

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
)

// excess says whether what a statement is about is more than named actions on
// named resources, and what that is. The actions in exempt may be on everything.
func excess(d iam.Document, s iam.Statement, exempt []string) (what string, found answer.Answer) {
	actions := s.Actions()
	if actions.Not {
		return "all actions but some (NotAction), also those AWS adds in the future", answer.Yes
	}
	// A condition on what is acted on confines a statement as an ARN does.
	confined := s.TiedTo(confines)
	found = answer.No
	if actions.Open {
		found = min(s.Everything(""), -confined, answer.Unknown)
	}
	for _, action := range actions.Patterns {
		service, name, _ := strings.Cut(strings.ToLower(action), ":")
		if slices.ContainsFunc(exempt, func(e string) bool { return matches(strings.ToLower(e), strings.ToLower(action)) }) {
			continue
		}
		everywhere, of := answer.No, " on everything"
		switch {
		case strings.HasPrefix(service, "*"):
			everywhere = s.Everything("s3") // what is wide for one service is so for all
		case strings.Trim(name, "*") == "" || iam.Scopable(action):
			everywhere = s.Everything(service)
		}
		if iam.PassesRoles(action) && (everywhere != answer.Yes || name == "passrole") {
			everywhere, of = s.AnyRole(), " on every role"
		}
		if everywhere = min(everywhere, -confined); everywhere > found {
			what, found = d.Show(action)+of, everywhere
		}
	}
	return what, found
}

// confines says that a condition key tells what is acted on, or for whom, rather
// than who acts from where, or how: those of a single service do, but for S3's
// about the connection and the request's headers. Whose the resources are is
// told by neither: all of an account is everything there is to take.
func confines(key string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
	if begins("aws:") {
		return slices.ContainsFunc([]string{
			"aws:resourcetag/", "aws:requesttag/", "aws:calledvia", "aws:sourcearn", "aws:sourceaccount",
		}, begins)
	}
	return !slices.ContainsFunc([]string{"s3:tlsversion", "s3:authtype", "s3:signature", "s3:resourceaccount", "s3:x-amz-"}, begins)
}
