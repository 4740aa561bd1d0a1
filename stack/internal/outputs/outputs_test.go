package outputs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/outputs"
)

// deployed is the output of `pulumi stack output --json` for a deployed stack.
const deployed = `{
  "region": "eu-west-1",
  "sourceBucket": "in",
  "destinationBucket": "out",
  "logBucket": "logs",
  "uploadPrefix": "uploads/",
  "uploadSuffixes": [".jpg"],
  "thumbnailPrefix": "thumbnails/",
  "thumbnailSizes": ["200x200"],
  "functionName": "maker",
  "codeHash": "aGFzaA==",
  "deadLetterQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
  "deadLetterQueueArn": "arn:aws:sqs:eu-west-1:123456789012:letters",
  "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
  "alarms": {"errors": "maker-errors"},
  "dashboard": "maker",
  "keyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
  "validations": {"keyRotates": false},
  "ready": false,
  "somethingElse": 1
}`

func TestReadTakesAFileOrStandardInput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(file, []byte(deployed), 0o600))
	fromFile, err := outputs.Read(t.Context(), outputs.Source{File: file}, nil)
	require.NoError(t, err)
	assert.Equal(t, "maker", fromFile.FunctionName)
	assert.Equal(t, []string{"200x200"}, fromFile.ThumbnailSizes)
	assert.Equal(t, map[string]bool{"keyRotates": false}, fromFile.Validations)

	fromStdin, err := outputs.Read(t.Context(), outputs.Source{File: "-"}, strings.NewReader(deployed))
	require.NoError(t, err)
	assert.Equal(t, fromFile, fromStdin)
}

func TestReadNamesEveryMissingOutput(t *testing.T) {
	t.Parallel()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(deployed), &all))
	delete(all, "keyArn")
	all["uploadSuffixes"] = nil
	content, err := json.Marshal(all)
	require.NoError(t, err)
	_, err = outputs.Read(t.Context(), outputs.Source{File: "-"}, strings.NewReader(string(content)))
	require.ErrorContains(t, err, "the stack has no output uploadSuffixes, keyArn: is it deployed")
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := outputs.Read(t.Context(), outputs.Source{File: "-"}, strings.NewReader("no JSON"))
	require.ErrorContains(t, err, "reading the stack's outputs: invalid character")
	_, err = outputs.Read(t.Context(), outputs.Source{File: filepath.Join(t.TempDir(), "none.json")}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A script stands in for the Pulumi CLI. Not parallel: it changes the PATH.
func TestReadAsksPulumiForTheStack(t *testing.T) { //nolint:paralleltest // t.Setenv
	bin := t.TempDir()
	script := "#!/bin/sh\necho \"$@\" >" + filepath.Join(bin, "args") + "\ncat <<'EOF'\n" + deployed + "\nEOF\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))

	read, err := outputs.Read(t.Context(), outputs.Source{Dir: "stack", Stack: "prod"}, nil)
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", read.Region)
	args, err := os.ReadFile(filepath.Join(bin, "args"))
	require.NoError(t, err)
	assert.Equal(t, "stack output --json --non-interactive --cwd stack --stack prod\n", string(args))

	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte("#!/bin/sh\necho 'error: no stack named prod' >&2\nexit 255\n"), 0o700))
	_, err = outputs.Read(t.Context(), outputs.Source{Dir: "stack"}, nil)
	require.EqualError(t, err, "running pulumi to get the stack's outputs: error: no stack named prod")
}
