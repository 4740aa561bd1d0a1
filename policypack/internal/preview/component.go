package preview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/env"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// components is a plan provider that has the package's plugin construct the package's components, because these are
// code of the package.
type components struct {
	plugin.Provider
	run *run
	pkg workspace.PluginDescriptor
	// start starts the plugin, if it is installed.
	start func() (plugin.Provider, error)

	mu         sync.Mutex
	configured plugin.ConfigureRequest
	started    bool
	plugin     plugin.Provider
	err        error
}

func (h host) components(
	ctx *plugin.Context, provider plugin.Provider, d workspace.PluginDescriptor, e env.Env,
) plugin.Provider {
	return &components{
		Provider: provider, run: h.run, pkg: d,
		start: func() (plugin.Provider, error) { return h.Host.Provider(ctx, d, e) },
	}
}

// Configure implements [plugin.Provider].
func (c *components) Configure(ctx context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	c.mu.Lock()
	c.configured = req
	c.mu.Unlock()
	return c.Provider.Configure(ctx, req)
}

// installed returns the package's plugin, configured as the plan provider is.
func (c *components) installed(ctx context.Context) (plugin.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started {
		return c.plugin, c.err
	}
	c.started = true
	c.plugin, c.err = c.start()
	if c.err == nil {
		_, c.err = c.plugin.Configure(ctx, c.configured)
	}
	return c.plugin, c.err
}

// Construct implements [plugin.Provider]. Without the plugin it plans only the component itself, with unknown outputs,
// so that the rest of the program is judged.
func (c *components) Construct(ctx context.Context, req plugin.ConstructRequest) (plugin.ConstructResponse, error) {
	installed, err := c.installed(ctx)
	if err == nil {
		return installed.Construct(ctx, req)
	}
	if !errors.As(err, new(*workspace.MissingError)) {
		return plugin.ConstructResponse{}, fmt.Errorf("starting the plugin of the package %s: %w", c.pkg.Name, err)
	}
	urn, err := register(ctx, req)
	if err != nil {
		return plugin.ConstructResponse{}, fmt.Errorf("registering the component %s: %w", req.Type, err)
	}
	c.run.refuse(finding.Failure{URN: urn, Message: fmt.Sprintf(
		"%s is a component: the plugin of the package %s makes its resources, and is not installed, so that they are not judged; "+
			"install it with: %s", req.Type, c.pkg.Name, installCommand(c.pkg))})
	return plugin.ConstructResponse{URN: urn}, nil
}

// register registers a component without resources.
func register(ctx context.Context, req plugin.ConstructRequest) (resource.URN, error) {
	conn, err := grpc.NewClient(req.Info.MonitorAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", fmt.Errorf("connecting to the engine: %w", err)
	}
	defer conn.Close()
	response, err := pulumirpc.NewResourceMonitorClient(conn).RegisterResource(ctx, &pulumirpc.RegisterResourceRequest{
		Type: string(req.Type), Name: req.Name, Parent: string(req.Parent),
		ParentStackTraceHandle: req.Info.StackTraceHandle,
	})
	if err != nil {
		return "", err
	}
	return resource.URN(response.GetUrn()), nil
}

// installCommand returns the command that installs a package's plugin.
func installCommand(d workspace.PluginDescriptor) string {
	words := []string{"pulumi plugin install resource", d.Name}
	if d.Version != nil {
		words = append(words, d.Version.String())
	}
	if d.PluginDownloadURL != "" {
		words = append(words, "--server", d.PluginDownloadURL)
	}
	return strings.Join(words, " ")
}
