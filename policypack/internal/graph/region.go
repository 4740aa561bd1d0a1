package graph

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Region is the region that a resource is in. The zero Region stands for a region that nothing shows, and for that of a
// global resource.
type Region struct {
	// Name is the region's name, such as eu-west-1; empty while it is not known.
	Name string
	// Open is set if the region may differ from Name: either it is not known yet, or the preview assumed it because
	// none is configured.
	Open bool
}

// Is reports whether two regions are the same. If nothing shows one of them, they are assumed to be the same: most
// stacks are in one region.
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

// Region returns the region that the resource is in: its argument `region`, which pulumi-aws has since version 7, or
// else what its ARN or its provider shows.
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

// region returns the Region for a name that comes from an ARN, a URL or a provider of the resource.
func (r *Resource) region(name string) Region {
	return Region{Name: name, Open: name != "" && name == r.AssumedRegion()}
}

// AssumedRegion returns the region that the resource's plan assumes because none is configured, or "". It carries no
// information where it appears in an ARN: see [standin.AssumedRegion].
func (r *Resource) AssumedRegion() string {
	name, _ := NewValue(resource.NewProperty(r.Provider)).Get(standin.AssumedRegion).Str()
	return name
}

// globalServices are the services whose resources are not in any region.
var globalServices = []string{"cloudfront", "iam", "organizations", "route53"}

func (t Type) isGlobal() bool {
	service, _, _ := strings.Cut(strings.TrimPrefix(string(t), "aws:"), "/")
	return slices.Contains(globalServices, service)
}

// hasGlobalName reports whether a name means the same resource in every region. A bucket is in one region, but its name
// is unique across all of them.
func (t Type) hasGlobalName() bool { return t == Bucket || t.isGlobal() }

// place is the account and region in an ARN or a queue's URL; each is empty if it is not given.
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
		return place{} // some of the older forms of URL contain no region
	}
	return place{account, region}
}

// isIn reports whether the resource may be in that place.
func (r *Resource) isIn(p place) answer.Answer {
	own, _ := r.Property("arn").Str()
	mine := placeOf(own).account
	if mine != "" && p.account != "" && mine != p.account && mine != standin.UnknownAccount {
		return answer.No
	}
	return r.Region().Is(r.region(p.region))
}

// isNear reports whether another resource can refer to this one by its plain name. Most names are looked up in the
// region of the resource that uses them.
func (r *Resource) isNear(other *Resource) answer.Answer {
	if r.Type.hasGlobalName() {
		return answer.Yes
	}
	return r.Region().Is(other.Region())
}
