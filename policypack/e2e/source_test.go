package e2e_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests have no language host for Python. They play the engine: they start the
// pack in the program's folder, and ask it what the engine would ask.

// ask returns the engine's question about a resource before it is created.
func ask(t *testing.T, token, name string, inputs resource.PropertyMap) *pulumirpc.AnalyzeRequest {
	t.Helper()
	properties, err := plugin.MarshalProperties(inputs, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return &pulumirpc.AnalyzeRequest{
		Urn: "urn:pulumi:dev::images::" + token + "::" + name, Type: token, Name: name, Properties: properties,
	}
}

// violations returns the violations of a rule in an answer, each as `<file>:<line> <resource>`.
func violations(t *testing.T, res *pulumirpc.AnalyzeResponse, err error, rule string) []string {
	t.Helper()
	require.NoError(t, err)
	found := []string{}
	for _, d := range res.GetDiagnostics() {
		if d.GetPolicyName() == rule {
			place := strings.SplitN(d.GetMessage(), ":", 3)
			found = append(found, place[0]+":"+place[1]+" "+resource.URN(d.GetUrn()).Name())
		}
	}
	slices.Sort(found)
	return found
}

// marked returns the lines of a program that have a comment with the mark of a rule,
// in the format of violations, on a resource.
func marked(t *testing.T, dir, rule, on string) []string {
	t.Helper()
	mark := regexp.MustCompile(`# want ` + rule + `\b`)
	found := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.Open(file)
		if err != nil {
			return err
		}
		defer text.Close()
		name, err := filepath.Rel(dir, file)
		lines := bufio.NewScanner(text)
		for line := 1; lines.Scan(); line++ {
			if mark.MatchString(lines.Text()) {
				found = append(found, filepath.ToSlash(name)+":"+strconv.Itoa(line)+" "+on)
			}
		}
		return err
	}))
	slices.Sort(found)
	return found
}

const stackToken = "pulumi:pulumi:Stack"

// A Python program may end with an exception at the first resource: what the
// program itself does is reported when the engine asks about the stack, which
// comes first.
func TestWhatAPythonProgramDoesIsReportedForItsStackBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	for rule, program := range map[string]string{
		"source-runtime-packaging": "packaging",
		"source-bucket-arguments":  "bucket-arguments",
	} {
		for _, variant := range []string{"", "-clean"} {
			t.Run(program+variant, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(root, "testdata", "source", "python", program+variant)
				client := startPack(t, dir)

				res, err := client.Analyze(t.Context(), ask(t, stackToken, "images-dev", nil))

				assert.Equal(t, marked(t, dir, rule, "images-dev"), violations(t, res, err, rule))
				assert.Equal(t, variant == "", len(violations(t, res, err, rule)) > 0)
			})
		}
	}
}

func TestAPythonNotificationIsJudgedWhereItIsDeclared(t *testing.T) {
	t.Parallel()
	const rule, token = "source-notification-typed", "aws:s3/bucketNotification:BucketNotification"
	dir := filepath.Join(root, "testdata", "source", "python", "notification")
	client := startPack(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "__main__.py"))
	require.NoError(t, err)

	res, err := client.Analyze(t.Context(), ask(t, stackToken, "images-dev", nil))
	assert.Empty(t, violations(t, res, err, rule), "each concerns a resource")
	var lines, resources []string
	for _, m := range regexp.MustCompile(`BucketNotification\([^"]*"(\w+)"`).FindAllSubmatch(text, -1) {
		name := string(m[1])
		res, err := client.Analyze(t.Context(), ask(t, token, name, nil))
		for _, v := range violations(t, res, err, rule) {
			line, on, _ := strings.Cut(v, " ")
			lines, resources = append(lines, line+" "), append(resources, on)
			assert.Equal(t, name, on)
		}
	}

	slices.Sort(lines)
	assert.Equal(t, marked(t, dir, rule, ""), lines)
	assert.Contains(t, resources, "functions")
}

func TestAPythonHandlerIsJudgedWithItsFunction(t *testing.T) {
	t.Parallel()
	const rule, token = "handler-buffered-upload", "aws:lambda/function:Function"
	for _, program := range []string{"upload", "upload-clean"} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(root, "testdata", "source", "python", program)
			client := startPack(t, dir)
			code, err := archive.FromPath(filepath.Join(dir, "functions", "thumbnail"))
			require.NoError(t, err)
			code.Path = "functions/thumbnail"
			inputs := resource.PropertyMap{
				"runtime": resource.NewProperty("python3.12"), "handler": resource.NewProperty("index.handler"),
				"code": resource.NewProperty(code),
			}

			res, err := client.Analyze(t.Context(), ask(t, token, "thumbnail", inputs))

			assert.Equal(t, marked(t, dir, rule, "thumbnail"), violations(t, res, err, rule))
		})
	}
}

func TestBudgetsReachThePackThroughTheEngine(t *testing.T) {
	t.Parallel()
	const rule = "source-runtime-packaging"
	for name, budget := range map[string]map[string]any{
		"seconds":   {"maxSeconds": 0},
		"megabytes": {"maxMegabytes": 0},
		"files":     {"maxFiles": 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := startPack(t, filepath.Join(root, "testdata", "source", "python", "packaging"))
			_, err := client.Configure(t.Context(), &pulumirpc.ConfigureAnalyzerRequest{
				PolicyConfig: map[string]*pulumirpc.PolicyConfig{rule: mandatory(t, budget)},
			})
			require.NoError(t, err)

			res, err := client.Analyze(t.Context(), ask(t, stackToken, "images-dev", nil))

			assert.Empty(t, violations(t, res, err, rule))
			var reasons []string
			for _, n := range res.GetNotApplicable() {
				if n.GetPolicyName() == rule {
					reasons = append(reasons, n.GetReason())
				}
			}
			assert.Contains(t, strings.Join(reasons, "\n"), "not evaluated: not all of the source was read")
		})
	}
}
