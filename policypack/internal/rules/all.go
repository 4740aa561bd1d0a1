// Package rules lists the rules of the pack, which are in the folders below, one a file.
package rules

import (
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/cloudwatch"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/handler"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/kms"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/lambda"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/s3"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/sns"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/source"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/sqs"
	"github.com/pipeguard/pipeguard/policypack/internal/rules/stack"
)

// sets are the rules of each folder.
var sets = []rule.Set{
	cloudwatch.Rules, handler.Rules, iam.Rules, kms.Rules, lambda.Rules, s3.Rules, sns.Rules, source.Rules, sqs.Rules,
	stack.Rules,
}

// All returns the registry of every rule there is.
func All() (*rule.Registry, error) {
	var all []*rule.Rule
	for _, set := range sets {
		all = append(all, set.Rules...)
	}
	return rule.NewRegistry(all...)
}

// Examples returns the programs of a kind beside a rule, by their languages.
func Examples(id, kind string) map[fix.Language]string {
	for _, set := range sets {
		if texts := set.Programs(id, kind); len(texts) > 0 {
			return texts
		}
	}
	return nil
}

// ExampleParams returns the parameters under which the examples of a rule are
// judged; nil when that is the defaults.
func ExampleParams(id string) (map[string]any, error) {
	for _, set := range sets {
		if params, err := set.ExampleParams(id); params != nil || err != nil {
			return params, err
		}
	}
	return nil, nil
}
