package preview

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// monitor is the engine's end of a program, which remembers what was registered.
type monitor struct {
	pulumirpc.UnimplementedResourceMonitorServer
	registered []*pulumirpc.RegisterResourceRequest
}

func (m *monitor) RegisterResource(
	_ context.Context, req *pulumirpc.RegisterResourceRequest,
) (*pulumirpc.RegisterResourceResponse, error) {
	m.registered = append(m.registered, req)
	return &pulumirpc.RegisterResourceResponse{Urn: "urn:pulumi:dev::shop::" + req.GetType() + "::" + req.GetName()}, nil
}

func serve(t *testing.T, m *monitor) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceMonitorServer(server, m)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func vpc(address string) plugin.ConstructRequest {
	return plugin.ConstructRequest{Type: "awsx:ec2:Vpc", Name: "net", Info: plugin.ConstructInfo{MonitorAddress: address}}
}

func TestAComponentWithoutItsPluginIsPlannedAloneAndItsPluginNamed(t *testing.T) {
	t.Parallel()
	m, r := &monitor{}, &run{}
	version := semver.MustParse("2.22.0")
	c := &components{
		run: r, pkg: workspace.PluginDescriptor{Name: "awsx", Version: &version, PluginDownloadURL: "https://plugins.example.com"},
		start: func() (plugin.Provider, error) { return nil, &workspace.MissingError{} },
	}

	response, err := c.Construct(t.Context(), vpc(serve(t, m)))

	require.NoError(t, err)
	require.Len(t, m.registered, 1)
	assert.False(t, m.registered[0].GetCustom())
	const urn = "urn:pulumi:dev::shop::awsx:ec2:Vpc::net"
	assert.EqualValues(t, urn, response.URN)
	assert.Equal(t, []finding.Failure{{URN: urn, Message: "awsx:ec2:Vpc is a component: the plugin of the package awsx makes its " +
		"resources, and is not installed, so that they are not judged; install it with: " +
		"pulumi plugin install resource awsx 2.22.0 --server https://plugins.example.com"}}, r.refused)
}

// installed is a plugin that constructs components.
type installed struct {
	plugin.UnimplementedProvider
	configured []plugin.ConfigureRequest
}

func (p *installed) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	p.configured = append(p.configured, req)
	return plugin.ConfigureResponse{}, nil
}

func (*installed) Construct(_ context.Context, req plugin.ConstructRequest) (plugin.ConstructResponse, error) {
	return plugin.ConstructResponse{URN: "urn:pulumi:dev::shop::awsx:ec2:Vpc::by-the-plugin"}, nil
}

func TestAComponentIsConstructedByItsPluginWhereThatIsInstalled(t *testing.T) {
	t.Parallel()
	r, awsx, want := &run{}, &installed{}, plugin.ConfigureRequest{Name: new("default")}
	c := &components{
		Provider: &installed{}, run: r, pkg: workspace.PluginDescriptor{Name: "awsx"},
		start: func() (plugin.Provider, error) { return awsx, nil },
	}
	_, err := c.Configure(t.Context(), want)
	require.NoError(t, err)

	for range 2 {
		response, err := c.Construct(t.Context(), vpc(""))
		require.NoError(t, err)
		assert.EqualValues(t, "urn:pulumi:dev::shop::awsx:ec2:Vpc::by-the-plugin", response.URN)
	}

	assert.Equal(t, []plugin.ConfigureRequest{want}, awsx.configured, "the plugin is configured once, as the plan provider is")
	assert.Empty(t, r.refused)
}

func TestAComponentWhosePluginDoesNotStartFails(t *testing.T) {
	t.Parallel()
	c := &components{
		run: &run{}, pkg: workspace.PluginDescriptor{Name: "awsx"},
		start: func() (plugin.Provider, error) { return nil, errors.New("exec format error") },
	}
	_, err := c.Construct(t.Context(), vpc(""))
	assert.EqualError(t, err, "starting the plugin of the package awsx: exec format error")
}
