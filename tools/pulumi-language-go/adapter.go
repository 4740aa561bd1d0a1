package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// maxMessageBytes is the largest message accepted in either direction: 400 MiB,
// the limit the engine sets on its own connections (rpcutil.GrpcChannelOptions).
const maxMessageBytes = 400 << 20

// adapt starts the language host at path with args and serves LanguageRuntime
// in front of it. Like every language host it prints its port as the first line
// on stdout; what the host prints besides its own port follows.
//
// It returns nil once ctx is done and an error if the host cannot be started or
// ends on its own. The host has ended whenever adapt returns.
func adapt(ctx context.Context, path string, args []string, stdout, stderr io.Writer) error {
	// The host compiles into the temporary folder and removes a plugin's binary
	// only when the plugin ends first, which the engine does not wait for.
	temp, err := os.MkdirTemp("", "pulumi-language-go-")
	if err != nil {
		return fmt.Errorf("creating a folder for compiled programs: %w", err)
	}
	defer os.RemoveAll(temp)

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a port for the engine: %w", err)
	}
	defer listener.Close()

	ctx, cancel := context.WithCancel(ctx)
	output := &portSwap{
		ours:  listener.Addr().(*net.TCPAddr).Port,
		hosts: make(chan string, 1),
		out:   stdout,
	}
	host := exec.CommandContext(ctx, path, args...)
	host.Env = append(os.Environ(), "TMPDIR="+temp, "TMP="+temp) // TMP is what Windows reads
	host.Stdout, host.Stderr = output, stderr
	// A program the host started may still hold stdout open: do not wait for it.
	host.WaitDelay = time.Second
	endWithParent(host)
	if err := host.Start(); err != nil {
		cancel()
		return fmt.Errorf("starting the Go language host: %w", err)
	}
	ended := make(chan struct{})
	var hostErr error
	go func() {
		defer close(ended)
		hostErr = host.Wait()
	}()
	defer func() {
		cancel()
		<-ended
	}()

	var hostPort string
	select {
	case hostPort = <-output.hosts:
	case <-ended:
		return endedEarly(ctx, "before it printed its port", hostErr)
	}

	conn, err := grpc.NewClient(net.JoinHostPort("127.0.0.1", hostPort),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)))
	if err != nil {
		return fmt.Errorf("connecting to the Go language host: %w", err)
	}
	defer conn.Close()

	server := newServer(conn)
	defer server.Stop()
	go func() {
		// Serve fails only once the listener does; the host is of no use then.
		_ = server.Serve(listener)
		cancel()
	}()

	<-ended
	return endedEarly(ctx, "while it was in use", hostErr)
}

// endedEarly is nil when the host was told to end, which is how it should end.
// The engine signals the whole process group, so the host may be gone a moment
// before this process learns of the signal and ctx is done.
func endedEarly(ctx context.Context, when string, err error) error {
	switch {
	case ctx.Err() != nil, endedBySignal(err, syscall.SIGINT), endedBySignal(err, syscall.SIGTERM):
		return nil
	case err == nil:
		return fmt.Errorf("the Go language host ended %s", when)
	default:
		return fmt.Errorf("the Go language host ended %s: %w", when, err)
	}
}

func endedBySignal(err error, signal syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}

// newServer forwards every call to host, also those of methods that neither
// side knows: the engine relies on the Unimplemented it gets back to choose its
// fallbacks.
func newServer(host grpc.ClientConnInterface) *grpc.Server {
	return grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.UnknownServiceHandler(func(_ any, engine grpc.ServerStream) error {
			return forward(engine, host)
		}))
}

// forward hands one call on. Each LanguageRuntime method takes one request and
// answers with one response or a stream of them.
//
// Messages are received as Empty, which keeps all fields as unknown ones and so
// writes them out again byte for byte, whatever their type.
func forward(engine grpc.ServerStream, host grpc.ClientConnInterface) error {
	method, _ := grpc.MethodFromServerStream(engine)
	request, err := receive(engine, method)
	if err != nil {
		return err
	}
	responses, err := host.NewStream(engine.Context(), &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return err
	}
	// Should sending fail, then receiving tells the status the host ended with.
	if err := responses.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := responses.CloseSend(); err != nil {
		return err
	}
	for {
		response := new(emptypb.Empty)
		if err := responses.RecvMsg(response); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := engine.SendMsg(response); err != nil {
			return err
		}
	}
}

// receive reads the request of a call, with the deprecated program field filled
// in where the host needs it.
func receive(engine grpc.ServerStream, method string) (proto.Message, error) {
	if method != pulumirpc.LanguageRuntime_RunPlugin_FullMethodName {
		request := new(emptypb.Empty)
		return request, engine.RecvMsg(request)
	}
	request := new(pulumirpc.RunPluginRequest)
	if err := engine.RecvMsg(request); err != nil {
		return nil, err
	}
	if dir := request.GetInfo().GetProgramDirectory(); dir != "" {
		request.Program = dir
	}
	return request, nil
}

// portSwap passes on what a language host prints, with the first line, the
// host's port, replaced by ours. So the engine reads a port before anything else.
type portSwap struct {
	ours  int
	hosts chan string // receives the host's port; must have room for it
	out   io.Writer

	line []byte
	done bool
}

func (w *portSwap) Write(p []byte) (int, error) {
	if w.done {
		return w.out.Write(p)
	}
	line, rest, complete := bytes.Cut(p, []byte("\n"))
	w.line = append(w.line, line...)
	if !complete {
		return len(p), nil
	}
	w.done = true
	w.hosts <- string(bytes.TrimSpace(w.line))
	if _, err := fmt.Fprintf(w.out, "%d\n%s", w.ours, rest); err != nil {
		return 0, err
	}
	return len(p), nil
}
