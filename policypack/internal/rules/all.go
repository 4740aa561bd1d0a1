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
		iamLeastPrivilege,
		iamTrustScoped,
		kmsPolicy,
		kmsRotation,
		lambdaDeadLetterQueue,
		lambdaFailureAlarms,
		lambdaPermissionScoped,
		lambdaPrebuiltCode,
		lambdaRoleSufficient,
		s3BucketArguments,
		s3BucketNameUnique,
		s3NoPublicAccess,
		s3NotificationTyped,
		s3PublicAccessBlock,
		s3TLSOnly,
		snsEncryption,
		snsPolicyScoped,
		sqsEncryption,
		sqsPolicyScoped,
		stackReadinessChecks,
	)
}

// examples are Pulumi YAML programs: for each rule one that it stops and one
// that it passes.
//
//go:embed examples/*.yaml
var examples embed.FS

// Example is a Pulumi YAML program beside a rule: kind is "bad" or "good".
func Example(id, kind string) (string, error) {
	name := "examples/" + strings.ReplaceAll(id, "-", "_") + "." + kind + ".yaml"
	text, err := examples.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("reading the %s example of %s: %w", kind, id, err)
	}
	return string(text), nil
}
