package planprovider

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestCheckReportsWrongArguments(t *testing.T) {
	t.Parallel()
	zip, err := archive.FromAssets(nil)
	require.NoError(t, err)
	code, err := asset.FromText("exports.handler = …")
	require.NoError(t, err)
	function := func(more props) props {
		all := props{"role": "arn:aws:iam::123456789012:role/r"}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	notification := func(entry props) props {
		return props{"bucket": "b", "lambdaFunctions": []any{entry}}
	}
	cases := map[string]struct {
		token    string
		inputs   props
		failures []string
	}{
		"nothing wrong": {token: functionType, inputs: function(props{
			"code": zip, "timeout": 30.0, "environment": props{"variables": props{"A": "b"}},
		})},
		"argument of another type": {
			token: bucketType, inputs: props{"blockPublicAcls": true},
			failures: []string{"blockPublicAcls is not an argument of aws:s3/bucket:Bucket"},
		},
		"argument of another type that is not known yet": {
			token: bucketType, inputs: props{"blockPublicAcls": unknown()},
			failures: []string{"blockPublicAcls is not an argument of aws:s3/bucket:Bucket"},
		},
		"argument of another type in snake_case": {
			token: bucketType, inputs: props{"block_public_acls": true},
			failures: []string{"block_public_acls is not an argument of aws:s3/bucket:Bucket"},
		},
		"slip of the pen": {
			token: functionType, inputs: function(props{"memorysize": 128.0, "tiemout": 3.0}),
			failures: []string{
				"memorysize is not an argument of aws:lambda/function:Function; did you mean memorySize?",
				"tiemout is not an argument of aws:lambda/function:Function; did you mean timeout?",
			},
		},
		"required argument missing": {
			token: functionType, inputs: props{"handler": "bootstrap"},
			failures: []string{"the required argument role of aws:lambda/function:Function is missing"},
		},
		"required argument null": {
			token: functionType, inputs: props{"role": nil},
			failures: []string{"the required argument role of aws:lambda/function:Function is missing"},
		},
		"required argument unknown":       {token: functionType, inputs: props{"role": unknown()}},
		"required argument secret":        {token: functionType, inputs: props{"role": secret("arn")}},
		"required argument in snake_case": {token: "aws:kms/alias:Alias", inputs: props{"target_key_id": "k"}},
		"slip of the pen in a nested object": {
			token: notificationType, inputs: notification(props{"events": []any{"s3:ObjectCreated:*"}, "filterPrefx": "in/"}),
			failures: []string{"lambdaFunctions[0].filterPrefx is not an argument of " + notificationType +
				"; did you mean filterPrefix?"},
		},
		"snake_case in a nested object": {
			token: notificationType, inputs: notification(props{"lambda_function_arn": "arn", "filter_prefix": "in/"}),
		},
		"snake_case slip in a nested object": {
			token: notificationType, inputs: notification(props{"filter_prefx": "in/"}),
			failures: []string{"lambdaFunctions[0].filter_prefx is not an argument of " + notificationType +
				"; did you mean filterPrefix?"},
		},
		"required property of a nested object missing": {
			token: functionType, inputs: function(props{"deadLetterConfig": props{}}),
			failures: []string{"the required argument deadLetterConfig.targetArn of " + functionType + " is missing"},
		},
		"inside a secret": {
			token: functionType, inputs: function(props{"deadLetterConfig": secret(props{"arn": "x"})}),
			failures: []string{
				"deadLetterConfig.arn is not an argument of " + functionType,
				"the required argument deadLetterConfig.targetArn of " + functionType + " is missing",
			},
		},
		"object not known yet": {token: functionType, inputs: function(props{"deadLetterConfig": unknown()})},
		"object where a string belongs": {
			token: functionType, inputs: function(props{"handler": props{"a": "b"}}),
			failures: []string{"handler of aws:lambda/function:Function is an object, must be a string"},
		},
		"list where a string belongs": {
			token: functionType, inputs: function(props{"handler": []any{"a"}}),
			failures: []string{"handler of aws:lambda/function:Function is a list, must be a string"},
		},
		"string where a list belongs": {
			token: functionType, inputs: function(props{"layers": "arn"}),
			failures: []string{"layers of aws:lambda/function:Function is a string, must be a list"},
		},
		"object in a list of strings": {
			token: functionType, inputs: function(props{"layers": []any{"arn", props{}}}),
			failures: []string{"layers[1] of aws:lambda/function:Function is an object, must be a string"},
		},
		"list where an object belongs": {
			token: functionType, inputs: function(props{"deadLetterConfig": []any{props{"targetArn": "a"}}}),
			failures: []string{"deadLetterConfig of aws:lambda/function:Function is a list, must be an object"},
		},
		"object in a map of strings": {
			token: functionType, inputs: function(props{"tags": props{"team": props{"a": "b"}, "x": "y"}}),
			failures: []string{`tags["team"] of aws:lambda/function:Function is an object, must be a string`},
		},
		"object where code belongs": {
			token: functionType, inputs: function(props{"code": props{"index.js": "x"}}),
			failures: []string{"code of aws:lambda/function:Function is an object, must be an asset or archive"},
		},
		"scalars for each other": {token: functionType, inputs: function(props{
			"timeout": "30", "publish": "true", "description": 1.0, "handler": true,
		})},
		"assets":                {token: functionType, inputs: function(props{"code": code, "description": code})},
		"the provider's own":    {token: bucketType, inputs: props{"__defaults": []any{"acl"}, "__name": props{}}},
		"nothing given as null": {token: bucketType, inputs: props{"nosuch": nil}},
		"policy as an object": {
			token: roleType, inputs: props{"assumeRolePolicy": props{"Version": "2012-10-17"}},
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failures := check(t, p, c.token, "thing", nil, c.inputs)
			assert.Equal(t, c.failures, failures)
		})
	}
}

