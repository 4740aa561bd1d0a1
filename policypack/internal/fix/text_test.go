package fix_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

func named(t graph.Type, name string, inputs resource.PropertyMap) *graph.Resource {
	return &graph.Resource{
		URN: resource.URN("urn:pulumi:dev::images::" + string(t) + "::" + name), Type: t, Name: name, Inputs: inputs,
	}
}

var (
	bucket   = named(graph.Bucket, "my-uploads", resource.PropertyMap{})
	function = named(graph.Function, "thumbnailer", resource.PropertyMap{
		"environment": resource.NewProperty(resource.PropertyMap{"variables": resource.NewProperty(resource.PropertyMap{
			"LOG_LEVEL": resource.NewProperty("debug"),
		})}),
	})
	policy = named(graph.BucketPolicy, "policy", resource.PropertyMap{
		"policy": resource.NewProperty(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow"}}`),
	})
)

func TestAFixIsSpeltInTheProgramsLanguage(t *testing.T) {
	t.Parallel()
	versioning := fix.Add(&fix.Declaration{Type: graph.BucketVersioning, Name: "my-uploads", Arguments: fix.Object{
		{Name: "bucket", Value: fix.Output{Resource: bucket, Property: "id"}},
		{Name: "versioningConfiguration", Value: fix.Object{{Name: "status", Value: "Enabled"}}},
	}})
	tests := map[string]struct {
		fix  fix.Fix
		want map[fix.Language]string
	}{
		"a flag": {fix.Set(bucket, "forceDestroy", false), map[fix.Language]string{
			"": "set forceDestroy: false", fix.Go: "set ForceDestroy: pulumi.Bool(false)", fix.NodeJS: "set forceDestroy: false",
			fix.Python: "set force_destroy=False", fix.YAML: "set forceDestroy: false", fix.Bun: "set forceDestroy: false",
		}},
		"two arguments": {fix.Set(function, "memorySize", 512).And(fix.Set(function, "timeout", 30)), map[fix.Language]string{
			"": "set memorySize: 512, timeout: 30", fix.Go: "set MemorySize: pulumi.Int(512), Timeout: pulumi.Int(30)",
			fix.Python: "set memory_size=512, timeout=30",
		}},
		"a nested argument": {fix.Set(function, "tracingConfig.mode", "Active"), map[fix.Language]string{
			"":         `set tracingConfig: {mode: "Active"}`,
			fix.Go:     `set TracingConfig: &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")}`,
			fix.Python: `set tracing_config={"mode": "Active"}`, fix.NodeJS: `set tracingConfig: { mode: "Active" }`,
			fix.YAML: `set tracingConfig: {mode: Active}`,
		}},
		"a member beside others": {fix.Set(function, "environment.variables.TABLE", "t"), map[fix.Language]string{
			"":         `in environment.variables, set TABLE: "t"`,
			fix.Go:     `in Environment.Variables, set "TABLE": pulumi.String("t")`,
			fix.Python: `in environment.variables, set "TABLE": "t"`,
		}},
		"a part of a document": {
			fix.Set(policy, "policy.Statement[0].Principal", fix.Object{{Name: "AWS", Value: fix.Choice("an ARN")}}),
			map[fix.Language]string{
				"":         `in policy.Statement[0], set Principal: {AWS: (an ARN)}`,
				fix.Go:     `in Policy.Statement[0], set "Principal": map[string]any{"AWS": "<an ARN>"}`,
				fix.NodeJS: `in policy.Statement[0], set Principal: { AWS: "<an ARN>" }`,
			},
		},
		"a removal": {fix.Remove(function, "vpcConfig.ipv6AllowedForDualStack"), map[fix.Language]string{
			"": "remove vpcConfig.ipv6AllowedForDualStack", fix.Python: "remove vpc_config.ipv6_allowed_for_dual_stack",
			fix.Go: "remove VpcConfig.Ipv6AllowedForDualStack",
		}},
		"an item": {fix.Append(policy, "policy.Statement", fix.Object{{Name: "Effect", Value: "Deny"}}), map[fix.Language]string{
			"": `add {Effect: "Deny"} to policy.Statement`, fix.Python: `add {"Effect": "Deny"} to policy.Statement`,
			fix.Go: `add map[string]any{"Effect": "Deny"} to Policy.Statement`,
		}},
		"another name": {fix.Rename(function, "memory_size", "memorySize"), map[fix.Language]string{
			"": "write memorySize instead of memory_size",
		}},
		"a resource to wait for": {fix.Wait(function, bucket), map[fix.Language]string{
			"": "add Bucket 'my-uploads' to its dependsOn", fix.Go: "add the option pulumi.DependsOn([]pulumi.Resource{myUploads})",
			fix.Python: "add the option opts=pulumi.ResourceOptions(depends_on=[my_uploads])",
			fix.NodeJS: "add the option dependsOn: [myUploads]", fix.YAML: `add the option dependsOn: ["${my-uploads}"]`,
		}},
		"a new resource": {versioning, map[fix.Language]string{
			"": `declare an aws.s3.BucketVersioning with bucket: my-uploads.id, versioningConfiguration: {status: "Enabled"}`,
			fix.Go: `declare:
    if _, err := s3.NewBucketVersioning(ctx, "my-uploads", &s3.BucketVersioningArgs{
    	Bucket: myUploads.ID(),
    	VersioningConfiguration: &s3.BucketVersioningVersioningConfigurationArgs{
    		Status: pulumi.String("Enabled"),
    	},
    }); err != nil {
    	return err
    }`,
			fix.NodeJS: `declare:
    new aws.s3.BucketVersioning("my-uploads", {
        bucket: myUploads.id,
        versioningConfiguration: { status: "Enabled" },
    });`,
			fix.Python: `declare:
    aws.s3.BucketVersioning(
        "my-uploads",
        bucket=my_uploads.id,
        versioning_configuration={"status": "Enabled"},
    )`,
			fix.YAML: `declare:
    myUploadsVersioning:
      type: aws:s3:BucketVersioning
      properties:
        bucket: ${my-uploads.id}
        versioningConfiguration:
          status: Enabled`,
		}},
		"words besides": {fix.Set(bucket, "forceDestroy", false).Deciding("empty it first"), map[fix.Language]string{
			fix.Python: "set force_destroy=False; empty it first",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := test.fix.Edits[0].Resource
			for language, want := range test.want {
				assert.Equal(t, want, test.fix.Text(fix.Dialect{Language: language, Major: 7}, on), language)
			}
		})
	}
}

func TestAFixNamesTheResourceThatItChangesIfThatIsAnother(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "at Bucket 'my-uploads', set forceDestroy: false",
		fix.Set(bucket, "forceDestroy", false).Text(fix.Dialect{}, function))
}

