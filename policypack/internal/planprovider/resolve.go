package planprovider

import (
	"context"
	"maps"
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
)

// An Option says how resources are planned.
type Option func(*options)

// options are how resources are planned.
type options struct {
	standIns
	keepUnknowns bool
	account      string
	folder       string
	// assumeRegion says that DefaultRegion, where it is configured, is a default.
	assumeRegion bool
	language     string
	refused      func(urn, property, reason string)
	use          Use
	warn         func(urn, message string)
}

// KeepUnknowns plans as the real provider does: what AWS computes is unknown, also where it follows from the
// arguments.
func KeepUnknowns() Option { return func(o *options) { o.keepUnknowns = true } }

// Account returns the account that the stack is planned for, instead of the fixed one.
func Account(id string) Option { return func(o *options) { o.account = id } }

// AssumeRegion reports whether nobody has configured a region: where a
// provider's is DefaultRegion, it comes from there. See
// [standin.AssumedRegion].
func AssumeRegion() Option { return func(o *options) { o.assumeRegion = true } }

// ProgramFolder returns where the relative paths of a program's archives start, instead of the folder of this process.
func ProgramFolder(path string) Option { return func(o *options) { o.folder = path } }

// Language returns the language of the program, in whose spelling messages name arguments: the name of its runtime in
// Pulumi.yaml.
func Language(runtime string) Option { return func(o *options) { o.language = runtime } }

// Refused has the arguments that Check refuses go to report, and the program go on with them: so one resource with a
// wrong argument does not keep the rest of the stack from being judged. The property is the path of the argument, ""
// where it is the resource as a whole.
func Refused(report func(urn, property, reason string)) Option {
	return func(o *options) { o.refused = report }
}

// Uses returns what the program uses of the package, for the package's schema.
func Uses(use Use) Option { return func(o *options) { o.use = use } }

// Warn has warnings go to report instead of the engine's log.
func Warn(report func(urn, message string)) Option { return func(o *options) { o.warn = report } }

// resolve returns the outputs that follow from a resource's arguments, "id" among them.
func (p *provider) resolve(ctx context.Context, urn resource.URN, inputs resource.PropertyMap) resource.PropertyMap {
	if p.options.keepUnknowns {
		return nil
	}
	at := naming.Locate(configOf(ctx).region(), p.account()) // the engine asks only providers whose region it knows
	at.Folder = p.options.folder
	outputs := naming.Outputs(string(urn.Type()), inputs, at)
	if p.schema.HasRegions() {
		outputs["region"] = resource.NewProperty(at.Region) // of those that have one, unless the program gave it
	}
	if urn.Type() == keyType {
		maps.Copy(outputs, keyIdentity(urn, inputs, at))
	}
	return outputs
}

const keyType = "aws:kms/key:Key"

// keyIdentity returns the id and the ARN of a key that is about to be made. AWS gives keys random ids, so that the
// id of a new one is no other that the program can know: any UUID will do, if no other resource gets it. With it the
// policies that name the key are known.
func keyIdentity(urn resource.URN, inputs resource.PropertyMap, at naming.Location) resource.PropertyMap {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(urn)).String()
	if multiRegion := argument(inputs, "multiRegion"); !multiRegion.IsNull() {
		if !multiRegion.IsBool() {
			return nil // the form of the id depends on it
		}
		if multiRegion.BoolValue() {
			// https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
			id = "mrk-" + strings.ReplaceAll(id, "-", "")
		}
	}
	return naming.Outputs(keyType, resource.PropertyMap{"keyId": resource.NewProperty(id), "region": inputs["region"]}, at)
}

// plannedID returns the id among the resolved outputs, or "" if it is not known. The engine has ids in the clear,
// so that a secret one is not told either.
func plannedID(resolved resource.PropertyMap) string {
	if id := resolved["id"]; id.IsString() {
		return id.StringValue()
	}
	return ""
}
