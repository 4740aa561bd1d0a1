package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// loop is a function that an entry of a notification invokes, and that may write
// to the same bucket.
type loop struct {
	g            *graph.Graph
	roles        *iam.Roles
	rolePolicies *graph.Referrers
	notification *graph.Resource
	entry        entry
	function     *graph.Resource
}

// evidence says whether the function writes keys that match the entry's filter,
// such as key, and what tells so.
type evidence struct {
	answer     answer.Answer
	key, tells string
}

// check says whether it had anything to say of the loop.
func (l loop) check(p *rule.Pass) bool {
	buckets := l.g.Resolve(l.notification, l.notification.Ref("bucket"), graph.Bucket).Linked()
	if len(buckets) != 1 {
		p.NotEvaluated(l.notification, "the bucket of %s is not in this stack, or not known yet", l.notification)
		return true
	}
	found := l.writes(buckets[0])
	may := l.mayWrite(buckets[0], found.key)
	switch {
	case may == answer.No:
		return false
	case may == answer.Unknown && l.isOpen():
		found.answer = min(found.answer, answer.Unknown)
	default: // a role that is not known clears nothing
	}
	switch min(found.answer, createsObjects(l.entry)) {
	case answer.Yes:
		p.Report(l.notification, l.entry.path, l.entry.path+" of "+l.notification.String()+" invokes "+l.function.String()+
			" for what that writes itself: "+found.tells+", under the same filter.",
			"write to another bucket, or under a prefix that the notification's filterPrefix excludes")
		return true
	case answer.Unknown:
		p.NotEvaluated(l.notification, "whether %s writes to %s, for whose objects it is invoked, is not known", l.function, buckets[0])
		return true
	default:
		return false
	}
}

// Words by which environment variables tell where a function writes.
var (
	destinationWords = []string{
		"dest", "destination", "out", "output", "processed", "resized", "result", "results", "target", "thumb", "thumbnail",
		"thumbnails", "thumbs",
	}
	folderWords = []string{"dir", "directory", "folder", "path", "prefix"}
)

// destination is where the environment of a function says that it writes.
type destination struct {
	// variable is the one that names a bucket, and is says whether it names the
	// bucket that the events come from.
	variable string
	is       answer.Answer
	// folder is the prefix of the keys, absent if nothing tells it.
	folder graph.Value
}

// destination reads the environment variables that are named for a destination;
// false when none of them names a bucket.
func (l loop) destination(bucket *graph.Resource) (destination, bool) {
	d, told := destination{is: answer.No}, false
	variables := l.function.Arg("environment").Get("variables")
	if variables.Unknown() {
		return destination{}, true
	}
	for _, name := range variables.Keys() {
		w, value := words(name), variables.Get(name)
		if variables.Secret() {
			name = "[secret]" // the names in a secret are secret, too
		}
		if !hasAny(w, destinationWords) {
			continue
		}
		if hasAny(w, folderWords) {
			d.folder = value
			continue
		}
		named, _ := value.Str()
		named, path, hasPath := strings.Cut(strings.TrimPrefix(named, "s3://"), "/")
		t, forBucket := l.g.Resolve(l.function, nameOrOutput(value, named), graph.Bucket), slices.Contains(w, "bucket")
		told = told || forBucket || len(t.Certain) > 0
		switch {
		case slices.Contains(t.Certain, bucket):
			d.variable, d.is = name, answer.Yes
			if hasPath {
				d.folder = graph.NewValue(resource.NewProperty(path))
			}
		case len(t.ByDependency) > 0 && !slices.Contains(t.ByDependency, bucket): // another bucket
		case value.Unknown() && forBucket:
			d.is = max(d.is, answer.Unknown)
		}
	}
	return d, told
}

// nameOrOutput is the Ref of an environment variable that is known to begin with
// a name, or not known.
func nameOrOutput(value graph.Value, name string) graph.Ref {
	if value.Known() {
		value = graph.NewValue(resource.NewProperty(name))
	}
	return graph.Ref{Property: "environment", Value: value}
}

