// Package handler holds the rules on the source of functions' handlers.
package handler

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on the source of functions' handlers.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		bufferedUpload,
	},
	Examples: examples,
}
