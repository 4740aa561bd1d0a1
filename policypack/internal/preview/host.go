package preview

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	pkghost "github.com/pulumi/pulumi/pkg/v3/host"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/env"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/proto/go/codegen"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
)

// host is Pulumi's own plugin host, which starts the language hosts, with a
// provider of ours for every package and the rules as the policy pack.
type host struct {
	plugin.Host
	run *run
}

func newHost(ctx context.Context, r *run, d, statusD diag.Sink, debug plugin.DebugContext) (plugin.Host, error) {
	loader := func(*plugin.Context) codegen.LoaderServer { return schemas{} }
	h, err := pkghost.New(ctx, d, statusD, debug, nil, loader, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("starting the plugin host: %w", err)
	}
	return host{h, r}, nil
}

// Provider returns the plan provider of a package, in the version that the program
// asks for.
func (h host) Provider(ctx *plugin.Context, d workspace.PluginDescriptor, e env.Env) (plugin.Provider, error) {
	version := ""
	if d.Version != nil {
		version = d.Version.String()
	}
	h.run.asked(d.Name, version)
	opts := append([]planprovider.Option{
		planprovider.ProgramFolder(h.run.Program.WorkDir()),
		planprovider.Language(h.run.Program.Project.Runtime.Name()),
		planprovider.Refused(func(urn, reason string) {
			h.run.refuse(finding.Failure{URN: resource.URN(urn), Message: reason})
		}),
		planprovider.Warn(func(_, message string) { h.run.warn(message) }),
	}, h.run.Plan...)
	client, err := planprovider.Connect(h.run.plugins, d.Name, version, opts...)
	if err != nil {
		return nil, err
	}
	return h.components(ctx, plugin.NewProviderWithClient(ctx, client, false), d, e), nil
}

// ResolvePlugin finds every provider: it is in this process.
func (h host) ResolvePlugin(ctx *plugin.Context, d workspace.PluginDescriptor) (*workspace.PluginInfo, error) {
	if d.Kind != apitype.ResourcePlugin {
		return h.Host.ResolvePlugin(ctx, d)
	}
	version := d.Version
	if version == nil {
		newest := semver.MustParse(planprovider.NewestVersion())
		version = &newest
	}
	return &workspace.PluginInfo{Name: d.Name, Kind: d.Kind, Version: version}, nil
}

// PolicyAnalyzer returns the rules.
func (h host) PolicyAnalyzer(
	_ *plugin.Context, name tokens.QName, _ string, _ *plugin.PolicyAnalyzerOptions,
) (plugin.Analyzer, error) {
	conn, err := planprovider.InProcess(h.run.plugins, func(s *grpc.Server) {
		pulumirpc.RegisterAnalyzerServer(s, h.run.Analyzer)
	})
	if err != nil {
		return nil, fmt.Errorf("connecting to the rules: %w", err)
	}
	return plugin.NewAnalyzerWithClient(name, pulumirpc.NewAnalyzerClient(conn)), nil
}

// schemas answers Pulumi YAML, which checks a program against its packages' schemas.
type schemas struct {
	codegen.UnimplementedLoaderServer
}

// GetSchema returns the schema of aws in the version asked for.
func (schemas) GetSchema(_ context.Context, req *codegen.GetSchemaRequest) (*codegen.GetSchemaResponse, error) {
	if req.GetPackage() != "aws" {
		return nil, status.Errorf(codes.NotFound,
			"the plan provider has no schema of the package %s, which Pulumi YAML needs; run `pipeguard preview --provider real`",
			req.GetPackage())
	}
	text, err := planprovider.PackageSchema(req.GetVersion())
	if err != nil {
		return nil, fmt.Errorf("making the schema of %s %s: %w", req.GetPackage(), req.GetVersion(), err)
	}
	return &codegen.GetSchemaResponse{Schema: text}, nil
}
