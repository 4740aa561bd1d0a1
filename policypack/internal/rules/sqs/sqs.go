// Package sqs holds the rules on SQS queues.
package sqs

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on SQS queues.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		deadLetterRetention,
		encryption,
		policyScoped,
	},
	Examples: examples,
}
