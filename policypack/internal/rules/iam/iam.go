// Package iam holds the rules on IAM roles and policies.
package iam

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on IAM roles and policies.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		leastPrivilege,
		trustScoped,
	},
	Examples: examples,
}
