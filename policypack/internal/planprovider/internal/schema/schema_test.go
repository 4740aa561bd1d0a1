package schema_test

import (
	"reflect"
	"strings"
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

// What reflection finds in the SDK's types when they are linked is what the table says.
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
	var s schema.Schema
	for token, c := range cases {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			r, module, err := s.Resource(token)
			require.NoError(t, err)
			args, ok := c.args.(pulumi.Input)
			require.True(t, ok)
			requireSame(t, args.ElementType(), r.Inputs, module, map[string]bool{})

			var outputs []string
			for _, field := range reflect.VisibleFields(reflect.TypeOf(c.outputs)) {
				if name := field.Tag.Get("pulumi"); name != "" && name != "id" && name != "urn" {
					outputs = append(outputs, name)
				}
			}
			var listed []string
			for name := range r.Outputs {
				listed = append(listed, name)
			}
			assert.ElementsMatch(t, outputs, listed)
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
	case reflect.Int, reflect.Float64:
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
	var s schema.Schema
	r, _, err := s.Resource("aws:iam/role:Role")
	require.NoError(t, err)
	// A policy document is an interface in the SDK, and only NewRole says that it is required.
	assert.True(t, r.Inputs["assumeRolePolicy"].IsRequired())
	assert.Equal(t, schema.Any, r.Inputs["assumeRolePolicy"].Kind())
	assert.False(t, r.Inputs["name"].IsRequired())
}

func TestSecretOutputsAreKnown(t *testing.T) {
	t.Parallel()
	var s schema.Schema
	r, _, err := s.Resource("aws:iam/accessKey:AccessKey")
	require.NoError(t, err)
	assert.Equal(t, []string{"secret", "sesSmtpPasswordV4"}, r.Secrets)
}

func TestOutputsSayWhetherTheyAreComputed(t *testing.T) {
	t.Parallel()
	var s schema.Schema
	r, _, err := s.Resource("aws:lambda/function:Function")
	require.NoError(t, err)
	assert.Equal(t, schema.Always, r.Outputs["arn"])
	assert.Equal(t, schema.Optional, r.Outputs["deadLetterConfig"])
	assert.Equal(t, schema.Optional, r.Outputs["code"])
	assert.Equal(t, schema.Collection, r.Outputs["layers"])
}

func TestAliasLeadsToItsResource(t *testing.T) {
	t.Parallel()
	var s schema.Schema
	alias, _, err := s.Resource("aws:applicationloadbalancing/listener:Listener")
	require.NoError(t, err)
	direct, _, err := s.Resource("aws:alb/listener:Listener")
	require.NoError(t, err)
	assert.Same(t, direct, alias)
}

func TestAliasOfALivingTypeDoesNotHideIt(t *testing.T) {
	t.Parallel()
	var s schema.Schema
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
	var s schema.Schema
	for _, token := range []string{
		"aws:s3/bucketV9:BucketV9", "aws:nosuch/thing:Thing", "aws:../x:Y", "nonsense", "", "aws:aliases/x:X",
	} {
		_, _, err := s.Resource(token)
		require.ErrorIs(t, err, schema.ErrUnknown, token)
		_, _, err = s.Function(token)
		require.ErrorIs(t, err, schema.ErrUnknown, token)
	}
}

func TestFunctionHasItsArguments(t *testing.T) {
	t.Parallel()
	var s schema.Schema
	args, module, err := s.Function("aws:iam/getPolicyDocument:getPolicyDocument")
	require.NoError(t, err)
	assert.Equal(t, schema.ListOf(schema.ObjectNamed("GetPolicyDocumentStatement")), args["statements"])
	assert.True(t, module.Objects["GetPolicyDocumentStatementCondition"]["test"].IsRequired())
}

func TestModuleOfToken(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "s3", schema.ModuleOf("aws:s3/bucket:Bucket"))
	assert.Equal(t, "index", schema.ModuleOf("aws:index/getRegion:getRegion"))
	assert.Equal(t, "index", schema.ModuleOf(schema.ProviderToken))
}
