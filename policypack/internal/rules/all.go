// Package rules holds the rules of the pack, one a file, and lists them.
package rules

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// All is the registry of every rule there is.
func All() (*rule.Registry, error) {
	return rule.NewRegistry(
		alarmTreatsMissingData,
		handlerBufferedUpload,
		iamLeastPrivilege,
		iamTrustScoped,
		kmsPolicy,
		kmsRotation,
		lambdaArchiveDeterministic,
		lambdaArchiveHandler,
		lambdaAsyncRetries,
		lambdaCodePinned,
		lambdaConcurrency,
		lambdaDeadLetterQueue,
		lambdaExplicitLimits,
		lambdaFailureAlarms,
		lambdaNoSecretEnvironment,
		lambdaPermissionScoped,
		lambdaPrebuiltCode,
		lambdaRoleSufficient,
		lambdaSupportedRuntime,
		lambdaTracing,
		logsEncryption,
		logsRetention,
		outputInString,
		requiredTags,
		s3AccessLogging,
		s3BucketArguments,
		s3BucketNameUnique,
		s3Encryption,
		s3Lifecycle,
		s3NoForceDestroy,
		s3NoPublicAccess,
		s3NotificationPermission,
		s3NotificationRecursion,
		s3NotificationTyped,
		s3OwnershipEnforced,
		s3PublicAccessBlock,
		s3TLSOnly,
		s3Versioning,
		secretsInOutputs,
		snsEncryption,
		snsPolicyScoped,
		sourceBucketArguments,
		sourceNotificationTyped,
		sourceRuntimePackaging,
		sqsDeadLetterRetention,
		sqsEncryption,
		sqsPolicyScoped,
		stackReadinessChecks,
	)
}

// examples are for each rule one program that it stops, and one that it passes:
// Pulumi YAML for rules that judge resources, Python for those that judge source.
// A rule that says nothing under its default parameters has others for its
// examples.
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

// ExampleParams are the parameters under which the examples of a rule are
// judged; nil when that is the defaults.
func ExampleParams(id string) (map[string]any, error) {
	text, err := examples.ReadFile("examples/" + strings.ReplaceAll(id, "-", "_") + ".params.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var params map[string]any
	if err == nil {
		err = json.Unmarshal(text, &params)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the parameters of the examples of %s: %w", id, err)
	}
	return params, nil
}
