package load

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// keep has the SDK read a value as policy packs get it.
var keep = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

// Properties reads the properties of a resource off the engine's protocol, without those
// that are internal. The result is that of the SDK's UnmarshalProperties, which takes
// several times as long and as much memory: it copies each object to look at its kind.
func Properties(from *structpb.Struct) (resource.PropertyMap, error) {
	properties := make(resource.PropertyMap, len(from.GetFields()))
	for name, v := range from.GetFields() {
		key := resource.PropertyKey(name)
		if resource.IsInternalPropertyKey(key) {
			continue
		}
		value, err := wireValue(key, v)
		if err != nil {
			return nil, fmt.Errorf("reading the property %s: %w", name, err)
		}
		properties[key] = value
	}
	return properties, nil
}

// wireValue reads a value. Those of a kind of their own, such as secrets, assets and what
// is unknown, are the SDK's to read.
func wireValue(key resource.PropertyKey, v *structpb.Value) (resource.PropertyValue, error) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		// The length comes first: this is asked of each string there is.
		if s := kind.StringValue; len(s) != len(plugin.UnknownStringValue) || !unknowns[s] {
			return resource.NewProperty(s), nil
		}
	case *structpb.Value_ListValue:
		items := make([]resource.PropertyValue, len(kind.ListValue.GetValues()))
		for i, item := range kind.ListValue.GetValues() {
			var err error
			if items[i], err = wireValue(key, item); err != nil {
				return resource.PropertyValue{}, err
			}
		}
		return resource.NewProperty(items), nil
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		if _, signed := fields[string(resource.SigKey)]; signed {
			break
		}
		object := make(resource.PropertyMap, len(fields))
		for name, member := range fields {
			value, err := wireValue(key, member)
			if err != nil {
				return resource.PropertyValue{}, err
			}
			object[resource.PropertyKey(name)] = value
		}
		return resource.NewProperty(object), nil
	}
	value, err := plugin.UnmarshalPropertyValue(key, v, keep)
	if err != nil {
		return resource.PropertyValue{}, err
	}
	return *value, nil
}
