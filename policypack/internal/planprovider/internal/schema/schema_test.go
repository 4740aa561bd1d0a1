package schema_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// Reflection on the SDK's types, linked into the test, finds what the table contains.
func TestTableAgreesWithReflection(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ args, outputs any }{
		"aws:s3/bucket:Bucket":                                                                       {s3.BucketArgs{}, s3.Bucket{}},
		"aws:s3/bucketV2:BucketV2":                                                                   {s3.BucketV2Args{}, s3.BucketV2{}},
		"aws:s3/bucketNotification:BucketNotification":                                               {s3.BucketNotificationArgs{}, s3.BucketNotification{}},
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     {s3.BucketPublicAccessBlockArgs{}, s3.BucketPublicAccessBlock{}},
		"aws:s3/bucketObject:BucketObject":                                                           {s3.BucketObjectArgs{}, s3.BucketObject{}},
		"aws:s3/bucketReplicationConfig:BucketReplicationConfig":                                     {s3.BucketReplicationConfigArgs{}, s3.BucketReplicationConfig{}},
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {s3.BucketServerSideEncryptionConfigurationV2Args{}, s3.BucketServerSideEncryptionConfigurationV2{}},
		"aws:lambda/function:Function":                                                               {lambda.FunctionArgs{}, lambda.Function{}},
		"aws:lambda/permission:Permission":                                                           {lambda.PermissionArgs{}, lambda.Permission{}},
		"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig":                             {lambda.FunctionEventInvokeConfigArgs{}, lambda.FunctionEventInvokeConfig{}},
		"aws:lambda/eventSourceMapping:EventSourceMapping":                                           {lambda.EventSourceMappingArgs{}, lambda.EventSourceMapping{}},
		"aws:sqs/queue:Queue":                                                                        {sqs.QueueArgs{}, sqs.Queue{}},
		"aws:sqs/queuePolicy:QueuePolicy":                                                            {sqs.QueuePolicyArgs{}, sqs.QueuePolicy{}},
		"aws:sns/topic:Topic":                                                                        {sns.TopicArgs{}, sns.Topic{}},
		"aws:sns/topicSubscription:TopicSubscription":                                                {sns.TopicSubscriptionArgs{}, sns.TopicSubscription{}},
		"aws:kms/key:Key":                                                                            {kms.KeyArgs{}, kms.Key{}},
		"aws:kms/alias:Alias":                                                                        {kms.AliasArgs{}, kms.Alias{}},
		"aws:iam/role:Role":                                                                          {iam.RoleArgs{}, iam.Role{}},
		"aws:iam/rolePolicy:RolePolicy":                                                              {iam.RolePolicyArgs{}, iam.RolePolicy{}},
		"aws:iam/accessKey:AccessKey":                                                                {iam.AccessKeyArgs{}, iam.AccessKey{}},
		"aws:cloudwatch/metricAlarm:MetricAlarm":                                                     {cloudwatch.MetricAlarmArgs{}, cloudwatch.MetricAlarm{}},
		"aws:cloudwatch/compositeAlarm:CompositeAlarm":                                               {cloudwatch.CompositeAlarmArgs{}, cloudwatch.CompositeAlarm{}},
		"aws:cloudwatch/eventTarget:EventTarget":                                                     {cloudwatch.EventTargetArgs{}, cloudwatch.EventTarget{}},
		"aws:cloudwatch/logGroup:LogGroup":                                                           {cloudwatch.LogGroupArgs{}, cloudwatch.LogGroup{}},
		schema.ProviderToken:                                                                         {aws.ProviderArgs{}, aws.Provider{}},
	}
	s := schema.For("6.83.4")
	for token, c := range cases {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			r, module, err := s.Resource(token)
			require.NoError(t, err)
			args, ok := c.args.(pulumi.Input)
			require.True(t, ok)
			requireSame(t, args.ElementType(), r.Inputs, module, map[string]bool{})

			outputs := schema.Object{}
			for _, field := range reflect.VisibleFields(reflect.TypeOf(c.outputs)) {
				if name := field.Tag.Get("pulumi"); name != "" && name != "id" && name != "urn" {
					output, ok := reflect.Zero(field.Type).Interface().(pulumi.Output)
					require.True(t, ok, name)
					outputs[name] = outputType(output.ElementType())
				}
			}
			assert.Equal(t, outputs, r.Outputs)
		})
	}
}

