// Package analyzer is the policy pack as the Pulumi engine sees it: a gRPC
// server of the Analyzer protocol (pulumi/analyzer.proto).
package analyzer

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Name is the name of the policy pack.
const Name = "pipeguard"

// errCancelled is the error of every call that Cancel interrupts and of every later one.
var errCancelled = status.Error(codes.Canceled, "the engine cancelled the analysis")

// pack implements plugin.Analyzer over a registry of rules. The engine calls
// Analyze concurrently, and everything else one call at a time.
type pack struct {
	registry *rule.Registry
	version  semver.Version
	// dir is the folder of the Pulumi program.
	dir string
	// log reports to the user what could not be evaluated; nil discards it.
	log *engineLog
	// observer receives the rules' results instead of the engine; nil if the engine gets them.
	observer *Observer

	mu      sync.Mutex
	checker *check.Checker
	// seen holds the resources that Analyze was called with, including their arguments, which AnalyzeStack needs but
	// does not get.
	seen map[resource.URN]*graph.Resource
	// providers holds the configurations of the providers; see providerProperties.
	providers map[resource.URN]resource.PropertyMap
	// undecided is what Analyze could not judge, and waived holds the findings that were waived.
	undecided                    []finding.NotEvaluated
	waived                       []finding.Waived
	project, stack, organization string

	// lifetime ends with Cancel, which takes no lock because it has to stop calls that hold one.
	lifetime context.Context //nolint:containedctx // it is the lifetime of the pack, not of a call
	end      context.CancelFunc
}

var _ plugin.Analyzer = (*pack)(nil)

func newPack(registry *rule.Registry, version semver.Version, dir string) *pack {
	p := &pack{
		registry: registry,
		version:  version,
		dir:      dir,
		seen:     map[resource.URN]*graph.Resource{}, providers: map[resource.URN]resource.PropertyMap{},
	}
	p.lifetime, p.end = context.WithCancel(context.Background())
	p.use(config.Default(registry), nil)
	return p
}

func (p *pack) use(cfg *config.Config, baseline *config.Baseline) {
	checker := check.New(p.registry, cfg)
	checker.Dir, checker.Baseline = p.dir, baseline
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checker = checker
}

func (p *pack) Name() tokens.QName { return Name }

func (p *pack) Close() error { return nil }

func (p *pack) Analyze(_ context.Context, r plugin.AnalyzerResource) (plugin.AnalyzeResponse, error) {
	if p.lifetime.Err() != nil {
		return plugin.AnalyzeResponse{}, errCancelled
	}
	res := load.AnalyzerResource(r)
	p.mu.Lock()
	p.seen[res.URN] = res
	checker := p.checker
	p.mu.Unlock()
	result := checker.Resource(res)
	p.observer.add(result)
	if len(result.NotEvaluated) > 0 || len(result.Waived) > 0 {
		p.mu.Lock()
		p.undecided = append(p.undecided, result.NotEvaluated...)
		p.waived = append(p.waived, result.Waived...)
		p.mu.Unlock()
	}
	return p.response(result), nil
}

func (p *pack) AnalyzeStack(
	ctx context.Context, rs []plugin.AnalyzerStackResource,
) (plugin.AnalyzeResponse, error) {
	resources := make([]*graph.Resource, len(rs))
	for i, r := range rs {
		resources[i] = p.stackResource(r)
	}
	return p.judge(ctx, resources)
}

// judge judges a stack that consists of the resources.
func (p *pack) judge(ctx context.Context, resources []*graph.Resource) (plugin.AnalyzeResponse, error) {
	p.mu.Lock()
	checker, g := p.checker, graph.New(p.project, p.stack, p.organization, resources)
	p.mu.Unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(p.lifetime, stop)()
	result, err := checker.Stack(ctx, g)
	switch {
	case p.lifetime.Err() != nil:
		return plugin.AnalyzeResponse{}, errCancelled
	case err != nil:
		return plugin.AnalyzeResponse{}, status.FromContextError(err).Err()
	}
	p.observer.judged(g, result)
	p.mu.Lock()
	undecided, waived := slices.Concat(p.undecided, result.NotEvaluated), slices.Concat(p.waived, result.Waived)
	p.mu.Unlock()
	finding.SortNotEvaluated(undecided)
	p.log.notEvaluated(ctx, undecided)
	p.log.waived(ctx, waived)
	p.log.notices(ctx, result.Notices)
	return p.response(result), nil
}

// stackResource returns a resource of the stack, with the arguments that Analyze has seen.
func (p *pack) stackResource(r plugin.AnalyzerStackResource) *graph.Resource {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen[r.URN]
	if seen == nil {
		return load.AnalyzerStackResource(r, nil)
	}
	res := load.AnalyzerStackResource(r, seen.Declared().Inputs)
	p.seen[r.URN] = res // one of the two is enough
	return res
}

// providerProperties returns the configuration of a provider. It is read once, because many resources share a provider.
func (p *pack) providerProperties(urn resource.URN, given *structpb.Struct) (resource.PropertyMap, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.providers[urn]; known != nil {
		return known, nil
	}
	properties, err := load.Properties(given)
	if err != nil {
		return nil, fmt.Errorf("reading the provider %s: %w", urn, err)
	}
	p.providers[urn] = properties
	return properties, nil
}

