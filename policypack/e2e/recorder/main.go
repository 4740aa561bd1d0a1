// Recorder is a policy pack without policies that records what the engine asks
// it: each AnalyzeRequest, and then the AnalyzeStackRequest, as length-delimited
// messages in the file that RECORD_FILE names. Tests change the recording and
// play it to the real pack.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/emptypb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "recorder: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 2 {
		return errors.New("this is a policy pack: the engine starts it, with its address as the argument")
	}
	file, err := os.Create(os.Getenv("RECORD_FILE")) //nolint:gosec // the test names the file
	if err != nil {
		return fmt.Errorf("opening RECORD_FILE: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := rpcutil.Healthcheck(ctx, os.Args[1], 1e9, cancel); err != nil {
		return fmt.Errorf("watching the engine: %w", err)
	}
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterAnalyzerServer(s, &recorder{file: file})
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	fmt.Println(handle.Port) //nolint:forbidigo // the protocol: the engine reads the port
	go func() {
		<-ctx.Done()
		close(stop)
	}()
	return errors.Join(<-handle.Done, file.Close())
}

type recorder struct {
	pulumirpc.UnimplementedAnalyzerServer

	mu   sync.Mutex
	file *os.File
}

func (r *recorder) Analyze(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := protodelim.MarshalTo(r.file, req)
	return &pulumirpc.AnalyzeResponse{}, err
}

func (r *recorder) AnalyzeStack(_ context.Context, req *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// An empty request marks the end of the single resources.
	if _, err := protodelim.MarshalTo(r.file, &pulumirpc.AnalyzeRequest{}); err != nil {
		return nil, err
	}
	_, err := protodelim.MarshalTo(r.file, req)
	return &pulumirpc.AnalyzeResponse{}, err
}

func (r *recorder) Remediate(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	return &pulumirpc.RemediateResponse{}, nil
}

func (r *recorder) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	return &pulumirpc.AnalyzerInfo{Name: "recorder", Version: "0.0.1"}, nil
}

func (r *recorder) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "0.0.1"}, nil
}
