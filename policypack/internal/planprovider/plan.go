package planprovider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// plan returns the planned id and outputs of a resource. The outputs are its inputs, what an earlier deployment
// computed and keeps, what follows from the inputs, and unknown for everything else that AWS will compute. The id is
// empty if it is not known.
func (p *provider) plan(ctx context.Context, urn string, news, olds *structpb.Struct) (string, *structpb.Struct, error) {
	inputs, err := unmarshal(news)
	if err != nil {
		return "", nil, fmt.Errorf("reading the arguments of %s: %w", urn, err)
	}
	state, err := unmarshal(olds)
	if err != nil {
		return "", nil, fmt.Errorf("reading the state of %s: %w", urn, err)
	}
	token := string(resource.URN(urn).Type())
	resolved := p.resolve(ctx, resource.URN(urn), inputs)
	outputs, err := p.plannedOutputs(token, inputs, state, resolved)
	if err != nil {
		return "", nil, err
	}
	marshalled, err := marshal(outputs)
	if err != nil {
		return "", nil, fmt.Errorf("writing the outputs of %s: %w", urn, err)
	}
	return plannedID(resolved), marshalled, nil
}

func (p *provider) plannedOutputs(token string, inputs, state, resolved resource.PropertyMap) (resource.PropertyMap, error) {
	outputs := withoutInternal(inputs)
	r, _, err := p.schema.Resource(token)
	switch {
	case errors.Is(err, schema.ErrUnknown):
		return outputs, nil
	case err != nil:
		return nil, err
	}
	for name, t := range r.Outputs {
		key := resource.PropertyKey(name)
		if given(outputs, name) {
			continue
		}
		_, isInput := r.Inputs[name]
		switch old, ok := state[key]; {
		case name == "tags", isInput && t.Presence() == schema.Optional && !resolved.HasValue(key):
			// The program leaves it out, and nobody fills it in.
		case name == "tagsAll":
			outputs[key] = allTags(outputs)
		case ok && !isInput:
			outputs[key] = old
		case resolved.HasValue(key):
			outputs[key] = resolved[key]
		default:
			outputs[key] = unknown()
		}
	}
	for _, name := range r.Secrets {
		if v, ok := outputs[resource.PropertyKey(name)]; ok && !v.IsSecret() {
			outputs[resource.PropertyKey(name)] = resource.MakeSecret(v)
		}
	}
	return outputs, nil
}

// allTags returns the tags of a resource with those of the provider, which Check has merged into them.
func allTags(outputs resource.PropertyMap) resource.PropertyValue {
	if tags, ok := outputs["tags"]; ok && !tags.IsNull() {
		return tags
	}
	return resource.NewProperty(resource.PropertyMap{})
}

// withoutInternal returns a copy without the keys that only the provider uses, at any depth.
func withoutInternal(properties resource.PropertyMap) resource.PropertyMap {
	result := make(resource.PropertyMap, len(properties))
	for key, value := range properties {
		if !resource.IsInternalPropertyKey(key) {
			result[key] = valueWithoutInternal(value)
		}
	}
	return result
}

func valueWithoutInternal(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return resource.MakeSecret(valueWithoutInternal(value.SecretValue().Element))
	case value.IsArray():
		list := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, v := range value.ArrayValue() {
			list[i] = valueWithoutInternal(v)
		}
		return resource.NewProperty(list)
	case value.IsObject():
		return resource.NewProperty(withoutInternal(value.ObjectValue()))
	}
	return value
}

// Diff compares the arguments of a resource with those of its last deployment. A new physical name replaces the
// resource; everything else is an update.
func (p *provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	diffs, err := changes(req)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", req.GetUrn(), err)
	}
	token := string(resource.URN(req.GetUrn()).Type())
	renaming := []string{"name", "bucket"}
	if n, ok := namings[token]; ok {
		renaming = append(renaming, n.property)
	}
	olds, err := unmarshal(req.GetOldInputs())
	if err != nil {
		return nil, fmt.Errorf("reading the old arguments of %s: %w", req.GetUrn(), err)
	}
	response := diffResponse(diffs)
	for _, name := range diffs {
		// The old name of an imported resource may not be known.
		if slices.Contains(renaming, name) && given(olds, name) {
			response.Replaces = append(response.Replaces, name)
		}
	}
	return response, nil
}

// DiffConfig compares the provider's configuration with that of the last deployment; no change replaces it.
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	diffs, err := changes(req)
	if err != nil {
		return nil, fmt.Errorf("comparing the configuration: %w", err)
	}
	return diffResponse(slices.DeleteFunc(diffs, func(name string) bool { return name == standin.AssumedRegion })), nil
}

// changes returns the names of the arguments that differ, in order.
func changes(req *pulumirpc.DiffRequest) ([]string, error) {
	olds, err := unmarshal(req.GetOldInputs())
	if err != nil {
		return nil, fmt.Errorf("reading the old arguments: %w", err)
	}
	news, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, fmt.Errorf("reading the new arguments: %w", err)
	}
	diff := withoutInternal(olds).Diff(withoutInternal(news))
	if diff == nil {
		return nil, nil
	}
	var names []string
	for _, key := range diff.Keys() {
		if diff.Changed(key) {
			names = append(names, string(key))
		}
	}
	slices.Sort(names)
	return names, nil
}

func diffResponse(diffs []string) *pulumirpc.DiffResponse {
	if len(diffs) == 0 {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	}
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME, Diffs: diffs}
}
