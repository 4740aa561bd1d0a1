package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// recording is what the engine asks a policy pack in one preview.
type recording struct {
	resources []*pulumirpc.AnalyzeRequest
	stack     *pulumirpc.AnalyzeStackRequest
	// dir is the folder of the program, and stackName the name of its stack.
	dir, stackName string
	// policies are the rules that have a configuration; the others have their
	// defaults.
	policies map[string]*pulumirpc.PolicyConfig
}

// record previews the reference stack with the recorder as its policy pack.
func record(t *testing.T) recording {
	t.Helper()
	requireInstalled(t, stackDir())
	dir := t.TempDir()
	recorder, file := filepath.Join(dir, "recorder"), filepath.Join(dir, "recording")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", recorder, "./policypack/e2e/recorder")
	build.Dir = root
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	cmd := exec.CommandContext(t.Context(), pipeguard, "preview", "--pack", recorder, "stack")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "RECORD_FILE="+file)
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	reader := bufio.NewReader(bytes.NewReader(text))
	rec := recording{dir: stackDir(), stackName: stackName}
	for {
		req := &pulumirpc.AnalyzeRequest{}
		require.NoError(t, unlimited.UnmarshalFrom(reader, req))
		if req.GetUrn() == "" {
			break
		}
		rec.resources = append(rec.resources, req)
	}
	rec.stack = &pulumirpc.AnalyzeStackRequest{}
	require.NoError(t, unlimited.UnmarshalFrom(reader, rec.stack))
	return rec
}

var unlimited = protodelim.UnmarshalOptions{MaxSize: -1}

func (rec recording) clone() recording {
	fresh := rec
	fresh.stack, fresh.resources = proto.Clone(rec.stack).(*pulumirpc.AnalyzeStackRequest), nil
	for _, r := range rec.resources {
		fresh.resources = append(fresh.resources, proto.Clone(r).(*pulumirpc.AnalyzeRequest))
	}
	return fresh
}

// is reports whether a token and a name are those of the AWS resource "Bucket
// source". V2 counts as the same.
func is(what, token, name string) bool {
	if !strings.HasPrefix(token, "aws:") {
		return false // a component may be called Bucket, too
	}
	short := strings.TrimSuffix(token[strings.LastIndexByte(token, ':')+1:], "V2")
	return short+" "+name == what
}

// properties returns the inputs and the outputs of a resource such as "Bucket source".
func (rec recording) properties(t *testing.T, what string) []*structpb.Struct {
	t.Helper()
	var found []*structpb.Struct
	for _, r := range rec.resources {
		if is(what, r.GetType(), r.GetName()) {
			found = append(found, r.GetProperties())
		}
	}
	for _, r := range rec.stack.GetResources() {
		if is(what, r.GetType(), r.GetName()) {
			found = append(found, r.GetProperties())
		}
	}
	require.Equal(t, 2, len(found), "the reference stack has no %s, or several", what)
	return found
}

// replace replaces one text by another wherever the engine sends it.
func (rec recording) replace(t *testing.T, old, text string) {
	t.Helper()
	messages := []proto.Message{rec.stack}
	for _, r := range rec.resources {
		messages = append(messages, r)
	}
	for _, message := range messages {
		said, err := protojson.Marshal(message)
		require.NoError(t, err)
		require.NoError(t, protojson.Unmarshal(bytes.ReplaceAll(said, []byte(old), []byte(text)), message))
	}
}

// replay plays a recording to the real pack, and returns the rules that fired.
func (rec recording) replay(t *testing.T) []string {
	t.Helper()
	client := startPack(t, rec.dir)
	fired := []string{}
	note := func(res *pulumirpc.AnalyzeResponse, err error) {
		require.NoError(t, err)
		for _, d := range res.GetDiagnostics() {
			if !slices.Contains(fired, d.GetPolicyName()) {
				fired = append(fired, d.GetPolicyName())
			}
		}
	}
	_, err := client.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
		Project: "image-pipeline", Stack: rec.stackName, Organization: "organization",
	})
	require.NoError(t, err)
	if rec.policies != nil {
		_, err := client.Configure(t.Context(), &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: rec.policies})
		require.NoError(t, err)
	}
	for _, r := range rec.resources {
		note(client.Analyze(t.Context(), r))
	}
	note(client.AnalyzeStack(t.Context(), rec.stack))
	slices.Sort(fired)
	return fired
}

// mandatory returns the configuration of a mandatory rule with parameters.
func mandatory(t *testing.T, params map[string]any) *pulumirpc.PolicyConfig {
	t.Helper()
	properties, err := structpb.NewStruct(params)
	require.NoError(t, err)
	return &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY, Properties: properties}
}

// startPack starts the binary as the engine does for the program in a folder, and
// stops it after the test.
func startPack(t *testing.T, dir string) pulumirpc.AnalyzerClient {
	t.Helper()
	// This engine only listens: the pack checks that somebody is there.
	engine, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	go func() { _ = server.Serve(engine) }()
	t.Cleanup(server.Stop)

	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, pipeguard, engine.Addr().String())
	cmd.Dir = dir
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			assert.NoError(t, err)
		}
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	return pulumirpc.NewAnalyzerClient(conn)
}
