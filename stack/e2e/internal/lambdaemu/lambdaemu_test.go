package lambdaemu

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runtimeVariable makes the test's own executable act as a function.
const runtimeVariable = "AWS_LAMBDA_RUNTIME_API"

func TestMain(m *testing.M) {
	if api := os.Getenv(runtimeVariable); api != "" {
		os.Exit(bootstrap("http://" + api + runtimeVersion))
	}
	os.Exit(m.Run())
}

// bootstrap runs a function that does what its events request.
func bootstrap(api string) int {
	for {
		response, err := http.Get(api + "/invocation/next") // #nosec G107 -- the emulator's
		if err != nil {
			return 1
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil {
			return 1
		}
		id := response.Header.Get("Lambda-Runtime-Aws-Request-Id")
		var event string
		if json.Unmarshal(body, &event) != nil {
			return 1
		}
		path, answer := "/response", `"`+response.Header.Get("Lambda-Runtime-Invoked-Function-Arn")+`"`
		switch event {
		case "fail":
			path, answer = "/error", `{"errorType": "Sad", "errorMessage": "no luck"}`
		case "fail once":
			marker := os.Getenv("MARKER")
			if _, err := os.Stat(marker); err != nil {
				if os.WriteFile(marker, nil, 0o600) != nil {
					return 1
				}
				path, answer = "/error", `{"errorType": "Sad", "errorMessage": "not yet"}`
			}
		case "exit":
			return 3
		case "hang":
			time.Sleep(time.Minute)
		}
		posted, err := http.Post(api+"/invocation/"+id+path, "application/json", strings.NewReader(answer)) // #nosec G107 -- the emulator's
		if err != nil || posted.Body.Close() != nil || posted.StatusCode != http.StatusAccepted {
			return 1
		}
	}
}

// outcome is what happened to a test's events.
type outcome struct {
	mu       sync.Mutex
	attempts []Attempt
	letters  []DeadLetter
}

// run sends events to a function and waits until it is done with them.
func run(t *testing.T, change func(*Options), events ...string) *outcome {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	o := &outcome{}
	options := Options{
		Program: Program{
			ARN: "arn:f", Bootstrap: executable, Dir: t.TempDir(), Timeout: 10 * time.Second, MemorySize: 512,
			Env: []string{"MARKER=" + filepath.Join(t.TempDir(), "marker")},
		},
		Concurrency: 1, Retries: 2, MaximumEventAge: time.Hour, Hurry: 6000,
		OnAttempt: func(a Attempt) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.attempts = append(o.attempts, a)
		},
		OnDeadLetter: func(_ context.Context, d DeadLetter) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.letters = append(o.letters, d)
			return nil
		},
	}
	change(&options)
	f := New(t.Context(), options)
	t.Cleanup(func() { f.Close() })
	for _, event := range events {
		f.Send(json.RawMessage(fmt.Sprintf("%q", event)))
	}
	require.Eventually(t, func() bool { return f.Pending() == 0 }, 20*time.Second, 5*time.Millisecond)
	assert.Empty(t, f.Errs())
	return o
}

func unchanged(*Options) {}

func TestEventsThatSucceedAreTriedOnce(t *testing.T) {
	t.Parallel()
	o := run(t, unchanged, "a", "b")
	require.Len(t, o.attempts, 2)
	assert.Empty(t, o.letters)
	for _, attempt := range o.attempts {
		assert.Empty(t, attempt.FunctionError)
		assert.Equal(t, `"arn:f"`, string(attempt.Payload))
	}
}

func TestAnEventThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := run(t, unchanged, "fail once")
	require.Len(t, o.attempts, 2)
	assert.Equal(t, "not yet", o.attempts[0].ErrorMessage)
	assert.Equal(t, 2, o.attempts[1].Number)
	assert.Empty(t, o.attempts[1].FunctionError)
	assert.Empty(t, o.letters)
}

