package rules

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// What Lambda and SQS do when a program says nothing: seconds, MB, seconds.
const (
	defaultTimeout    = 3
	defaultMemory     = 128
	defaultVisibility = 30
)

var lambdaExplicitLimits = &rule.Rule{
	ID:    "lambda-explicit-limits",
	Title: "Every function says how long it may run, and with how much memory and storage.",
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
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		arguments := graph.NewValue(resource.NewProperty(function.Inputs))
		var missing, doubtful []string
		for _, limit := range []struct {
			path  string
			given answer.Answer
		}{
			{"timeout", isChosen(arguments, "timeout", defaultTimeout)},
			{"memorySize", isChosen(arguments, "memorySize", defaultMemory)},
			{"ephemeralStorage.size", arguments.Get("ephemeralStorage").Get("size").AtLeast(1)},
		} {
			switch limit.given {
			case answer.No:
				missing = append(missing, limit.path)
			case answer.Unknown:
				doubtful = append(doubtful, limit.path)
			case answer.Yes:
			}
		}
		if len(missing) > 0 {
			p.Report(function, missing[0], function.String()+" leaves "+strings.Join(missing, ", ")+" to Lambda's default.",
				"set "+strings.Join(missing, ", "))
		} else if len(doubtful) > 0 {
			p.NotEvaluated(function, "whether the program gives %s of %s, or a default does, is not known",
				strings.Join(doubtful, ", "), function)
		}
	},
	CheckStack: func(p *rule.Pass) {
		for _, mapping := range p.Graph.Managed(graph.EventSourceMapping) {
			source := p.Graph.Resolve(mapping, mapping.Ref("eventSourceArn"), graph.Queue)
			queues, functions := source.Linked(), mappedFunctions(p.Graph, mapping)
			switch {
			case len(functions) != 1 || !functions[0].Managed():
			case len(queues) == 1:
				checkVisibility(p, functions[0], queues[0])
			case source.Open || len(source.Possible) > 0:
				p.NotEvaluated(functions[0], "what %s reads for %s is not known yet", mapping, functions[0])
			}
		}
	},
}

// mappedFunctions are the functions that a mapping hands events to, itself or by
// an alias.
func mappedFunctions(g *graph.Graph, mapping *graph.Resource) []*graph.Resource {
	name := graph.Arg("functionName")
	functions := g.Resolve(mapping, name(mapping)[0], graph.Function).Linked()
	if len(functions) > 0 {
		return functions
	}
	for _, alias := range g.Resolve(mapping, name(mapping)[0], graph.FunctionAlias).Linked() {
		functions = append(functions, g.Resolve(alias, name(alias)[0], graph.Function).Linked()...)
	}
	return functions
}

// checkVisibility compares how long a function may run with how long its queue
// hides the message that it works on.
func checkVisibility(p *rule.Pass, function, queue *graph.Resource) {
	timeout, timeoutKnown := numberOr(function.Arg("timeout"), defaultTimeout)
	hidden, hiddenKnown := numberOr(queue.Setting("visibilityTimeoutSeconds"), defaultVisibility)
	switch {
	case !timeoutKnown || !hiddenKnown:
		p.NotEvaluated(function, "whether %s may run for longer than %s hides a message is not known yet", function, queue)
	case timeout > hidden:
		p.Report(function, "timeout", function.String()+" may run for "+decimal(timeout)+" s, and "+queue.String()+
			" hides its message for "+decimal(hidden)+" s only: it is handled twice.",
			"set visibilityTimeoutSeconds: "+decimal(6*timeout)+" on "+queue.String()+", six times the timeout")
	}
}

// numberOr is a number, or the default of an absent one; false while it is not
// known.
func numberOr(v graph.Value, byDefault float64) (float64, bool) {
	if v.Absent() {
		return byDefault, true
	}
	return v.Number()
}

// decimal is a number as a person writes it.
func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
