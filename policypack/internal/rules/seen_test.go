package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// sourceAndStack returns the findings of the rules on the preview of a program and of its source, as "rule place",
// where the place is a line of the source or else a resource.
func sourceAndStack(t *testing.T, file, source, resources string, policies map[string]config.Policy) []string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: images\nruntime: nodejs\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(source), 0o600))
	g, err := ruletest.Graph("name: images\nruntime: yaml\nresources:\n  "+resources+"\n", ruletest.Preview)
	require.NoError(t, err)
	policies["all"] = config.Policy{Level: apitype.Disabled}
	cfg, err := config.New(registry(t), policies)
	require.NoError(t, err)
	checker := check.New(registry(t), cfg)
	checker.Dir = dir
	res := checker.All(g)
	said := []string{}
	for _, f := range res.Findings {
		at := f.URN.Name()
		if f.InSource {
			at += " " + strings.TrimSpace(f.Snippet)
		}
		said = append(said, f.Rule+": "+at)
	}
	for _, w := range res.Waived {
		said = append(said, "waived "+w.Rule+": "+w.URN.Name())
	}
	return said
}

func TestADefectThatTheSourceShowsIsOneFindingWithItsLine(t *testing.T) {
	t.Parallel()
	const (
		mandatory, advisory = apitype.Mandatory, apitype.Advisory
		aws                 = `import * as aws from "@pulumi/aws";` + "\n"
		closure             = `new aws.lambda.CallbackFunction("thumbs", { callback: async () => {} });`
		subscribed          = `uploads.onObjectCreated("thumbs", async () => {});`
		serialized          = `thumbs: {type: aws:lambda:Function, properties: {code: {"fn::assetArchive": {__index.js: {"fn::stringAsset": "exports.handler = f"}}}}}`
		inline              = `other: {type: aws:lambda:Function, properties: {code: {"fn::stringAsset": "exports.handler = f"}}}`
		packaging, prebuilt = "source-runtime-packaging", "lambda-prebuilt-code"
		arguments, typed    = "source-bucket-arguments", "source-notification-typed"
	)
	for name, c := range map[string]struct {
		source, resources string
		levels            map[string]apitype.EnforcementLevel
		want              []string
	}{
		"a closure": {
			aws + closure, serialized,
			map[string]apitype.EnforcementLevel{packaging: mandatory, prebuilt: mandatory},
			[]string{packaging + ": thumbs " + closure},
		},
		"a closure of a subscription": {
			aws + "const uploads = new aws.s3.Bucket(\"uploads\");\n" + subscribed, serialized,
			map[string]apitype.EnforcementLevel{packaging: mandatory, prebuilt: mandatory},
			[]string{packaging + ": thumbs " + subscribed},
		},
		"a closure, without the rule over source": {
			aws + closure, serialized, map[string]apitype.EnforcementLevel{prebuilt: mandatory}, []string{prebuilt + ": thumbs"},
		},
		"a closure, where only the stack's rule stops it": {
			aws + closure, serialized,
			map[string]apitype.EnforcementLevel{packaging: advisory, prebuilt: mandatory},
			[]string{prebuilt + ": thumbs", packaging + ": thumbs " + closure},
		},
		"a closure that is waived by its line": {
			aws + "// pipeguard:ignore source-runtime-packaging -- a prototype\n" + closure, serialized,
			map[string]apitype.EnforcementLevel{packaging: mandatory, prebuilt: mandatory},
			[]string{"waived " + packaging + ": thumbs"},
		},
		"code of another function": {
			aws + closure, serialized + "\n  " + inline,
			map[string]apitype.EnforcementLevel{packaging: mandatory, prebuilt: mandatory},
			[]string{prebuilt + ": other", packaging + ": thumbs " + closure},
		},
		"arguments that a bucket does not have": {
			aws + `new aws.s3.Bucket("b", { blockPublicAcls: true } as any);`,
			"b: {type: aws:s3:Bucket, properties: {blockPublicAcls: true}}",
			map[string]apitype.EnforcementLevel{arguments: mandatory, "s3-bucket-arguments": mandatory},
			[]string{arguments + `: b new aws.s3.Bucket("b", { blockPublicAcls: true } as any);`},
		},
		"a key of a notification that is misspelt": {
			`const aws = require("@pulumi/aws");` + "\n" +
				`new aws.s3.BucketNotification("n", { bucket: "b", queues: [{ queueArn: q, events: ["s3:ObjectCreated:*"], filterprefix: "a/" }] });`,
			`n: {type: aws:s3:BucketNotification, properties: {bucket: b, queues: [{queueArn: "arn:aws:sqs:us-east-1:123456789012:q", events: ["s3:ObjectCreated:*"], filterprefix: a/}]}}`,
			map[string]apitype.EnforcementLevel{typed: mandatory, "s3-notification-typed": mandatory},
			[]string{typed + `: n new aws.s3.BucketNotification("n", { bucket: "b", queues: [{ queueArn: q, events: ["s3:ObjectCreated:*"], filterprefix: "a/" }] });`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policies := map[string]config.Policy{}
			for id, level := range c.levels {
				policies[id] = config.Policy{Level: level}
			}
			file := "index.ts"
			if strings.HasPrefix(c.source, "const") {
				file = "index.js"
			}
			assert.ElementsMatch(t, c.want, sourceAndStack(t, file, c.source+"\n", c.resources, policies))
		})
	}
}
