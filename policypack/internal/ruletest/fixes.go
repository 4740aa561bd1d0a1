package ruletest

import (
	"fmt"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
)

// choices are what the fixes of the examples leave to whoever applies them.
var choices = map[fix.Choice]string{}

// Choose returns a value for what a fix leaves to whoever applies it, or what stands for it in code.
func Choose(c fix.Choice) string {
	if chosen, ok := choices[c]; ok {
		return chosen
	}
	return "<" + string(c) + ">"
}

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
		if err := program.Apply(f.Edits, Choose); err != nil {
			return nil, nil, fmt.Errorf("%w: %s", err, f.Text())
		}
	}
	return program, applied, nil
}
