// Package lambda holds the rules on functions.
package lambda

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on functions.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		archiveDeterministic,
		archiveHandler,
		asyncRetries,
		codePinned,
		concurrency,
		deadLetterQueue,
		explicitLimits,
		failureAlarms,
		noSecretEnvironment,
		permissionScoped,
		prebuiltCode,
		roleSufficient,
		supportedRuntime,
		tracing,
	},
	Examples: examples,
}
