package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// The test binary plays the processes around the adapter, so that the tests
// start and end real ones. Its first argument names the role.
const (
	roleHost    = "role=host"    // serves fakeHost until it is ended
	roleBroken  = "role=broken"  // ends with status 7 before it prints a port
	roleAdapter = "role=adapter" // runs the adapter in front of a roleHost
)

// fake is a language whose host this test binary plays.
var fake = Language{Name: "Go", Path: os.Args[0]}

// connectTo returns a function that connects a server to one host, whatever the flags.
func connectTo(host grpc.ClientConnInterface) func(context.Context, []string) (grpc.ClientConnInterface, error) {
	return func(context.Context, []string) (grpc.ClientConnInterface, error) { return host, nil }
}

func TestMain(m *testing.M) {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	var err error
	switch role {
	case roleHost:
		err = serveHost()
	case roleBroken:
		os.Exit(7)
	case roleAdapter:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		err = adapt(ctx, fake, []string{roleHost}, os.Stdout, os.Stderr)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveHost() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pulumirpc.RegisterLanguageRuntimeServer(server, new(fakeHost))
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	fmt.Println("pid", os.Getpid())
	fmt.Println("temp", os.TempDir())
	fmt.Println("args", os.Args[1:])
	return server.Serve(listener)
}

// fakeHost answers the calls an old Go language host knows and records what it
// was asked. Handshake, GetRequiredPackages and the rest stay unimplemented.
type fakeHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	mu   sync.Mutex
	last proto.Message
}

func (h *fakeHost) record(request proto.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = request
}

func (h *fakeHost) received() proto.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

var (
	requiredPlugins = &pulumirpc.GetRequiredPluginsResponse{
		Plugins: []*pulumirpc.PluginDependency{{Name: "aws", Kind: "resource", Version: "v6.83.2"}},
	}
	runResult  = &pulumirpc.RunResponse{Error: "program exited with non-zero exit code: 3"}
	pluginInfo = &pulumirpc.PluginInfo{Version: "3.66.0"}
	about      = &pulumirpc.AboutResponse{Executable: "/usr/bin/go", Version: "go1.26"}
)

func (h *fakeHost) GetRequiredPlugins(
	_ context.Context, request *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	h.record(request)
	return requiredPlugins, nil
}

func (h *fakeHost) Run(_ context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	h.record(request)
	return runResult, nil
}

func (h *fakeHost) GetPluginInfo(_ context.Context, request *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	h.record(request)
	return pluginInfo, nil
}

func (h *fakeHost) About(_ context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	h.record(request)
	return about, nil
}

func (h *fakeHost) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	h.record(request)
	return nil, status.Error(codes.NotFound, "load go.mod: no such file")
}

func (h *fakeHost) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	h.record(request)
	return server.Send(&pulumirpc.InstallDependenciesResponse{Stdout: []byte("tidied")})
}

func (h *fakeHost) RunPlugin(
	request *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	h.record(request)
	return errors.Join(
		server.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: []byte("4711\n")}}),
		server.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: []byte("careful")}}),
		server.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: 5}}))
}

// serve runs server on a free port and returns a connection to it.
func serve(t *testing.T, server *grpc.Server) *grpc.ClientConn {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return dial(t, listener.Addr().String())
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	return conn
}

// engine returns a client that reaches the returned host through the adapter.
func engine(t *testing.T) (pulumirpc.LanguageRuntimeClient, *fakeHost) {
	t.Helper()
	host := new(fakeHost)
	server := grpc.NewServer()
	pulumirpc.RegisterLanguageRuntimeServer(server, host)
	return pulumirpc.NewLanguageRuntimeClient(serve(t, newServer(fake, connectTo(serve(t, server))))), host
}

