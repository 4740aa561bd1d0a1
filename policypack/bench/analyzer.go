package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// engine stands in for Pulumi's engine: packs check that it is still there.
type engine struct {
	// program is the folder that packs are started in, in place of that of the
	// previewed program.
	program string
	stop    chan bool
	handle  rpcutil.ServeHandle
}

func newEngine(program string) (*engine, error) {
	e := &engine{program: program, stop: make(chan bool)}
	var err error
	e.handle, err = rpcutil.ServeWithOptions(rpcutil.ServeOptions{Cancel: e.stop})
	if err != nil {
		return nil, fmt.Errorf("serving the engine's address: %w", err)
	}
	return e, nil
}

func (e *engine) address() string { return "127.0.0.1:" + strconv.Itoa(e.handle.Port) }

func (e *engine) close() { close(e.stop) }

// analyzer is a running policy pack.
type analyzer struct {
	client  pulumirpc.AnalyzerClient
	conn    *grpc.ClientConn
	process *exec.Cmd
}

// start starts a pack and does what the engine does before it first analyzes:
// it connects, describes itself and the stack, and configures the policies.
// env is added to the environment.
func (e *engine) start(ctx context.Context, binary string, env ...string) (*analyzer, error) {
	a, err := e.launch(ctx, binary, env)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", binary, err)
	}
	if err := a.configure(ctx, e.address()); err != nil {
		a.kill()
		return nil, fmt.Errorf("configuring %s: %w", binary, err)
	}
	return a, nil
}

func (e *engine) launch(ctx context.Context, binary string, env []string) (*analyzer, error) {
	a := &analyzer{process: exec.CommandContext(ctx, binary, e.address())}
	a.process.Dir, a.process.Stderr = e.program, os.Stderr
	a.process.Env = append(os.Environ(), env...)
	stdout, err := a.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := a.process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		a.conn, err = grpc.NewClient("127.0.0.1:"+strings.TrimSpace(line),
			grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	}
	if err != nil {
		a.kill()
		return nil, err
	}
	a.client = pulumirpc.NewAnalyzerClient(a.conn)
	return a, nil
}

func (a *analyzer) configure(ctx context.Context, engineAddress string) error {
	if _, err := a.client.Handshake(ctx, &pulumirpc.AnalyzerHandshakeRequest{EngineAddress: engineAddress}); err != nil {
		return err
	}
	_, err := a.client.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{
		Project: project, Stack: stackName, Organization: organization, DryRun: true,
	})
	if err != nil {
		return err
	}
	info, err := a.client.GetAnalyzerInfo(ctx, &emptypb.Empty{})
	if err != nil {
		return err
	}
	policies := map[string]*pulumirpc.PolicyConfig{}
	for _, policy := range info.GetPolicies() {
		policies[policy.GetName()] = &pulumirpc.PolicyConfig{EnforcementLevel: policy.GetEnforcementLevel()}
	}
	_, err = a.client.Configure(ctx, &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: policies})
	return err
}

// encoded is a request as it goes over the wire.
type encoded []byte

// call makes a call whose request is already encoded.
func (a *analyzer) call(ctx context.Context, method string, request encoded, response proto.Message) error {
	return a.conn.Invoke(ctx, method, request, response, grpc.ForceCodecV2(codec{encoding.GetCodecV2("proto")}))
}

// codec sends encoded requests unchanged.
type codec struct{ encoding.CodecV2 }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if request, ok := v.(encoded); ok {
		return mem.BufferSlice{mem.SliceBuffer(request)}, nil
	}
	return c.CodecV2.Marshal(v)
}

func (a *analyzer) kill() {
	if a.conn != nil {
		_ = a.conn.Close()
	}
	_ = a.process.Process.Kill()
	_ = a.process.Wait() // it was killed: there is nothing to learn
}

func (a *analyzer) peakMemory() (float64, error) { return peakMemory(a.process.Process.Pid) }

// peakMemory returns the maximum memory that the process has held, in MiB, as
// the Linux kernel counts it (VmHWM, proc(5)).
func peakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the peak memory: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return 0, fmt.Errorf("reading the peak memory: %w", err)
	}
	return kib / 1024, nil
}

// ticksPerSecond is the unit of the kernel's accounts of processor time:
// USER_HZ, which is 100 on every architecture that Linux and Go share.
const ticksPerSecond = 100

// processorTime returns how many seconds of processor time the process has taken, on
// all processors, as the Linux kernel counts it (utime and stime, proc(5)).
func (a *analyzer) processorTime() (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.process.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("reading the processor time: %w", err)
	}
	// The command's name, in parentheses, may contain anything. The state
	// follows it as field 3; utime and stime are fields 14 and 15.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("reading the processor time: no such fields in %q", stat)
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, fmt.Errorf("reading the processor time: %w", err)
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	if err != nil {
		return 0, fmt.Errorf("reading the processor time: %w", err)
	}
	return (user + system) / ticksPerSecond, nil
}
