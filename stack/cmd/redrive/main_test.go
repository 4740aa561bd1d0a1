package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve plays SQS and Lambda at the protocol level, with one message in the
// queue. It returns what the function was invoked with, and the queue.
func serve(t *testing.T, body string) (invoked, queue *[]string) {
	t.Helper()
	invoked, queue = new([]string), &[]string{body}
	received := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		answer := map[string]any{}
		switch action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."); {
		case action == "ReceiveMessage" && !received:
			received = true
			answer["Messages"] = []any{map[string]any{"MessageId": "m1", "ReceiptHandle": "h1", "Body": body}}
		case action == "DeleteMessage":
			assert.Contains(t, string(request), `"ReceiptHandle":"h1"`)
			*queue = nil
		case action == "":
			assert.Equal(t, "/2015-03-31/functions/maker/invocations", r.URL.Path)
			assert.Equal(t, "Event", r.Header.Get("X-Amz-Invocation-Type"))
			*invoked = append(*invoked, string(request))
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		assert.NoError(t, json.NewEncoder(w).Encode(answer))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	return invoked, queue
}

func outputsFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(file, []byte(`{
		"region": "eu-west-1", "sourceBucket": "in", "destinationBucket": "out", "logBucket": "logs",
		"uploadPrefix": "uploads/", "uploadSuffixes": [".jpg"], "thumbnailPrefix": "thumbnails/", "thumbnailSizes": ["200x200"],
		"functionName": "maker", "codeHash": "aGFzaA==", "dashboard": "d", "keyArn": "k", "alarmTopicArn": "t",
		"deadLetterQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters", "deadLetterQueueArn": "q",
		"alarms": {"errors": "e"}, "validations": {"keyRotates": true}
	}`), 0o600))
	return file
}

const event = `{"Records":[{"s3":{"bucket":{"name":"in"},"object":{"key":"uploads/a.jpg"}}}]}`

//nolint:paralleltest // t.Setenv
func TestRunRedrivesTheStacksDeadLetters(t *testing.T) {
	invoked, queue := serve(t, `{"requestPayload":`+event+`}`)
	var stdout strings.Builder
	require.NoError(t, run(t.Context(), []string{"--outputs", outputsFile(t)}, nil, &stdout, io.Discard))
	assert.Equal(t, []string{event}, *invoked)
	assert.Empty(t, *queue)
	assert.Equal(t, "redriven \"s3://in/uploads/a.jpg\"\n1 redriven, 0 kept\n", stdout.String())
}

//nolint:paralleltest // t.Setenv
func TestDryRunOnlySaysWhatItWouldDo(t *testing.T) {
	invoked, queue := serve(t, event)
	var stdout strings.Builder
	require.NoError(t, run(t.Context(), []string{"--outputs", outputsFile(t), "--dry-run"}, nil, &stdout, io.Discard))
	assert.Empty(t, *invoked)
	assert.Len(t, *queue, 1)
	assert.Equal(t, "would redrive \"s3://in/uploads/a.jpg\"\n1 to redrive, 0 kept\n", stdout.String())
}

//nolint:paralleltest // t.Setenv
func TestRunSaysThatItKeptMessages(t *testing.T) {
	_, queue := serve(t, "rubbish")
	var stdout strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"--outputs", outputsFile(t)}, nil, &stdout, io.Discard), errKept)
	assert.Len(t, *queue, 1)
	assert.Contains(t, stdout.String(), "0 redriven, 1 kept\n")
}

func TestRunRefusesWrongFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`unexpected argument "all"`:   {"all"},
		"--limit is -1":               {"--limit", "-1"},
		"reading the stack's outputs": {"--outputs", filepath.Join(t.TempDir(), "none.json")},
	} {
		require.ErrorContains(t, run(t.Context(), args, nil, io.Discard, io.Discard), want)
	}
}
