package analyzer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// testRole makes the test binary another process: see TestMain.
const testRole = "PIPEGUARD_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(testRole) {
	case "":
		os.Exit(m.Run())
	case "engine", "host": // starts a pack, as the engine and language hosts do
		os.Exit(startBelow("pack"))
	case "engine with a host":
		os.Exit(startBelow("host"))
	case "pack": // says what it finds of the engine's command line
		os.Exit(playPack())
	case "sleeper": // is there until its stdin ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(2)
}

// packVersion is the version that tests give the pack.
const packVersion = "1.2.3"

func registry(t *testing.T) *rule.Registry {
	t.Helper()
	reg, err := rules.All()
	require.NoError(t, err)
	return reg
}

// listen serves an engine that only can be looked for, and returns its address
// and what ends it.
func listen(t *testing.T) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String(), server.Stop
}

// engineLogs keeps what is logged to an engine.
type engineLogs struct {
	pulumirpc.UnimplementedEngineServer
	mu     sync.Mutex
	logged []*pulumirpc.LogRequest
}

func (e *engineLogs) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.logged = append(e.logged, req)
	return &emptypb.Empty{}, nil
}

func (e *engineLogs) all() []*pulumirpc.LogRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.logged)
}

// listenForLogs serves an engine that can be logged to.
func listenForLogs(t *testing.T) (address string, log *engineLogs) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, log := grpc.NewServer(), &engineLogs{}
	pulumirpc.RegisterEngineServer(server, log)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String(), log
}

// run serves the pack and returns its port and how it ends.
func run(t *testing.T, ctx context.Context, engine string, interval time.Duration) (port int, ended <-chan error) { //nolint:revive // t first, as everywhere
	t.Helper()
	return runRules(t, ctx, engine, interval, registry(t))
}

// runRules does the same as run for a pack of other rules.
func runRules( //nolint:revive // t first, as everywhere
	t *testing.T, ctx context.Context, engine string, interval time.Duration, reg *rule.Registry,
) (port int, ended <-chan error) {
	t.Helper()
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(ctx, engine, interval, stdout, reg, packVersion) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	port, err = strconv.Atoi(strings.TrimSuffix(line, "\n"))
	require.NoError(t, err)
	return port, done
}

// connect starts a pack and a client of it.
func connect(t *testing.T) pulumirpc.AnalyzerClient {
	t.Helper()
	engine, _ := listen(t)
	port, _ := run(t, t.Context(), engine, time.Minute)
	return dial(t, port)
}

func dial(t *testing.T, port int) pulumirpc.AnalyzerClient {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return pulumirpc.NewAnalyzerClient(conn)
}

// start starts a pack for the stack images/dev of acme, as the engine sees it.
func start(t *testing.T) plugin.Analyzer {
	t.Helper()
	client := connect(t)
	_, err := client.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
		Project: "images", Stack: "dev", Organization: "acme",
	})
	require.NoError(t, err)
	return plugin.NewAnalyzerWithClient(Name, client)
}

// documentedOnly leaves the rules of the profile "documented" on: tests that
// count what is said would otherwise have to give every argument that any rule
// asks for.
func documentedOnly(t *testing.T, a plugin.Analyzer) {
	t.Helper()
	require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{
		"pipeguard": {EnforcementLevel: apitype.Advisory, Properties: map[string]any{"profile": "documented"}},
	}))
}

// startDocumented does the same as start with the documented rules only.
func startDocumented(t *testing.T) plugin.Analyzer {
	t.Helper()
	a := start(t)
	documentedOnly(t, a)
	return a
}

const (
	bucketToken       = "aws:s3/bucket:Bucket"
	bucketV2Token     = "aws:s3/bucketV2:BucketV2"
	blockToken        = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	notificationToken = "aws:s3/bucketNotification:BucketNotification"
	functionToken     = "aws:lambda/function:Function"
	queueToken        = "aws:sqs/queue:Queue"
	stackToken        = "pulumi:pulumi:Stack"
)

func text(s string) resource.PropertyValue { return resource.NewProperty(s) }

func computed() resource.PropertyValue { return resource.MakeComputed(text("")) }

// closed returns the arguments of a public access block that closes everything.
func closed(bucket resource.PropertyValue) resource.PropertyMap {
	args := resource.PropertyMap{"bucket": bucket}
	for _, flag := range []resource.PropertyKey{
		"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets",
	} {
		args[flag] = resource.NewProperty(true)
	}
	return args
}

func urn(token, name string) resource.URN {
	return resource.URN("urn:pulumi:dev::images::" + token + "::" + name)
}

func asked(token, name string, args resource.PropertyMap) plugin.AnalyzerResource {
	return plugin.AnalyzerResource{URN: urn(token, name), Type: tokens.Type(token), Name: name, Properties: args}
}

func made(token, name string, outputs resource.PropertyMap) plugin.AnalyzerStackResource {
	return plugin.AnalyzerStackResource{AnalyzerResource: asked(token, name, outputs)}
}

// analyze has the pack analyze a resource, as the engine does before it is made.
func analyze(t *testing.T, a plugin.Analyzer, r plugin.AnalyzerResource) plugin.AnalyzeResponse {
	t.Helper()
	res, err := a.Analyze(t.Context(), r)
	require.NoError(t, err)
	return res
}

func analyzeStack(t *testing.T, a plugin.Analyzer, rs ...plugin.AnalyzerStackResource) plugin.AnalyzeResponse {
	t.Helper()
	res, err := a.AnalyzeStack(t.Context(), rs)
	require.NoError(t, err)
	return res
}

// said returns the rule and resource of each diagnostic.
func said(res plugin.AnalyzeResponse) []string {
	all := []string{}
	for _, d := range res.Diagnostics {
		all = append(all, d.PolicyName+" "+d.URN.Name())
	}
	return all
}

// diagnosticsOf returns the diagnostics of one rule.
func diagnosticsOf(res plugin.AnalyzeResponse, id string) []plugin.AnalyzeDiagnostic {
	var own []plugin.AnalyzeDiagnostic
	for _, d := range res.Diagnostics {
		if d.PolicyName == id {
			own = append(own, d)
		}
	}
	return own
}

// reasons returns what the pack says of a rule it could not apply.
func reasons(res plugin.AnalyzeResponse, id string) []string {
	all := []string{}
	for _, n := range res.NotApplicable {
		if n.PolicyName == id {
			all = append(all, n.Reason)
		}
	}
	return all
}

// startBelow starts the test binary in another role and passes its words on.
func startBelow(role string) int {
	executable, err := os.Executable()
	if err != nil {
		return 1
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), testRole+"="+role)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return 1
	}
	return 0
}

// playPack prints what is wrong with the configuration file; or the level that
// lambda-archive-deterministic has by it, when the engine hands on the rule's default.
func playPack() int {
	reg, err := rules.All()
	if err != nil {
		return 1
	}
	p := newPack(reg, semver.MustParse(packVersion), "")
	ctx := context.Background()
	if _, err = newServer(p).ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{}); err != nil {
		fmt.Print(err)
		return 0
	}
	const id = "lambda-archive-deterministic"
	cfg, err := p.configuration(map[string]plugin.AnalyzerPolicyConfig{id: {EnforcementLevel: reg.Rule(id).Enforcement}})
	if err != nil {
		return 1
	}
	fmt.Print(cfg.Level(id))
	return 0
}
