// Package kms holds the rules on KMS keys.
package kms

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on KMS keys.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		policy,
		rotation,
	},
	Examples: examples,
}
