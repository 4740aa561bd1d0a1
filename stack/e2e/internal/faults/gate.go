package faults

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// These are the shares of the requests that fail in each way.
const (
	throttled    = 0.06 // 503, nothing was done
	failed       = 0.03 // 500, nothing was done
	unanswered   = 0.03 // done, and the connection cut instead of an answer
	certain      = 1.0
	shareOfFault = throttled + failed + unanswered
)

// Allowed reports whether a policy allows an action on a resource, both in
// AWS's terms: "s3:GetObject", "arn:aws:s3:::bucket/key".
type Allowed func(action, resource string) bool

// Gate stands in front of S3: it passes on what the function's role may do,
// makes a share of that fail, and records who asked for what.
type Gate struct {
	allowed Allowed
	proxy   *httputil.ReverseProxy

	mu      sync.Mutex
	random  *rand.Rand
	clear   bool
	faults  map[string]int
	denied  []string
	touched map[string]int
}

// NewGate returns a gate to the S3 server at the given URL. The seed determines
// which requests fail.
func NewGate(target *url.URL, allowed Allowed, seed uint64) *Gate {
	g := &Gate{
		allowed: allowed,
		random:  rand.New(rand.NewPCG(seed, seed)), // #nosec G404 -- faults must be the same each time
		faults:  map[string]int{},
		touched: map[string]int{},
	}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which the request's signature covers
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute},
		ErrorLog:  log.New(io.Discard, "", 0), // it is there to cut connections
		// A caller who hung up gets no answer; what he missed is not S3's error.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return g
}

// Clear ends the faults.
func (g *Gate) Clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clear = true
}

// Faults counts the faults so far by their kind.
func (g *Gate) Faults() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := make(map[string]int, len(g.faults))
	for kind, n := range g.faults {
		counts[kind] = n
	}
	return counts
}

// Denied returns the requests that the function's role does not allow.
func (g *Gate) Denied() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.denied
}

// Touched counts the requests by action and resource.
func (g *Gate) Touched() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := make(map[string]int, len(g.touched))
	for what, n := range g.touched {
		counts[what] = n
	}
	return counts
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, resource := actionOf(r), "arn:aws:s3:::"+strings.TrimPrefix(r.URL.Path, "/")
	fault, ok := g.decide(action, resource)
	switch {
	case !ok:
		refuse(w, r, http.StatusForbidden, "AccessDenied")
	case fault < throttled:
		refuse(w, r, http.StatusServiceUnavailable, "SlowDown")
	case fault < throttled+failed:
		refuse(w, r, http.StatusInternalServerError, "InternalError")
	case fault < shareOfFault:
		g.proxy.ServeHTTP(&lost{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

// decide draws the fault of a request, a number from 0 to 1, and records the
// request. ok is false if the request is not allowed.
func (g *Gate) decide(action, resource string) (fault float64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.touched[action+" "+resource]++
	if !g.allowed(action, resource) {
		g.denied = append(g.denied, action+" "+resource)
		return 0, false
	}
	if g.clear {
		return certain, true
	}
	fault = g.random.Float64()
	switch {
	case fault < throttled:
		g.faults["503 SlowDown"]++
	case fault < throttled+failed:
		g.faults["500 InternalError"]++
	case fault < shareOfFault:
		g.faults["answer lost"]++
	}
	return fault, true
}

// actionOf returns the permission that a request needs. Requests that such a
// function should not make are named by their method.
func actionOf(r *http.Request) string {
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodGet && query.Has("versionId"), r.Method == http.MethodHead && query.Has("versionId"):
		return "s3:GetObjectVersion"
	case r.Method == http.MethodGet && strings.Count(r.URL.Path, "/") > 1, r.Method == http.MethodHead && strings.Count(r.URL.Path, "/") > 1:
		return "s3:GetObject"
	case r.Method == http.MethodPut && strings.Count(r.URL.Path, "/") > 1:
		return "s3:PutObject"
	}
	return r.Method
}

// refuse answers as S3 does.
func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	_, _ = io.Copy(io.Discard, r.Body) // so that the connection can be used again
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>injected by the test</Message></Error>", code)
}

// lost is an answer that nobody gets.
type lost struct{ header http.Header }

func (l *lost) Header() http.Header         { return l.header }
func (l *lost) Write(p []byte) (int, error) { return len(p), nil }
func (l *lost) WriteHeader(int)             {}
