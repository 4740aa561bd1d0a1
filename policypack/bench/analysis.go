package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
)

// These are the numbers of resources that are analyzed. In each of the rounds a
// stack of the normal size is analyzed twice, and a large one once.
const (
	normalSize     = 10_000
	largeSize      = 100_000
	analysisRounds = 3
	// timedCalls is how many calls of Analyze are timed, one by one.
	timedCalls = 2_000
)

// measureAnalysis measures Analyze and AnalyzeStack of a stack in one phase.
// Sizes and packs take turns, so that other work of the machine affects all of
// them alike.
func measureAnalysis(ctx context.Context, t *table, e *engine, pipeguard, empty string, p phase) error {
	normal, err := newRequests(newStack(normalSize, p))
	if err != nil {
		return err
	}
	large, err := newRequests(newStack(largeSize, p))
	if err != nil {
		return err
	}
	var ours, theirs, oursLarge, theirsLarge, oursInUse, theirsInUse analysis
	for range analysisRounds {
		for _, run := range []struct {
			to     *analysis
			binary string
			of     *requests
			env    []string
		}{
			{&ours, pipeguard, normal, nil},
			{&theirs, empty, normal, nil},
			{&oursLarge, pipeguard, large, nil},
			{&theirsLarge, empty, large, nil},
			{&ours, pipeguard, normal, nil},
			{&theirs, empty, normal, nil},
			{&oursInUse, pipeguard, normal, collecting},
			{&theirsInUse, empty, normal, collecting},
		} {
			if err := run.to.measure(ctx, e, run.binary, run.of, run.env...); err != nil {
				return err
			}
		}
	}

	suffix := ", " + p.String()
	t.ratio("AnalyzeStack of 10,000, pipeguard/empty"+suffix, ours.stack, theirs.stack, 2, "pipeguard", "empty")
	t.ratio("AnalyzeStack of 100,000/10,000, pipeguard"+suffix, oursLarge.stack, ours.stack, 12, "100,000", "10,000")
	t.ratio("AnalyzeStack of 100,000/10,000, empty"+suffix, theirsLarge.stack, theirs.stack, 0, "100,000", "10,000")
	// On a busy machine, wall-clock time means little and processor time much more.
	t.ratio("its processor time, 10,000, pipeguard/empty"+suffix, ours.processor, theirs.processor, 0, "pipeguard", "empty")
	t.ratio("its processor time, 100,000/10,000, pipeguard"+suffix, oursLarge.processor, ours.processor, 0, "100,000", "10,000")
	t.ratio("Analyze of one resource, pipeguard/empty"+suffix, ours.analyze, theirs.analyze, 0, "pipeguard", "empty")
	memory := func(size string, ours, theirs samples) {
		t.add(figure{
			name:     "peak memory at " + size + ", pipeguard/empty" + suffix,
			measured: ours.median() / theirs.median(), bar: 2, unit: "×",
			from: fmt.Sprintf("pipeguard %.0f MiB, empty %.0f MiB", ours.median(), theirs.median()),
		})
	}
	memory("10,000", ours.memory, theirs.memory)
	memory("100,000", oursLarge.memory, theirsLarge.memory)
	memory("10,000 without garbage", oursInUse.memory, theirsInUse.memory)
	return nil
}

// collecting makes a pack collect its garbage almost immediately, so that its peak is what it
// holds at one time.
var collecting = []string{"GOGC=5"}

// analysis is the cost of analyzing a stack, run by run: the seconds of one
// call of Analyze and of AnalyzeStack, the latter's seconds of processor time,
// and the peak memory in MiB.
type analysis struct{ analyze, stack, processor, memory samples }

// measure runs one analysis in a process of its own, as the engine does.
func (m *analysis) measure(ctx context.Context, e *engine, binary string, r *requests, env ...string) error {
	a, err := e.start(ctx, binary, env...)
	if err != nil {
		return err
	}
	defer a.kill()
	begin := time.Now()
	for _, one := range r.each[:timedCalls] {
		if err := a.analyze(ctx, one); err != nil {
			return err
		}
	}
	m.analyze = append(m.analyze, time.Since(begin).Seconds()/timedCalls)
	if err := a.analyzeAll(ctx, r.each[timedCalls:]); err != nil {
		return err
	}

	before, err := a.processorTime()
	if err != nil {
		return err
	}
	begin = time.Now()
	var response pulumirpc.AnalyzeResponse
	err = a.call(ctx, pulumirpc.Analyzer_AnalyzeStack_FullMethodName, r.stack, &response)
	m.stack = append(m.stack, time.Since(begin).Seconds())
	if err != nil {
		return fmt.Errorf("analyzing a stack of %d resources with %s: %w", len(r.each), binary, err)
	}
	for _, found := range response.GetDiagnostics() {
		if found.GetEnforcementLevel() == pulumirpc.EnforcementLevel_MANDATORY {
			return fmt.Errorf("%s found a defect where there is none: %s", binary, found.GetMessage())
		}
	}
	after, err := a.processorTime()
	if err != nil {
		return err
	}
	m.processor = append(m.processor, after-before)
	memory, err := a.peakMemory()
	m.memory = append(m.memory, memory)
	return err
}

