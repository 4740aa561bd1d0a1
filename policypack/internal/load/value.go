package load

import (
	"encoding/base64"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
)

const (
	// maxString is the length up to which a property's text is read; a longer
	// one is treated as unknown. AWS itself accepts no argument that long: the
	// code of a function, which only a file can hold, is limited to 50 MB
	// zipped, and all others, including policies and dashboards, to far less.
	maxString = 1 << 20
	// maxResource limits the memory for the properties of one resource. A
	// thousand arguments of 64 KiB, the longest that are usual, fit in.
	maxResource = 64 << 20
	// maxAll limits the memory for the properties of all resources: some
	// 400,000 of usual size.
	maxAll = 2 << 30

	// These are the approximate costs in memory of a value, and of an object around its members.
	valueCost  = 40
	objectCost = 120

	// hiddenSecret stands for a secret in what `pulumi preview --json` prints.
	hiddenSecret = "[secret]"
)

// unknowns are the texts that stand for values which are not computed yet.
var unknowns = map[string]bool{
	plugin.UnknownStringValue:  true,
	plugin.UnknownBoolValue:    true,
	plugin.UnknownNumberValue:  true,
	plugin.UnknownArrayValue:   true,
	plugin.UnknownObjectValue:  true,
	plugin.UnknownAssetValue:   true,
	plugin.UnknownArchiveValue: true,
}

// unknown is a value that is not computed yet.
var unknown = resource.MakeComputed(resource.NewProperty(""))

// properties reads an object of properties.
func (d *decoder) properties() resource.PropertyMap {
	d.keep(objectCost)
	properties := resource.PropertyMap{}
	d.members(func(name string) { properties[resource.PropertyKey(name)] = d.property() })
	return properties
}

// property reads a property in the form in which the engine writes it into a stack's state.
func (d *decoder) property() resource.PropertyValue {
	d.keep(valueCost)
	switch d.peek() {
	case '"':
		boxed, whole := d.interned(maxString)
		if !whole {
			d.tooLong++
			return unknown
		}
		// The lengths come first: this runs for every string.
		if s := boxed.(string); len(s) == len(plugin.UnknownStringValue) && unknowns[s] {
			return unknown
		} else if s == hiddenSecret {
			return resource.MakeSecret(unknown)
		}
		return resource.PropertyValue{V: boxed}
	case '{':
		return d.signed(d.properties())
	case '[':
		values := []resource.PropertyValue{}
		d.items(func() { values = append(values, d.property()) })
		return resource.NewProperty(values)
	case 't', 'f':
		return resource.NewProperty(d.boolean())
	case 'n':
		d.null()
		return resource.NewNullProperty()
	default:
		return resource.NewProperty(d.number())
	}
}

// signed returns what an object stands for: itself, unless a member marks it as
// a value of another kind. A kind that is not supported makes it unknown.
func (d *decoder) signed(object resource.PropertyMap) resource.PropertyValue {
	signature, ok := object[sig.Key]
	if !ok || !signature.IsString() {
		return resource.NewProperty(object)
	}
	switch signature.StringValue() {
	case sig.Secret:
		return d.secret(object)
	case sig.AssetSig:
		if a := assetOf(object); a != nil {
			return resource.NewProperty(a)
		}
	case sig.ArchiveSig:
		if a := archiveOf(object); a != nil {
			return resource.NewProperty(a)
		}
	case sig.ResourceReference:
		// Rules use the ID to find the resource that a value names.
		if id := object["id"]; id.IsString() && id.StringValue() != "" {
			return id
		}
		if urn := object["urn"]; urn.IsString() {
			return urn
		}
	case sig.OutputValue:
		return output(object)
	case sig.ByteString:
		if text, err := base64.StdEncoding.DecodeString(stringOf(object["value"])); err == nil {
			return resource.NewProperty(string(text))
		}
	}
	return unknown
}

// secret returns a secret value. Its content is unknown while it is encrypted.
func (d *decoder) secret(object resource.PropertyMap) resource.PropertyValue {
	plaintext := object["plaintext"]
	if !plaintext.IsString() {
		return resource.MakeSecret(unknown)
	}
	// The plaintext is the value as JSON.
	inner := d.nested(plaintext.StringValue())
	value := inner.property()
	if !inner.atEnd() || inner.err != nil {
		value = unknown
	}
	d.keep(int(inner.kept))
	return resource.MakeSecret(value)
}

// output returns a value with its dependencies, which graph.Resource stores elsewhere.
func output(object resource.PropertyMap) resource.PropertyValue {
	value, known := object["value"]
	if !known {
		value = unknown
	}
	if hidden := object["secret"]; hidden.IsBool() && hidden.BoolValue() {
		return resource.MakeSecret(value)
	}
	return value
}

// assetOf returns a file, text or URI, or nil if a part of it is unknown or not text.
func assetOf(object resource.PropertyMap) *asset.Asset {
	for _, v := range object {
		if !v.IsString() {
			return nil
		}
	}
	return &asset.Asset{
		Sig:  sig.AssetSig,
		Hash: stringOf(object[asset.AssetHashProperty]),
		Text: stringOf(object[asset.AssetTextProperty]),
		Path: stringOf(object[asset.AssetPathProperty]),
		URI:  stringOf(object[asset.AssetURIProperty]),
	}
}

// archiveOf returns a file, a URI, or an archive of others, or nil if one of its
// members is neither an asset nor an archive.
func archiveOf(object resource.PropertyMap) *archive.Archive {
	a := &archive.Archive{
		Sig:  sig.ArchiveSig,
		Hash: stringOf(object[archive.ArchiveHashProperty]),
		Path: stringOf(object[archive.ArchivePathProperty]),
		URI:  stringOf(object[archive.ArchiveURIProperty]),
	}
	members := object[archive.ArchiveAssetsProperty]
	if members.IsNull() {
		return a
	}
	if !members.IsObject() {
		return nil
	}
	a.Assets = map[string]any{}
	for name, member := range members.ObjectValue() {
		switch {
		case member.IsAsset():
			a.Assets[string(name)] = member.AssetValue()
		case member.IsArchive():
			a.Assets[string(name)] = member.ArchiveValue()
		default:
			return nil
		}
	}
	return a
}

func stringOf(v resource.PropertyValue) string {
	if !v.IsString() {
		return ""
	}
	return v.StringValue()
}
