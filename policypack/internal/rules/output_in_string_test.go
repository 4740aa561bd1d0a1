package rules_test

import "testing"

func TestOutputInString(t *testing.T) {
	t.Parallel()
	const (
		python  = `Calling __str__ on an Output[T] is not supported.`
		node    = `Calling [toString] on an [Output<T>] is not supported.`
		nodeDoc = `{\"Resource\":\"Calling [toJSON] on an [Output\\u003cT\\u003e] is not supported.\"}`
		dotnet  = `Calling [ToString] on an [Output<T>] is not supported.`
	)
	testRule(t, "output-in-string", []ruleCase{
		{
			name: "Python's f-string", want: fires("g name"),
			resources: `g: {type: aws:cloudwatch:LogGroup, properties: {name: "/aws/lambda/` + python + `"}}`,
			says: "name of LogGroup 'g' holds the SDK's message that an output cannot be turned into text, where the output's value should be.\n" +
				"  fix: build the text with pulumi.Output.concat, pulumi.Output.format, pulumi.Output.json_dumps or apply",
		},
		{
			name: "a template literal", want: fires("g name"), says: "build the text with pulumi.interpolate or apply",
			resources: `g: {type: aws:cloudwatch:LogGroup, properties: {name: "/aws/lambda/` + node + `"}}`,
		},
		{
			name: "JSON in which a bracket is escaped", want: fires("p policy"), says: "build the text with pulumi.jsonStringify or apply",
			resources: `p: {type: aws:iam:RolePolicy, properties: {role: r, policy: "` + nodeDoc + `"}}`,
		},
		{
			name: "a document that .NET wrote", want: fires("p policy"), says: "build the text with Output.Format or Apply",
			resources: `p: {type: aws:iam:RolePolicy, properties: {role: r, policy: {"fn::toJSON": {Resource: "` + dotnet + `"}}}}`,
		},
		{
			name: "in lists and maps, two of them", want: fires("f environment.variables.A", "f layers[1]"),
			resources: `f: {type: aws:lambda:Function, properties: {layers: [a, "` + python + `"], environment: {variables: {A: "` + python + `", B: b}}}}`,
		},
		{
			name: "in a secret, whose names are secret", want: fires("f environment"),
			resources: `f: {type: aws:lambda:Function, properties: {environment: {"fn::secret": {variables: {` + hush + `: "` + python + `", A: "` + python + `"}}}}}`,
		},
		{
			name: "another package's resource", want: fires("o filename"),
			resources: `o: {type: "local:index/file:File", properties: {filename: "` + python + `"}}`,
		},
		{
			name: "an output of the stack", want: fires("images-dev url"), outputs: `url: "https://` + python + `"`, resources: `b: {type: aws:s3:BucketV2}`,
			says: "the output url holds the SDK's message that an output cannot be turned into text",
		},
		{name: "an unknown value", want: clean, resources: `g: {type: aws:cloudwatch:LogGroup, properties: {name: {"fn::unknown": 1}}}`},
		{name: "another text about outputs", want: clean, resources: `g: {type: aws:cloudwatch:LogGroup, properties: {name: "Output[T] is supported"}}`},
		{name: "a resource that is only read", want: clean, resources: `g: {type: aws:cloudwatch:LogGroup, get: {name: "` + python + `"}}`},
	})
}
