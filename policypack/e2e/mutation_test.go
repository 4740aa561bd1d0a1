package e2e_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	// dir is the folder of the program.
	dir string
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
	rec := recording{dir: stackDir()}
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
	fresh := recording{stack: proto.Clone(rec.stack).(*pulumirpc.AnalyzeStackRequest), dir: rec.dir}
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

// artifact is code that a build left beside a program in dir.
type artifact struct {
	dir  string
	code *archive.Archive
}

// artifactOf is the code in a file or folder of dir. Its path is relative, as a
// program would give it.
func artifactOf(t *testing.T, dir, name string) artifact {
	t.Helper()
	code, err := archive.FromPath(filepath.Join(dir, name))
	require.NoError(t, err)
	code.Path = name
	return artifact{dir, code}
}

// ships gives the function other code.
func ships(a artifact) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		rec.dir = a.dir
		set("Function thumbnailer", "code", a.code)(t, rec)
	}
}

// runs gives the function other code, runtime and handler.
func runs(a artifact, runtime, handler string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		ships(a)(t, rec)
		set("Function thumbnailer", "runtime", runtime)(t, rec)
		set("Function thumbnailer", "handler", handler)(t, rec)
	}
}

// source writes files beside the program's own, as an edit of the program would:
// rewrite is from files to what is replaced in them, and what by.
func source(rewrite map[string][]string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		module := t.TempDir()
		rec.dir = filepath.Join(module, "stack")
		require.NoError(t, os.CopyFS(rec.dir, os.DirFS(stackDir())))
		goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), goMod, 0o600))
		for name, replace := range rewrite {
			file := filepath.Join(rec.dir, name)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for i := 0; i < len(replace); i += 2 {
				require.Equal(t, 1, bytes.Count(text, []byte(replace[i])), "%s in %s", replace[i], name)
				text = bytes.Replace(text, []byte(replace[i]), []byte(replace[i+1]), 1)
			}
			require.NoError(t, os.WriteFile(file, text, 0o600))
		}
	}
}

// member is a file in an archive.
type member struct {
	name, text string
	mode       fs.FileMode
	modified   time.Time
}

// zipped is a zip file of the members, in that order. One without text gets what
// the reference stack's function starts.
func zipped(t *testing.T, members ...member) artifact {
	t.Helper()
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(dir, "code.zip"))
	require.NoError(t, err)
	writer := zip.NewWriter(out)
	for _, m := range members {
		if m.text == "" {
			m.text = bootstrap(t)
		}
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: m.modified}
		header.SetMode(m.mode)
		w, err := writer.CreateHeader(header)
		require.NoError(t, err)
		_, err = io.WriteString(w, m.text)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	require.NoError(t, out.Close())
	return artifactOf(t, dir, "code.zip")
}

// bootstrap is what the reference stack's function starts.
func bootstrap(t *testing.T) string {
	t.Helper()
	built, err := zip.OpenReader(filepath.Join(root, "build", "thumbnail.zip"))
	require.NoError(t, err)
	defer built.Close()
	text, err := fs.ReadFile(built, "bootstrap")
	require.NoError(t, err)
	return string(text)
}