func TestTheClassIsTheCurrentOneOfTheSDKsVersion(t *testing.T) {
	t.Parallel()
	of6 := named("aws:s3/bucket:Bucket", "uploads", nil)
	of6.URN = "urn:pulumi:dev::images::aws:s3/bucketV2:BucketV2::uploads"
	declare := func(r *graph.Resource) fix.Fix {
		return fix.Add(&fix.Declaration{Type: graph.BucketLogging, Name: "uploads", Arguments: fix.Object{
			{Name: "bucket", Value: fix.Output{Resource: r, Property: "id"}},
			{Name: "targetGrants", Value: []any{fix.Object{{Name: "permission", Value: "READ"}}}},
		}})
	}
	tests := map[string]struct {
		fix   fix.Fix
		major int
		want  string
	}{
		"5":                                 {declare(bucket), 5, "s3.BucketLoggingV2TargetGrantArgs"},
		"6":                                 {declare(bucket), 6, "s3.BucketLoggingV2TargetGrantArgs"},
		"7":                                 {declare(bucket), 7, "s3.BucketLoggingTargetGrantArgs"},
		"not known":                         {declare(bucket), 0, "s3.BucketLoggingTargetGrantArgs"},
		"not known, beside one of before 7": {declare(of6), 0, "s3.BucketLoggingV2TargetGrantArgs"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Contains(t, test.fix.Text(fix.Dialect{Language: fix.Go, Major: test.major}, nil), test.want)
		})
	}
}

