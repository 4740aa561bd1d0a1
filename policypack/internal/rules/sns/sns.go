// Package sns holds the rules on SNS topics.
package sns

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on SNS topics.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		encryption,
		policyScoped,
	},
	Examples: examples,
}
