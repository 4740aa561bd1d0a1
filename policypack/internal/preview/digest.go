package preview

import (
	"context"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// hidden is the text that Pulumi shows in place of a secret.
const hidden = "[secret]"

// Digest is a preview in the format of `pulumi preview --json`, with the resources' planned outputs added. It contains
// no secrets.
type Digest struct {
	display.PreviewDigest
	byURN map[resource.URN]*display.PreviewStep
}

func newDigest() *Digest { return &Digest{byURN: map[resource.URN]*display.PreviewStep{}} }

// Planned reports whether the preview reached any of the program's resources.
func (d *Digest) Planned() bool { return len(d.Steps) > 1 } // the first is the stack

// step adds what the engine is about to do to a resource.
func (d *Digest) step(m engine.StepEventMetadata) {
	step := &display.PreviewStep{
		Op: m.Op, URN: m.URN, Provider: m.Provider, DiffReasons: m.Diffs, ReplaceReasons: m.Keys,
		OldState: state(m.Old), NewState: state(m.New),
	}
	d.Steps = append(d.Steps, step)
	d.byURN[m.URN] = step
}

// outputs adds the outputs that a resource is planned to have.
func (d *Digest) outputs(m engine.StepEventMetadata) {
	if step := d.byURN[m.URN]; step != nil && m.New != nil {
		step.NewState = state(m.New)
	}
}

// place sets the locations of the resources, relative to the program in root.
func (d *Digest) place(places Places, root string) {
	for urn, step := range d.byURN {
		s := step.NewState
		if s == nil {
			continue
		}
		if l := places[urn]; l.File != "" {
			s.SourcePosition = load.Position(l)
		}
		for i, frame := range s.StackTrace {
			s.StackTrace[i].SourcePosition = inProgram(frame.SourcePosition, root)
		}
	}
}

// state returns a resource's state without its secrets; nil if it cannot be serialized.
func state(m *engine.StepEventStateMetadata) *apitype.ResourceV3 {
	if m == nil || m.State == nil {
		return nil
	}
	s := m.State
	s.Lock.Lock()
	public := pkgresource.NewState{
		Type: s.Type, URN: s.URN, Custom: s.Custom, Delete: s.Delete, ID: s.ID,
		Inputs: withoutSecrets(s.Inputs), Outputs: withoutSecrets(s.Outputs),
		Parent: s.Parent, Protect: s.Protect, External: s.External, Dependencies: s.Dependencies,
		Provider: s.Provider, PropertyDependencies: s.PropertyDependencies,
		CustomTimeouts: &s.CustomTimeouts, ImportID: s.ImportID, RetainOnDelete: s.RetainOnDelete,
		SourcePosition: s.SourcePosition, StackTrace: s.StackTrace,
	}.Make()
	s.Lock.Unlock()
	written, _, err := stack.SerializeResource(context.Background(), public, config.NewPanicCrypter(), false)
	if err != nil {
		return nil
	}
	return &written
}

func withoutSecrets(properties resource.PropertyMap) resource.PropertyMap {
	public := make(resource.PropertyMap, len(properties))
	for key, value := range properties {
		public[key] = withoutSecret(value)
	}
	return public
}

func withoutSecret(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret(), value.IsOutput() && value.OutputValue().Secret:
		return resource.NewProperty(hidden)
	case value.IsOutput() && value.OutputValue().Known:
		return withoutSecret(value.OutputValue().Element)
	case value.IsOutput():
		return resource.MakeComputed(resource.NewProperty(""))
	case value.IsArray():
		list := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, element := range value.ArrayValue() {
			list[i] = withoutSecret(element)
		}
		return resource.NewProperty(list)
	case value.IsObject():
		return resource.NewProperty(withoutSecrets(value.ObjectValue()))
	}
	return value
}
