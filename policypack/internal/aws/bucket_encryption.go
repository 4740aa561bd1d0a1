package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// BucketEncryption is how a bucket encrypts new objects, according to one resource. A configuration has one rule.
type BucketEncryption struct {
	Setting

	// RulePath and DefaultPath are the paths of the rule and of its default for all objects.
	RulePath, DefaultPath string

	rule, byDefault graph.Value
}

// Encryption returns the setting, which must be of that kind, as a BucketEncryption. BucketV2 has lists of one item in
// place of objects; Get handles both.
func (s Setting) Encryption() BucketEncryption {
	const split, inline, inlineV2 = "rules[0]", "serverSideEncryptionConfiguration.rule", "serverSideEncryptionConfigurations[0].rules[0]"
	e := BucketEncryption{Setting: s, RulePath: split, DefaultPath: split + ".applyServerSideEncryptionByDefault", rule: s.Value}
	switch {
	case s.Inline() && s.Property == "serverSideEncryptionConfigurations":
		e.RulePath, e.DefaultPath = inlineV2, inlineV2+".applyServerSideEncryptionByDefaults[0]"
		e.rule = s.Value.Get("rules")
	case s.Inline():
		e.RulePath, e.DefaultPath = inline, inline+".applyServerSideEncryptionByDefault"
		e.rule = s.Value.Get("rule")
	}
	e.byDefault = e.rule.Get("applyServerSideEncryptionByDefault")
	if e.byDefault.Absent() {
		e.byDefault = e.rule.Get("applyServerSideEncryptionByDefaults")
	}
	return e
}

// UsesKMS reports whether objects are encrypted with a KMS key rather than S3's own.
func (e BucketEncryption) UsesKMS() answer.Answer {
	algorithm := e.byDefault.Get("sseAlgorithm")
	return max(algorithm.Equals("aws:kms"), e.isDual())
}

func (e BucketEncryption) isDual() answer.Answer {
	return e.byDefault.Get("sseAlgorithm").Equals("aws:kms:dsse")
}

// Key returns the value that names the key.
func (e BucketEncryption) Key() graph.Ref {
	return graph.Ref{Property: e.Property, Value: e.byDefault.Get("kmsMasterKeyId")}
}

// HasCustomerKey reports whether the key is customer managed.
func (e BucketEncryption) HasCustomerKey() answer.Answer {
	return e.Bucket.stack.IsCustomerKey(e.Resource, e.Key())
}

// HasBucketKey reports whether objects share a bucket key. It is true for dual-layer encryption, too, for which S3 has
// no bucket keys.
func (e BucketEncryption) HasBucketKey() answer.Answer {
	return max(e.isDual(), e.rule.Get("bucketKeyEnabled").IsTrue())
}

// KeyUser is a role that needs the key that encrypts a bucket, whichever key that is.
type KeyUser struct {
	Role    *graph.Resource
	Actions []string
}

// KeyUsers returns the roles that need the bucket's key: those of functions that read or write its objects according to
// the stack.
func (b *Bucket) KeyUsers() []KeyUser { return b.stack.keyUsers()[b.Resource] }

func (s *Stack) indexKeyUsers() map[*graph.Resource][]KeyUser {
	users := map[*graph.Resource][]KeyUser{}
	for _, f := range s.Functions() {
		role := f.Role()
		if role == nil || !role.Managed() {
			continue
		}
		needs, _ := f.Needs()
		for _, need := range needs {
			action := "kms:GenerateDataKey"
			if need.Purpose == ReadObjects {
				action = "kms:Decrypt"
			}
			if need.Target == nil || need.Target.Type != graph.Bucket {
				continue
			}
			all := users[need.Target]
			i := slices.IndexFunc(all, func(u KeyUser) bool { return u.Role == role })
			if i < 0 {
				i, all = len(all), append(all, KeyUser{Role: role})
			}
			if !slices.Contains(all[i].Actions, action) {
				all[i].Actions = append(all[i].Actions, action)
			}
			users[need.Target] = all
		}
	}
	return users
}
