package rule

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// OwnKey returns the fix that encrypts a resource with a new key, named by its argument at a path, which the account of
// the stack and the given services may use.
func OwnKey(r *graph.Resource, path string, services ...aws.KeyService) fix.Fix {
	key := NewKey(r.Name, r, services...)
	return fix.Add(key).And(fix.Set(r, path, fix.NewOutput{Declaration: key, Property: "arn"})).
		Deciding("allow kms:Decrypt and kms:GenerateDataKey to the roles that use " + r.String())
}

// NewKey returns the declaration of a key in the region of a resource which the account of the stack and the given
// services may use.
func NewKey(name string, near *graph.Resource, services ...aws.KeyService) *fix.Declaration {
	statements := []any{ownersUse(near.Region())}
	for _, service := range services {
		statements = append(statements, AllowUse(service))
	}
	return Declare(near, graph.Key, name, fix.Object{
		{Name: "enableKeyRotation", Value: true},
		{Name: "policy", Value: fix.JSON{Value: policyOf(statements...)}},
	})
}

// ownersUse returns the statement of a key's policy by which the account may manage the key, and give its own roles the
// use of it. Without it nobody may.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func ownersUse(region graph.Region) fix.Object {
	root := fix.Joined{"arn:" + naming.PartitionOf(region.Name).Name + ":iam::", fix.Choice("the id of your account"), ":root"}
	return fix.Object{
		{Name: "Effect", Value: "Allow"},
		{Name: "Principal", Value: fix.Object{{Name: "AWS", Value: root}}},
		{Name: "Action", Value: "kms:*"},
		{Name: "Resource", Value: "*"},
	}
}

// AllowUse returns the statement of a key's policy that allows a service to use the key. It has no condition, as the
// services differ in those that they meet.
func AllowUse(service aws.KeyService) fix.Object {
	principal := any(service.Principal)
	if before, after, found := strings.Cut(service.Principal, "REGION"); found {
		principal = fix.Joined{before, fix.Choice("the region of the log group"), after}
	}
	return fix.Object{
		{Name: "Effect", Value: "Allow"},
		{Name: "Principal", Value: fix.Object{{Name: "Service", Value: principal}}},
		{Name: "Action", Value: anyOf(service.Actions)},
		{Name: "Resource", Value: "*"}, // in the policy of a key, the key
	}
}
