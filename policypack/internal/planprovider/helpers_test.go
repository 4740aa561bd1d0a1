package planprovider

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

const (
	bucketType       = "aws:s3/bucket:Bucket"
	functionType     = "aws:lambda/function:Function"
	notificationType = "aws:s3/bucketNotification:BucketNotification"
	roleType         = "aws:iam/role:Role"
	queueType        = "aws:sqs/queue:Queue"
)

var seed = []byte("0123456789abcdef0123456789abcdef")

type props = map[string]any

// properties converts Go values to properties; a resource.PropertyValue is used unchanged.
func properties(values props) resource.PropertyMap { return resource.NewPropertyMapFromMap(values) }

func secret(v any) resource.PropertyValue { return resource.MakeSecret(resource.NewPropertyValue(v)) }

func urnOf(token, name string) resource.URN {
	return resource.NewURN("dev", "demo", "", tokens.Type(token), name)
}

// dial opens a connection to a provider at a port, as the engine does for each provider resource.
func dial(t *testing.T, port int) pulumirpc.ResourceProviderClient {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return pulumirpc.NewResourceProviderClient(conn)
}

// start serves the provider for the duration of a test.
func start(t *testing.T, opts ...Option) int {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	port, done, err := Start(ctx, opts...)
	require.NoError(t, err)
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return port
}

// connect returns the engine's own client for a provider that is configured with the given properties.
func connect(t *testing.T, config props) plugin.Provider {
	t.Helper()
	return connectTo(t, start(t), config)
}

// connectWith does the work of connect for a provider that plans with options.
func connectWith(t *testing.T, config props, opts ...Option) plugin.Provider {
	t.Helper()
	return connectTo(t, start(t, opts...), config)
}

func connectTo(t *testing.T, port int, config props) plugin.Provider {
	t.Helper()
	ctx := context.Background()
	p := plugin.NewProviderWithClient(nil, dial(t, port), false)
	_, err := p.Handshake(ctx, plugin.ProviderHandshakeRequest{})
	require.NoError(t, err)
	typ := tokens.Type(schema.ProviderToken)
	_, err = p.Configure(ctx, plugin.ConfigureRequest{Type: &typ, Inputs: properties(config)})
	require.NoError(t, err)
	return p
}

// check runs Check and returns the inputs and the reasons of the failures.
func check(t *testing.T, p plugin.Provider, token, name string, olds, news props) (resource.PropertyMap, []string) {
	t.Helper()
	response, err := p.Check(context.Background(), plugin.CheckRequest{
		URN: urnOf(token, name), Olds: properties(olds), News: properties(news),
		AllowUnknowns: true, RandomSeed: seed,
	})
	require.NoError(t, err)
	var reasons []string
	for _, failure := range response.Failures {
		reasons = append(reasons, failure.Reason)
	}
	return response.Properties, reasons
}

// create plans the creation of a resource and returns its outputs.
func create(t *testing.T, p plugin.Provider, token, name string, inputs props) resource.PropertyMap {
	t.Helper()
	response, err := p.Create(context.Background(), plugin.CreateRequest{
		URN: urnOf(token, name), Properties: properties(inputs), Preview: true,
	})
	require.NoError(t, err)
	return response.Properties
}

// engineLog is an engine that records what plugins log.
type engineLog struct {
	pulumirpc.UnimplementedEngineServer
	mu       sync.Mutex
	messages []*pulumirpc.LogRequest
}

func (e *engineLog) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.messages = append(e.messages, req)
	return &emptypb.Empty{}, nil
}

func (e *engineLog) logged() []*pulumirpc.LogRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.messages
}

// startEngine serves an engine and returns its address and a function that stops it.
func startEngine(t *testing.T) (log *engineLog, address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, log := grpc.NewServer(), &engineLog{}
	pulumirpc.RegisterEngineServer(server, log)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	stop = sync.OnceFunc(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return log, listener.Addr().String(), stop
}

func resourceKey(name string) resource.PropertyKey { return resource.PropertyKey(name) }

// connectNew returns the engine's own client for the provider of a package that is configured with the given
// properties.
func connectNew(t *testing.T, pkg, version string, config props, opts ...Option) plugin.Provider {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.StatsHandler(perConnection{getenv: func(string) string { return "" }}))
	pulumirpc.RegisterResourceProviderServer(server, New(pkg, version, opts...))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return connectTo(t, listener.Addr().(*net.TCPAddr).Port, config)
}
