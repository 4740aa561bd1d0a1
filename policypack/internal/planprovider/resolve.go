package planprovider

import (
	"context"
	"maps"
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
)

// An Option configures how resources are planned.
type Option func(*options)

// options determine how resources are planned.
type options struct {
	standIns
	keepUnknowns bool
	account      string
	folder       string
	// assumeRegion indicates that DefaultRegion, where it is configured, is a default.
	assumeRegion bool
	language     string
	refused      func(urn, property, reason string)
	use          Use
	warn         func(urn, message string)
}

// KeepUnknowns plans as the real provider does: what AWS computes is unknown, even where it follows from the
// arguments.
func KeepUnknowns() Option { return func(o *options) { o.keepUnknowns = true } }

// Account sets the account that the stack is planned for, instead of the fixed one.
func Account(id string) Option { return func(o *options) { o.account = id } }

// AssumeRegion declares that nobody has configured a region: DefaultRegion in
// the configuration of a provider is a default. See [standin.AssumedRegion].
func AssumeRegion() Option { return func(o *options) { o.assumeRegion = true } }

// ProgramFolder sets the folder that the paths of a program's archives are relative to, instead of the folder of this
// process.
func ProgramFolder(path string) Option { return func(o *options) { o.folder = path } }

// Language sets the language of the program, the runtime in Pulumi.yaml, in whose spelling messages name arguments.
func Language(runtime string) Option { return func(o *options) { o.language = runtime } }

// Refused passes the arguments that Check refuses to report, and lets the program continue with them: so one
// resource with a wrong argument does not keep the rest of the stack from being judged. The property is the path of
// the argument, or "" for the resource as a whole.
func Refused(report func(urn, property, reason string)) Option {
	return func(o *options) { o.refused = report }
}

// Uses sets what the program uses of the package, for the package's schema.
func Uses(use Use) Option { return func(o *options) { o.use = use } }

// Warn passes warnings to report instead of the engine's log.
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
		outputs["region"] = resource.NewProperty(at.Region) // if the type has one, unless the program sets it
	}
	if urn.Type() == keyType {
		maps.Copy(outputs, keyIdentity(urn, inputs, at))
	}
	return outputs
}

const keyType = "aws:kms/key:Key"

// keyIdentity returns the id and the ARN of a key that is about to be made. AWS gives keys random ids, so the
// program cannot know the id of a new key by another way: any UUID will do, as long as no other resource gets it. It
// makes the policies that name the key known.
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

// plannedID returns the id among the resolved outputs, or "" if it is not known. The engine has ids in plain
// text, so a secret one is not returned either.
func plannedID(resolved resource.PropertyMap) string {
	if id := resolved["id"]; id.IsString() {
		return id.StringValue()
	}
	return ""
}
