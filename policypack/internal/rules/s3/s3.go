// Package s3 holds the rules on buckets.
package s3

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on buckets.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		accessLogging,
		bucketArguments,
		bucketNameUnique,
		encryption,
		lifecycle,
		noForceDestroy,
		noPublicAccess,
		notificationPermission,
		notificationRecursion,
		notificationTyped,
		ownershipEnforced,
		publicAccessBlock,
		tlsOnly,
		versioning,
	},
	Examples: examples,
}
