package schema_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	pulumischema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// When the schema is bound in full, every reference is resolved and every token is well-formed.
func TestPackageSchemaIsWhole(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"5.43.0", "6.0.0", "7.51.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			text, err := schema.PackageSpec(version, schema.Use{})
			require.NoError(t, err)
			var spec pulumischema.PackageSpec
			require.NoError(t, json.Unmarshal(text, &spec))
			pkg, err := pulumischema.ImportSpec(spec, nil, pulumischema.NewNullLoader(), pulumischema.ValidationOptions{})
			require.NoError(t, err)
			assert.Equal(t, "aws", pkg.Name)
			assert.Equal(t, version, pkg.Version.String(), "the version that was asked for")
		})
	}
}

// The metaschema is Pulumi's own description of a package schema. Checking all of a schema takes many seconds, so
// this is done for a few modules of one version: the others are generated in the same way.
func TestPackageSchemaConformsToTheMetaschema(t *testing.T) {
	t.Parallel()
	text, err := schema.PackageSpec("", schema.Use{})
	require.NoError(t, err)
	var spec pulumischema.PackageSpec
	require.NoError(t, json.Unmarshal(text, &spec))
	other := func(token string) bool {
		return !slices.Contains([]string{"index", "iam", "lambda", "s3"}, schema.ModuleOf(token))
	}
	maps.DeleteFunc(spec.Types, func(token string, _ pulumischema.ComplexTypeSpec) bool { return other(token) })
	maps.DeleteFunc(spec.Resources, func(token string, _ pulumischema.ResourceSpec) bool { return other(token) })
	maps.DeleteFunc(spec.Functions, func(token string, _ pulumischema.FunctionSpec) bool { return other(token) })
	pkg, diagnostics, err := pulumischema.BindSpec(spec, pulumischema.NewNullLoader(), pulumischema.ValidationOptions{})
	require.NoError(t, err)
	assert.Empty(t, diagnostics)
	assert.Equal(t, "7.40.0", pkg.Version.String(), "the newest version in the table")
	assert.Greater(t, len(pkg.Resources), 50)
	assert.Greater(t, len(pkg.Functions), 20)
}

// loadPackage returns the schema in the form that the type checker of Pulumi YAML uses: each member is bound
// on demand.
func loadPackage(t *testing.T, version string) *pulumischema.PartialPackage {
	t.Helper()
	text, err := schema.PackageSpec(version, schema.Use{})
	require.NoError(t, err)
	var spec pulumischema.PartialPackageSpec
	require.NoError(t, json.Unmarshal(text, &spec))
	pkg, err := pulumischema.ImportPartialSpec(spec, nil, pulumischema.NewNullLoader())
	require.NoError(t, err)
	return pkg
}