// requireSame compares an argument struct, and the structs it refers to, with the table.
func requireSame(t *testing.T, args reflect.Type, object schema.Object, module *schema.Module, seen map[string]bool) {
	t.Helper()
	require.Equal(t, args.NumField(), len(object), "properties of %s", args)
	for i := range args.NumField() {
		field := args.Field(i)
		got, ok := object[field.Tag.Get("pulumi")]
		require.True(t, ok, "%s.%s", args, field.Name)
		switch field.Type.Kind() {
		case reflect.String, reflect.Bool, reflect.Int, reflect.Float64, reflect.Struct:
			require.True(t, got.IsRequired(), "%s.%s is required", args, field.Name)
		case reflect.Pointer:
			require.False(t, got.IsRequired(), "%s.%s is optional", args, field.Name)
		}
		require.Equal(t, typeOf(field.Type), got.Kind(), "%s.%s", args, field.Name)
		if nested := structIn(field.Type); nested != nil && !seen[nested.Name()] {
			seen[nested.Name()] = true
			requireSame(t, nested, module.Objects[nested.Name()], module, seen)
		}
	}
}

// outputType does the work of typeOf and marks an output that always has a value.
func outputType(t reflect.Type) schema.Type {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64, reflect.Struct:
		return typeOf(t).Required()
	}
	return typeOf(t)
}

func typeOf(t reflect.Type) schema.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.Slice:
		return schema.ListOf(typeOf(t.Elem()))
	case reflect.Map:
		return schema.MapOf(typeOf(t.Elem()))
	case reflect.Struct:
		return schema.ObjectNamed(t.Name())
	case reflect.Int:
		return schema.Integer
	case reflect.Float64:
		return schema.Number
	case reflect.Interface:
		if strings.HasPrefix(t.String(), "pulumi.") {
			return schema.Asset
		}
		return schema.Any
	}
	return schema.Type(t.Kind().String())
}

func structIn(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

func TestRequiredArgumentsAreThoseTheConstructorInsistsOn(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	r, _, err := s.Resource("aws:iam/role:Role")
	require.NoError(t, err)
	// A policy document is an interface in the SDK, and only NewRole requires it.
	assert.True(t, r.Inputs["assumeRolePolicy"].IsRequired())
	assert.Equal(t, schema.Any, r.Inputs["assumeRolePolicy"].Kind())
	assert.False(t, r.Inputs["name"].IsRequired())
}

func TestSecretOutputsAreKnown(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	r, _, err := s.Resource("aws:iam/accessKey:AccessKey")
	require.NoError(t, err)
	assert.Equal(t, []string{"secret", "sesSmtpPasswordV4"}, r.Secrets)
}

func TestOutputsSayWhetherTheyAreComputed(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	r, _, err := s.Resource("aws:lambda/function:Function")
	require.NoError(t, err)
	assert.Equal(t, schema.Always, r.Outputs["arn"].Presence())
	assert.Equal(t, schema.Optional, r.Outputs["deadLetterConfig"].Presence())
	assert.Equal(t, schema.Optional, r.Outputs["code"].Presence())
	assert.Equal(t, schema.Collection, r.Outputs["layers"].Presence())
	assert.Equal(t, schema.ListOf(schema.String), r.Outputs["layers"])
}

func TestTableIsThatOfTheMajorVersion(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		table               string
		lenient, otherMajor bool
	}{
		"":              {table: "7.40.0"},
		"5":             {table: "5.43.0"},
		"5.0.0":         {table: "5.43.0"},
		"v6.83.4":       {table: "6.83.4"},
		"6.83.4":        {table: "6.83.4"},
		"6.83.5":        {table: "6.83.4", lenient: true},
		"7.0.0":         {table: "7.40.0"},
		"7.1.0-alpha.1": {table: "7.40.0"},
		"7.40.0":        {table: "7.40.0"},
		"7.51.1":        {table: "7.40.0", lenient: true},
		"8.0.0":         {table: "7.40.0", lenient: true, otherMajor: true},
		"4.38.1":        {table: "5.43.0", lenient: true, otherMajor: true},
		"latest":        {table: "7.40.0", lenient: true, otherMajor: true},
	}
	for version, c := range cases {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			table := schema.For(version)
			assert.Equal(t, c.table, table.Version())
			assert.Equal(t, c.lenient, table.IsLenient())
			assert.Equal(t, c.otherMajor, table.IsOtherMajor())
		})
	}
}

