package planprovider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// leaves are the types of outputs that always have a text or a number.
var leaves = []schema.Type{schema.String.Required(), schema.Number.Required(), schema.Integer.Required()}

// Read answers with what the program provides, what the id determines, and stand-ins for the texts and numbers that
// the resource always has: the engine accepts no unknown values here either. What is left out is unknown to the
// program. For an import, which comes without inputs, the inputs are those that the id determines.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	urn, id := resource.URN(req.GetUrn()), req.GetId()
	given, err := unmarshal(req.GetProperties())
	if err != nil {
		return nil, fmt.Errorf("reading the state of %s: %w", urn, err)
	}
	inputs, err := unmarshal(req.GetInputs())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", urn, err)
	}
	token := string(urn.Type())
	call := &call{config: configOf(ctx), args: given, account: p.account()}
	arguments, outputs := naming.OfID(token, id, call.location())
	results := resource.PropertyMap{}
	maps.Copy(results, arguments)
	maps.Copy(results, outputs)
	delete(results, "id")
	maps.Copy(results, withoutInternal(given))
	r, module, err := p.schema.Resource(token)
	switch {
	case errors.Is(err, schema.ErrUnknown):
	case err != nil:
		return nil, err
	default:
		m := newMaker(token, call, module)
		m.about = []string{token, id}
		for name, t := range r.Outputs {
			key := resource.PropertyKey(name)
			if _, ok := results[key]; !ok && slices.Contains(leaves, t) {
				results[key] = m.value(name, t, 0)
			}
		}
		if m.used {
			p.options.log.Add(standin.Entry{Kind: standin.Read, Name: token, Detail: id})
		}
		for _, name := range r.Secrets {
			if v, ok := results[resource.PropertyKey(name)]; ok && !v.IsSecret() {
				results[resource.PropertyKey(name)] = resource.MakeSecret(v)
			}
		}
	}
	if len(inputs) == 0 {
		inputs = arguments
	}
	properties, err := marshal(results)
	if err != nil {
		return nil, fmt.Errorf("writing the outputs of %s: %w", urn, err)
	}
	marshalled, err := marshal(inputs)
	if err != nil {
		return nil, fmt.Errorf("writing the arguments of %s: %w", urn, err)
	}
	return &pulumirpc.ReadResponse{Id: id, Properties: properties, Inputs: marshalled}, nil
}

// Call answers a method with a result that is not known.
func (p *provider) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	result, err := marshal(resource.PropertyMap{"result": unknown()})
	if err != nil {
		return nil, fmt.Errorf("writing the result of %s: %w", req.GetTok(), err)
	}
	return &pulumirpc.CallResponse{Return: result}, nil
}
