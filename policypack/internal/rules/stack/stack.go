// Package stack holds the rules on the stack as a whole, and on resources of every type.
package stack

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on the stack as a whole, and on resources of every type.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		outputInString,
		readinessChecks,
		requiredTags,
		secretsInOutputs,
	},
	Examples: examples,
}
