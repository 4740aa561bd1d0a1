package check

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Remediation is what one rule made of a resource's arguments.
type Remediation struct {
	Rule string
	// Inputs are all arguments of the resource, mended; nil when Problem says why
	// there are none.
	Inputs  resource.PropertyMap
	Problem string
}

// Remediate mends the arguments of a managed resource by the rules whose level is
// "remediate": in the order of their ids, each what the one before has left. The
// resource itself stays as it is. Rules that have nothing to mend are left out.
func (c *Checker) Remediate(r *graph.Resource) []Remediation {
	mended := *r
	var done []Remediation
	for _, ru := range c.mending[r.Type] {
		if c.letPass(ru, r) {
			continue
		}
		result := c.remediate(ru, &mended)
		if result.Inputs != nil {
			mended.Inputs = result.Inputs
		}
		if result.Inputs != nil || result.Problem != "" {
			done = append(done, result)
		}
	}
	return done
}

// letPass says that the configuration waives the rule for the resource: what is
// meant to be as it is must not be changed.
func (c *Checker) letPass(ru *rule.Rule, r *graph.Resource) bool {
	for _, w := range c.config.Waivers {
		if w.Covers(finding.Finding{Rule: ru.ID}, string(r.URN)) && !w.Expired(c.Now) {
			return true
		}
	}
	return false
}

// remediate has one rule mend a resource. A panic becomes a problem.
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
	pass.Dir = c.Dir
	done.Inputs = ru.Remediate(pass, r)
	return done
}