// Remediate fixes the arguments that the engine continues with, including in Analyze.
func (p *pack) Remediate(_ context.Context, r plugin.AnalyzerResource) (plugin.RemediateResponse, error) {
	if p.lifetime.Err() != nil {
		return plugin.RemediateResponse{}, errCancelled
	}
	p.mu.Lock()
	checker := p.checker
	p.mu.Unlock()
	var out plugin.RemediateResponse
	res := load.AnalyzerResource(r)
	if res.Spelling != nil {
		return out, nil // what a rule makes of its arguments is not in the program's spelling
	}
	for _, done := range checker.Remediate(res) {
		p.observer.add(check.Result{Notices: []finding.Notice{done.Notice(res)}})
		out.Remediations = append(out.Remediations, plugin.Remediation{
			PolicyName:        done.Rule,
			PolicyPackName:    Name,
			PolicyPackVersion: p.version.String(),
			Description:       p.registry.Rule(done.Rule).Title,
			URN:               r.URN,
			Properties:        done.Inputs,
			Diagnostic:        done.Problem,
		})
	}
	return out, nil
}

// GetAnalyzerInfo describes the pack without the rules' configuration schemas,
// which the server adds: see server.GetAnalyzerInfo.
func (p *pack) GetAnalyzerInfo(context.Context) (plugin.AnalyzerInfo, error) {
	info := plugin.AnalyzerInfo{
		Name:           Name,
		DisplayName:    "pipeguard",
		Version:        p.version.String(),
		SupportsConfig: true,
		Description:    "Stops the defects of S3 to Lambda pipelines before they are deployed.",
		Provider:       "aws",
		// The engine rejects a configuration in which an entry has no level, and files give this entry none, so it has
		// a level in advance, which has no effect.
		InitialConfig: map[string]plugin.AnalyzerPolicyConfig{
			config.SettingsKey: {EnforcementLevel: apitype.Advisory},
		},
	}
	for _, r := range p.registry.Rules() {
		kind := plugin.AnalyzerPolicyTypeResource
		if r.CheckStack != nil {
			kind = plugin.AnalyzerPolicyTypeStack
		}
		info.Policies = append(info.Policies, plugin.AnalyzerPolicyInfo{
			Name:             r.ID,
			DisplayName:      r.Title,
			Description:      r.Rationale,
			Message:          r.Title,
			EnforcementLevel: r.Enforcement,
			Type:             kind,
			Severity:         r.Severity,
			Tags:             r.Frameworks,
			RemediationSteps: r.Remediation,
			URL:              r.Links[0],
		})
	}
	return info, nil
}

func (p *pack) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &p.version}, nil
}

func (p *pack) Configure(_ context.Context, given map[string]plugin.AnalyzerPolicyConfig) error {
	if p.observer != nil {
		return nil // it came with its configuration
	}
	cfg, err := p.configuration(given)
	if err != nil {
		return err
	}
	var baseline *config.Baseline
	if cfg.Baseline != "" {
		file := cfg.Baseline
		if !filepath.IsAbs(file) {
			file = filepath.Join(p.dir, file)
		}
		if baseline, err = config.ReadBaseline(file); err != nil {
			return err
		}
	}
	p.use(cfg, baseline)
	return nil
}

// configuration returns the configuration in the configuration file, if the file is known: it contains more than the
// engine passes on; see config.FromEngine.
func (p *pack) configuration(given map[string]plugin.AnalyzerPolicyConfig) (*config.Config, error) {
	if file := configFile(); file != "" {
		return config.Read(p.registry, file)
	}
	policies := make(map[string]config.Policy, len(given))
	for id, policy := range given {
		policies[id] = config.Policy{Level: policy.EnforcementLevel, Params: policy.Properties}
	}
	cfg, err := config.FromEngine(p.registry, policies)
	if err != nil {
		return nil, fmt.Errorf("policy configuration:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return cfg, nil
}

// checkFile checks the configuration file, if it is known, before the engine does: the engine's errors (such as a wrong
// type) do not name the file.
func (p *pack) checkFile() error {
	if p.observer != nil {
		return nil
	}
	file := configFile()
	if file == "" {
		return nil
	}
	_, err := config.Read(p.registry, file)
	return err
}

func (p *pack) Cancel(context.Context) error {
	p.end()
	return nil
}

func (p *pack) configureStack(project, stack, organization string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.project, p.stack, p.organization = project, stack, organization
}

func (p *pack) response(res check.Result) plugin.AnalyzeResponse {
	var out plugin.AnalyzeResponse
	if p.observer != nil {
		return out
	}
	for _, f := range res.Findings {
		out.Diagnostics = append(out.Diagnostics, plugin.AnalyzeDiagnostic{
			PolicyName:        f.Rule,
			PolicyPackName:    Name,
			PolicyPackVersion: p.version.String(),
			Description:       p.registry.Rule(f.Rule).Title,
			Message:           f.Text(),
			EnforcementLevel:  f.Level,
			URN:               f.URN,
			Severity:          f.Severity,
		})
	}
	out.NotApplicable = notApplicable(res)
	return out
}

// notApplicable returns what could not be judged in the protocol's form. That has no field for the resource, so the
// reason names it.
func notApplicable(res check.Result) []plugin.PolicyNotApplicable {
	// The engine counts a policy once: as violated, or else as not applicable.
	violated := map[string]bool{}
	for _, f := range res.Findings {
		violated[f.Rule] = true
	}
	var out []plugin.PolicyNotApplicable
	shown := map[plugin.PolicyNotApplicable]bool{}
	for _, n := range res.NotEvaluated {
		na := plugin.PolicyNotApplicable{PolicyName: n.Rule, Reason: "not evaluated: " + n.Reason}
		if !violated[n.Rule] && !shown[na] {
			shown[na] = true
			out = append(out, na)
		}
	}
	return out
}
