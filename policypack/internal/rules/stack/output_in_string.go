package stack

import (
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var outputInString = &rule.Rule{
	ID:    "output-in-string",
	Title: "Texts are built from the values of outputs, not from the outputs themselves.",
	Rationale: "An output has no value yet when the program puts it into an f-string, a template literal or json.dumps. " +
		"What ends up in the text is the SDK's message that this is not supported. The deployment succeeds where AWS takes " +
		"any text: a policy then names no resource that exists, and a function reads the message from its environment.",
	Remediation: "In Python, build the text with pulumi.Output.concat, pulumi.Output.format, pulumi.Output.json_dumps or " +
		"apply. In TypeScript and JavaScript, use pulumi.interpolate, pulumi.jsonStringify or apply.",
	Limitations: "The texts of assets and archives. Go programs, whose SDK formats an output as the address of a variable. " +
		"Programs that set PULUMI_ERROR_OUTPUT_STRING stop at the mistake instead.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.AnyType},
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/",
		"https://www.pulumi.com/docs/iac/concepts/inputs-outputs/all/",
	},
	CheckResource: rule.EachResource(func(_ *rule.Pass, r *graph.Resource) []rule.Verdict {
		return judgeTexts(r, r.Inputs, r.Arg, func(path string) string { return path + " of " + r.String() })
	}),
	CheckStack: rule.OfStack(func(_ *rule.Pass, stack *graph.Resource) []rule.Verdict {
		if stack == nil {
			return nil
		}
		return judgeTexts(stack, stack.Outputs, stack.Output, func(path string) string { return "the output " + path })
	}),
}

// judgeTexts judges the values that a resource has under the names of properties; place words where a text is. The fix
// is advice, since what the text is made of does not show.
func judgeTexts(
	r *graph.Resource, properties resource.PropertyMap, value func(string) graph.Value, place func(path string) string,
) []rule.Verdict {
	var all []rule.Verdict
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		for _, found := range stringified(string(name), value(string(name))) {
			all = append(all, rule.Violation(r, found.path, place(found.path)+" holds the SDK's message that an output cannot "+
				"be turned into text, where the output's value should be.", fix.Advise(found.fix)))
		}
	}
	return all
}

// outputMessage is what the SDKs put in the place of an output: __str__ is Python's, the others are those of Node.js,
// .NET and Java. A text may hold it as JSON, in which the bracket of Output<T> can be escaped.
var outputMessage = regexp.MustCompile(`Calling (__str__|\[[tT]oString\]|\[toJSON\]) on an \[?Output`)

// stringifiedOutput is where a text holds such a message, and how the program would have its value.
type stringifiedOutput struct{ path, fix string }

// stringified returns the texts in a value that hold such a message. The names in a secret are secret, too: what is in
// one is reported at the secret's own path, once.
func stringified(path string, v graph.Value) []stringifiedOutput {
	var found []stringifiedOutput
	if text, ok := v.Str(); ok {
		if match := outputMessage.FindStringSubmatch(text); match != nil {
			found = append(found, stringifiedOutput{path, outputFixes[match[1]]})
		}
	}
	for _, key := range v.Keys() {
		found = append(found, stringified(path+"."+key, v.Get(key))...)
	}
	if v.IsList() {
		for i, item := range v.Items() {
			found = append(found, stringified(path+"["+strconv.Itoa(i)+"]", item)...)
		}
	}
	if v.Secret() && len(found) > 0 {
		return []stringifiedOutput{{path, found[0].fix}}
	}
	return found
}

// outputFixes are by the method that was called.
var outputFixes = map[string]string{
	"__str__":    "build the text with pulumi.Output.concat, pulumi.Output.format, pulumi.Output.json_dumps or apply",
	"[toString]": "build the text with pulumi.interpolate or apply",
	"[toJSON]":   "build the text with pulumi.jsonStringify or apply",
	"[ToString]": "build the text with Output.Format or Apply",
}
