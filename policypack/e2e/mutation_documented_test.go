package e2e_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// documentedMutations returns the mutations for the documented failures.
func documentedMutations(t *testing.T) mutations {
	t.Helper()
	const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/failed"
	const javaScript = "exports.handler = async () => {};"
	text, err := asset.FromText(javaScript)
	require.NoError(t, err)
	inline, err := archive.FromAssets(map[string]any{"index.js": text})
	require.NoError(t, err)
	index := map[string]string{"index.js": javaScript}
	const node, python = "nodejs22.x", "python3.13"
	epoch, built := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 5, 17, 9, 41, 12, 0, time.UTC)
	const imports, trigger = "import (\n", "internal/components/upload_trigger.go"
	const buffered = `import io, boto3
def handler(event, context):
    buffer = io.BytesIO()
    buffer.write(event["body"])
    boto3.client("s3").put_object(Bucket="b", Key="k", Body=buffer)
`

	return mutations{
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
}
