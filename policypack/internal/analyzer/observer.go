package analyzer

import (
	"fmt"
	"sync"

	"github.com/blang/semver"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Observer runs the rules in an engine of the same process. It keeps what they
// say instead of telling the engine, so that a mandatory violation does not stop
// the program and the whole stack is judged in one run. What a rule at level
// remediate fixes is fixed all the same.
type Observer struct {
	pack *pack

	mu     sync.Mutex
	result check.Result
	whole  bool
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

// Server returns the policy pack as the engine is to see it.
func (o *Observer) Server() pulumirpc.AnalyzerServer { return newServer(o.pack) }

// Result returns what the rules have said, in a stable order. whole reports
// whether they have judged the stack as a whole, which comes last, and not only
// single resources.
func (o *Observer) Result() (result check.Result, whole bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.result.Sort()
	return o.result, o.whole
}

func (o *Observer) add(part results) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.result.Add(part.Result)
	o.whole = o.whole || part.Whole
}