// writes goes by the environment and, where that does not tell, by the role.
func (l loop) writes(bucket *graph.Resource) evidence {
	d, told := l.destination(bucket)
	prefix, suffix := l.entry.get("filterPrefix"), l.entry.get("filterSuffix")
	folder, _ := d.folder.Str()
	says := "its environment variable " + d.variable + " names " + bucket.String()
	switch {
	case told && d.is == answer.No:
		return evidence{answer: answer.No}
	case told && !d.folder.Absent():
		return evidence{min(d.is, overlap(prefix, d.folder, strings.HasPrefix)), l.key(folder), says}
	case told && isEmpty(prefix) && isEmpty(suffix): // all keys match
		return evidence{d.is, l.key(""), says}
	}
	byRole := l.byRole(bucket)
	if told {
		byRole.answer = min(byRole.answer, d.is)
	}
	return byRole
}

func isEmpty(v graph.Value) bool { return v.Absent() || v.Is("") }

// key is a key below a folder that matches the filter, or "" while that is not
// known.
func (l loop) key(folder string) string {
	prefix, suffix := l.entry.get("filterPrefix"), l.entry.get("filterSuffix")
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

// byRole goes by what the role is made for: a statement for s3:PutObject, by
// name, on keys that all match the filter. One for more than that says nothing.
func (l loop) byRole(bucket *graph.Resource) evidence {
	prefix, known := l.entry.get("filterPrefix").Str()
	name, _ := bucket.PhysicalName().Str()
	if isEmpty(l.entry.get("filterSuffix")) && (known || isEmpty(l.entry.get("filterPrefix"))) && name != "" {
		for _, pattern := range l.grants() {
			_, path, _ := strings.Cut(pattern, ":s3:::")
			of, key, hasKey := strings.Cut(path, "/")
			folder, _, _ := strings.Cut(key, "*")
			if hasKey && of == name && strings.HasPrefix(folder, prefix) {
				return evidence{answer.Yes, l.key(folder), "its role is made to write to " + bucket.String()}
			}
		}
	}
	return evidence{key: l.key("")}
}

// grants are the resources of statements that allow s3:PutObject by name, in the
// role's own policies.
func (l loop) grants() []string {
	var patterns []string
	for _, role := range l.role() {
		documents := []graph.Value{}
		for _, inline := range role.Arg("inlinePolicies").Items() {
			documents = append(documents, inline.Get("policy"))
		}
		for _, policy := range l.rolePolicies.Linked(role) {
			documents = append(documents, policy.Setting("policy"))
		}
		for _, document := range documents {
			document, _ = document.JSON()
			for _, s := range document.Get("Statement").Items() {
				if !s.Get("Effect").Is("Allow") || !slices.ContainsFunc(s.Get("Action").Items(), isPutObject) {
					continue
				}
				for _, r := range s.Get("Resource").Items() {
					if pattern, known := r.Str(); known {
						patterns = append(patterns, pattern)
					}
				}
			}
		}
	}
	return patterns
}

func isPutObject(action graph.Value) bool {
	name, _ := action.Str()
	return strings.EqualFold(name, "s3:PutObject")
}

// mayWrite says whether the function's role lets it write an object.
func (l loop) mayWrite(bucket *graph.Resource, key string) answer.Answer {
	roles := l.role()
	if len(roles) != 1 {
		return answer.Unknown
	}
	object := ""
	if name, known := bucket.PhysicalName().Str(); known && key != "" {
		object = "arn:aws:s3:::" + name + "/" + key
	}
	may, _ := l.roles.Allows(roles[0], iam.Request{Action: "s3:PutObject", Target: bucket, ARN: object})
	return may
}

// isOpen reports whether nothing in the stack tells what the role allows: which role
// it is or what its policies say comes from elsewhere, and no policy that is known
// allows the write.
func (l loop) isOpen() bool {
	roles := l.role()
	if len(roles) != 1 {
		return l.function.Ref("role").Value.Unknown()
	}
	fromElsewhere := func(policy *graph.Resource) bool {
		return policy.Setting("policy").Unknown() && len(policy.PropertyDependencies["policy"]) == 0
	}
	return len(l.grants()) == 0 &&
		(l.rolePolicies.Maybe(roles[0]) != nil || slices.ContainsFunc(l.rolePolicies.Linked(roles[0]), fromElsewhere))
}

func (l loop) role() []*graph.Resource {
	return l.g.Resolve(l.function, l.function.Ref("role"), graph.Role).Linked()
}
