package lambdaemu

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// runtimeVersion is the version of the runtime API, which is part of its paths.
const runtimeVersion = "/2018-06-01/runtime"

// maxResponse is the size of the longest answer that Lambda accepts from a function.
const maxResponse = 6 << 20

// invocation is one attempt at one event, on its way through the runtime.
type invocation struct {
	id      string
	payload []byte
	timeout time.Duration
	// started receives the time when the runtime has taken the event.
	started chan time.Time
	// answer receives the function's result. It has room for one.
	answer chan Result
}

// runtimeAPI serves Lambda's runtime API to one execution environment, as
// described in the AWS Lambda Developer Guide under "Using the Lambda runtime
// API for custom runtimes".
type runtimeAPI struct {
	functionARN string
	next        chan *invocation
	// initError receives the function's report that it cannot start.
	initError chan Result
	server    *http.Server
	address   string

	mu      sync.Mutex
	current *invocation
}

func serveRuntime(functionARN string) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{
		functionARN: functionARN,
		next:        make(chan *invocation),
		initError:   make(chan Result, 1),
		address:     listener.Addr().String(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimeVersion+"/invocation/next", api.giveNext)
	mux.HandleFunc("POST "+runtimeVersion+"/invocation/{id}/response", api.takeResponse)
	mux.HandleFunc("POST "+runtimeVersion+"/invocation/{id}/error", api.takeError)
	mux.HandleFunc("POST "+runtimeVersion+"/init/error", api.takeInitError)
	api.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = api.server.Serve(listener) }() // ends by close, with http.ErrServerClosed
	return api, nil
}

func (a *runtimeAPI) close() { _ = a.server.Close() }

// giveNext answers when there is an event, however long that takes.
func (a *runtimeAPI) giveNext(w http.ResponseWriter, r *http.Request) {
	var next *invocation
	select {
	case next = <-a.next:
	case <-r.Context().Done():
		return
	}
	a.mu.Lock()
	a.current = next
	a.mu.Unlock()

	now := time.Now()
	next.started <- now
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Lambda-Runtime-Aws-Request-Id", next.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(now.Add(next.timeout).UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", a.functionARN)
	_, _ = w.Write(next.payload) // a caller who hung up is noticed by his silence
}

func (a *runtimeAPI) takeResponse(w http.ResponseWriter, r *http.Request) {
	a.finish(w, r, func(body []byte) Result { return Result{Payload: body} })
}

func (a *runtimeAPI) takeError(w http.ResponseWriter, r *http.Request) {
	a.finish(w, r, func(body []byte) Result { return failure(body, r.Header) })
}

// finish passes the answer to its invocation, which must be the running one.
func (a *runtimeAPI) finish(w http.ResponseWriter, r *http.Request, result func(body []byte) Result) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResponse))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		http.Error(w, "the response is too large", http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	current := a.current
	if current == nil || current.id != r.PathValue("id") {
		a.mu.Unlock()
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	a.current = nil
	a.mu.Unlock()
	current.answer <- result(body)
	w.WriteHeader(http.StatusAccepted)
}

func (a *runtimeAPI) takeInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResponse))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case a.initError <- failure(body, r.Header):
	default: // it has reported that before
	}
	w.WriteHeader(http.StatusAccepted)
}

// failure reads a function's error, which is {"errorMessage", "errorType"}.
func failure(body []byte, header http.Header) Result {
	var parsed struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(body, &parsed) != nil || parsed.ErrorType == "" {
		parsed.ErrorType = header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return Result{Payload: body, FunctionError: "Unhandled", ErrorType: parsed.ErrorType, ErrorMessage: parsed.ErrorMessage}
}

// offer offers the runtime an event, and returns when it took it. ok is false
// if the context is done, or gone is closed, first.
func (a *runtimeAPI) offer(ctx context.Context, next *invocation, gone <-chan struct{}) (started time.Time, ok bool) {
	select {
	case a.next <- next:
		return <-next.started, true
	case <-gone:
	case <-ctx.Done():
	}
	return time.Time{}, false
}