// checkWith checks arguments against the table of an SDK version.
func checkWith(t *testing.T, version, language, token string, arguments props) (failures []string, warning string) {
	t.Helper()
	table := schema.For(version)
	r, module, err := table.Resource(token)
	require.NoError(t, err)
	c := checker{table: table, module: module, subject: token, language: language}
	c.check(properties(arguments), r.Inputs)
	for _, failure := range c.failures {
		failures = append(failures, failure.GetReason())
	}
	return failures, c.warning()
}

func TestArgumentsAreThoseOfTheSDKVersion(t *testing.T) {
	t.Parallel()
	const regionRefused = "region is not an argument of aws:s3/bucket:Bucket"
	cases := map[string]struct {
		version  string
		inputs   props
		failures []string
		warning  string
	}{
		"version 5": {version: "5.43.0", inputs: props{"region": "eu-west-1"}, failures: []string{regionRefused}},
		"version 6": {version: "6.83.4", inputs: props{"region": "eu-west-1"}, failures: []string{regionRefused}},
		"version 7": {version: "7.40.0", inputs: props{"region": "eu-west-1"}},
		"older release of version 7": {version: "7.0.0", inputs: props{"regoin": "x"}, failures: []string{
			"regoin is not an argument of aws:s3/bucket:Bucket; did you mean region?",
		}},
		"newer release of version 7": {
			version: "7.51.1", inputs: props{"regoin": "x", "brandNew": true},
			warning: "the program's pulumi-aws is newer than 7.40.0, which the plan provider knows: what that version may " +
				"have added is accepted unchecked, such as brandNew of aws:s3/bucket:Bucket",
		},
		"slip of the pen in a newer release": {
			version: "7.51.1", inputs: props{"regoin": "x"},
			warning: "the program's pulumi-aws is newer than 7.40.0, which the plan provider knows: what that version may " +
				"have added is accepted unchecked, such as regoin of aws:s3/bucket:Bucket; did you mean region?",
		},
		"newer release that takes what is known": {version: "7.51.1", inputs: props{"region": "eu-west-1"}},
		"known argument of a newer release": {
			version: "7.51.1", inputs: props{"corsRules": props{}},
			failures: []string{"corsRules of aws:s3/bucket:Bucket is an object, must be a list"},
		},
		"version 8": {
			version: "8.0.0", inputs: props{"corsRules": props{}, "brandNew": true},
			warning: "the plan provider does not support the major version of the program's pulumi-aws, only versions 5 to " +
				"7.40.0: arguments are not checked",
		},
		"version 4": {
			version: "4.38.1", inputs: props{"corsRules": props{}, "old": true},
			warning: "the plan provider does not support the major version of the program's pulumi-aws, only versions 5 to " +
				"7.40.0: arguments are not checked",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures, warning := checkWith(t, c.version, "", bucketType, c.inputs)
			assert.Equal(t, c.failures, failures)
			assert.Equal(t, c.warning, warning)
		})
	}
}

