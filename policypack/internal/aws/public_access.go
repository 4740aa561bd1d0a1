package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// PublicAccessFlags are the four arguments of a public access block of a bucket or an account.
var PublicAccessFlags = []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}

// OpenFlags returns the flags of a public access block that are not true, as absent ones are not, and those that are
// not known.
func OpenFlags(block *graph.Resource) (off, unknown []string) {
	for _, flag := range PublicAccessFlags {
		switch block.Setting(flag).IsTrue() {
		case answer.No:
			off = append(off, flag)
		case answer.Unknown:
			unknown = append(unknown, flag)
		case answer.Yes:
		}
	}
	return off, unknown
}

// MisplacedFlags returns the arguments of a bucket that belong in a public access block, as the program spells them.
func MisplacedFlags(bucket *graph.Resource) []string {
	var given []string
	for name := range bucket.Inputs {
		if slices.Contains(PublicAccessFlags, text.CamelCase(string(name))) && !bucket.Arg(string(name)).Absent() {
			given = append(given, string(name))
		}
	}
	slices.Sort(given)
	return given
}

// PublicAccessBlocks are the public access blocks of a bucket, declared or read.
type PublicAccessBlocks struct {
	// Certain are those that name the bucket, and Linked also includes those that may be computed from it.
	Certain, Linked []*graph.Resource
	// Maybe is another block whose bucket is not known yet, or nil.
	Maybe *graph.Resource
}

// PublicAccessBlocks returns the public access blocks of the bucket.
func (b *Bucket) PublicAccessBlocks() PublicAccessBlocks {
	blocks := b.stack.Attached(graph.BucketPublicAccessBlock, graph.Bucket)
	return PublicAccessBlocks{blocks.Certain(b.Resource), blocks.Linked(b.Resource), blocks.Maybe(b.Resource)}
}

// BlocksPublicAccess reports whether the stack declares or reads a public access block of the account with all flags
// true.
func (s *Stack) BlocksPublicAccess() answer.Answer {
	found := answer.No
	for _, block := range s.All(graph.AccountPublicAccessBlock) {
		all := answer.Yes
		for _, flag := range PublicAccessFlags {
			all = min(all, block.Setting(flag).IsTrue())
		}
		found = max(found, all)
	}
	return found
}
