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

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// recording is what the engine asks a policy pack in one preview.
type recording struct {
	resources []*pulumirpc.AnalyzeRequest
	stack     *pulumirpc.AnalyzeStackRequest
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
	var rec recording
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
	fresh := recording{stack: proto.Clone(rec.stack).(*pulumirpc.AnalyzeStackRequest)}
	for _, r := range rec.resources {
		fresh.resources = append(fresh.resources, proto.Clone(r).(*pulumirpc.AnalyzeRequest))
	}
	return fresh
}

// is says whether a token and a name are those of the AWS resource "Bucket
// source". V2 counts as the same.
func is(what, token, name string) bool {
	if !strings.HasPrefix(token, "aws:") {
		return false // a component may be called Bucket, too
	}
	short := strings.TrimSuffix(token[strings.LastIndexByte(token, ':')+1:], "V2")
	return short+" "+name == what
}

// properties are the inputs and the outputs of a resource, as in "Bucket source".
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

// mutation is a way to break the reference stack.
type mutation func(t *testing.T, rec *recording)

// remove takes resources out.
func remove(whats ...string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, what := range whats {
			rec.properties(t, what)
			rec.resources = slices.DeleteFunc(rec.resources, func(r *pulumirpc.AnalyzeRequest) bool {
				return is(what, r.GetType(), r.GetName())
			})
			rec.stack.Resources = slices.DeleteFunc(rec.stack.Resources, func(r *pulumirpc.AnalyzerResource) bool {
				return is(what, r.GetType(), r.GetName())
			})
		}
	}
}

// set changes one property of a resource; with nil, it takes it out.
func set(what, property string, value any) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, what) {
			if value == nil {
				require.Contains(t, properties.GetFields(), property)
				delete(properties.Fields, property)
				continue
			}
			wire, err := plugin.MarshalPropertyValue(resource.PropertyKey(property), resource.NewPropertyValue(value),
				plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
			require.NoError(t, err)
			properties.Fields[property] = wire
		}
	}
}

// rename replaces a bucket's name wherever the stack has it.
func rename(bucket, name string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		old := rec.properties(t, bucket)[0].GetFields()["bucket"].GetStringValue()
		require.NotEmpty(t, old)
		swap := func(properties *structpb.Struct) {
			text, err := properties.MarshalJSON()
			require.NoError(t, err)
			require.NoError(t, properties.UnmarshalJSON(bytes.ReplaceAll(text, []byte(old), []byte(name))))
		}
		for _, r := range rec.resources {
			swap(r.GetProperties())
		}
		for _, r := range rec.stack.GetResources() {
			swap(r.GetProperties())
		}
	}
}

// entry changes the first entry of the reference stack's notification.
func entry(change func(entry map[string]*structpb.Value)) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, "BucketNotification uploads") {
			entries := properties.GetFields()["lambdaFunctions"].GetListValue().GetValues()
			require.NotEmpty(t, entries)
			change(entries[0].GetStructValue().GetFields())
		}
	}
}

// validation changes the stack's output validations.
func validation(change func(checks map[string]*structpb.Value)) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, r := range rec.stack.GetResources() {
			if r.GetType() == "pulumi:pulumi:Stack" {
				change(r.GetProperties().GetFields()["validations"].GetStructValue().GetFields())
				return
			}
		}
		t.Fatal("the recording has no stack")
	}
}

// replay plays a recording to the real pack, and gives the rules that fired.
func (rec recording) replay(t *testing.T) []string {
	t.Helper()
	client := startPack(t)
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
		Project: "image-pipeline", Stack: stackName, Organization: "organization",
	})
	require.NoError(t, err)
	for _, r := range rec.resources {
		note(client.Analyze(t.Context(), r))
	}
	note(client.AnalyzeStack(t.Context(), rec.stack))
	slices.Sort(fired)
	return fired
}

