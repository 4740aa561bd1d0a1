package planprovider

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// awsNative plans the resources of aws-native. Of the types that package native adapts it makes up names, and resolves
// what follows from the arguments as it does for those of pulumi-aws; of all others it knows nothing.
type awsNative struct{ *other }

// namedByNative are the types of pulumi-aws whose relatives in aws-native get a name if the program gives none, with the
// argument that holds it. The rules are close to those of the real provider, which takes the limits from the types'
// schemas.
var namedByNative = map[graph.Type]string{
	graph.Bucket: "bucket", graph.CompositeAlarm: "alarmName", graph.EventBus: "name", graph.EventRule: "name",
	graph.Function: "name", graph.FunctionAlias: "name", graph.KeyAlias: "name", graph.LogGroup: "name",
	graph.MetricAlarm: "name", graph.Policy: "name", graph.Queue: "name", graph.Role: "name", graph.RolePolicy: "name",
	graph.Schedule: "name", graph.Topic: "name",
}

// CheckConfig accepts any configuration. If nobody has configured a region it says so to the policies, see
// [standin.AssumedRegion].
func (p awsNative) CheckConfig(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	given, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	inputs := req.GetNews()
	if region := configOf(ctx).givenRegion(given); region == "" || region == DefaultRegion && p.options.assumeRegion {
		given[standin.AssumedRegion] = resource.NewProperty(DefaultRegion)
		if inputs, err = marshal(given); err != nil {
			return nil, fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return &pulumirpc.CheckResponse{Inputs: inputs}, nil
}

// Configure hands over the provider's configuration.
func (p awsNative) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	args, err := unmarshal(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	configOf(ctx).set(args)
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true, SupportsAutonamingConfiguration: true}, nil
}

// Check fills in the physical name.
func (p awsNative) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	inputs, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", urn, err)
	}
	olds, err := unmarshal(req.GetOlds())
	if err != nil {
		return nil, fmt.Errorf("reading the old arguments of %s: %w", urn, err)
	}
	form, ok := native.FormOf(graph.Type(urn.Type()))
	argument := namedByNative[form.Of]
	if !ok || argument == "" {
		return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
	}
	key := resource.PropertyKey(form.Roots(argument)[0])
	if given(inputs, string(key)) || given(inputs, string(key)+"Prefix") {
		return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
	}
	style, ok := namings[string(form.Of)]
	if !ok {
		style = byName
	}
	name, err := style.name(urn.Name(), inputs, req)
	if err != nil {
		return nil, fmt.Errorf("making up %s of %s from the resource's name: %w; give it explicitly", key, urn, err)
	}
	if old := olds[key]; old.IsString() {
		name = old.StringValue() // a name once given stays, or the resource would be replaced at each update
	}
	if name != "" {
		inputs[key] = resource.NewProperty(name)
	}
	named, err := marshal(inputs)
	if err != nil {
		return nil, fmt.Errorf("writing the arguments of %s: %w", urn, err)
	}
	return &pulumirpc.CheckResponse{Inputs: named}, nil
}

// Create plans a resource, and fails unless it is a preview.
func (p awsNative) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if !req.GetPreview() {
		return nil, onlyPlans("create", req.GetUrn())
	}
	inputs, err := unmarshal(req.GetProperties())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", req.GetUrn(), err)
	}
	outputs := p.outputs(ctx, resource.URN(req.GetUrn()), inputs)
	id := plannedID(outputs)
	delete(outputs, "id")
	properties, err := marshal(outputs)
	if err != nil {
		return nil, fmt.Errorf("writing the outputs of %s: %w", req.GetUrn(), err)
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, nil
}

// Update plans a resource, and fails unless it is a preview.
func (p awsNative) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	created, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: req.GetUrn(), Properties: req.GetNews(), Preview: req.GetPreview()})
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: created.GetProperties()}, nil
}

// outputs returns the inputs of a resource and what follows from them, the id among them.
func (p awsNative) outputs(ctx context.Context, urn resource.URN, inputs resource.PropertyMap) resource.PropertyMap {
	outputs := maps.Clone(inputs)
	form, ok := native.FormOf(graph.Type(urn.Type()))
	if !ok || p.options.keepUnknowns {
		return outputs
	}
	at := p.location(ctx)
	at.Folder = p.options.folder
	arguments := native.Adapt(&graph.Resource{Type: form.Type, Inputs: inputs}).Inputs
	computed := naming.Outputs(string(form.Of), arguments, at)
	if form.Of == graph.Key {
		maps.Copy(computed, keyIdentity(urn, arguments, at))
	}
	maps.Copy(outputs, form.Computed(computed))
	return outputs
}

// location returns where the resources of a provider are.
func (p awsNative) location(ctx context.Context) naming.Location {
	account := p.options.account
	if account == "" {
		account = fixedAccount
	}
	return naming.Locate(configOf(ctx).region(), account)
}

// Invoke answers what the functions that tell a program where it is say; any other as [other.Invoke] does.
func (p awsNative) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	at := p.location(ctx)
	answers := map[string]resource.PropertyMap{
		"getAccountId": {"accountId": resource.NewProperty(at.Account)},
		"getPartition": {"partition": resource.NewProperty(at.Partition.Name)},
		"getRegion":    {"region": resource.NewProperty(at.Region)},
		"getUrlSuffix": {"urlSuffix": resource.NewProperty(at.Partition.DNSSuffix)},
	}
	answer, ok := answers[req.GetTok()[strings.LastIndexByte(req.GetTok(), ':')+1:]]
	if !ok {
		return p.other.Invoke(ctx, req)
	}
	result, err := marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("writing the result of %s: %w", req.GetTok(), err)
	}
	return &pulumirpc.InvokeResponse{Return: result}, nil
}
