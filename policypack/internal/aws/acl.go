package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// IsPublicACL reports whether a canned ACL grants something to a group that anyone belongs to.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
func IsPublicACL(acl graph.Value) answer.Answer {
	return max(acl.Equals("public-read"), acl.Equals("public-read-write"), acl.Equals("authenticated-read"))
}

// Grant is one grant in an ACL.
type Grant struct {
	// Path is the path of the grant in the arguments, and Member that of its grantee's URI below it.
	Path, Member string
	Grantee      graph.Value
}

// grantLists maps the paths of the arguments that list grants to the path of the grantee's URI in a grant.
var grantLists = []struct {
	path   []string
	member []string
}{
	{[]string{"grants"}, []string{"uri"}},                                   // of a bucket
	{[]string{"targetGrants"}, []string{"grantee", "uri"}},                  // of a BucketLogging
	{[]string{"accessControlPolicy", "grants"}, []string{"grantee", "uri"}}, // of a BucketAcl
}

// Grants returns the grants that a resource lists, and the paths of lists that are not known yet.
func Grants(r *graph.Resource) (grants []Grant, unknown []string) {
	for _, list := range grantLists {
		path := strings.Join(list.path, ".")
		given := member(r.Arg(list.path[0]), list.path[1:]...)
		if given.Unknown() {
			unknown = append(unknown, path)
		}
		for i, grant := range given.Items() {
			grants = append(grants, Grant{fmt.Sprintf("%s[%d]", path, i), strings.Join(list.member, "."), member(grant, list.member...)})
		}
	}
	return grants, unknown
}

// member returns the member of a value at a path.
func member(v graph.Value, path ...string) graph.Value {
	for _, name := range path {
		v = v.Get(name)
	}
	return v
}

// ToEveryone reports whether the grantee is a group that anyone belongs to; for one of them, all it takes is an AWS
// account.
func (g Grant) ToEveryone() answer.Answer {
	uri, _ := g.Grantee.Str()
	switch {
	case g.Grantee.Unknown():
		return answer.Unknown
	case slices.ContainsFunc([]string{"/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"}, func(group string) bool {
		return strings.HasSuffix(uri, group)
	}):
		return answer.Yes
	default:
		return answer.No
	}
}