func (a *analyzer) analyze(ctx context.Context, one encoded) error {
	var response pulumirpc.AnalyzeResponse
	if err := a.call(ctx, pulumirpc.Analyzer_Analyze_FullMethodName, one, &response); err != nil {
		return fmt.Errorf("analyzing a resource: %w", err)
	}
	return nil
}

// analyzeAll analyzes resources several at a time, as the engine does.
func (a *analyzer) analyzeAll(ctx context.Context, each []encoded) error {
	workers := 4 * runtime.GOMAXPROCS(0)
	errs := make(chan error, workers)
	for w := range workers {
		go func() {
			for i := w; i < len(each); i += workers {
				if err := a.analyze(ctx, each[i]); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var all error
	for range workers {
		all = errors.Join(all, <-errs)
	}
	return all
}

// requests are what the engine asks about a stack: each resource that a program
// declares, and then all of them. They are encoded in advance, so that the
// pack's time is measured and not that of this program.
type requests struct {
	each  []encoded
	stack encoded
}

// newRequests makes the requests as the engine does (plugin.analyzer).
func newRequests(resources []*declared) (*requests, error) {
	provider := &pulumirpc.AnalyzerProviderResource{
		Urn:  "urn:pulumi:" + stackName + "::" + project + "::pulumi:providers:aws::default_6_83_2",
		Type: "pulumi:providers:aws", Name: "default_6_83_2",
	}
	var err error
	provider.Properties, err = plugin.MarshalProperties(resource.PropertyMap{
		"region": resource.NewProperty(region), "version": resource.NewProperty("6.83.2"),
	}, marshalling)
	if err != nil {
		return nil, fmt.Errorf("marshalling the provider: %w", err)
	}
	r := &requests{}
	all := &pulumirpc.AnalyzeStackRequest{}
	for _, d := range resources {
		inputs, err := plugin.MarshalProperties(d.inputs, marshalling)
		if err != nil {
			return nil, fmt.Errorf("marshalling the arguments of %s: %w", d.urn, err)
		}
		outputs, err := plugin.MarshalProperties(d.outputs, marshalling)
		if err != nil {
			return nil, fmt.Errorf("marshalling the outputs of %s: %w", d.urn, err)
		}
		one := &pulumirpc.AnalyzeRequest{
			Urn: string(d.urn), Type: d.token, Name: d.name, Properties: inputs,
			Options: &pulumirpc.AnalyzerResourceOptions{
				Parent: string(d.parent), CustomTimeouts: &pulumirpc.AnalyzerResourceOptions_CustomTimeouts{},
			},
		}
		if d.custom() {
			one.Provider = provider
		}
		bytes, err := proto.Marshal(one)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", d.urn, err)
		}
		r.each = append(r.each, bytes)
		all.Resources = append(all.Resources, &pulumirpc.AnalyzerResource{
			Urn: one.Urn, Type: one.Type, Name: one.Name, Properties: outputs, Options: one.Options, Provider: one.Provider,
			Parent: string(d.parent), Dependencies: texts(d.dependencies),
			PropertyDependencies: propertyDependencies(d),
		})
	}
	r.stack, err = proto.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encoding the stack: %w", err)
	}
	return r, nil
}

var marshalling = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipInternalKeys: true}

func propertyDependencies(d *declared) map[string]*pulumirpc.AnalyzerPropertyDependencies {
	all := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
	for property, urns := range d.propertyDependencies {
		all[string(property)] = &pulumirpc.AnalyzerPropertyDependencies{Urns: texts(urns)}
	}
	return all
}

func texts(urns []resource.URN) []string {
	all := make([]string, len(urns))
	for i, urn := range urns {
		all[i] = string(urn)
	}
	return all
}
