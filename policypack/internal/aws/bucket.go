package aws

import (
	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Bucket is an S3 bucket.
type Bucket struct{ object }

// Policies returns the bucket's policies.
func (b *Bucket) Policies() Policies { return b.stack.Policies(b.Resource) }

// SettingKind is one kind of setting of a bucket. Programs make it with an argument of the bucket or, as later versions
// of the provider require, with a separate resource.
type SettingKind struct {
	// inline are the bucket's arguments for the setting, whose names differ between versions of the provider.
	inline []string
	// split is the separate resource for the setting, and property its argument that holds it.
	split    graph.Type
	property string
}

// The kinds of settings.
var (
	Encryption = SettingKind{
		inline:   []string{"serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"},
		split:    graph.BucketServerSideEncryptionConfiguration,
		property: "rules",
	}
	Lifecycle = SettingKind{
		inline: []string{"lifecycleRules"}, split: graph.BucketLifecycleConfiguration, property: "rules",
	}
	Logging = SettingKind{
		inline: []string{"logging", "loggings"}, split: graph.BucketLogging, property: "targetBucket",
	}
	Ownership  = SettingKind{split: graph.BucketOwnershipControls, property: "rule"}
	Versioning = SettingKind{
		inline: []string{"versioning", "versionings"}, split: graph.BucketVersioning, property: "versioningConfiguration",
	}
)

// Split returns the type of the separate resource for the setting.
func (k SettingKind) Split() graph.Type { return k.split }

// Setting is a setting of a bucket, as made by one resource.
type Setting struct {
	Bucket *Bucket
	// Resource is the resource that makes the setting: the bucket or a separate one.
	Resource *graph.Resource
	// Property is the top-level argument of Resource that holds the setting, and Value is its value.
	Property string
	Value    graph.Value
}

// Inline reports whether an argument of the bucket itself makes the setting.
func (s Setting) Inline() bool { return s.Resource == s.Bucket.Resource }

// IsEmptyList reports whether the setting is a list without entries, which has no effect.
func (s Setting) IsEmptyList() bool { return s.Value.IsList() && len(s.Value.Items()) == 0 }

// Settings returns all places where a setting of the bucket is made, and a resource that may be another one, or nil.
func (b *Bucket) Settings(kind SettingKind) (given []Setting, maybe *graph.Resource) {
	for _, name := range kind.inline {
		if v := b.Setting(name); !v.Absent() {
			given = append(given, Setting{b, b.Resource, name, v})
		}
	}
	splits := b.stack.Attached(kind.split, graph.Bucket)
	for _, split := range splits.Linked(b.Resource) {
		given = append(given, Setting{b, split, kind.property, split.Setting(kind.property)})
	}
	return given, splits.Maybe(b.Resource)
}

// KeepsVersions reports whether the setting enables versioning.
func (s Setting) KeepsVersions() answer.Answer {
	if s.Inline() {
		return s.Value.Get("enabled").IsTrue()
	}
	return s.Value.Get("status").Equals("Enabled")
}

// SwitchesACLsOff reports whether the setting makes the bucket's owner the owner of all objects.
func (s Setting) SwitchesACLsOff() answer.Answer {
	return s.Value.Get("objectOwnership").Equals("BucketOwnerEnforced")
}

// AbortsUploads reports whether one of the lifecycle rules is enabled and aborts incomplete multipart uploads.
func (s Setting) AbortsUploads() answer.Answer {
	if s.Value.Unknown() {
		return answer.Unknown
	}
	aborts := answer.No
	for _, rule := range s.Value.Items() {
		enabled, days := rule.Get("status").Equals("Enabled"), rule.Get("abortIncompleteMultipartUpload").Get("daysAfterInitiation")
		if s.Inline() {
			enabled, days = rule.Get("enabled").IsTrue(), rule.Get("abortIncompleteMultipartUploadDays")
		}
		aborts = max(aborts, min(enabled, days.AtLeast(1)))
	}
	return aborts
}

// HasObjectLock reports whether the bucket is created with Object Lock, for which S3 enables versioning permanently.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
func (b *Bucket) HasObjectLock() answer.Answer {
	return max(b.Arg("objectLockEnabled").IsTrue(),
		b.Arg("objectLockConfiguration").Get("objectLockEnabled").Equals("Enabled"))
}
