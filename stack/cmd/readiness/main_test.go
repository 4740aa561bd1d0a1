package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/readiness"
)

const deployed = `{
	"region": "eu-west-1", "sourceBucket": "in", "destinationBucket": "out", "logBucket": "logs",
	"uploadPrefix": "uploads/", "uploadSuffixes": [".jpg"], "thumbnailPrefix": "thumbnails/", "thumbnailSizes": ["200x200"],
	"functionName": "maker", "codeHash": "aGFzaA==", "dashboard": "d", "keyArn": "k",
	"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
	"deadLetterQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/letters", "deadLetterQueueArn": "q",
	"alarms": {"errors": "e"}, "validations": {"keyRotates": true}
}`

// serve plays an account that denies everything, and records which services
// were called: the name of each is in the signature of a request.
func serve(t *testing.T) (asked func() map[string]bool) {
	t.Helper()
	var mu sync.Mutex
	services := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// AWS4-HMAC-SHA256 Credential=id/date/region/service/aws4_request, …
		if scope := strings.Split(r.Header.Get("Authorization"), "/"); len(scope) > 3 {
			mu.Lock()
			services[scope[3]] = true
			mu.Unlock()
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	return func() map[string]bool {
		mu.Lock()
		defer mu.Unlock()
		return services
	}
}

//nolint:paralleltest // t.Setenv
func TestRunAsksEachServiceAndSaysWhatToDo(t *testing.T) {
	asked := serve(t)
	var stdout strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"--outputs", "-"}, strings.NewReader(deployed), &stdout, io.Discard), errNotReady)
	for _, service := range []string{"s3", "kms", "sqs", "lambda", "monitoring", "sns"} {
		assert.Contains(t, asked(), service)
	}
	assert.Regexp(t, `^ok    validations at deployment \(\d+ ms\)\n`, stdout.String())
	assert.Regexp(t, `\nFAIL  round trip \(\d+ ms\): uploading an image: .*403.*\n      look for the image in the function's log`, stdout.String())
	assert.Regexp(t, `\nnot ready: 25 of 26 checks fail\n$`, stdout.String())
}

//nolint:paralleltest // t.Setenv
func TestRunWritesOneJSONDocument(t *testing.T) {
	serve(t)
	var stdout strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"--outputs", "-", "--json"}, strings.NewReader(deployed), &stdout, io.Discard), errNotReady)
	var document struct {
		Ready  bool
		Checks []readiness.Result
	}
	require.NoError(t, json.Unmarshal([]byte(stdout.String()), &document))
	assert.False(t, document.Ready)
	assert.Len(t, document.Checks, 26)
	assert.True(t, document.Checks[0].OK)
	assert.Equal(t, "round trip", document.Checks[25].Name)
	assert.NotEmpty(t, document.Checks[25].Remedy)
}

func TestReportsAreReadyWhenEveryCheckHolds(t *testing.T) {
	t.Parallel()
	var text, document strings.Builder
	require.NoError(t, reportText(t.Context(), nil, &text))
	assert.Equal(t, "ready: all 0 checks hold\n", text.String())
	require.NoError(t, reportJSON(t.Context(), nil, &document))
	assert.JSONEq(t, `{"ready": true, "checks": null}`, document.String())
}

func TestRunRefusesWrongFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`unexpected argument "all"`:   {"all"},
		"--timeout is -1s":            {"--timeout", "-1s"},
		"reading the stack's outputs": {"--outputs", filepath.Join(t.TempDir(), "none.json")},
	} {
		require.ErrorContains(t, run(t.Context(), args, nil, io.Discard, io.Discard), want)
	}
}
