package analyzer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// startIn serves a pack for a program in a folder. Serve takes the process's own
// folder, which tests that run beside each other share.
func startIn(t *testing.T, dir string) plugin.Analyzer {
	t.Helper()
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterAnalyzerServer(s, newServer(newPack(registry(t), semver.MustParse(packVersion), dir)))
			return nil
		},
	})
	require.NoError(t, err)
	client := dial(t, handle.Port)
	t.Cleanup(func() { close(stop) })
	_, err = client.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
		Project: ruletest.Project, Stack: ruletest.Stack, Organization: ruletest.Organization,
	})
	require.NoError(t, err)
	return plugin.NewAnalyzerWithClient(Name, client)
}

// askedOf returns the engine's questions about a stack: Analyze for each resource that
// the program declares, and AnalyzeStack for all.
func askedOf(g *graph.Graph) (one []plugin.AnalyzerResource, all []plugin.AnalyzerStackResource) {
	for _, r := range g.Resources {
		base := plugin.AnalyzerResource{
			URN: r.URN, Type: tokens.Type(r.URN.Type()), Name: r.Name, Properties: r.Inputs,
			Options: plugin.AnalyzerResourceOptions{Parent: r.Parent, Protect: r.Protect},
		}
		if r.Provider != nil {
			base.Provider = &plugin.AnalyzerProviderResource{
				URN: urn("pulumi:providers:aws", "default"), Type: "pulumi:providers:aws", Name: "default", Properties: r.Provider,
			}
		}
		if r.Managed() {
			one = append(one, base)
		}
		base.Properties = r.Outputs
		all = append(all, plugin.AnalyzerStackResource{
			AnalyzerResource: base, Parent: r.Parent,
			Dependencies: r.Dependencies, PropertyDependencies: r.PropertyDependencies,
		})
	}
	return one, all
}

// onTheWire returns what a rule says of its example through the pack's gRPC server.
func onTheWire(t *testing.T, ru *rule.Rule, kind string, phase ruletest.Phase) []plugin.AnalyzeDiagnostic {
	t.Helper()
	examples := rules.Examples(ru.ID, kind)
	require.NotEmpty(t, examples)
	params, err := rules.ExampleParams(ru.ID)
	require.NoError(t, err)
	dir := t.TempDir()
	program, isStack := examples[fix.YAML]
	if !isStack {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "example.py"), []byte(examples[fix.Python]), 0o600))
		program = "name: images\nruntime: python"
	}
	g, err := ruletest.Graph(program, phase)
	require.NoError(t, err)
	a := startIn(t, dir)
	require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{
		"all": {EnforcementLevel: apitype.Disabled},
		ru.ID: {EnforcementLevel: apitype.Mandatory, Properties: params},
	}))
	var said []plugin.AnalyzeDiagnostic
	one, all := askedOf(g)
	for _, r := range one {
		said = append(said, analyze(t, a, r).Diagnostics...)
	}
	return append(said, analyzeStack(t, a, all...).Diagnostics...)
}

func TestEveryRuleJudgesItsExamplesThroughTheServer(t *testing.T) {
	t.Parallel()
	for _, ru := range registry(t).Rules() {
		for name, phase := range map[string]ruletest.Phase{"preview": ruletest.Preview, "deployed": ruletest.Deployed} {
			t.Run(ru.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				assert.Empty(t, onTheWire(t, ru, "good", phase))
				bad := onTheWire(t, ru, "bad", phase)
				require.NotEmpty(t, bad)
				for _, d := range bad {
					assert.Equal(t, ru.ID, d.PolicyName)
				}
			})
		}
	}
}