func TestFailuresBecomeDeadLettersAfterAllAttempts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		event, errorType string
		change           func(*Options)
		attempts         int
	}{
		{"fail", "Sad", unchanged, 3},
		{"fail", "Sad", func(o *Options) { o.Retries = 0 }, 1},
		{"exit", "Runtime.ExitError", unchanged, 3},
		{"hang", "Sandbox.Timedout", func(o *Options) { o.Program.Timeout = 50 * time.Millisecond }, 3},
		{"large", "Runtime.OutOfMemory", func(o *Options) { o.Program.MemorySize = 1 }, 3},
		{"no code", "Runtime.InvalidEntrypoint", func(o *Options) { o.Program.Bootstrap = "/none" }, 3},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %d times", tt.event, tt.attempts), func(t *testing.T) {
			t.Parallel()
			o := run(t, tt.change, tt.event)
			assert.Len(t, o.attempts, tt.attempts)
			require.Len(t, o.letters, 1)
			assert.Equal(t, tt.errorType, o.letters[0].Last.ErrorType)
			assert.Equal(t, tt.attempts, o.letters[0].Attempts)

			var record struct {
				RequestContext struct {
					Condition              string
					ApproximateInvokeCount int
				}
				RequestPayload  string
				ResponsePayload struct{ ErrorType string }
			}
			require.NoError(t, json.Unmarshal(o.letters[0].Record, &record))
			assert.Equal(t, "RetriesExhausted", record.RequestContext.Condition)
			assert.Equal(t, tt.attempts, record.RequestContext.ApproximateInvokeCount)
			assert.Equal(t, tt.event, record.RequestPayload)
			assert.Equal(t, tt.errorType, record.ResponsePayload.ErrorType)
		})
	}
}

func TestAnEventThatIsTooOldIsNotTried(t *testing.T) {
	t.Parallel()
	o := run(t, func(o *Options) { o.MaximumEventAge = 0 }, "a")
	assert.Empty(t, o.attempts)
	require.Len(t, o.letters, 1)
	assert.Contains(t, string(o.letters[0].Record), "EventAgeExceeded")
}

func TestALetterThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	f := New(t.Context(), Options{
		Program:     Program{Bootstrap: "/none"},
		Concurrency: 1, MaximumEventAge: time.Hour, Hurry: 1,
		OnAttempt:    func(Attempt) {},
		OnDeadLetter: func(context.Context, DeadLetter) error { return io.ErrClosedPipe },
	})
	defer f.Close()
	f.Send(json.RawMessage(`"a"`))
	require.Eventually(t, func() bool { return f.Pending() == 0 }, 10*time.Second, 5*time.Millisecond)
	require.Len(t, f.Errs(), 1)
	assert.ErrorIs(t, f.Errs()[0], io.ErrClosedPipe)
}

func TestTheRuntimeGetsItsDeadline(t *testing.T) {
	t.Parallel()
	api, err := serveRuntime("arn:f")
	require.NoError(t, err)
	defer api.close()
	next := &invocation{id: "1", payload: []byte("{}"), timeout: time.Minute, started: make(chan time.Time, 1), answer: make(chan Result, 1)}
	go api.offer(t.Context(), next, nil)
	response, err := http.Get("http://" + api.address + runtimeVersion + "/invocation/next")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	deadline, err := time.ParseDuration(response.Header.Get("Lambda-Runtime-Deadline-Ms") + "ms")
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(time.Minute), time.UnixMilli(deadline.Milliseconds()), 5*time.Second)

	// Only the invocation that runs can be answered.
	for path, want := range map[string]int{"/invocation/2/response": http.StatusBadRequest, "/invocation/1/response": http.StatusAccepted} {
		posted, err := http.Post("http://"+api.address+runtimeVersion+path, "application/json", strings.NewReader("null"))
		require.NoError(t, err)
		require.NoError(t, posted.Body.Close())
		assert.Equal(t, want, posted.StatusCode)
	}
	assert.Equal(t, "null", string((<-next.answer).Payload))
}
