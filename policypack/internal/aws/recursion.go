package aws

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Recursion is whether a function writes objects that it is invoked for in turn.
type Recursion struct {
	Answer answer.Answer
	// Variable is the environment variable that shows the recursion; empty if the function's role shows it. Folder is
	// the variable with the prefix of keys, if that shows it.
	Variable, Folder string
	// key is an example of a key that the function may write.
	key string
}

// loop is a function that an entry invokes for objects of a bucket, and that may write to the bucket.
type loop struct {
	stack    *Stack
	entry    NotificationEntry
	bucket   *Bucket
	function *graph.Resource
}

// Recursion returns whether a function that the entry invokes writes objects for which the entry invokes it again. It
// relies on the function's environment and, if that does not show it, on its role.
func (e NotificationEntry) Recursion(function *graph.Resource, bucket *Bucket) Recursion {
	l := loop{e.Notification.stack, e, bucket, function}
	found := l.writes()
	switch may := l.mayWrite(found.key); {
	case may == answer.No:
		found.Answer = answer.No
	case may == answer.Unknown && l.isRoleOpen():
		found.Answer = min(found.Answer, answer.Unknown)
	default: // a role that is not known rules nothing out
	}
	found.Answer = min(found.Answer, e.CreatesObjects())
	return found
}

// writes judges by the environment and, if that does not show it, by the role.
func (l loop) writes() Recursion {
	d, named := l.destination()
	prefix, suffix := l.entry.Get("filterPrefix"), l.entry.Get("filterSuffix")
	folder, _ := d.folder.Str()
	switch {
	case named && d.is == answer.No:
		return Recursion{Answer: answer.No}
	case named && !d.folder.Absent():
		is := min(d.is, overlap(prefix, d.folder, strings.HasPrefix))
		return Recursion{Answer: is, Variable: d.variable, Folder: d.folderVariable, key: l.key(folder)}
	case named && prefix.IsGiven() == answer.No && suffix.IsGiven() == answer.No: // all keys match
		return Recursion{Answer: d.is, Variable: d.variable, key: l.key("")}
	}
	byRole := l.byRole()
	if named {
		byRole.Answer = min(byRole.Answer, d.is)
	}
	return byRole
}

// destination is whether the function writes to the bucket according to its environment, which variable shows that, and
// the prefix of the keys, absent if nothing shows it.
type destination struct {
	variable, folderVariable string
	is                       answer.Answer
	folder                   graph.Value
}

// destination returns false if no variable names a bucket.
func (l loop) destination() (d destination, named bool) {
	all := l.stack.Destinations(l.function)
	if all.Open {
		return destination{}, true
	}
	d = destination{is: answer.No, folder: all.Folder, folderVariable: all.FolderVariable}
	for _, one := range all.All {
		t := one.Target
		named = named || one.ForBucket || len(t.Certain) > 0
		switch {
		case slices.Contains(t.Certain, l.bucket.Resource):
			d.variable, d.is = one.Variable, answer.Yes
			if !one.Folder.Absent() {
				d.folder, d.folderVariable = one.Folder, ""
			}
		case len(t.ByDependency) > 0 && !slices.Contains(t.ByDependency, l.bucket.Resource): // another bucket
		case one.Value.Unknown() && one.ForBucket:
			d.is = max(d.is, answer.Unknown)
		}
	}
	return d, named
}

// key returns a key below a folder that matches the filter, or "" while that is not known.
func (l loop) key(folder string) string {
	prefix, suffix := l.entry.Get("filterPrefix"), l.entry.Get("filterSuffix")
	if prefix.Unknown() || suffix.Unknown() {
		return ""
	}
	start, _ := prefix.Str()
	end, _ := suffix.Str()
	if strings.HasPrefix(folder, start) {
		start = folder
	}
	return start + "object" + end
}

// byRole judges by a role that was made for writing: one with a statement for s3:PutObject, by name, on keys that all
// match the filter. A broader statement shows nothing.
func (l loop) byRole() Recursion {
	prefix, suffix := l.entry.Get("filterPrefix"), l.entry.Get("filterSuffix")
	start, known := prefix.Str()
	name, _ := l.bucket.PhysicalName().Str()
	if suffix.IsGiven() == answer.No && (known || prefix.Absent()) && name != "" {
		for _, pattern := range l.writableResources() {
			_, path, _ := strings.Cut(pattern, ":s3:::")
			of, key, hasKey := strings.Cut(path, "/")
			folder, _, _ := strings.Cut(key, "*")
			if hasKey && of == name && strings.HasPrefix(folder, start) {
				return Recursion{Answer: answer.Yes, key: l.key(folder)}
			}
		}
	}
	return Recursion{key: l.key("")}
}

// writableResources returns the resources of statements that allow s3:PutObject by name, in the role's own policies.
func (l loop) writableResources() []string {
	var documents []graph.Value
	for _, role := range l.roles() {
		for _, inline := range role.Arg("inlinePolicies").Items() {
			documents = append(documents, inline.Get("policy"))
		}
		for _, policy := range l.stack.Attached(graph.RolePolicy, graph.Role).Linked(role) {
			documents = append(documents, policy.Setting("policy"))
		}
	}
	var patterns []string
	for _, document := range documents {
		for _, s := range iam.ParseDocument(document).Statements() {
			if s.Allows() == answer.Yes && s.Actions().Names("s3:PutObject") && !s.Resources().Not {
				patterns = append(patterns, s.Resources().Patterns...)
			}
		}
	}
	return patterns
}

// mayWrite reports whether the function's role allows it to write an object.
func (l loop) mayWrite(key string) answer.Answer {
	roles := l.roles()
	if len(roles) != 1 {
		return answer.Unknown
	}
	object := ""
	if name, known := l.bucket.PhysicalName().Str(); known && key != "" {
		object = "arn:aws:s3:::" + name + "/" + key
	}
	may, _ := l.stack.Roles().Allows(roles[0], iam.Request{Action: "s3:PutObject", Target: l.bucket.Resource, ARN: object})
	return may
}

// isRoleOpen reports whether nothing in the stack shows what the role allows: the role or its policies come from
// outside the stack, and no known policy allows the write.
func (l loop) isRoleOpen() bool {
	roles := l.roles()
	if len(roles) != 1 {
		return l.function.Ref("role").Value.Unknown()
	}
	policies := l.stack.Attached(graph.RolePolicy, graph.Role)
	fromElsewhere := func(policy *graph.Resource) bool {
		return policy.Setting("policy").Unknown() && len(policy.PropertyDependencies["policy"]) == 0
	}
	return len(l.writableResources()) == 0 &&
		(policies.Maybe(roles[0]) != nil || slices.ContainsFunc(policies.Linked(roles[0]), fromElsewhere))
}

func (l loop) roles() []*graph.Resource {
	return l.stack.Resolve(l.function, l.function.Ref("role"), graph.Role).Linked()
}
