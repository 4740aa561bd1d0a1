package planprovider

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// pipeSize is how many bytes of a message are in transit at most.
const pipeSize = 1 << 20

// Connect serves a package's provider, in the version that a program asks for, to an engine in this process, until
// ctx ends. Each provider resource of a program needs a connection of its own: see [configOf].
func Connect(ctx context.Context, pkg, version string, opts ...Option) (pulumirpc.ResourceProviderClient, error) {
	p := New(pkg, version, opts...)
	conn, err := InProcess(ctx, func(s *grpc.Server) { pulumirpc.RegisterResourceProviderServer(s, p) },
		grpc.StatsHandler(perConnection{getenv: os.Getenv}))
	if err != nil {
		return nil, fmt.Errorf("connecting to the plan provider of %s: %w", pkg, err)
	}
	return pulumirpc.NewResourceProviderClient(conn), nil
}

// InProcess serves what register registers without a network, until ctx ends, and returns a connection to it.
func InProcess(ctx context.Context, register func(*grpc.Server), opts ...grpc.ServerOption) (*grpc.ClientConn, error) {
	listener := bufconn.Listen(pipeSize)
	server := grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(maxMessage))...)
	register(server)
	go func() { _ = server.Serve(listener) }() // ends with the listener
	conn, err := grpc.NewClient("passthrough:in-process", rpcutil.GrpcChannelOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		server.Stop()
		return nil, err
	}
	context.AfterFunc(ctx, func() {
		_ = conn.Close() // nobody uses it any longer
		server.Stop()
	})
	return conn, nil
}

// maxMessage is the largest size of a message in bytes, as in the engine: an archive may be part of one.
const maxMessage = 400 << 20
