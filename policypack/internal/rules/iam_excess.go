package rules

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/iam"
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
		everywhere, of := answer.No, " on everything"
		switch {
		case slices.ContainsFunc(exempt, func(e string) bool { return covers(strings.ToLower(e), strings.ToLower(action)) }):
		case strings.HasPrefix(service, "*"):
			everywhere = s.Everything("s3") // what is wide for one service is so for all
		case strings.Trim(name, "*") == "" || iam.Scopable(action):
			everywhere = s.Everything(service)
			if service == "iam" && name == "passrole" {
				everywhere, of = max(everywhere, s.AnyRole()), " on every role"
			}
		}
		if everywhere = min(everywhere, -confined); everywhere > found {
			what, found = d.Show(action)+of, everywhere
		}
	}
	return what, found
}

// confines says that a condition key tells what is acted on, or for whom, rather
// than who acts from where: those of a single service do, but for S3's about the
// connection.
func confines(key string) bool {
	global, isGlobal := strings.CutPrefix(key, "aws:")
	if !isGlobal {
		return !slices.Contains([]string{"s3:tlsversion", "s3:authtype", "s3:signatureversion", "s3:signatureage"}, key)
	}
	return slices.ContainsFunc([]string{"resource", "requesttag", "calledvia", "sourcearn", "sourceaccount"}, func(prefix string) bool {
		return strings.HasPrefix(global, prefix)
	})
}
