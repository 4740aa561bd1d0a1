// Package rules holds the rules of the pack, one a file, and lists them.
package rules

import (
	"embed"
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// All is the registry of every rule there is.
func All() (*rule.Registry, error) {
	return rule.NewRegistry(
		lambdaArchiveDeterministic,
		lambdaArchiveHandler,
		lambdaDeadLetterQueue,
		lambdaFailureAlarms,
		handlerBufferedUpload,
		lambdaPrebuiltCode,
		s3BucketArguments,
		s3BucketNameUnique,
		s3NotificationTyped,
		s3PublicAccessBlock,
		sourceBucketArguments,
		sourceNotificationTyped,
		sourceRuntimePackaging,
		stackReadinessChecks,
	)
}

// examples are for each rule one program that it stops, and one that it passes:
// Pulumi YAML for rules that judge resources, Python for those that judge source.
//
//go:embed examples
var examples embed.FS

// Example is a program beside a rule: kind is "bad" or "good". Its language is
// "yaml" or "python".
func Example(id, kind string) (text, language string, err error) {
	base := "examples/" + strings.ReplaceAll(id, "-", "_") + "." + kind
	for ending, language := range map[string]string{".yaml": "yaml", ".py": "python"} {
		if text, err := examples.ReadFile(base + ending); err == nil {
			return string(text), language, nil
		}
	}
	return "", "", fmt.Errorf("rule %s has no %s example", id, kind)
}
