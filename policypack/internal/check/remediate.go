package check

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Remediation is what one rule made of a resource's arguments.
type Remediation struct {
	Rule string
	// Inputs are all arguments of the resource, as fixed; nil when Problem says why
	// there are none.
	Inputs  resource.PropertyMap
	Problem string
	// Changes are what is other than before, such as "enableKeyRotation to true":
	// the path of each argument, and its value if that is short and no secret.
	Changes []string
}

// Notice tells a reader what became of the resource: what the program says is not
// what will be deployed.
func (done Remediation) Notice(r *graph.Resource) finding.Notice {
	message := done.Problem
	if message == "" {
		message = "fixed " + r.String() + ": set " + strings.Join(done.Changes, ", ") + "; the program is as it was"
	}
	return finding.Notice{Rule: done.Rule, URN: r.URN, Message: message}
}

// Remediate fixes the arguments of a managed resource by the rules whose level is
// "remediate": in the order of their ids, each what the one before has left. The
// resource itself stays as it is. Rules that have nothing to fix are left out.
func (c *Checker) Remediate(r *graph.Resource) []Remediation {
	fixed := *r
	var done []Remediation
	for _, ru := range c.fixing[r.Type] {
		if c.letPass(ru, r) {
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

// longestShown is the most characters that a value takes in Changes. A policy
// document does not fit on a line.
const longestShown = 40

// changes returns what a fix made of the value at a path. Fixes add and replace, and
// take nothing away but the engine's notes on where defaults came from.
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

// letPass reports whether the configuration waives the rule for the resource: what is
// meant to be as it is must not be changed.
func (c *Checker) letPass(ru *rule.Rule, r *graph.Resource) bool {
	for _, w := range c.config.Waivers {
		if w.Covers(finding.Finding{Rule: ru.ID}, string(r.URN)) && !w.Expired(c.Now) {
			return true
		}
	}
	return false
}

// remediate has one rule fix a resource. A panic becomes a problem.
func (c *Checker) remediate(ru *rule.Rule, r *graph.Resource) (done Remediation) {
	done.Rule = ru.ID
	defer func() {
		if cause := recover(); cause != nil {
			// As in run, the cause may quote a secret.
			done = Remediation{Rule: ru.ID, Problem: fmt.Sprintf(
				"rule %s failed inside pipeguard (%s), and so '%s' stays as it is", ru.ID, panicPlace(), r.Name)}
		}
	}()
	// What a rule finds on the way, its check says again.
	pass := rule.NewPass(ru, c.config.Params(ru.ID), func(finding.Finding) {}, func(finding.NotEvaluated) {})
	pass.Dir = c.workingFolder()
	done.Inputs = ru.Remediate(pass, r)
	return done
}