func assertEqual(t *testing.T, want, got proto.Message) {
	t.Helper()
	assert.Truef(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
}

func programInfo() *pulumirpc.ProgramInfo {
	return &pulumirpc.ProgramInfo{RootDirectory: "/src", ProgramDirectory: "/src/policypack", EntryPoint: "."}
}

func TestRunPluginFillsProgramFromInfo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request *pulumirpc.RunPluginRequest
		want    *pulumirpc.RunPluginRequest
	}{
		"the folder is in info alone": {
			request: &pulumirpc.RunPluginRequest{
				Pwd: "/src/stack", Args: []string{"127.0.0.1:1"}, Env: []string{"A=b"}, Info: programInfo(), Kind: "analyzer",
			},
			want: &pulumirpc.RunPluginRequest{
				Pwd: "/src/stack", Args: []string{"127.0.0.1:1"}, Env: []string{"A=b"}, Info: programInfo(), Kind: "analyzer",
				Program: "/src/policypack",
			},
		},
		"info wins over a relative program": {
			request: &pulumirpc.RunPluginRequest{Program: ".", Info: programInfo()},
			want:    &pulumirpc.RunPluginRequest{Program: "/src/policypack", Info: programInfo()},
		},
		"an older engine sends program alone": {
			request: &pulumirpc.RunPluginRequest{Program: "/src/old"},
			want:    &pulumirpc.RunPluginRequest{Program: "/src/old"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, host := engine(t)

			stream, err := client.RunPlugin(t.Context(), test.request)
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)

			assertEqual(t, test.want, host.received())
		})
	}
}

func TestRunPluginStreamsEveryResponseInOrder(t *testing.T) {
	t.Parallel()
	client, _ := engine(t)

	stream, err := client.RunPlugin(t.Context(), &pulumirpc.RunPluginRequest{Info: programInfo()})
	require.NoError(t, err)

	first, err := stream.Recv()
	require.NoError(t, err)
	assert.Equal(t, "4711\n", string(first.GetStdout()))
	second, err := stream.Recv()
	require.NoError(t, err)
	assert.Equal(t, "careful", string(second.GetStderr()))
	third, err := stream.Recv()
	require.NoError(t, err)
	assert.EqualValues(t, 5, third.GetExitcode())
	_, err = stream.Recv()
	assert.ErrorIs(t, err, io.EOF)
}

func TestOtherCallsPassThroughUnchanged(t *testing.T) {
	t.Parallel()
	options, err := structpb.NewStruct(map[string]any{"buildTarget": "out"})
	require.NoError(t, err)
	info := programInfo()
	info.Options = options

	tests := map[string]struct {
		request, response proto.Message
	}{
		pulumirpc.LanguageRuntime_GetRequiredPlugins_FullMethodName: {
			&pulumirpc.GetRequiredPluginsRequest{Pwd: "/src/stack", Program: ".", Info: info}, requiredPlugins,
		},
		pulumirpc.LanguageRuntime_Run_FullMethodName: {
			&pulumirpc.RunRequest{
				Project: "p", Stack: "dev", Program: ".", Config: map[string]string{"aws:region": "eu-west-1"}, DryRun: true, Info: info,
			}, runResult,
		},
		pulumirpc.LanguageRuntime_GetPluginInfo_FullMethodName: {&emptypb.Empty{}, pluginInfo},
		pulumirpc.LanguageRuntime_About_FullMethodName:         {&pulumirpc.AboutRequest{Info: info}, about},
		pulumirpc.LanguageRuntime_InstallDependencies_FullMethodName: {
			&pulumirpc.InstallDependenciesRequest{Directory: "/src/stack"},
			&pulumirpc.InstallDependenciesResponse{Stdout: []byte("tidied")},
		},
	}
	for method, test := range tests {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			host := new(fakeHost)
			server := grpc.NewServer()
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			conn := serve(t, newServer(fake, connectTo(serve(t, server))))

			response := test.response.ProtoReflect().New().Interface()
			require.NoError(t, conn.Invoke(t.Context(), method, test.request, response))

			assertEqual(t, test.request, host.received())
			assertEqual(t, test.response, response)
		})
	}
}

func TestStatusOfTheHostPassesThrough(t *testing.T) {
	t.Parallel()
	client, _ := engine(t)

	_, err := client.GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{})

	assert.Equal(t, codes.NotFound, status.Code(err))
	assert.ErrorContains(t, err, "load go.mod: no such file")
}

func TestUnimplementedMethodsStayUnimplemented(t *testing.T) {
	t.Parallel()
	methods := []string{
		pulumirpc.LanguageRuntime_Handshake_FullMethodName,
		pulumirpc.LanguageRuntime_GetRequiredPackages_FullMethodName,
		pulumirpc.LanguageRuntime_Cancel_FullMethodName,
		"/pulumirpc.LanguageRuntime/NotYetInvented",
		"", // the engine calls it to see whether a plugin is there
	}
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server := grpc.NewServer()
			pulumirpc.RegisterLanguageRuntimeServer(server, new(fakeHost))
			conn := serve(t, newServer(fake, connectTo(serve(t, server))))

			err := conn.Invoke(t.Context(), method, &emptypb.Empty{}, &emptypb.Empty{})

			assert.Equal(t, codes.Unimplemented, status.Code(err))
		})
	}
}