// A newer SDK may have made an argument optional.
func TestNothingIsRequiredOfANewerSDK(t *testing.T) {
	t.Parallel()
	failures, warning := checkWith(t, "7.51.1", "", functionType, props{"handler": "bootstrap"})
	assert.Empty(t, failures)
	assert.Empty(t, warning)
}

func TestFailuresAreInTheSpellingOfTheLanguage(t *testing.T) {
	t.Parallel()
	wrong := props{"bucket": "b", "lambdaFunctions": []any{props{
		"filterSufix": ".jpg", "filterPrefix": []any{}, "events": props{},
	}}}
	cases := map[string][]string{
		"python": {
			"lambda_functions[0].events of " + notificationType + " is a dict, must be a list",
			"lambda_functions[0].filter_prefix of " + notificationType + " is a list, must be a string",
			// The SDK for Python translates only the keys that it knows: this is the name that the program
			// uses.
			"lambda_functions[0].filterSufix is not an argument of " + notificationType + "; did you mean filter_suffix?",
		},
		"nodejs": {
			"lambdaFunctions[0].events of " + notificationType + " is an object, must be a list",
			"lambdaFunctions[0].filterPrefix of " + notificationType + " is a list, must be a string",
			"lambdaFunctions[0].filterSufix is not an argument of " + notificationType + "; did you mean filterSuffix?",
		},
		"go": {
			"LambdaFunctions[0].Events of " + notificationType + " is an object, must be a list",
			"LambdaFunctions[0].FilterPrefix of " + notificationType + " is a list, must be a string",
			"LambdaFunctions[0].filterSufix is not an argument of " + notificationType + "; did you mean FilterSuffix?",
		},
	}
	for language, want := range cases {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			failures, _ := checkWith(t, "7.40.0", language, notificationType, wrong)
			assert.Equal(t, want, failures)
		})
	}

	failures, _ := checkWith(t, "7.40.0", "python", "aws:kms/alias:Alias", nil)
	assert.Equal(t, []string{"the required argument target_key_id of aws:kms/alias:Alias is missing"}, failures)
	failures, _ = checkWith(t, "7.40.0", "python", functionType, props{"role": "r", "deadLetterConfig": "x"})
	assert.Equal(t, []string{"dead_letter_config of " + functionType + " is a string, must be a dict"}, failures)
}

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"bucket": "bucket", "filterPrefix": "filter_prefix", "codeSha256": "code_sha256",
		"ipv6CidrBlock": "ipv6_cidr_block", "sqsDLQArn": "sqs_dlq_arn", "kmsKeyARN": "kms_key_arn", "": "",
	} {
		assert.Equal(t, want, snakeCase(name))
	}
}

func TestCheckReturnsTheInputsOfAFailure(t *testing.T) {
	t.Parallel()
	inputs, failures := check(t, connect(t, nil), bucketType, "logs", nil, props{"blockPublicAcls": true, "acl": "private"})
	assert.NotEmpty(t, failures)
	assert.True(t, inputs["blockPublicAcls"].BoolValue())
	assert.Equal(t, "private", inputs["acl"].StringValue())
	assert.Regexp(t, `^logs-[0-9a-f]{7}$`, inputs["bucket"].StringValue())
}

