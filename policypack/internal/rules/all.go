// Package rules holds the rules of the pack, one a file, and lists them.
package rules

import (
	"embed"
	"fmt"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/cloudwatch"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/kms"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/lambda"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/s3"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/sns"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/sqs"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/stack"
)

// sets are the rules of each service.
var sets = []rule.Set{
	cloudwatch.Rules, iam.Rules, kms.Rules, lambda.Rules, s3.Rules, sns.Rules, sqs.Rules, stack.Rules,
	{Rules: unsorted, Examples: examples},
}

// All is the registry of every rule there is.
func All() (*rule.Registry, error) {
	var all []*rule.Rule
	for _, set := range sets {
		all = append(all, set.Rules...)
	}
	return rule.NewRegistry(all...)
}

// unsorted are the rules that have no folder of their own yet.
var unsorted = []*rule.Rule{
	handlerBufferedUpload,
	sourceBucketArguments,
	sourceNotificationTyped,
	sourceRuntimePackaging,
}

// examples are those of unsorted.
//
//go:embed examples
var examples embed.FS

// Example is a program beside a rule: kind is "bad" or "good". Its language is
// "yaml" or "python".
func Example(id, kind string) (text, language string, err error) {
	for _, set := range sets {
		if text, language, ok := set.Example(id, kind); ok {
			return text, language, nil
		}
	}
	return "", "", fmt.Errorf("rule %s has no %s example", id, kind)
}

// ExampleParams are the parameters under which the examples of a rule are
// judged; nil when that is the defaults.
func ExampleParams(id string) (map[string]any, error) {
	for _, set := range sets {
		if params, err := set.ExampleParams(id); params != nil || err != nil {
			return params, err
		}
	}
	return nil, nil
}
