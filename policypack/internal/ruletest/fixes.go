package ruletest

import (
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
)

// choices are what the fixes of the examples leave to whoever applies them.
var choices = map[fix.Choice]string{
	"the ARN of who needs access":               "arn:aws:iam::123456789012:role/reader",
	"the id of your account":                    Account,
	"the owner of Bucket 'uploads'":             "images",
	"the ARNs that they are needed on":          "arn:aws:s3:::acme-uploads/*",
	"the actions that are needed":               "s3:GetObject",
	"the address of whoever is on call":         "oncall@example.com",
	"the digest of the image":                   strings.Repeat("5b", 32),
	"the name of a bucket kept for access logs": "acme-access-logs-123456789012",
	"the prefix of the objects to process, under which the function does not write": "incoming/",
	"a prefix that filterPrefix excludes":                                           "thumbnails/",
	"the region of the log group":                                                   Region,
	"the subject that may assume the role":                                          "repo:acme/images:ref:refs/heads/main",
}

// Choose returns a value for what a fix leaves to whoever applies it.
func Choose(c fix.Choice) string { return choices[c] }

// Fixed returns the Pulumi YAML program with the fixes of findings on it applied, and these: the same one is applied
// once.
func Fixed(text string, findings []finding.Finding) (*fix.Program, []fix.Fix, error) {
	program, err := fix.ParseYAML(text)
	if err != nil {
		return nil, nil, err
	}
	var applied []fix.Fix
	seen := map[string]bool{}
	for _, f := range findings {
		same := f.Edits.Text(fix.Dialect{}, nil)
		if seen[same] {
			continue
		}
		seen[same] = true
		if len(f.Edits.Edits) == 0 {
			return nil, nil, fmt.Errorf("the fix is only advice: %s", f.Text())
		}
		applied = append(applied, f.Edits)
		unknown := []fix.Choice{}
		err := program.Apply(f.Edits, func(c fix.Choice) string {
			if _, ok := choices[c]; !ok {
				unknown = append(unknown, c)
			}
			return choices[c]
		})
		if err == nil && len(unknown) > 0 {
			err = fmt.Errorf("package ruletest has no choices for %q", unknown)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s", err, f.Text())
		}
	}
	return program, applied, nil
}
