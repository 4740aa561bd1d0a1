package check

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Remediation is the result of one rule's fix of a resource's arguments.
type Remediation struct {
	Rule string
	// Inputs are all arguments of the resource after the fix; nil if Problem explains why there are none.
	Inputs  resource.PropertyMap
	Problem string
	// Changes lists what has changed, such as "enableKeyRotation to true": the path of each argument, and its value if
	// that is short and not secret.
	Changes []string
}

// Notice returns a notice of what happened to the resource, because what will be deployed differs from the program.
func (done Remediation) Notice(r *graph.Resource) finding.Notice {
	message := done.Problem
	if message == "" {
		message = "fixed " + r.String() + ": set " + strings.Join(done.Changes, ", ") + "; the program is as it was"
	}
	return finding.Notice{Rule: done.Rule, URN: r.URN, Message: message}
}

// Remediate fixes the arguments of a managed resource with the rules whose level is "remediate", in the order of their
// ids, each starting from the result of the one before. The resource itself does not change. Rules that have nothing to
// fix are left out.
func (c *Checker) Remediate(r *graph.Resource) []Remediation {
	fixed := *r
	var done []Remediation
	for _, ru := range c.fixing[r.Type] {
		if c.isWaived(ru, r) {
			continue
		}
		result := c.remediate(ru, &fixed)
		if result.Inputs != nil {
			result.Changes = changes("", resource.NewProperty(fixed.Inputs), resource.NewProperty(result.Inputs))
			fixed.Inputs = result.Inputs
		}
		if result.Inputs != nil || result.Problem != "" {
			done = append(done, result)
		}
	}
	return done
}

// longestShown is the maximum number of characters of a value in Changes. A policy document does not fit on a line.
const longestShown = 40

// changes returns the changes that a fix made to the value at a path. Fixes add and replace values, and only remove the
// engine's records of where defaults came from.
func changes(path string, before, after resource.PropertyValue) []string {
	if before.DeepEquals(after) {
		return nil
	}
	if !after.IsObject() {
		shown := graph.NewValue(after).Show()
		switch {
		case graph.NewValue(before).Secret():
			shown = "[secret]" // whatever the rule took over from it
		case len(shown) > longestShown:
			shown = "a new text"
		}
		return []string{path + " to " + shown}
	}
	was := resource.PropertyMap{}
	if before.IsObject() {
		was = before.ObjectValue()
	}
	var all []string
	for _, name := range after.ObjectValue().StableKeys() {
		at := strings.TrimPrefix(path+"."+string(name), ".")
		all = append(all, changes(at, was[name], after.ObjectValue()[name])...)
	}
	return all
}

// isWaived reports whether the configuration waives the rule for the resource: what is intended must not be changed.
func (c *Checker) isWaived(ru *rule.Rule, r *graph.Resource) bool {
	for _, w := range c.config.Waivers {
		if w.Covers(finding.Finding{Rule: ru.ID}, string(r.URN)) && !w.Expired(c.Now) {
			return true
		}
	}
	return false
}

// remediate runs one rule's fix on a resource. A panic becomes a problem.
func (c *Checker) remediate(ru *rule.Rule, r *graph.Resource) (done Remediation) {
	done.Rule = ru.ID
	defer func() {
		if cause := recover(); cause != nil {
			// As in run, the cause may quote a secret.
			done = Remediation{Rule: ru.ID, Problem: fmt.Sprintf(
				"rule %s failed inside pipeguard (%s), and so '%s' stays as it is", ru.ID, panicPlace(), r.Name)}
		}
	}()
	// The rule's check repeats whatever the fix reports.
	pass := rule.NewPass(ru, c.config.Params(ru.ID), func(finding.Finding) {}, func(finding.NotEvaluated) {})
	pass.Dir = c.workingFolder()
	done.Inputs = ru.Remediate(pass, r)
	return done
}