func TestCheckKeepsSpellingsUnknownsAndSecrets(t *testing.T) {
	t.Parallel()
	inputs, failures := check(t, connect(t, nil), notificationType, "n", nil, props{
		"bucket": unknown(),
		"lambdaFunctions": []any{props{
			"filter_prefix": "in/", "lambdaFunctionArn": unknown(), "id": secret("hidden"),
		}},
	})
	assert.Empty(t, failures)
	assert.True(t, inputs["bucket"].IsComputed())
	entry := inputs["lambdaFunctions"].ArrayValue()[0].ObjectValue()
	assert.Equal(t, resource.PropertyMap{
		"filter_prefix":     resource.NewProperty("in/"),
		"lambdaFunctionArn": unknown(),
		"id":                secret("hidden"),
		"__defaults":        resource.NewProperty([]resource.PropertyValue{}),
	}, entry)
}

func TestNoFailureShowsASecret(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2"
	_, failures := check(t, connect(t, nil), functionType, "f", nil, props{
		"role": secret([]any{hidden}), "tags": secret(props{"a": []any{hidden}}), "nosuch": secret(hidden),
	})
	assert.Len(t, failures, 3)
	for _, failure := range failures {
		assert.NotContains(t, failure, hidden)
	}
}

func TestPolicyDocumentsBecomeText(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	document := func(action any) props {
		return props{"assumeRolePolicy": props{"Version": "2012-10-17", "Statement": []any{props{"Action": action}}}}
	}
	const text = `{"Statement":[{"Action":"sts:AssumeRole"}],"Version":"2012-10-17"}`

	inputs, _ := check(t, p, roleType, "r", nil, document("sts:AssumeRole"))
	assert.Equal(t, text, inputs["assumeRolePolicy"].StringValue())

	inputs, _ = check(t, p, roleType, "r", nil, document(secret("sts:AssumeRole")))
	assert.Equal(t, secret(text), inputs["assumeRolePolicy"])

	inputs, _ = check(t, p, roleType, "r", nil, document(unknown()))
	assert.Equal(t, unknown(), inputs["assumeRolePolicy"])

	inputs, _ = check(t, p, roleType, "r", nil, props{"assumeRolePolicy": text})
	assert.Equal(t, text, inputs["assumeRolePolicy"].StringValue())
}

func TestCheckAddsDefaultTags(t *testing.T) {
	t.Parallel()
	tags := func(m props) props { return props{"defaultTags": props{"tags": m}} }
	cases := map[string]struct {
		config props
		tags   any
		want   any
	}{
		"none":                {nil, props{"a": "1"}, props{"a": "1"}},
		"none at all":         {nil, nil, nil},
		"only the provider's": {tags(props{"team": "x"}), nil, props{"team": "x"}},
		"the resource's wins": {tags(props{"a": "0", "b": "0"}), props{"b": "1"}, props{"a": "0", "b": "1"}},
		"as JSON":             {props{"defaultTags": `{"tags":{"team":"x"}}`}, props{"a": "1"}, props{"team": "x", "a": "1"}},
		"not known yet":       {tags(props{"a": "0"}), unknown(), unknown()},
		"secret":              {tags(props{"a": "0"}), secret(props{"b": "1"}), secret(props{"a": "0", "b": "1"})},
		"secret default":      {props{"defaultTags": secret(props{"tags": props{"a": "0"}})}, nil, secret(props{"a": "0"})},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs, failures := check(t, connect(t, c.config), bucketType, "b", nil, props{"tags": c.tags})
			assert.Empty(t, failures)
			assert.Equal(t, resource.NewPropertyValue(c.want), inputs["tags"])
		})
	}
}

