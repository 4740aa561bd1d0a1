package preview

import (
	"context"
	"net/url"
	"path/filepath"
	"regexp"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// hidden is what Pulumi shows in the place of a secret.
const hidden = "[secret]"

// Digest is a preview as `pulumi preview --json` prints it, with the resources'
// planned outputs besides. It holds no secrets.
type Digest struct {
	display.PreviewDigest
	byURN map[resource.URN]*display.PreviewStep
	// root is the program's folder.
	root string
}

func newDigest(root string) *Digest {
	return &Digest{byURN: map[resource.URN]*display.PreviewStep{}, root: root}
}

// Planned reports whether the preview came to any resource of the program's.
func (d *Digest) Planned() bool { return len(d.Steps) > 1 } // the first is the stack

// step adds what the engine is about to do to a resource.
func (d *Digest) step(m engine.StepEventMetadata) {
	step := &display.PreviewStep{
		Op: m.Op, URN: m.URN, Provider: m.Provider, DiffReasons: m.Diffs, ReplaceReasons: m.Keys,
		OldState: state(m.Old), NewState: d.planned(m.New),
	}
	d.Steps = append(d.Steps, step)
	d.byURN[m.URN] = step
}

// outputs adds the outputs that a resource is planned to have.
func (d *Digest) outputs(m engine.StepEventMetadata) {
	if step := d.byURN[m.URN]; step != nil && m.New != nil {
		step.NewState = d.planned(m.New)
	}
}

// location returns where the program declares a resource, as far as the engine
// knows.
func (d *Digest) location(urn resource.URN) finding.Location {
	step := d.byURN[urn]
	if step == nil || step.NewState == nil {
		return finding.Location{}
	}
	if l := load.Location(step.NewState.SourcePosition); l.File != "" {
		return l
	}
	for _, frame := range step.NewState.StackTrace {
		if l := load.Location(frame.SourcePosition); l.File != "" {
			return l
		}
	}
	return finding.Location{}
}

// planned returns the state that a resource is planned to have, with places that are
// relative to the program.
func (d *Digest) planned(m *engine.StepEventStateMetadata) *apitype.ResourceV3 {
	s := state(m)
	if s == nil {
		return nil
	}
	s.SourcePosition = inProgram(s.SourcePosition, d.root)
	for i, frame := range s.StackTrace {
		s.StackTrace[i].SourcePosition = inProgram(frame.SourcePosition, d.root)
	}
	return s
}

// moduleURL matches the place of an ECMAScript module, which Node.js names by a URL.
// The SDK takes that for the name of a file below the program's folder.
var moduleURL = regexp.MustCompile(`^project:///(?:.*/)?file:/+([^#]+)(#.*)$`)

// inProgram returns the place of a module relative to the program in root, and other
// places as they are.
func inProgram(position, root string) string {
	m := moduleURL.FindStringSubmatch(position)
	if m == nil {
		return position
	}
	file, err := url.PathUnescape(m[1])
	if err != nil {
		return position
	}
	if filepath.VolumeName(filepath.FromSlash(file)) == "" {
		file = "/" + file
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // as Node.js names its modules
	}
	relative, err := filepath.Rel(root, filepath.FromSlash(file))
	if err != nil {
		return position
	}
	return (&url.URL{Scheme: "project", Path: "/" + filepath.ToSlash(relative)}).String() + m[2]
}

// state returns a resource's state without its secrets; nil if it cannot be
// written down.
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