// lines collects what a process prints and returns it line by line.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// await returns the first n lines as soon as they are there.
func (l *lines) await(t *testing.T, n int) []string {
	t.Helper()
	var got []string
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		got = strings.Split(l.text.String(), "\n")
		return len(got) > n
	}, 20*time.Second, 5*time.Millisecond, "waiting for %d lines", n)
	return got[:n]
}

func TestAdaptServesInFrontOfTheHostAndEndsIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	output := new(lines)
	result := make(chan error, 1)
	go func() { result <- adapt(ctx, fake, []string{roleHost, "127.0.0.1:1"}, output, io.Discard) }()

	printed := output.await(t, 4)
	pid, err := strconv.Atoi(value(t, printed, "pid "))
	require.NoError(t, err)
	temp := value(t, printed, "temp ")
	assert.Equal(t, "[role=host 127.0.0.1:1]", value(t, printed, "args "), "arguments are handed on")
	assert.DirExists(t, temp)
	assert.NotEqual(t, filepath.Clean(os.TempDir()), temp, "compiled programs get a folder of their own")

	info, err := pulumirpc.NewLanguageRuntimeClient(dial(t, "127.0.0.1:"+printed[0])).
		GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "3.66.0", info.GetVersion())

	cancel()
	require.NoError(t, <-result)
	assert.False(t, running(pid), "the host is still running")
	assert.NoDirExists(t, temp)
}

// value returns what follows prefix on the line that starts with it.
func value(t *testing.T, lines []string, prefix string) string {
	t.Helper()
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest
		}
	}
	require.Failf(t, "missing line", "no line starts with %q in %q", prefix, lines)
	return ""
}

// running reports whether a process takes signals.
func running(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}

func TestAdaptReportsAHostThatDoesNotServe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path string
		want string
	}{
		"missing": {filepath.Join(t.TempDir(), "none"), "starting the Go language host"},
		"broken":  {os.Args[0], "the Go language host ended before it printed its port: exit status 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := adapt(t.Context(), Language{Name: "Go", Path: test.path}, []string{roleBroken}, io.Discard, io.Discard)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestPortSwapReplacesTheFirstLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ours   string
		writes []string
		want   string
	}{
		"one write":          {"8080\n", []string{"4711\n"}, "8080\n"},
		"in pieces":          {"8080\n", []string{"47", "11", "\n"}, "8080\n"},
		"with what follows":  {"8080\n", []string{"4711\nhel", "lo\nworld"}, "8080\nhello\nworld"},
		"with a Windows end": {"8080\n", []string{"4711\r\n", "hello"}, "8080\nhello"},
		"left out":           {"", []string{"4711\nhel", "lo\n"}, "hello\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			writer := &portSwap{ours: test.ours, hosts: make(chan string, 1), out: &out}
			for _, text := range test.writes {
				n, err := writer.Write([]byte(text))
				require.NoError(t, err)
				assert.Equal(t, len(text), n)
			}
			assert.Equal(t, "4711", <-writer.hosts)
			assert.Equal(t, test.want, out.String())
		})
	}
}

// startingWith returns the lines that start with prefix.
func (l *lines) startingWith(prefix string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for line := range strings.Lines(l.text.String()) {
		if strings.HasPrefix(line, prefix) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func TestOneHostIsStartedForEachEnvironment(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	lang := fake
	lang.Flags = func(_ context.Context, request proto.Message) ([]string, error) {
		// The role comes first, so that the test binary plays the host.
		run, _ := request.(*pulumirpc.RunRequest)
		return []string{roleHost, run.GetProject()}, nil
	}
	output := new(lines)
	result := make(chan error, 1)
	go func() { result <- adapt(ctx, lang, []string{"127.0.0.1:1"}, output, io.Discard) }()
	client := pulumirpc.NewLanguageRuntimeClient(dial(t, "127.0.0.1:"+output.await(t, 1)[0]))

	for _, project := range []string{"one", "two", "one"} {
		response, err := client.Run(t.Context(), &pulumirpc.RunRequest{Project: project})
		require.NoError(t, err)
		assertEqual(t, runResult, response)
	}

	cancel()
	require.NoError(t, <-result)
	assert.Equal(t, []string{"args [role=host one 127.0.0.1:1]", "args [role=host two 127.0.0.1:1]"},
		output.startingWith("args "), "the third call is the first host's")
}
