package graph

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Region is the region that a resource is in. The zero Region is that of a
// resource of which nothing shows its region, and of one that is in no region.
type Region struct {
	// Name is as in eu-west-1, empty while it is not known.
	Name string
	// Open reports that the region may be another one than Name: it is not known
	// yet, or a preview assumed it because nobody had configured any.
	Open bool
}

// Is reports whether two regions are the same. Where nothing shows one of them
// they are taken to be: most stacks are in one region.
func (a Region) Is(b Region) answer.Answer {
	switch {
	case a == Region{}, b == Region{}, a == b && a.Name != "":
		return answer.Yes
	case a.Open || b.Open:
		return answer.Unknown
	default:
		return answer.No
	}
}

// Region returns the region that the resource is in: its argument `region`,
// which pulumi-aws has since version 7, or else what its ARN or its provider
// shows.
func (r *Resource) Region() Region {
	if r.Type.isGlobal() {
		return Region{}
	}
	if given := r.Arg("region"); !given.Absent() && !given.Is("") {
		name, known := given.Str()
		return Region{Name: name, Open: !known}
	}
	name, _ := r.Output("region").Str()
	if own, ok := r.Property("arn").Str(); ok && name == "" {
		a, _ := arn.Parse(own)
		name = a.Region
	}
	if name == "" {
		provider := NewValue(resource.NewProperty(r.Provider)).Get("region")
		if provider.Unknown() {
			return Region{Open: true}
		}
		name, _ = provider.Str()
	}
	return r.region(name)
}

// region returns the region of that name as an ARN, a URL or a provider near the
// resource shows it.
func (r *Resource) region(name string) Region {
	return Region{Name: name, Open: name != "" && name == r.AssumedRegion()}
}

// AssumedRegion returns the region that the plan of the resource assumes because
// nobody has configured one, or "". In ARNs it tells nothing: see
// [standin.AssumedRegion].
func (r *Resource) AssumedRegion() string {
	name, _ := NewValue(resource.NewProperty(r.Provider)).Get(standin.AssumedRegion).Str()
	return name
}

// globalServices are those whose resources are in no region.
var globalServices = []string{"cloudfront", "iam", "organizations", "route53"}

func (t Type) isGlobal() bool {
	service, _, _ := strings.Cut(strings.TrimPrefix(string(t), "aws:"), "/")
	return slices.Contains(globalServices, service)
}

// hasGlobalName reports whether a name means the same resource in every region:
// buckets are in one, but share a namespace.
func (t Type) hasGlobalName() bool { return t == Bucket || t.isGlobal() }

// place is the account and the region that an ARN or a queue's URL names, each
// empty if it names none.
type place struct{ account, region string }

func placeOf(s string) place {
	if a, err := arn.Parse(s); err == nil {
		return place{a.AccountID, a.Region}
	}
	// https://sqs.eu-west-1.amazonaws.com/123456789012/jobs
	host, path, _ := strings.Cut(strings.TrimPrefix(s, "https://sqs."), "/")
	region, _, regional := strings.Cut(host, ".")
	account, _, ok := strings.Cut(path, "/")
	if !strings.HasPrefix(s, "https://sqs.") || !regional || !ok || !strings.Contains(region, "-") {
		return place{} // of the older forms of URLs some name no region
	}
	return place{account, region}
}

// isIn reports whether the resource can be the one of its name in that place.
func (r *Resource) isIn(p place) answer.Answer {
	own, _ := r.Property("arn").Str()
	mine := placeOf(own).account
	if mine != "" && p.account != "" && mine != p.account && mine != standin.UnknownAccount {
		return answer.No
	}
	return r.Region().Is(r.region(p.region))
}

// isNear reports whether the resource can be the one that another names by its
// plain name: most names mean something in the region of whoever uses them.
func (r *Resource) isNear(other *Resource) answer.Answer {
	if r.Type.hasGlobalName() {
		return answer.Yes
	}
	return r.Region().Is(other.Region())
}
