package preview

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// stacks answers references to other stacks, of whose outputs nobody here knows
// even the names, but for those that the user has pinned.
type stacks struct {
	used    *standin.Log
	answers planprovider.Answers
}

// GetStackOutputs implements the engine's backend client. One output that is not
// known makes the SDKs take all of them for that, whatever their names: a program
// goes on with unknown values.
func (s stacks) GetStackOutputs(_ context.Context, name string, _ func(error) error) (property.Map, error) {
	if known := s.answers.StackOutputs(name); len(known) > 0 {
		return resource.FromResourcePropertyMap(known), nil
	}
	s.used.Add(standin.Entry{Kind: standin.Stack, Name: name})
	return property.NewMap(map[string]property.Value{standin.Text("stack", name): property.New(property.Computed)}), nil
}

// GetStackResourceOutputs implements the engine's backend client.
func (stacks) GetStackResourceOutputs(context.Context, string) (property.Map, error) {
	return property.Map{}, nil
}
