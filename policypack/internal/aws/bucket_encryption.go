package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// BucketEncryption is how a bucket encrypts new objects, as one resource says. A configuration has one rule.
type BucketEncryption struct {
	Setting

	// RulePath and DefaultPath are where the rule is and what it has for all objects.
	RulePath, DefaultPath string

	rule, byDefault graph.Value
}

// Encryption returns the setting, of that kind, as what it says of encryption. Of the lists of one that BucketV2 has
// instead of objects, Get looks inside.
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

// UsesKMS reports whether a key of KMS encrypts the objects, rather than S3's own.
func (e BucketEncryption) UsesKMS() answer.Answer {
	algorithm := e.byDefault.Get("sseAlgorithm")
	return max(algorithm.Equals("aws:kms"), e.isDual())
}

func (e BucketEncryption) isDual() answer.Answer {
	return e.byDefault.Get("sseAlgorithm").Equals("aws:kms:dsse")
}

// Key returns what names the key.
func (e BucketEncryption) Key() graph.Ref {
	return graph.Ref{Property: e.Property, Value: e.byDefault.Get("kmsMasterKeyId")}
}

// HasCustomerKey reports whether the key is one of the customer's own.
func (e BucketEncryption) HasCustomerKey() answer.Answer {
	return e.Bucket.stack.IsCustomerKey(e.Resource, e.Key())
}

// HasBucketKey reports whether objects share a key for some time, or S3 has no bucket keys for the encryption, which is
// so for the dual-layer one.
func (e BucketEncryption) HasBucketKey() answer.Answer {
	return max(e.isDual(), e.rule.Get("bucketKeyEnabled").IsTrue())
}

// KeyUser is a role that needs the key which a bucket is encrypted with, whichever that is.
type KeyUser struct {
	Role    *graph.Resource
	Actions []string
}

// KeyUsers returns the roles that need the bucket's key: those of functions that the stack has read or write its objects.
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
