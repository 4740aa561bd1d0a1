package load_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// asThePackGets are the options with which the SDK reads properties for a policy pack.
var asThePackGets = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipInternalKeys: true}

func object(members ...any) *structpb.Value {
	fields := map[string]*structpb.Value{}
	for i := 0; i < len(members); i += 2 {
		fields[members[i].(string)] = members[i+1].(*structpb.Value)
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

// wireValues generates what the engine writes: plain values, and at any depth values of a
// kind of their own.
func wireValues(depth int) *rapid.Generator[*structpb.Value] {
	text := structpb.NewStringValue
	generators := []*rapid.Generator[*structpb.Value]{
		rapid.Just(structpb.NewNullValue()),
		rapid.Map(rapid.Bool(), structpb.NewBoolValue),
		rapid.Map(rapid.Float64(), structpb.NewNumberValue),
		rapid.Map(rapid.StringN(0, 40, 60), text),
		rapid.Map(rapid.SampledFrom([]string{
			plugin.UnknownStringValue, plugin.UnknownBoolValue, plugin.UnknownNumberValue, plugin.UnknownArrayValue,
			plugin.UnknownObjectValue, plugin.UnknownAssetValue, plugin.UnknownArchiveValue,
			"04da6b54-80e4-46f7-96ec-b56ff0331ba0", // as long as those
		}), text),
		rapid.SampledFrom([]*structpb.Value{
			object(string(sig.Key), text(sig.AssetSig), asset.AssetHashProperty, text("a1"), asset.AssetTextProperty, text("hello")),
			object(string(sig.Key), text(sig.ArchiveSig), archive.ArchiveHashProperty, text("a1"), archive.ArchivePathProperty, text("build")),
			object(string(sig.Key), text(sig.ResourceReference), "urn", text("urn:pulumi:dev::images::t:m:R::r"), "id", text("r-1")),
			object(string(sig.Key), text(sig.ByteString), "value", text("aGk=")),
			object(string(sig.Key), text(sig.OutputValue), "secret", structpb.NewBoolValue(true)),
		}),
	}
	if depth > 0 {
		inner := rapid.Deferred(func() *rapid.Generator[*structpb.Value] { return wireValues(depth - 1) })
		generators = append(generators,
			rapid.Map(rapid.SliceOfN(inner, 0, 3), func(items []*structpb.Value) *structpb.Value {
				return structpb.NewListValue(&structpb.ListValue{Values: items})
			}),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "__c", ""}), inner, 0, 3), func(fields map[string]*structpb.Value) *structpb.Value {
				return structpb.NewStructValue(&structpb.Struct{Fields: fields})
			}),
			rapid.Map(inner, func(v *structpb.Value) *structpb.Value {
				return object(string(sig.Key), text(sig.Secret), "value", v)
			}))
	}
	return rapid.OneOf(generators...)
}

func TestPropertiesAreThoseThatTheSDKReads(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"bucket", "tags", "__defaults", "code"})
	rapid.Check(t, func(t *rapid.T) {
		given := &structpb.Struct{Fields: rapid.MapOfN(names, wireValues(3), 0, 4).Draw(t, "properties")}
		want, err := plugin.UnmarshalProperties(given, asThePackGets)
		require.NoError(t, err)
		got, err := load.Properties(given)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestNoPropertiesAreAnEmptyObject(t *testing.T) {
	t.Parallel()
	got, err := load.Properties(nil)
	require.NoError(t, err)
	assert.Equal(t, resource.PropertyMap{}, got)
}

func TestAPropertyThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	malformed := object(string(sig.Key), structpb.NewStringValue(sig.Secret)) // without a value
	_, err := load.Properties(&structpb.Struct{Fields: map[string]*structpb.Value{
		"tags": object("token", structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{malformed}})),
	}})
	assert.ErrorContains(t, err, "reading the property tags: malformed RPC secret")
}
