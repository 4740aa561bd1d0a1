package rules_test

import (
	"strings"
	"testing"
)

func lambdaFunction(arguments string) string {
	return "f: {type: aws:lambda:Function, properties: {role: r, " + arguments + "}}\n"
}

func TestLambdaSupportedRuntime(t *testing.T) {
	t.Parallel()
	const runtime = "f runtime"
	later := map[string]any{"asOf": "2030-01-01"}
	testRule(t, "lambda-supported-runtime", []ruleCase{
		{name: "supported", resources: lambdaFunction("runtime: provided.al2023"), want: clean},
		{
			name: "deprecated", resources: lambdaFunction("runtime: python3.9"), want: fires(runtime),
			says: `uses the runtime "python3.9", deprecated on 2025-12-15: AWS no longer patches it.` + "\n  fix: set runtime: python3.12, or a later one",
		},
		{
			name: "blocked", resources: lambdaFunction("runtime: nodejs12.x"), want: fires(runtime),
			says: "and Lambda refuses new functions with it",
		},
		{name: "deprecated on the table's last days", resources: lambdaFunction("runtime: provided.al2"), want: fires(runtime)},
		{name: "to be deprecated", resources: lambdaFunction("runtime: python3.10"), want: clean},
		{name: "to be deprecated by a later day", resources: lambdaFunction("runtime: python3.10"), params: map[string]any{"asOf": "2026-10-31"}, want: fires(runtime)},
		{name: "without successor by a later day", resources: lambdaFunction("runtime: java21"), params: later, want: fires(runtime), says: "fix: set runtime to a supported one"},
		{name: "not in the table", resources: lambdaFunction("runtime: python3.99"), params: later, want: clean},
		{name: "an image", resources: lambdaFunction("packageType: Image"), want: clean},
		{name: "unknown", resources: lambdaFunction(`runtime: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "secret", resources: lambdaFunction(`runtime: {"fn::secret": python3.8}`), want: fires(runtime), says: "[secret]"},
		{name: "a day that is none", resources: lambdaFunction("runtime: python3.8"), params: map[string]any{"asOf": "soon"}, want: undecided("f")},
		{name: "a function that is only read", resources: "f: {type: aws:lambda:Function, get: {runtime: python3.8}}", want: clean},
	})
}

func TestLambdaExplicitLimits(t *testing.T) {
	t.Parallel()
	const all = "timeout: 60, memorySize: 512, ephemeralStorage: {size: 512}"
	mapping := func(timeout, visibility string) string {
		return lambdaFunction("memorySize: 512, ephemeralStorage: {size: 512}, timeout: "+timeout) + `q: {type: aws:sqs:Queue, properties: {` + visibility + `}}
m: {type: aws:lambda:EventSourceMapping, properties: {eventSourceArn: "${q.arn}", functionName: "${f.name}"}}`
	}
	testRule(t, "lambda-explicit-limits", []ruleCase{
		{name: "explicit", resources: lambdaFunction(all), want: clean},
		{name: "none", resources: lambdaFunction("handler: h"), want: fires("f timeout"), says: "leaves timeout, memorySize, ephemeralStorage.size to Lambda's default"},
		{name: "one missing", resources: lambdaFunction("timeout: 60, ephemeralStorage: {size: 512}"), want: fires("f memorySize"), says: "fix: set memorySize"},
		{name: "an image is no exception", resources: lambdaFunction("packageType: Image"), want: fires("f timeout")},
		{name: "equal to the defaults", resources: lambdaFunction("timeout: 3, memorySize: 128, ephemeralStorage: {size: 512}"), want: undecided("f")},
		{
			name:      "equal to the defaults, by the program",
			resources: lambdaFunction("timeout: 3, memorySize: 128, ephemeralStorage: {size: 512}, __defaults: [publish]"), want: clean,
		},
		{
			name:      "filled in by the provider",
			resources: lambdaFunction("timeout: 3, memorySize: 128, ephemeralStorage: {size: 512}, __defaults: [memorySize, timeout]"),
			want:      fires("f timeout"), says: "leaves timeout, memorySize to",
		},
		{name: "unknown", resources: lambdaFunction(`timeout: {"fn::unknown": 1}, memorySize: 512, ephemeralStorage: {size: 512}`), want: undecided("f")},
		{name: "unknown beside missing", resources: lambdaFunction(`timeout: {"fn::unknown": 1}, memorySize: 512`), want: fires("f ephemeralStorage.size")},
		{name: "secret", resources: lambdaFunction(`timeout: {"fn::secret": 7}, memorySize: {"fn::secret": 512}, ephemeralStorage: {"fn::secret": {size: 512}}`), want: clean},
		{name: "shorter than the queue hides", resources: mapping("30", "visibilityTimeoutSeconds: 180"), want: clean},
		{
			name: "longer than the queue hides", resources: mapping("60", "visibilityTimeoutSeconds: 45"), want: fires("f timeout"),
			says: "may run for 60 s, and Queue 'q' hides its message for 45 s only: it is handled twice.\n  fix: set visibilityTimeoutSeconds: 360 on Queue 'q'",
		},
		{name: "longer than the default", resources: mapping("60", ""), want: fires("f timeout")},
		{name: "as long as the default", resources: mapping("30", ""), want: clean},
		{name: "unknown visibility", resources: mapping("60", `visibilityTimeoutSeconds: {"fn::unknown": 1}`), want: undecided("f")},
		{
			name: "longer than the queue hides, by an alias", want: fires("f timeout"),
			resources: strings.ReplaceAll(mapping("60", ""), "${f.name}", "${a.arn}") + "\na: {type: aws:lambda:Alias, properties: {name: live, functionName: \"${f.name}\"}}",
		},
		{
			name: "unknown source", resources: strings.ReplaceAll(mapping("60", ""), `"${q.arn}"`, `{"fn::unknown": 1}`), want: undecided("f"),
			says: "what EventSourceMapping 'm' reads for Function 'f' is not known yet",
		},
		{name: "a queue of another stack", resources: strings.ReplaceAll(mapping("60", ""), "${q.arn}", "arn:aws:sqs:us-east-1:123456789012:theirs"), want: clean},
	})
}

func TestLambdaAsyncRetries(t *testing.T) {
	t.Parallel()
	const (
		trigger = "rule: {type: aws:cloudwatch:EventTarget, properties: {arn: \"${f.arn}\", rule: r}}\n"
		config  = "c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: \"${f.name}\", %LIMITS}}\n"
	)
	with := func(limits string) string {
		return lambdaFunction("handler: h") + trigger + strings.ReplaceAll(config, "%LIMITS", limits)
	}
	permitted := func(principal string) string {
		return lambdaFunction("handler: h") + `p: {type: aws:lambda:Permission, properties: {function: "${f.name}", action: "lambda:InvokeFunction", principal: ` + principal + `}}`
	}
	testRule(t, "lambda-async-retries", []ruleCase{
		{name: "both", resources: with("maximumRetryAttempts: 1, maximumEventAgeInSeconds: 3600"), want: clean},
		{name: "no retry is a value", resources: with("maximumRetryAttempts: 0, maximumEventAgeInSeconds: 3600"), want: clean},
		{name: "no configuration", resources: lambdaFunction("handler: h") + trigger, want: fires("f"), says: "is invoked asynchronously (by EventTarget 'rule')"},
		{name: "invoked by IoT", resources: permitted("iot.amazonaws.com"), want: fires("f"), says: "(by Permission 'p')"},
		{name: "invoked by CloudWatch Logs", resources: permitted("logs.eu-central-1.amazonaws.com"), want: fires("f")},
		{name: "invoked by an alarm", resources: permitted("lambda.alarms.cloudwatch.amazonaws.com"), want: fires("f")},
		{name: "invoked by SES, either way", resources: permitted("ses.amazonaws.com"), want: undecided("f")},
		{name: "invoked by nobody knows which service", resources: permitted(`{"fn::unknown": 1}`), want: undecided("f")},
		{name: "invoked by API Gateway", resources: permitted("apigateway.amazonaws.com"), want: clean},
		{name: "not asynchronous", resources: lambdaFunction("handler: h"), want: clean},
		{name: "no age", resources: with("maximumRetryAttempts: 1"), want: fires("c")},
		{name: "no attempts", resources: with("maximumEventAgeInSeconds: 3600"), want: fires("c")},
		{name: "equal to the default", resources: with("maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600"), want: clean},
		{name: "filled in by the provider", resources: with("maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600, __defaults: [maximumRetryAttempts]"), want: fires("c")},
		{name: "unknown", resources: with(`maximumRetryAttempts: {"fn::unknown": 1}, maximumEventAgeInSeconds: 3600`), want: undecided("c")},
		{name: "secret", resources: with(`maximumRetryAttempts: {"fn::secret": 1}, maximumEventAgeInSeconds: {"fn::secret": 3600}`), want: clean},
		{name: "one of two", resources: with("maximumRetryAttempts: 1") + strings.ReplaceAll(strings.ReplaceAll(config, "c:", "d:"), "%LIMITS", "maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60"), want: clean},
		{
			name: "of an alias that is not invoked", want: fires("f"), preview: undecided("f"),
			resources: with("qualifier: live, maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60"),
			says:      "(by EventTarget 'rule'), and no FunctionEventInvokeConfig with both limits is for the version or alias that is invoked.",
		},
		{
			name: "of the alias that is invoked", want: clean,
			resources: strings.ReplaceAll(with(`qualifier: "${a.name}", maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60`), "${f.arn}", "${a.arn}") +
				"a: {type: aws:lambda:Alias, properties: {name: live, functionName: \"${f.name}\"}}\n",
		},
		{
			name: "of the function itself, whose alias is invoked", want: fires("f"),
			resources: strings.ReplaceAll(with("maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60"), "${f.arn}", "${a.arn}") +
				"a: {type: aws:lambda:Alias, properties: {name: live, functionName: \"${f.name}\"}}\n",
		},
		{name: "of nobody knows what", resources: with(`qualifier: {"fn::unknown": 1}, maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60`), want: undecided("f")},
		{name: "for a function not known", resources: lambdaFunction("handler: h") + trigger + `c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: {"fn::unknown": 1}}}`, want: undecided("f")},
		{name: "invoked by nobody knows", resources: lambdaFunction("handler: h") + `rule: {type: aws:cloudwatch:EventTarget, properties: {arn: {"fn::unknown": 1}, rule: r}}`, want: undecided("f")},
		{name: "a configuration that is only read", resources: lambdaFunction("handler: h") + trigger + `c: {type: aws:lambda:FunctionEventInvokeConfig, get: {functionName: "${f.name}"}}`, want: clean},
	})
}

func TestLambdaTracing(t *testing.T) {
	t.Parallel()
	const mode = "f tracingConfig.mode"
	testRule(t, "lambda-tracing", []ruleCase{
		{name: "active", resources: lambdaFunction("tracingConfig: {mode: Active}"), want: clean},
		{name: "active, as a list of one", resources: lambdaFunction("tracingConfig: [{mode: Active}]"), want: clean},
		{name: "passed through", resources: lambdaFunction("tracingConfig: {mode: PassThrough}"), want: fires(mode)},
		{name: "absent", resources: lambdaFunction("handler: h"), want: fires(mode), says: "fix: set tracingConfig: {mode: Active}"},
		{name: "unknown", resources: lambdaFunction(`tracingConfig: {mode: {"fn::unknown": 1}}`), want: undecided("f")},
		{name: "all unknown", resources: lambdaFunction(`tracingConfig: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "secret", resources: lambdaFunction(`tracingConfig: {"fn::secret": {mode: Active}}`), want: clean},
		{name: "a function that is only read", resources: "f: {type: aws:lambda:Function, get: {name: theirs}}", want: clean},
	})
}

func TestLambdaConcurrency(t *testing.T) {
	t.Parallel()
	const reserved = "f reservedConcurrentExecutions"
	testRule(t, "lambda-concurrency", []ruleCase{
		{name: "reserved", resources: lambdaFunction("reservedConcurrentExecutions: 20"), want: clean},
		{name: "0 is a value", resources: lambdaFunction("reservedConcurrentExecutions: 0"), want: clean},
		{name: "as a string", resources: lambdaFunction(`reservedConcurrentExecutions: "20"`), want: clean},
		{name: "absent", resources: lambdaFunction("handler: h"), want: fires(reserved)},
		{name: "the provider's none", resources: lambdaFunction("reservedConcurrentExecutions: -1"), want: fires(reserved)},
		{name: "unknown", resources: lambdaFunction(`reservedConcurrentExecutions: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "secret", resources: lambdaFunction(`reservedConcurrentExecutions: {"fn::secret": 20}`), want: clean},
	})
}
