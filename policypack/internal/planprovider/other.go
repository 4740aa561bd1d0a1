package planprovider

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
)

// New returns the provider of a package in the version that a program asks for. It must be served with a
// configuration for each connection, as [Start] does.
func New(pkg, version string, opts ...Option) pulumirpc.ResourceProviderServer {
	if pkg == "aws" {
		return newProvider(pkg, version, opts)
	}
	o := &other{pkg: pkg, version: version}
	for _, set := range opts {
		set(&o.options)
	}
	if pkg == native.Package {
		return awsNative{o}
	}
	return o
}

// other plans the resources of any package but aws, about which it knows nothing: their outputs are their inputs,
// and what is not among them is unknown to the program, like every output that a preview leaves out. For package
// random only, it adds what is generated, see [randomOutputs].
type other struct {
	pulumirpc.UnimplementedResourceProviderServer
	pkg     string
	version string
	options options
}

// Handshake answers the engine's first call.
func (*other) Handshake(
	context.Context, *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// GetPluginInfo returns the version that the program asks for.
func (o *other) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: o.version}, nil
}

// CheckConfig accepts any configuration.
func (*other) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig finds no difference.
func (*other) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure ignores the configuration.
func (*other) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// Check accepts any arguments.
func (*other) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// Diff compares the arguments.
func (*other) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	diffs, err := changes(req)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", req.GetUrn(), err)
	}
	return diffResponse(diffs), nil
}

// Create plans a resource, and fails unless it is a preview.
func (o *other) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if !req.GetPreview() {
		return nil, onlyPlans("create", req.GetUrn())
	}
	id, outputs, err := o.plan(resource.URN(req.GetUrn()), req.GetProperties())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: outputs}, nil
}

// Update plans a resource, and fails unless it is a preview.
func (o *other) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if !req.GetPreview() {
		return nil, onlyPlans("update", req.GetUrn())
	}
	_, outputs, err := o.plan(resource.URN(req.GetUrn()), req.GetNews())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: outputs}, nil
}

// plan returns the planned id and outputs of a resource. The id is empty if it is not known.
func (o *other) plan(urn resource.URN, inputs *structpb.Struct) (string, *structpb.Struct, error) {
	if o.pkg != "random" || o.options.keepUnknowns {
		return "", inputs, nil
	}
	outputs, err := unmarshal(inputs)
	if err != nil {
		return "", nil, fmt.Errorf("reading the arguments of %s: %w", urn, err)
	}
	generated := randomOutputs(urn, outputs)
	id := plannedID(generated)
	delete(generated, "id")
	maps.Copy(outputs, generated)
	marshalled, err := marshal(outputs)
	if err != nil {
		return "", nil, fmt.Errorf("writing the outputs of %s: %w", urn, err)
	}
	return id, marshalled, nil
}

// Delete fails. The engine does not call it in a preview.
func (*other) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return nil, onlyPlans("delete", req.GetUrn())
}

// Read answers with what the program provides.
func (*other) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	given, err := unmarshal(req.GetProperties())
	if err != nil {
		return nil, fmt.Errorf("reading the state of %s: %w", req.GetUrn(), err)
	}
	inputs, err := unmarshal(req.GetInputs())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", req.GetUrn(), err)
	}
	outputs := maps.Clone(inputs)
	maps.Copy(outputs, given)
	properties, err := marshal(outputs)
	if err != nil {
		return nil, fmt.Errorf("writing the outputs of %s: %w", req.GetUrn(), err)
	}
	marshalled, err := marshal(inputs)
	if err != nil {
		return nil, fmt.Errorf("writing the arguments of %s: %w", req.GetUrn(), err)
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: marshalled}, nil
}

// Invoke answers with the arguments, an id and what the user has set.
func (o *other) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	args, err := unmarshal(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", req.GetTok(), err)
	}
	return o.options.answerUnknown(req.GetTok(), args)
}

// Call answers a method with a result that is not known.
func (*other) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	result, err := marshal(resource.PropertyMap{"result": unknown()})
	if err != nil {
		return nil, fmt.Errorf("writing the result of %s: %w", req.GetTok(), err)
	}
	return &pulumirpc.CallResponse{Return: result}, nil
}

// Construct fails: only components are constructed, and only code of their package knows what they consist
// of.
func (o *other) Construct(
	_ context.Context, req *pulumirpc.ConstructRequest,
) (*pulumirpc.ConstructResponse, error) {
	command := strings.TrimSpace(fmt.Sprintf("pulumi plugin install resource %s %s", o.pkg, o.version))
	return nil, status.Errorf(codes.Unimplemented, "%s is a component: its package %s runs code of its own, and its "+
		"plugin is not installed; install it with `%s`", req.GetType(), o.pkg, command)
}

// Cancel has nothing to cancel.
func (*other) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}