func TestADeclarationLacksWhatItsClassRequires(t *testing.T) {
	t.Parallel()
	d := &fix.Declaration{Type: graph.BucketVersioning, Arguments: fix.Object{{Name: "versioningConfiguration", Value: fix.Object{}}}}
	assert.ElementsMatch(t, []string{"bucket", "versioningConfiguration.status"}, d.Missing())
}

func TestApplyChangesTheArgumentsAndNotTheResource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fix  fix.Fix
		want string
	}{
		"a document": {
			fix.Append(policy, "policy.Statement", fix.Object{{Name: "Effect", Value: "Deny"}}),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow"},{"Effect":"Deny"}]}`,
		},
		"a member of a document": {
			fix.Set(policy, "policy.Statement[0].Effect", "Deny"), `{"Version":"2012-10-17","Statement":{"Effect":"Deny"}}`,
		},
		"a whole argument": {fix.Set(policy, "policy", "x"), "x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := policy.Inputs.Copy()
			fixed, err := test.fix.Apply(policy)
			require.NoError(t, err)
			assert.Equal(t, test.want, fixed["policy"].StringValue())
			assert.Equal(t, before, policy.Inputs)
		})
	}
}

func TestApplyKeepsASecretSecret(t *testing.T) {
	t.Parallel()
	r := named(graph.BucketPolicy, "policy", resource.PropertyMap{"policy": resource.MakeSecret(policy.Inputs["policy"])})
	fixed, err := fix.Append(r, "policy.Statement", fix.Object{{Name: "Effect", Value: "Deny"}}).Apply(r)
	require.NoError(t, err)
	assert.True(t, fixed["policy"].IsSecret())
}

func TestApplyRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for says, f := range map[string]fix.Fix{
		"more than a change of its arguments": fix.Wait(policy, bucket),
		"arn of Bucket 'my-uploads' is not known yet": fix.Set(policy, "policy",
			fix.JSON{Value: fix.Object{{Name: "Resource", Value: fix.Output{Resource: bucket, Property: "arn"}}}}),
		"it is to be chosen": fix.Set(policy, "policy", fix.Choice("a policy")),
	} {
		_, err := f.Apply(policy)
		assert.ErrorContains(t, err, says)
	}
}

func TestAProgramIsReadAndWrittenAsItWas(t *testing.T) {
	t.Parallel()
	const text = `name: images
runtime: yaml
resources:
  uploads:
    type: aws:s3:Bucket
    properties:
      bucket: uploads-${pulumi.stack}
  policy:
    type: aws:s3:BucketPolicy
    properties:
      bucket: ${uploads.id}
      policy:
        fn::toJSON:
          Statement:
            - Resource: ${uploads.arn}/$${aws:username}/*
    options:
      dependsOn:
        - ${uploads}
outputs:
  name: ${uploads.bucket}
`
	p, err := fix.ParseYAML(text)
	require.NoError(t, err)
	assert.Equal(t, text, p.Text(fix.Dialect{Language: fix.YAML, Major: 7}))
	assert.Contains(t, p.Text(fix.Dialect{Language: fix.NodeJS, Major: 7}), "Resource: pulumi.interpolate`${uploads.arn}/\\${aws:username}/*`")
	assert.Contains(t, p.Text(fix.Dialect{Language: fix.Go, Major: 7}), `pulumi.Sprintf("%v/${aws:username}/*", uploads.Arn)`)
	assert.Contains(t, p.Text(fix.Dialect{Language: fix.Python, Major: 7}), `pulumi.Output.concat(uploads.arn, "/${aws:username}/*")`)
}

func TestAProgramThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for says, entry := range map[string]string{
		"resource b has no type":    "b: {properties: {}}",
		"there is no resource c":    `b: {type: aws:s3:Bucket, properties: {bucket: "${c.id}"}}`,
		"fn::invoke is not read":    "b: {type: aws:s3:Bucket, properties: {bucket: {fn::invoke: {}}}}",
		"option parent is not read": "b: {type: aws:s3:Bucket, options: {parent: x}}",
	} {
		_, err := fix.ParseYAML("resources:\n  " + strings.TrimSpace(entry) + "\n")
		assert.ErrorContains(t, err, says)
	}
}
