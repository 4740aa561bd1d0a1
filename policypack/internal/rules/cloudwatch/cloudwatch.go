// Package cloudwatch holds the rules on alarms and log groups.
package cloudwatch

import (
	"embed"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

//go:embed examples
var examples embed.FS

// Rules are the rules on alarms and log groups.
var Rules = rule.Set{
	Rules: []*rule.Rule{
		alarmTreatsMissingData,
		logsEncryption,
		logsRetention,
	},
	Examples: examples,
}
