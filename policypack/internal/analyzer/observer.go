package analyzer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// AttachEnv is the environment variable that holds the port of a pack in another process. A pack that finds the
// variable set only announces that port: an engine can start a pack, but cannot connect to one that `pipeguard preview`
// already runs.
const AttachEnv = "PIPEGUARD_ATTACH"

// Observer runs the rules for this process. It collects the results instead of returning them to the engine, so that a
// mandatory violation does not stop the program and the whole stack is judged in one run. Rules at level remediate
// still fix arguments.
type Observer struct {
	pack *pack

	mu      sync.Mutex
	outcome Outcome
}

// Outcome is what the rules have seen and found.
type Outcome struct {
	// Result is in a stable order.
	check.Result
	// Graph is the stack. If the engine has not processed all of it, it holds the resources that the engine did
	// process, with their arguments alone.
	Graph *graph.Graph
	// Whole reports whether the rules have judged the stack as a whole, which comes last, rather than only single
	// resources.
	Whole bool
}

// Observe returns an Observer of the rules that checker runs, on a stack.
func Observe(
	registry *rule.Registry, checker *check.Checker, version, project, stack, organization string,
) (*Observer, error) {
	v, err := semver.ParseTolerant(version)
	if err != nil {
		return nil, fmt.Errorf("parsing the pack's version %q: %w", version, err)
	}
	o := &Observer{}
	p := newPack(registry, v, checker.Dir)
	p.checker, p.observer = checker, o
	p.configureStack(project, stack, organization)
	o.pack = p
	return o, nil
}

// Server returns the policy pack as a server for the engine.
func (o *Observer) Server() pulumirpc.AnalyzerServer { return newServer(o.pack) }

// Serve serves the policy pack to an engine in another process until ctx ends, and returns
// the port; see AttachEnv.
func (o *Observer) Serve(ctx context.Context) (port int, err error) {
	handle, err := servePack(ctx, o.pack)
	if err != nil {
		return 0, err
	}
	return handle.Port, nil
}

// Outcome returns what the rules have seen and found so far.
func (o *Observer) Outcome() Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.outcome.Graph == nil {
		o.outcome.Graph = o.pack.partial()
	}
	o.outcome.Sort()
	return o.outcome
}

// add records the result for a single resource. A nil Observer records nothing.
func (o *Observer) add(said check.Result) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcome.Add(said)
}

// judged records the result for the whole stack.
func (o *Observer) judged(g *graph.Graph, said check.Result) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcome.Add(said)
	o.outcome.Graph, o.outcome.Whole = g, true
}

// partial returns the resources that Analyze has seen so far, as a stack.
func (p *pack) partial() *graph.Graph {
	p.mu.Lock()
	defer p.mu.Unlock()
	return graph.New(p.project, p.stack, p.organization, slices.Collect(maps.Values(p.seen)))
}

// servePack serves a pack on a port of the loopback interface until ctx ends.
func servePack(ctx context.Context, p *pack) (rpcutil.ServeHandle, error) {
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterAnalyzerServer(s, newServer(p))
			return nil
		},
	})
	if err != nil {
		return handle, fmt.Errorf("serving the policy pack: %w", err)
	}
	context.AfterFunc(ctx, func() { close(stop) })
	return handle, nil
}
