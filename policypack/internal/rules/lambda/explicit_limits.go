package lambda

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var explicitLimits = &rule.Rule{
	ID:    "lambda-explicit-limits",
	Title: "Every function sets how long it may run, and how much memory and storage it has.",
	Rationale: "Lambda's defaults, 3 seconds and 128 MB, are for the first try: the first large image runs out of either, " +
		"and 512 MB of /tmp fill up under a burst. A function that may run for longer than its queue hides a message " +
		"has the message handled twice.",
	Remediation: "Set timeout, memorySize and ephemeralStorage.size from measurements; set the queue's " +
		"visibilityTimeoutSeconds to six times the timeout.",
	Limitations: "Whether the limits fit the work. From the engine, a limit that equals the default may be the program's or the " +
		"provider's own, which is not evaluated.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
	},
	CheckResource: rule.Alone(aws.FunctionOf, func(_ *rule.Pass, f *aws.Function) rule.Verdict {
		var missing, doubtful []string
		var set fix.Fix
		for _, limit := range f.Limits() {
			switch limit.Chosen {
			case answer.No:
				missing = append(missing, limit.Property)
				set = set.And(fix.Set(f.Resource, limit.Property, proposals[limit.Property]))
			case answer.Unknown:
				doubtful = append(doubtful, limit.Property)
			case answer.Yes:
			}
		}
		switch {
		case len(missing) > 0:
			return rule.Violation(f.Resource, missing[0], f.String()+" leaves "+strings.Join(missing, ", ")+" to Lambda's default.",
				set.Deciding("choose by what was measured"))
		case len(doubtful) > 0:
			return rule.NotEvaluated(f.Resource, "whether the program gives "+strings.Join(doubtful, ", ")+" of "+f.String()+
				", or a default does, is not known")
		}
		return rule.OK
	}),
	CheckStack: rule.EachManaged(func(p *rule.Pass, mapping *graph.Resource) rule.Verdict {
		f, queue, maybe := p.Stack.Mapped(mapping)
		switch {
		case f == nil || !f.Managed() || queue == nil && !maybe:
			return rule.OK
		case queue == nil:
			return rule.NotEvaluated(f.Resource, "what "+mapping.String()+" reads for "+f.String()+" is not known yet")
		}
		timeout, timeoutKnown := f.Timeout()
		hidden, hiddenKnown := queue.Visibility()
		switch {
		case !timeoutKnown || !hiddenKnown:
			return rule.NotEvaluated(f.Resource, "whether "+f.String()+" may run for longer than "+queue.String()+
				" hides a message is not known yet")
		case timeout <= hidden:
			return rule.OK
		}
		// A queue that the program only reads is set where it is declared.
		wait := fix.Advise(fmt.Sprintf("set visibilityTimeoutSeconds: %v where %s is declared", 6*timeout, queue))
		if queue.Managed() {
			wait = fix.Set(queue.Resource, "visibilityTimeoutSeconds", 6*timeout).Safely() // as AWS recommends
		}
		return rule.Violation(f.Resource, "timeout", fmt.Sprintf("%s may run for %v s, and %s hides its message for %v s only: "+
			"it is handled twice.", f, timeout, queue, hidden), wait)
	}, graph.EventSourceMapping),
}

// proposals are limits to begin with: most functions that handle images or documents fit into them.
var proposals = map[string]any{"timeout": 60, "memorySize": 512, "ephemeralStorage.size": 1024}