func findProperty(properties []*pulumischema.Property, name string) *pulumischema.Property {
	for _, p := range properties {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func requireProperty(t *testing.T, properties []*pulumischema.Property, name, typ string) {
	t.Helper()
	p := findProperty(properties, name)
	require.NotNil(t, p, name)
	assert.Equal(t, typ, p.Type.String(), name)
}

func TestPackageSchemaDescribesResources(t *testing.T) {
	t.Parallel()
	pkg := loadPackage(t, "7.51.1")

	bucket, ok, err := pkg.Resources().Get("aws:s3/bucket:Bucket")
	require.NoError(t, err)
	require.True(t, ok)
	requireProperty(t, bucket.InputProperties, "region", "Optional<Input<string>>")
	requireProperty(t, bucket.InputProperties, "forceDestroy", "Optional<Input<boolean>>")
	requireProperty(t, bucket.InputProperties, "tags", "Optional<Input<Map<Input<string>>>>")
	requireProperty(t, bucket.Properties, "arn", "string")

	function, ok, err := pkg.Resources().Get("aws:lambda/function:Function")
	require.NoError(t, err)
	require.True(t, ok)
	requireProperty(t, function.InputProperties, "role", "Input<string>")
	requireProperty(t, function.InputProperties, "timeout", "Optional<Input<number>>")
	requireProperty(t, function.InputProperties, "layers", "Optional<Input<Array<Input<string>>>>")
	requireProperty(t, function.InputProperties, "code", "Optional<Input<pulumi:pulumi:Asset>>")

	role, ok, err := pkg.Resources().Get("aws:iam/role:Role")
	require.NoError(t, err)
	require.True(t, ok)
	requireProperty(t, role.InputProperties, "assumeRolePolicy", "Input<pulumi:pulumi:Any>")

	accessKey, ok, err := pkg.Resources().Get("aws:iam/accessKey:AccessKey")
	require.NoError(t, err)
	require.True(t, ok)
	assert.True(t, findProperty(accessKey.Properties, "secret").Secret)
	assert.False(t, findProperty(accessKey.Properties, "createDate").Secret)

	bucketV2, ok, err := pkg.Resources().Get("aws:s3/bucketV2:BucketV2")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, "s3.BucketV2 has been deprecated in favor of s3.Bucket", bucketV2.DeprecationMessage)

	_, ok, err = pkg.Resources().Get("aws:s3/bucketV9:BucketV9")
	require.NoError(t, err)
	assert.False(t, ok)
}

func TestPackageSchemaDescribesNestedObjects(t *testing.T) {
	t.Parallel()
	pkg := loadPackage(t, "6.83.4")
	typ, ok, err := pkg.Types().Get("aws:s3/BucketNotificationLambdaFunction:BucketNotificationLambdaFunction")
	require.NoError(t, err)
	require.True(t, ok)
	object, ok := typ.(*pulumischema.ObjectType)
	require.True(t, ok)
	requireProperty(t, object.Properties, "filterPrefix", "Optional<string>")
	requireProperty(t, object.Properties, "events", "Optional<Array<string>>")

	bucket, _, err := pkg.Resources().Get("aws:s3/bucket:Bucket")
	require.NoError(t, err)
	assert.Nil(t, findProperty(bucket.InputProperties, "region"), "region is an argument since version 7")
}

func TestPackageSchemaDescribesFunctions(t *testing.T) {
	t.Parallel()
	pkg := loadPackage(t, "")
	getRegion, ok, err := pkg.Functions().Get("aws:index/getRegion:getRegion")
	require.NoError(t, err)
	require.True(t, ok)
	requireProperty(t, getRegion.Inputs.Properties, "endpoint", "Optional<string>")
	requireProperty(t, getRegion.Outputs.Properties, "region", "string")

	getCallerIdentity, ok, err := pkg.Functions().Get("aws:index/getCallerIdentity:getCallerIdentity")
	require.NoError(t, err)
	require.True(t, ok)
	requireProperty(t, getCallerIdentity.Outputs.Properties, "accountId", "string")

	arnBuild, ok, err := pkg.Functions().Get("aws:index/arnBuild:arnBuild")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Nil(t, arnBuild.Outputs)
	assert.Equal(t, "string", arnBuild.ReturnType.String())
}

func TestPackageSchemaDescribesTheProvider(t *testing.T) {
	t.Parallel()
	pkg := loadPackage(t, "6.83.4")
	provider, err := pkg.Provider()
	require.NoError(t, err)
	requireProperty(t, provider.InputProperties, "region", "Optional<Input<string>>")
	config, err := pkg.Config()
	require.NoError(t, err)
	requireProperty(t, config, "allowedAccountIds", "Optional<Array<string>>")
}

func TestPackageSchemaHasTheFormerTokensOfResources(t *testing.T) {
	t.Parallel()
	pkg := loadPackage(t, "6.83.4")
	listener, _, err := pkg.Resources().Get("aws:alb/listener:Listener")
	require.NoError(t, err)
	var aliases []string
	for _, alias := range listener.Aliases {
		aliases = append(aliases, alias.Type)
	}
	assert.Contains(t, aliases, "aws:applicationloadbalancing/listener:Listener")
}

func BenchmarkPackageSpec(b *testing.B) {
	for b.Loop() {
		text, err := schema.PackageSpec("", schema.Use{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(text)), "bytes")
	}
}
