package declared

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// unknown is what the engine writes in place of a string that is not known
// before the deployment (plugin.UnknownStringValue in Pulumi's SDK).
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// resource is a resource as `pulumi preview --json` describes it.
type resource struct {
	URN    string          `json:"urn"`
	Type   string          `json:"type"`
	Custom bool            `json:"custom"`
	Inputs json.RawMessage `json:"inputs"`
	// PropertyDependencies are the URNs of the resources that each input's value
	// comes from.
	PropertyDependencies map[string][]string `json:"propertyDependencies"`
}

// name returns the resource's name in the program.
func (r resource) name() string { return r.URN[strings.LastIndex(r.URN, "::")+2:] }

// decode reads the resource's inputs.
func (r resource) decode(inputs any) error {
	if err := json.Unmarshal(r.Inputs, inputs); err != nil {
		return fmt.Errorf("reading the inputs of %s: %w", r.URN, err)
	}
	return nil
}

// plan is what a preview would leave in place.
type plan struct {
	config    map[string]string
	resources []resource
}

func parse(preview []byte) (plan, error) {
	var parsed struct {
		Config map[string]string `json:"config"`
		Steps  []struct {
			Op       string   `json:"op"`
			NewState resource `json:"newState"`
		} `json:"steps"`
	}
	if err := json.Unmarshal(preview, &parsed); err != nil {
		return plan{}, fmt.Errorf("reading the preview: %w", err)
	}
	result := plan{config: parsed.Config}
	for _, step := range parsed.Steps {
		// A deletion has no new state.
		if step.NewState.Custom {
			result.resources = append(result.resources, step.NewState)
		}
	}
	if len(result.resources) == 0 {
		return plan{}, errors.New("reading the preview: it has no resources")
	}
	return result, nil
}

// ofType returns the resources of the given types, each "aws:s3/bucket:Bucket".
func (p plan) ofType(types ...string) []resource {
	var found []resource
	for _, r := range p.resources {
		if slices.Contains(types, r.Type) {
			found = append(found, r)
		}
	}
	return found
}

// source returns the resource of one of the types that an input's unknown value comes
// from: there must be only one, or the answer would be a guess.
func (p plan) source(r resource, property string, types ...string) (resource, error) {
	var found []resource
	for _, candidate := range p.ofType(types...) {
		if slices.Contains(r.PropertyDependencies[property], candidate.URN) {
			found = append(found, candidate)
		}
	}
	if len(found) != 1 {
		return resource{}, fmt.Errorf("%s of %s is unknown, and comes from %d resources of type %s, want 1",
			property, r.URN, len(found), strings.Join(types, " or "))
	}
	return found[0], nil
}