func TestVersionsDiffer(t *testing.T) {
	t.Parallel()
	bucket := func(version string) schema.Object {
		r, _, err := schema.For(version).Resource("aws:s3/bucket:Bucket")
		require.NoError(t, err)
		return r.Inputs
	}
	assert.Equal(t, schema.String, bucket("7.40.0")["region"])
	assert.NotContains(t, bucket("6.83.4"), "region")
	assert.NotContains(t, bucket("5.43.0"), "region")

	const versioning, versioningV2 = "aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"
	assert.True(t, schema.For("7").Has(versioning))
	assert.True(t, schema.For("7").Has(versioningV2))
	assert.False(t, schema.For("6").Has(versioning))
	assert.True(t, schema.For("6").Has(versioningV2))
	assert.True(t, schema.For("6").Has("aws:s3/getBucket:getBucket"))
	assert.False(t, schema.For("6").Has("aws:nosuch/thing:Thing"))
	assert.False(t, schema.For("6").Has("aws:applicationloadbalancing/listener:Listener"), "an alias is no class")
}

func TestDeprecatedTypesSayWhatToUseInstead(t *testing.T) {
	t.Parallel()
	r, _, err := schema.For("7").Resource("aws:s3/bucketV2:BucketV2")
	require.NoError(t, err)
	assert.Equal(t, "s3.BucketV2 has been deprecated in favor of s3.Bucket", r.Deprecated)
	r, _, err = schema.For("6").Resource("aws:s3/bucketV2:BucketV2")
	require.NoError(t, err)
	assert.Empty(t, r.Deprecated)
}

func TestTableMayBeUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for _, version := range []string{"5", "6", "7", "7.99.0"} {
		for range 4 {
			wait.Go(func() {
				_, _, err := schema.For(version).Resource("aws:sqs/queue:Queue")
				assert.NoError(t, err)
			})
		}
	}
	wait.Wait()
}

func TestAliasLeadsToItsResource(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	alias, _, err := s.Resource("aws:applicationloadbalancing/listener:Listener")
	require.NoError(t, err)
	direct, _, err := s.Resource("aws:alb/listener:Listener")
	require.NoError(t, err)
	assert.Same(t, direct, alias)
}

func TestAliasOfALivingTypeDoesNotHideIt(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	// BucketV2 has the alias aws:s3/bucket:Bucket, which is a type of its own with other arguments.
	bucket, _, err := s.Resource("aws:s3/bucket:Bucket")
	require.NoError(t, err)
	bucketV2, _, err := s.Resource("aws:s3/bucketV2:BucketV2")
	require.NoError(t, err)
	assert.NotSame(t, bucket, bucketV2)
	assert.Contains(t, bucketV2.Inputs, "versionings")
	assert.NotContains(t, bucket.Inputs, "versionings")
}

func TestUnknownTokensAreReportedAsUnknown(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	for _, token := range []string{
		"aws:s3/bucketV9:BucketV9", "aws:nosuch/thing:Thing", "aws:../x:Y", "nonsense", "", "aws:aliases/x:X",
	} {
		_, _, err := s.Resource(token)
		require.ErrorIs(t, err, schema.ErrUnknown, token)
		_, _, err = s.Function(token)
		require.ErrorIs(t, err, schema.ErrUnknown, token)
	}
}

func TestFunctionHasItsArgumentsAndResults(t *testing.T) {
	t.Parallel()
	s := schema.For("6.83.4")
	f, module, err := s.Function("aws:iam/getPolicyDocument:getPolicyDocument")
	require.NoError(t, err)
	assert.Equal(t, schema.ListOf(schema.ObjectNamed("GetPolicyDocumentStatement")), f.Inputs["statements"])
	assert.True(t, module.Objects["GetPolicyDocumentStatementCondition"]["test"].IsRequired())
	assert.Equal(t, schema.String.Required(), f.Outputs["json"])
	assert.Equal(t, schema.ListOf(schema.String), f.Outputs["overridePolicyDocuments"])
	assert.False(t, f.Scalar)
}

// The functions that the provider itself implements since version 7 return one value.
func TestScalarFunctionHasItsArgumentsAndResult(t *testing.T) {
	t.Parallel()
	f, _, err := schema.For("7.40.0").Function("aws:index/arnBuild:arnBuild")
	require.NoError(t, err)
	required := schema.String.Required()
	assert.Equal(t, schema.Object{
		"partition": required, "service": required, "region": required, "accountId": required, "resource": required,
	}, f.Inputs)
	assert.Equal(t, schema.Object{"result": required}, f.Outputs)
	assert.True(t, f.Scalar)
}

func TestModuleOfToken(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "s3", schema.ModuleOf("aws:s3/bucket:Bucket"))
	assert.Equal(t, "index", schema.ModuleOf("aws:index/getRegion:getRegion"))
	assert.Equal(t, "index", schema.ModuleOf(schema.ProviderToken))
}
