// Package source holds the rules on the source of Pulumi programs.
package source

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on the source of Pulumi programs.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		bucketArguments,
		notificationTyped,
		runtimePackaging,
	},
	Examples: examples,
}