// startPack starts the binary as the engine does, and stops it after the test.
func startPack(t *testing.T) pulumirpc.AnalyzerClient {
	t.Helper()
	// An engine that only listens: the pack looks whether somebody is there.
	engine, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	go func() { _ = server.Serve(engine) }()
	t.Cleanup(server.Stop)

	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, pipeguard, engine.Addr().String())
	cmd.Dir = stackDir()
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

func TestEachMutationOfTheReferenceStackIsCaughtByExactlyItsRule(t *testing.T) {
	t.Parallel()
	rec := record(t)
	require.Empty(t, rec.clone().replay(t), "the reference stack itself")

	const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/failed"
	// Both have the file that the runtime starts: nothing else is wrong with them.
	const script = "#!/bin/sh\n"
	text, err := asset.FromText(script)
	require.NoError(t, err)
	inline, err := archive.FromAssets(map[string]any{"bootstrap": text})
	require.NoError(t, err)
	folder := filepath.Join(t.TempDir(), "node_modules", "thumbnailer")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "bootstrap"), []byte(script), 0o600))
	installed, err := archive.FromPath(folder)
	require.NoError(t, err)
	const function, invokeConfig, source = "Function thumbnailer", "FunctionEventInvokeConfig thumbnailer", "Bucket source"

	cases := map[string]map[string]mutation{
		"s3-public-access-block": {
			"no block":          remove("BucketPublicAccessBlock source"),
			"one flag false":    set("BucketPublicAccessBlock destination", "blockPublicPolicy", false),
			"one flag left out": set("BucketPublicAccessBlock destination", "ignorePublicAcls", nil),
		},
		"s3-bucket-arguments": {
			"one argument":                 set(source, "blockPublicAcls", true),
			"one in snake_case, and false": set("Bucket destination", "restrict_public_buckets", false),
		},
		"s3-bucket-name-unique": {
			"a plain name":    rename(source, "image-uploads"),
			"a reserved name": rename(source, "image-uploads-123456789012-s3alias"),
			"a dot":           rename("Bucket destination", "thumbnails.123456789012"),
		},
		"lambda-dead-letter-queue": {
			"nowhere": set(invokeConfig, "destinationConfig", nil),
			"an on-failure destination that takes no events": set(invokeConfig, "destinationConfig",
				map[string]any{"onFailure": map[string]any{"destination": arn}}),
			"a dead-letter target that takes no events": set(function, "deadLetterConfig", map[string]any{"targetArn": arn}),
		},
		"lambda-failure-alarms": {
			"no alarm on errors":      remove("MetricAlarm monitoring-errors"),
			"no alarm on the queue":   remove("MetricAlarm monitoring-dead-letters"),
			"an alarm switched off":   set("MetricAlarm monitoring-errors", "actionsEnabled", false),
			"an alarm without action": set("MetricAlarm monitoring-dead-letters", "alarmActions", nil),
			"nobody subscribes":       remove("TopicSubscription monitoring"),
		},
		"lambda-prebuilt-code": {
			"inline":         set(function, "code", inline),
			"from installer": set(function, "code", installed),
		},
		"s3-notification-typed": {
			"snake_case": entry(func(e map[string]*structpb.Value) {
				e["filter_prefix"] = e["filterPrefix"]
				delete(e, "filterPrefix")
			}),
			"empty filter": entry(func(e map[string]*structpb.Value) { e["filterSuffix"] = structpb.NewStringValue("") }),
			"no events":    entry(func(e map[string]*structpb.Value) { delete(e, "events") }),
		},
		"stack-readiness-checks": {
			"no checks": validation(func(checks map[string]*structpb.Value) {
				clear(checks)
			}),
			"one fails": validation(func(checks map[string]*structpb.Value) {
				checks["namesUnique"] = structpb.NewBoolValue(false)
			}),
		},
	}
	for rule, mutations := range cases {
		require.GreaterOrEqual(t, len(mutations), 2, "mutations for %s", rule)
		for name, mutate := range mutations {
			t.Run(rule+" "+name, func(t *testing.T) {
				t.Parallel()
				changed := rec.clone()
				mutate(t, &changed)
				assert.Equal(t, []string{rule}, changed.replay(t))
			})
		}
	}
}
