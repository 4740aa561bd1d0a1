package planprovider

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Version is the version that the provider reports: that of the newest SDK of the 6.83 line, whose packages
// for Go (6.83.2) and Node.js (6.83.4) ask for a plugin at least as new as themselves.
const Version = "6.83.4"

// realProvider tells the user how to do what this provider does not.
const realProvider = "run `pipeguard preview --provider real`, or Pulumi itself with AWS credentials, " +
	"to use the real AWS provider"

// provider implements the protocol between the engine and a resource provider. The configuration of one
// provider resource of a program belongs to a connection, see configOf.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	schema  *schema.Table
	engine  engine
	options options
	// pkg is the package's name.
	pkg string
	// version is the version that the program's SDK asks for, and that the provider reports.
	version string
}

// Handshake answers the engine's first call. The provider understands secrets. It accepts resources and outputs
// in the same form as the real provider: as the ids and the values they stand for, which is what policies then
// see.
func (p *provider) Handshake(
	_ context.Context, req *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	if err := p.engine.connect(req.GetEngineAddress()); err != nil {
		return nil, err
	}
	return &pulumirpc.ProviderHandshakeResponse{
		AcceptSecrets:                   true,
		SupportsAutonamingConfiguration: true,
	}, nil
}

// Attach gets the address of the engine if the engine did not start the provider itself.
func (p *provider) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	if err := p.engine.connect(req.GetAddress()); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the provider's version.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.version}, nil
}

// GetSchema returns the package's schema, for a program's type checker; the SDKs carry their own.
func (p *provider) GetSchema(
	context.Context, *pulumirpc.GetSchemaRequest,
) (*pulumirpc.GetSchemaResponse, error) {
	text, err := PackageSchema(p.pkg, p.version, p.options.use)
	if err != nil {
		return nil, fmt.Errorf("making the schema of %s %s: %w", p.pkg, p.version, err)
	}
	return &pulumirpc.GetSchemaResponse{Schema: string(text)}, nil
}

// CheckConfig checks the provider's configuration as Check checks a resource's arguments. If nobody has configured
// a region, it reveals that to policies, see [standin.AssumedRegion].
func (p *provider) CheckConfig(
	ctx context.Context, req *pulumirpc.CheckRequest,
) (*pulumirpc.CheckResponse, error) {
	news, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	r, module, err := p.schema.Resource(schema.ProviderToken)
	if err != nil {
		return nil, err
	}
	given := decodeConfig(news, r.Inputs)
	delete(given, "version") // the engine's own
	c := checker{table: p.schema, language: p.options.language, module: module, subject: "the AWS provider"}
	c.check(given, r.Inputs)
	p.engine.warnOnce(ctx, versionWarning, req.GetUrn(), c.warning())
	inputs := req.GetNews()
	if region := configOf(ctx).givenRegion(given); region == "" || region == DefaultRegion && p.options.assumeRegion {
		news[standin.AssumedRegion] = resource.NewProperty(DefaultRegion)
		if inputs, err = marshal(news); err != nil {
			return nil, fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: p.failures(req.GetUrn(), c.failures)}, nil
}

// Configure receives the provider's configuration, which CheckConfig has checked before.
func (p *provider) Configure(
	ctx context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	args, err := unmarshal(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	r, _, err := p.schema.Resource(schema.ProviderToken)
	if err != nil {
		return nil, err
	}
	configOf(ctx).set(decodeConfig(args, r.Inputs))
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets:                   true,
		SupportsPreview:                 true,
		SupportsAutonamingConfiguration: true,
	}, nil
}

// Check fills in the physical name and the provider's default tags, and reports arguments that the type does
// not have or that are missing. It returns the inputs in any case, so that policies still see them.
func (p *provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	news, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", urn, err)
	}
	olds, err := unmarshal(req.GetOlds())
	if err != nil {
		return nil, fmt.Errorf("reading the old arguments of %s: %w", urn, err)
	}
	token := string(urn.Type())
	r, module, err := p.schema.Resource(token)
	if errors.Is(err, schema.ErrUnknown) {
		key, message := token, fmt.Sprintf(
			"the plan provider does not know the type %s; its arguments are not checked", token)
		if p.schema.IsLenient() {
			key, message = versionWarning, newerWarning(p.schema, "the type "+token)
		}
		p.engine.warnOnce(ctx, key, req.GetUrn(), message)
		return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
	}
	if err != nil {
		return nil, err
	}

	c := checker{table: p.schema, language: p.options.language, module: module, subject: token}
	inputs := c.normalize(news, r.Inputs)
	inputs = configOf(ctx).tag(inputs, r)
	named, err := autoname(urn, inputs, olds, r.Inputs, req)
	if err != nil {
		c.fail("", err.Error())
	}
	inputs[defaultsKey] = named
	c.check(inputs, r.Inputs)
	p.engine.warnOnce(ctx, versionWarning, req.GetUrn(), c.warning())
	marshalled, err := marshal(inputs)
	if err != nil {
		return nil, fmt.Errorf("writing the arguments of %s: %w", urn, err)
	}
	return &pulumirpc.CheckResponse{Inputs: marshalled, Failures: p.failures(req.GetUrn(), c.failures)}, nil
}

// failures returns what keeps a resource from being planned. It returns nothing if the failures are reported in
// another way, because a refused resource ends the preview, and the rest of the stack could not be judged. See
// [Refused].
func (p *provider) failures(urn string, failures []*pulumirpc.CheckFailure) []*pulumirpc.CheckFailure {
	report := p.options.refused
	if report == nil && p.engine.connected() {
		report = p.engine.refuse
	}
	for _, f := range failures {
		if report != nil {
			report(urn, f.GetProperty(), f.GetReason())
		}
		// If a failure has a property, the engine prints the property's value, which may be secret or, for a nested
		// property, is always `<nil>`.
		f.Property = ""
	}
	if report != nil {
		return nil
	}
	return failures
}

// Cancel has nothing to cancel.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Update fails, unless it is a preview: then it plans as Create does.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if !req.GetPreview() {
		return nil, onlyPlans("update", req.GetUrn())
	}
	_, outputs, err := p.plan(ctx, req.GetUrn(), req.GetNews(), req.GetOlds())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: outputs}, nil
}

// Delete fails. The engine does not call it in a preview.
func (p *provider) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return nil, onlyPlans("delete", req.GetUrn())
}

// Create fails, unless it is a preview.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if !req.GetPreview() {
		return nil, onlyPlans("create", req.GetUrn())
	}
	id, outputs, err := p.plan(ctx, req.GetUrn(), req.GetProperties(), nil)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: outputs}, nil
}

func onlyPlans(verb, urn string) error {
	u := resource.URN(urn)
	return status.Errorf(codes.FailedPrecondition,
		"cannot %s %s %q: this provider only plans; %s", verb, u.Type(), u.Name(), realProvider)
}

// unmarshal decodes properties. Resources and outputs come as ids and values, see Handshake.
func unmarshal(s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}

func marshal(m resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(m, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}
