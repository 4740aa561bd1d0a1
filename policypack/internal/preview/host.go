package preview

import (
	"context"
	"errors"
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

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
)

// host is Pulumi's own plugin host, which starts the language hosts, but with pipeguard's provider for every package
// and the rules as the policy pack.
type host struct {
	plugin.Host
	run *run
}

func newHost(ctx context.Context, r *run, d, statusD diag.Sink, debug plugin.DebugContext) (plugin.Host, error) {
	loader := func(*plugin.Context) codegen.LoaderServer { return schemas{uses: usesOf(r.yaml)} }
	h, err := pkghost.New(ctx, d, statusD, debug, nil, loader, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("starting the plugin host: %w", err)
	}
	return host{h, r}, nil
}

// Provider returns the plan provider of a package in the version that the program asks for, or the plugin for packages
// for which the user wants the real provider.
func (h host) Provider(ctx *plugin.Context, d workspace.PluginDescriptor, e env.Env) (plugin.Provider, error) {
	h.run.asked(d.Name)
	if h.run.isReal(d) {
		return h.plugin(ctx, d, e)
	}
	opts := append([]planprovider.Option{
		planprovider.ProgramFolder(h.run.Program.WorkDir()),
		planprovider.Language(h.run.Program.Project.Runtime.Name()),
		planprovider.Refused(func(urn, property, reason string) {
			urnOf := resource.URN(urn)
			h.run.refuse(finding.Failure{URN: urnOf, Message: reason, Location: h.run.yaml.Locate(urnOf, property)})
		}),
		planprovider.Warn(func(_, message string) { h.run.warn(message) }),
	}, h.run.Plan...)
	if h.run.Program.assumesRegion {
		opts = append(opts, planprovider.AssumeRegion())
	}
	version := ""
	if d.Version != nil {
		version = d.Version.String()
	}
	client, err := planprovider.Connect(h.run.plugins, d.Name, version, opts...)
	if err != nil {
		return nil, err
	}
	return h.components(ctx, plugin.NewProviderWithClient(ctx, client, false), d, e), nil
}

// LanguageRuntime starts the program's language host. Only the YAML host may find the schemas under the names of
// providers: this process would mistake them for the packages' plugins.
func (h host) LanguageRuntime(ctx *plugin.Context, runtime string) (plugin.LanguageRuntime, error) {
	if h.run.attached == "" {
		return h.Host.LanguageRuntime(ctx, runtime)
	}
	restore, err := setVariable(attachVariable, h.run.attached)
	if err != nil {
		return nil, err
	}
	defer restore()
	return h.Host.LanguageRuntime(ctx, runtime)
}

// plugin starts the plugin of a package.
func (h host) plugin(ctx *plugin.Context, d workspace.PluginDescriptor, e env.Env) (plugin.Provider, error) {
	provider, err := h.Host.Provider(ctx, d, e)
	if errors.As(err, new(*workspace.MissingError)) {
		return nil, fmt.Errorf("the plugin of the package %s, whose real provider this preview is to have, is not installed; install it with: %s",
			d.Name, installCommand(d))
	}
	return provider, err
}

// ResolvePlugin resolves every provider that runs in this process.
func (h host) ResolvePlugin(ctx *plugin.Context, d workspace.PluginDescriptor) (*workspace.PluginInfo, error) {
	if d.Kind != apitype.ResourcePlugin || h.run.isReal(d) {
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

// schemas serves Pulumi YAML, which checks a program against its packages' schemas. Hosts up to v1.25.0 query the
// provider instead; see serveSchemas.
type schemas struct {
	codegen.UnimplementedLoaderServer
	uses map[string]*use
}

// GetSchema returns the schema of a package in the version asked for.
func (s schemas) GetSchema(_ context.Context, req *codegen.GetSchemaRequest) (*codegen.GetSchemaResponse, error) {
	var used planprovider.Use
	if u := s.uses[req.GetPackage()]; u != nil {
		used = u.Use
	}
	text, err := planprovider.PackageSchema(req.GetPackage(), req.GetVersion(), used)
	if err != nil {
		return nil, fmt.Errorf("making the schema of %s %s: %w", req.GetPackage(), req.GetVersion(), err)
	}
	return &codegen.GetSchemaResponse{Schema: text}, nil
}
