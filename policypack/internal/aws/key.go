package aws

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Key is a KMS key.
type Key struct{ object }

// KeyOf returns a key by its own arguments alone, for rules that judge a resource without its stack.
func KeyOf(r *graph.Resource) *Key { return &Key{object{Resource: r}} }

// IsRotatable reports whether KMS can rotate the key automatically: it must be a symmetric encryption key whose key
// material KMS generated.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
func (k *Key) IsRotatable() answer.Answer {
	is := func(argument, standard string) answer.Answer {
		return max(-k.Arg(argument).IsGiven(), k.Arg(argument).Equals(standard))
	}
	return min(is("keyUsage", "ENCRYPT_DECRYPT"), is("customerMasterKeySpec", "SYMMETRIC_DEFAULT"), is("customKeyStoreId", ""))
}

// IsRotated reports whether KMS rotates the key.
func (k *Key) IsRotated() answer.Answer { return k.Arg("enableKeyRotation").IsTrue() }

// IsKept reports whether the key is kept for at least that many days after deletion is scheduled. KMS keeps it for 30
// days by default.
func (k *Key) IsKept(days int) answer.Answer {
	v := k.Arg("deletionWindowInDays")
	if _, isNumber := v.Number(); v.Known() && !isNumber {
		return answer.Yes // the provider rejects it
	}
	return max(v.AtLeast(float64(days)), -v.IsGiven())
}

// HasKey reports whether an argument of a resource names a KMS key. If the whole stack is known, a value that is
// computed from a resource will be there once the resource is.
func HasKey(r *graph.Resource, argument string) answer.Answer {
	v := r.Arg(argument)
	if v.Unknown() && len(r.PropertyDependencies[resource.PropertyKey(argument)]) > 0 {
		return answer.Yes
	}
	return v.IsGiven()
}

// IsAWSKey reports whether a value is known to name the AWS managed key of a service (`sns`), by its alias or the
// alias's ARN. Nobody can change the policy of such a key.
func IsAWSKey(v graph.Value, service string) bool {
	text, _ := v.Str()
	alias := "alias/aws/" + service
	return text == alias || strings.HasPrefix(text, "arn:") && strings.HasSuffix(text, ":"+alias)
}

// IsCustomerKey reports whether a value of r names a customer managed KMS key, rather than the AWS managed key of a
// service, which an absent value stands for. A value that is computed from a key of the stack does.
func (s *Stack) IsCustomerKey(r *graph.Resource, key graph.Ref) answer.Answer {
	name, known := key.Value.Str()
	switch {
	case key.Value.IsGiven() == answer.No, strings.Contains(name, "alias/aws/"):
		return answer.No
	case known, len(s.Resolve(r, key, graph.Key, graph.KeyAlias).Linked()) > 0:
		return answer.Yes
	default:
		return answer.Unknown
	}
}

// KeySetting is a setting that names the KMS key of a resource.
type KeySetting struct {
	stack *Stack
	// Resource is the resource that the key encrypts. Holder has the setting: the same resource, or a separate one.
	Resource, Holder *graph.Resource
	// Ref refers to the key.
	Ref graph.Ref
}

// Encryptions returns the settings that name the key of a bucket, a function, a log group, a queue or a topic, or none
// if it has no key of its own.
func (s *Stack) Encryptions(of *graph.Resource) []KeySetting {
	var all []KeySetting
	add := func(holder *graph.Resource, ref graph.Ref) {
		if ref.Value.IsGiven() != answer.No {
			all = append(all, KeySetting{s, of, holder, ref})
		}
	}
	switch of.Type {
	case graph.Bucket:
		given, _ := (&Bucket{object{of, s}}).Settings(Encryption)
		for _, setting := range given {
			add(setting.Resource, setting.Encryption().Key())
		}
	case graph.LogGroup:
		add(of, of.Ref("kmsKeyId"))
	case graph.Function:
		add(of, of.Ref("kmsKeyArn"))
	default: // queues and topics
		add(of, of.Ref("kmsMasterKeyId"))
	}
	return all
}

// Keys returns the keys of this stack that the setting may refer to, directly or through an alias.
func (e KeySetting) Keys() []*graph.Resource {
	var keys []*graph.Resource
	for _, found := range e.stack.Resolve(e.Holder, e.Ref, graph.Key, graph.KeyAlias).Linked() {
		if found.Type == graph.Key {
			keys = append(keys, found)
			continue
		}
		keys = append(keys, e.stack.Resolve(found, found.Ref("targetKeyId"), graph.Key).Linked()...)
	}
	slices.SortFunc(keys, func(a, b *graph.Resource) int { return cmp.Compare(a.URN, b.URN) })
	return slices.Compact(keys)
}

// usesAWSKey reports whether the setting is known to name the AWS managed key for queues or topics, which no service
// may use.
func (e KeySetting) usesAWSKey() bool {
	return e.Resource.Type == graph.Queue && IsAWSKey(e.Ref.Value, "sqs") ||
		e.Resource.Type == graph.Topic && IsAWSKey(e.Ref.Value, "sns")
}