// folder is a folder with files, from their names to their texts.
func folder(t *testing.T, name string, files map[string]string) artifact {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		at := filepath.Join(dir, name, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return artifactOf(t, dir, name)
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

// startPack starts the binary as the engine does for the program in a folder, and
// stops it after the test.
func startPack(t *testing.T, dir string) pulumirpc.AnalyzerClient {
	t.Helper()
	// An engine that only listens: the pack looks whether somebody is there.
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

func TestEachMutationOfTheReferenceStackIsCaughtByExactlyItsRule(t *testing.T) {
	t.Parallel()
	rec := record(t)
	require.Empty(t, rec.clone().replay(t), "the reference stack itself")

	const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/failed"
	const javaScript = "exports.handler = async () => {};"
	text, err := asset.FromText(javaScript)
	require.NoError(t, err)
	inline, err := archive.FromAssets(map[string]any{"index.js": text})
	require.NoError(t, err)
	index := map[string]string{"index.js": javaScript}
	const function, invokeConfig, sourceBucket = "Function thumbnailer", "FunctionEventInvokeConfig thumbnailer", "Bucket source"
	const node, python = "nodejs22.x", "python3.13"
	epoch, built := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 5, 17, 9, 41, 12, 0, time.UTC)
	const imports, trigger = "import (\n", "internal/components/upload_trigger.go"
	const buffered = `import io, boto3
def handler(event, context):
    buffer = io.BytesIO(event["body"])
    boto3.client("s3").put_object(Bucket="b", Key="k", Body=buffer)
`

	cases := map[string]map[string]mutation{
		"s3-public-access-block": {
			"no block":          remove("BucketPublicAccessBlock source"),
			"one flag false":    set("BucketPublicAccessBlock destination", "blockPublicPolicy", false),
			"one flag left out": set("BucketPublicAccessBlock destination", "ignorePublicAcls", nil),
		},
		"s3-bucket-arguments": {
			"one argument":                 set(sourceBucket, "blockPublicAcls", true),
			"one in snake_case, and false": set("Bucket destination", "restrict_public_buckets", false),
		},
		"s3-bucket-name-unique": {
			"a plain name":    rename(sourceBucket, "image-uploads"),
			"a reserved name": rename(sourceBucket, "image-uploads-123456789012-s3alias"),
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
			"inline":         runs(artifact{stackDir(), inline}, node, "index.handler"),
			"from installer": runs(folder(t, "node_modules/thumbnailer", index), node, "index.handler"),
		},
		"s3-notification-typed": {
			"snake_case": entry(func(e map[string]*structpb.Value) {
				e["filter_prefix"] = e["filterPrefix"]
				delete(e, "filterPrefix")
			}),
			"empty filter": entry(func(e map[string]*structpb.Value) { e["filterSuffix"] = structpb.NewStringValue("") }),
			"no events":    entry(func(e map[string]*structpb.Value) { delete(e, "events") }),
		},
		"lambda-archive-handler": {
			"no bootstrap":             ships(zipped(t, member{"main", "", 0o755, epoch})),
			"a bootstrap in a folder":  ships(zipped(t, member{"bin/bootstrap", "", 0o755, epoch})),
			"not executable":           ships(zipped(t, member{"bootstrap", "", 0o644, epoch})),
			"another architecture":     set(function, "architectures", []any{"x86_64"}),
			"another function's":       runs(folder(t, "thumbnailer", index), node, "index.main"),
			"a runtime that it is not": set(function, "runtime", python),
		},
		"lambda-archive-deterministic": {
			"times of a build": ships(zipped(t, member{"bootstrap", "", 0o755, built}, member{"logo.txt", "L", 0o644, built.Add(time.Minute)})),
			"unsorted":         ships(zipped(t, member{"logo.txt", "L", 0o644, epoch}, member{"bootstrap", "", 0o755, epoch})),
			"a key":            ships(zipped(t, member{".env", "PASSWORD=not-a-real-one", 0o644, epoch}, member{"bootstrap", "", 0o755, epoch})),
			"tests":            runs(folder(t, "thumbnailer", map[string]string{"index.js": javaScript, "index.test.js": "test();"}), node, "index.handler"),
		},
		"handler-buffered-upload": {
			"a buffer": runs(folder(t, "thumbnailer", map[string]string{"index.py": buffered}), python, "index.handler"),
			"a stream": runs(folder(t, "thumbnailer", map[string]string{"index.mjs": `import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
export const handler = async (event) =>
  new S3Client({}).send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: Readable.from(event.lines) }));
`}), node, "index.handler"),
		},
		"source-runtime-packaging": {
			"a compiler": source(map[string][]string{"main.go": {
				imports, imports + "\t\"os/exec\"\n",
				"func main() { ", "func main() {\n\t_ = exec.Command(\"go\", \"build\", \"-o\", \"bootstrap\", \"../lambda\").Run()\n\t",
			}}),
			"an archive, in a component": source(map[string][]string{"internal/components/thumbnailer.go": {
				imports, imports + "\t\"archive/zip\"\n\t\"bytes\"\n",
				"	function, err := lambda.NewFunction(", "	_ = zip.NewWriter(&bytes.Buffer{}).Close()\n	function, err := lambda.NewFunction(",
			}}),
		},
		"source-notification-typed": {
			"by its token": source(map[string][]string{trigger: {
				"notification, err := s3.NewBucketNotification(ctx, name, &s3.BucketNotificationArgs{\n		Bucket:          args.Bucket.Bucket.Bucket,\n		LambdaFunctions: targets,\n	},",
				"notification := &s3.BucketNotification{}\n	err = ctx.RegisterResource(\"aws:s3/bucketNotification:BucketNotification\", name, pulumi.Map{\n" +
					"		\"bucket\": args.Bucket.Bucket.Bucket, \"lambdaFunctions\": targets,\n	}, notification,",
			}}),
			"one more, in a map": source(map[string][]string{"main.go": {
				"func declare(", "func more(ctx *pulumi.Context) error {\n" +
					"	arguments := pulumi.Map{\"queues\": pulumi.Array{pulumi.Map{\"queue_arn\": pulumi.String(\"\")}}}\n" +
					"	var resource pulumi.CustomResourceState\n" +
					"	return ctx.RegisterResource(\"aws:s3/bucketNotification:BucketNotification\", \"more\", arguments, &resource)\n}\n\nfunc declare(",
			}}),
		},
		"source-bucket-arguments": {
			"by its token": source(map[string][]string{"internal/components/bucket.go": {
				"	bucket, err := s3.NewBucketV2(", "	_ = ctx.RegisterResource(\"aws:s3/bucketV2:BucketV2\", name, pulumi.Map{\n" +
					"		\"blockPublicAcls\": pulumi.Bool(true),\n	}, &s3.BucketV2{})\n	bucket, err := s3.NewBucketV2(",
			}}),
			"snake_case, in a variable": source(map[string][]string{"main.go": {
				"func declare(", "func more(ctx *pulumi.Context) error {\n" +
					"	arguments := pulumi.Map{\"restrict_public_buckets\": pulumi.Bool(true)}\n" +
					"	var resource pulumi.CustomResourceState\n" +
					"	return ctx.RegisterResource(\"aws:s3/bucket:Bucket\", \"more\", arguments, &resource)\n}\n\nfunc declare(",
			}}),
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
