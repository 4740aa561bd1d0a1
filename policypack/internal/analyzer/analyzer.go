// Package analyzer is the policy pack as the Pulumi engine sees it: a gRPC
// server of the Analyzer protocol (pulumi/analyzer.proto).
package analyzer

import (
	"context"
	"errors"
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

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Name is the name of the policy pack.
const Name = "pipeguard"

// errCancelled answers every call that comes after Cancel.
var errCancelled = errors.New("the engine cancelled the analysis")

// pack implements plugin.Analyzer over a registry of rules. The engine calls
// Analyze concurrently, and everything else one call at a time.
type pack struct {
	registry *rule.Registry
	version  semver.Version
	// dir is the folder of the Pulumi program.
	dir string
	// log tells the user what could not be evaluated; nil tells nobody.
	log *engineLog
	// results is the file that takes what the rules say; empty for none.
	results   string
	recording sync.Mutex
	// observer takes what the rules say in the engine's stead; nil when the engine
	// is told.
	observer *Observer

	mu      sync.Mutex
	checker *check.Checker
	// inputs are the arguments of each resource that Analyze has seen, which
	// AnalyzeStack needs and is not given.
	inputs map[resource.URN]resource.PropertyMap
	// undecided is what Analyze could not judge, and waived what it let pass.
	undecided                    []finding.NotEvaluated
	waived                       []finding.Waived
	project, stack, organization string
	cancelled                    bool
}

var _ plugin.Analyzer = (*pack)(nil)

func newPack(registry *rule.Registry, version semver.Version, dir string) *pack {
	p := &pack{
		registry: registry,
		version:  version,
		dir:      dir,
		inputs:   map[resource.URN]resource.PropertyMap{},
	}
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
	res := load.AnalyzerResource(r)
	p.mu.Lock()
	p.inputs[res.URN] = res.Declared().Inputs
	checker, cancelled := p.checker, p.cancelled
	p.mu.Unlock()
	if cancelled {
		return plugin.AnalyzeResponse{}, errCancelled
	}
	result := checker.Resource(res)
	if !result.Empty() {
		p.record(results{Result: result})
	}
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancelled {
		return plugin.AnalyzeResponse{}, errCancelled
	}
	resources := make([]*graph.Resource, len(rs))
	for i, r := range rs {
		resources[i] = load.AnalyzerStackResource(r, p.inputs[r.URN])
	}
	result := p.checker.Stack(graph.New(p.project, p.stack, p.organization, resources))
	p.record(results{Result: result, Whole: true})
	undecided := slices.Concat(p.undecided, result.NotEvaluated)
	finding.SortNotEvaluated(undecided)
	p.log.notEvaluated(ctx, undecided)
	p.log.waived(ctx, slices.Concat(p.waived, result.Waived))
	p.log.notices(ctx, result.Notices)
	return p.response(result), nil
}

// Remediate fixes the arguments that the engine goes on with, Analyze included.
func (p *pack) Remediate(_ context.Context, r plugin.AnalyzerResource) (plugin.RemediateResponse, error) {
	p.mu.Lock()
	checker, cancelled := p.checker, p.cancelled
	p.mu.Unlock()
	if cancelled {
		return plugin.RemediateResponse{}, errCancelled
	}
	var out plugin.RemediateResponse
	res := load.AnalyzerResource(r)
	if res.Spelling != nil {
		return out, nil // what a rule makes of its arguments is not in the program's spelling
	}
	for _, done := range checker.Remediate(res) {
		p.record(results{Result: check.Result{Notices: []finding.Notice{done.Notice(res)}}})
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
		// The engine refuses a configuration in which an entry has no level, and
		// files give this one none: so it has one beforehand, which means nothing.
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

// configuration is that of the configuration file, where it can be told which
// one it is, as the file says more than the engine hands on: see
// config.FromEngine.
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

// checkFile checks the configuration file, if it can be told which one it is,
// before the engine does: of what the engine finds (a wrong type) it does not
// name the file.
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
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancelled = true
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

// notApplicable is the protocol's form of what could not be judged. It has no
// field for the resource, so the reason names it.
func notApplicable(res check.Result) []plugin.PolicyNotApplicable {
	// The engine counts a policy once: as violated, or else as not applicable.
	violated := map[string]bool{}
	for _, f := range res.Findings {
		violated[f.Rule] = true
	}
	var out []plugin.PolicyNotApplicable
	told := map[plugin.PolicyNotApplicable]bool{}
	for _, n := range res.NotEvaluated {
		na := plugin.PolicyNotApplicable{PolicyName: n.Rule, Reason: "not evaluated: " + n.Reason}
		if !violated[n.Rule] && !told[na] {
			told[na] = true
			out = append(out, na)
		}
	}
	return out
}
