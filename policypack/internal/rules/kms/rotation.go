package kms

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var rotation = &rule.Rule{
	ID:    "kms-rotation",
	Title: "A symmetric key is rotated, and can be brought back for two weeks after it is deleted.",
	Rationale: "Without rotation one piece of key material protects everything ever encrypted with the key, so what " +
		"leaks once opens it all. Deleting a key deletes all data under it: a window of a week is over before " +
		"anyone is back from holiday to notice.",
	Remediation: "Set enableKeyRotation to true, and deletionWindowInDays to 14 or more, or leave it out: it is 30 then.",
	Limitations: "Rotation that is switched on by hand, keys that another stack declares, and replicas of multi-Region " +
		"keys, which follow their primary. Asymmetric and HMAC keys and those in a custom key store cannot be rotated " +
		"and are not judged.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityMedium, Enforcement: apitype.Mandatory,
	Types: []graph.Type{graph.Key},
	Frameworks: []string{
		"CIS AWS Foundations 5.0.0 3.6", "CIS AWS Foundations 3.0.0 3.6",
		"NIST 800-53 r5 SC-12", "NIST 800-53 r5 SC-12(2)", "NIST 800-53 r5 SC-28(3)",
	},
	Equivalents: []string{"Checkov CKV_AWS_7", "Trivy AWS-0065"},
	Links: []string{
		"https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
		"https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
	},
	Params: []rule.Param{{
		Name: "minimumDeletionDays", Type: rule.Integer, Default: 14,
		Description: "The least number of days, from 7 to 30, that a deleted key must be kept for.",
	}},
	CheckResource: rule.EachResource(judgeRotation),
	Remediate:     rule.Remediate(judgeRotation),
}

// judgeRotation judges whether a key is rotated, and for how long a deleted one is kept. How long to wait is the owner's
// choice, so that a short window is not remedied.
func judgeRotation(p *rule.Pass, r *graph.Resource) []rule.Verdict {
	key, days := aws.KeyOf(r), p.Number("minimumDeletionDays")
	return []rule.Verdict{{
		Answer: max(-key.IsRotatable(), key.IsRotated()), Property: "enableKeyRotation",
		Message: key.String() + " is not rotated.",
		Reason:  "whether " + key.String() + " can be rotated, and is, is not known yet",
		Fix:     fix.Set(r, "enableKeyRotation", true).Safely(),
	}, {
		Answer: max(-key.IsRotatable(), key.IsKept(days)), Property: "deletionWindowInDays",
		Message: key.String() + " is gone " + key.Arg("deletionWindowInDays").Show() +
			" days after it is deleted, and with it all that it encrypts.",
		Reason: "how long " + key.String() + " is kept once it is deleted is not known yet",
		Fix:    fix.Set(r, "deletionWindowInDays", days).Deciding("choose for how long a deleted key can be brought back"),
	}}
}