func TestUnknownTypePassesWithOneWarning(t *testing.T) {
	t.Parallel()
	log, address, _ := startEngine(t)
	port := start(t)
	p := connectTo(t, port, nil)
	_, err := dial(t, port).Attach(context.Background(), &pulumirpc.PluginAttach{Address: address})
	require.NoError(t, err)
	for _, token := range []string{"aws:s3/bucketV9:BucketV9", "aws:s3/bucketV9:BucketV9", "aws:new/thing:Thing"} {
		inputs, failures := check(t, p, token, "x", nil, props{"anything": "goes"})
		assert.Empty(t, failures)
		assert.Equal(t, properties(props{"anything": "goes"}), inputs)
		assert.Equal(t, properties(props{"anything": "goes"}), create(t, p, token, "x", props{"anything": "goes"}))
	}
	logged := log.logged()
	require.Len(t, logged, 2)
	assert.Equal(t, "the plan provider does not know the type aws:s3/bucketV9:BucketV9; its arguments are not checked",
		logged[0].GetMessage())
	assert.Equal(t, "WARNING", logged[0].GetSeverity().String())
	assert.Equal(t, string(urnOf("aws:s3/bucketV9:BucketV9", "x")), logged[0].GetUrn())
	assert.Contains(t, logged[1].GetMessage(), "aws:new/thing:Thing")
}

func TestNewerSDKIsAcceptedWithOneWarning(t *testing.T) {
	t.Parallel()
	log, address, _ := startEngine(t)
	p := &provider{schema: schema.For("7.51.1")}
	require.NoError(t, p.engine.connect(address))
	t.Cleanup(p.engine.close)
	for _, c := range []struct {
		token  string
		inputs props
	}{
		{bucketType, props{"region": "eu-west-1"}},
		{"aws:new/thing:Thing", props{"anything": "goes"}},
		{bucketType, props{"brandNew": true}},
		{"aws:new/other:Other", nil},
	} {
		news, err := marshal(properties(c.inputs))
		require.NoError(t, err)
		response, err := p.Check(context.Background(), &pulumirpc.CheckRequest{
			Urn: string(urnOf(c.token, "x")), News: news, RandomSeed: seed,
		})
		require.NoError(t, err)
		assert.Empty(t, response.GetFailures(), c.token)
	}
	logged := log.logged()
	require.Len(t, logged, 1)
	assert.Equal(t, string(urnOf("aws:new/thing:Thing", "x")), logged[0].GetUrn())
	assert.Equal(t, "the program's pulumi-aws is newer than 7.40.0, which the plan provider knows: what that version may "+
		"have added is accepted unchecked, such as the type aws:new/thing:Thing", logged[0].GetMessage())
}

func TestCheckConfigReportsWrongConfiguration(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config   props
		failures []string
	}{
		"nothing wrong": {config: props{
			"region": "eu-west-1", "defaultTags": `{"tags":{"a":"b"}}`, "skipMetadataApiCheck": "true",
			"allowedAccountIds": `["1"]`, "version": "6.83.2",
		}},
		"unknown": {
			config:   props{"regoin": "eu-west-1"},
			failures: []string{"regoin is not an argument of the AWS provider; did you mean region?"},
		},
		"inside JSON": {
			config:   props{"defaultTags": `{"tag":{"a":"b"}}`},
			failures: []string{"defaultTags.tag is not an argument of the AWS provider; did you mean tags?"},
		},
		"not JSON": {
			config:   props{"defaultTags": `team=x`},
			failures: []string{"defaultTags of the AWS provider is a string, must be an object"},
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := p.CheckConfig(context.Background(), plugin.CheckConfigRequest{
				URN: urnOf(schema.ProviderToken, "p"), Name: "p", Type: tokens.Type(schema.ProviderToken),
				News: properties(c.config), AllowUnknowns: true,
			})
			require.NoError(t, err)
			delete(response.Properties, standin.AssumedRegion)
			assert.Equal(t, properties(c.config), response.Properties)
			var failures []string
			for _, failure := range response.Failures {
				failures = append(failures, failure.Reason)
			}
			assert.Equal(t, c.failures, failures)
		})
	}
}
