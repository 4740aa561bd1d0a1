package analyzer

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

func TestServeEnds(t *testing.T) {
	t.Parallel()
	tests := map[string]func(engineGone, cancel func()){
		"when the engine goes away": func(engineGone, _ func()) { engineGone() },
		"when its context ends":     func(_, cancel func()) { cancel() },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			engine, stop := listen(t)
			port, ended := run(t, ctx, engine, 10*time.Millisecond)
			client := dial(t, port)
			_, err := client.GetPluginInfo(ctx, &emptypb.Empty{})
			require.NoError(t, err)
			select {
			case err := <-ended:
				require.Fail(t, "ended too early", "%v", err)
			default:
			}

			end(stop, cancel)
			select {
			case err := <-ended:
				require.NoError(t, err)
			case <-time.After(20 * time.Second):
				require.Fail(t, "still there")
			}
			_, err = client.GetPluginInfo(context.Background(), &emptypb.Empty{})
			assert.Error(t, err)
		})
	}
}

// broken takes no text.
type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestServeSaysWhyItDoesNotStart(t *testing.T) {
	t.Parallel()
	engine, _ := listen(t)
	var out bytes.Buffer
	err := Serve(t.Context(), nil, &out, registry(t), packVersion)
	assert.ErrorContains(t, err, "pulumi preview --policy-pack")
	err = Serve(t.Context(), []string{engine}, &out, registry(t), "one")
	assert.ErrorContains(t, err, `parsing the pack's version "one"`)
	err = Serve(t.Context(), []string{engine}, broken{}, registry(t), packVersion)
	require.ErrorIs(t, err, errBroken)
	assert.ErrorContains(t, err, "printing the port for the engine")
	assert.Empty(t, out.String(), "nothing but a port may be printed")
}

func TestServePrintsThePortAndNothingElse(t *testing.T) {
	t.Parallel()
	engine, _ := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it serves, and ends at once
	var out bytes.Buffer
	require.NoError(t, Serve(ctx, []string{engine, "ignored"}, &out, registry(t), packVersion))
	assert.Regexp(t, `^[0-9]+\n$`, out.String())
}

func TestHandshakeIsAnswered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	res, err := connect(t).Handshake(t.Context(), &pulumirpc.AnalyzerHandshakeRequest{
		EngineAddress: "127.0.0.1:1", ProgramDirectory: &dir, RootDirectory: &dir,
	})
	require.NoError(t, err)
	assert.NotNil(t, res)
}

func TestPluginInfoIsTheVersion(t *testing.T) {
	t.Parallel()
	info, err := start(t).GetPluginInfo(t.Context())
	require.NoError(t, err)
	assert.Equal(t, packVersion, info.Version.String())
}

func TestAnalyzerInfoDescribesThePackBeforeAnyStackIsKnown(t *testing.T) {
	t.Parallel()
	client := connect(t)
	info, err := client.GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "pipeguard", info.Name)
	assert.Equal(t, packVersion, info.Version)
	assert.True(t, info.SupportsConfig)
	assert.NotEmpty(t, info.Description)

	reg := registry(t)
	levels := map[apitype.EnforcementLevel]pulumirpc.EnforcementLevel{
		apitype.Advisory:  pulumirpc.EnforcementLevel_ADVISORY,
		apitype.Mandatory: pulumirpc.EnforcementLevel_MANDATORY,
	}
	severities := map[apitype.PolicySeverity]pulumirpc.PolicySeverity{
		apitype.PolicySeverityLow:      pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW,
		apitype.PolicySeverityMedium:   pulumirpc.PolicySeverity_POLICY_SEVERITY_MEDIUM,
		apitype.PolicySeverityHigh:     pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH,
		apitype.PolicySeverityCritical: pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL,
	}
	require.Len(t, info.Policies, len(reg.Rules()))
	withSchema := 0
	for i, r := range reg.Rules() {
		p := info.Policies[i]
		assert.Equal(t, r.ID, p.Name)
		assert.Equal(t, r.Title, p.DisplayName)
		assert.Equal(t, r.Rationale, p.Description)
		assert.Equal(t, r.Remediation, p.RemediationSteps)
		assert.Equal(t, r.Links[0], p.Url)
		assert.Equal(t, r.Frameworks, p.Tags)
		assert.Equal(t, levels[r.Enforcement], p.EnforcementLevel)
		assert.Equal(t, severities[r.Severity], p.Severity)
		kind := pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
		if r.CheckStack != nil {
			kind = pulumirpc.PolicyType_POLICY_TYPE_STACK
		}
		assert.Equal(t, kind, p.PolicyType)
		if len(r.Params) == 0 {
			assert.Nil(t, p.ConfigSchema, r.ID)
			continue
		}
		withSchema++
		for _, param := range r.Params {
			assert.Equal(t, param.Schema(), p.ConfigSchema.GetProperties().AsMap()[param.Name], r.ID)
		}
	}
	assert.Positive(t, withSchema, "a rule with a parameter is needed to prove this")
}

func TestTheEnginesClientReadsTheSchemas(t *testing.T) {
	t.Parallel()
	info, err := plugin.NewAnalyzerWithClient(Name, connect(t)).GetAnalyzerInfo(t.Context())
	require.NoError(t, err)
	for _, p := range info.Policies {
		require.NotNil(t, p.ConfigSchema, p.Name)
		if p.Name == "s3-public-access-block" {
			assert.Equal(t, "boolean", p.ConfigSchema.Properties["accountLevel"]["type"])
			assert.Equal(t, false, p.ConfigSchema.Properties["accountLevel"]["default"])
		}
	}
}

func TestConfigureKeepsWhatWasInForceWhenTheNewIsWrong(t *testing.T) {
	t.Parallel()
	client := connect(t)
	configure := func(policies map[string]*pulumirpc.PolicyConfig) error {
		_, err := client.Configure(t.Context(), &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: policies})
		return err
	}
	properties := func(m map[string]any) *structpb.Struct {
		s, err := structpb.NewStruct(m)
		require.NoError(t, err)
		return s
	}
	level := func() apitype.EnforcementLevel {
		res := analyze(t, plugin.NewAnalyzerWithClient(Name, client), openBucket())
		require.Len(t, res.Diagnostics, 1)
		return res.Diagnostics[0].EnforcementLevel
	}
	require.NoError(t, configure(map[string]*pulumirpc.PolicyConfig{
		"s3-bucket-arguments": {EnforcementLevel: pulumirpc.EnforcementLevel_ADVISORY},
	}))
	require.Equal(t, apitype.Advisory, level())

	tests := map[string]struct {
		policies map[string]*pulumirpc.PolicyConfig
		want     string
	}{
		"unknown rule": {
			map[string]*pulumirpc.PolicyConfig{"s3-bucket-arguements": {EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY}},
			`s3-bucket-arguements: there is no such rule, did you mean "s3-bucket-arguments"?`,
		},
		"wrong type": {
			map[string]*pulumirpc.PolicyConfig{
				"s3-public-access-block": {Properties: properties(map[string]any{"accountLevel": "yes"})},
				"s3-bucket-arguments":    {EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY},
			},
			"s3-public-access-block: accountLevel: want a boolean, got a string",
		},
		"unknown parameter": {
			map[string]*pulumirpc.PolicyConfig{"s3-public-access-block": {Properties: properties(map[string]any{"acountLevel": true})}},
			`s3-public-access-block: acountLevel: the rule has no such parameter, did you mean "accountLevel"?`,
		},
	}
	for name, test := range tests {
		err := configure(test.policies)
		require.ErrorContains(t, err, "policy configuration", name)
		require.ErrorContains(t, err, test.want, name)
		assert.Equal(t, apitype.Advisory, level(), name)
	}
}

func TestCancelEndsTheAnalysisOfAStackThatIsUnderWay(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(release) })
	slow := slowRule(func() { close(reached) }, release)
	reg, err := rule.NewRegistry(slow)
	require.NoError(t, err)
	engine, _ := listen(t)
	port, _ := runRules(t, t.Context(), engine, time.Minute, reg)
	client := dial(t, port)
	ended := make(chan error, 1)
	go func() {
		_, err := client.AnalyzeStack(t.Context(), &pulumirpc.AnalyzeStackRequest{})
		ended <- err
	}()
	<-reached

	// The rule is still under way when both have returned.
	_, err = client.Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	err = <-ended
	assert.Equal(t, codes.Canceled, status.Code(err), "%v", err)
	assert.ErrorContains(t, err, "the engine cancelled the analysis")
}

// An engine that hangs up, rather than cancels, waits for no answer either.
func TestTheAnalysisOfAStackEndsWithItsCall(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	release := make(chan struct{})
	slow := slowRule(hangUp, release)
	reg, err := rule.NewRegistry(slow)
	require.NoError(t, err)
	p := newPack(reg, semver.MustParse(packVersion), "")
	_, err = p.AnalyzeStack(ctx, nil)
	close(release)
	assert.Equal(t, codes.Canceled, status.Code(err), "%v", err)
}

// slowRule returns a rule for the stack that calls reached when it runs, and then waits for release.
func slowRule(reached func(), release <-chan struct{}) *rule.Rule {
	return &rule.Rule{
		ID: "a-slow", Title: "T.", Rationale: "R.", Remediation: "R.", Limitations: "L.", Scope: rule.StackScope,
		Severity: apitype.PolicySeverityLow, Enforcement: apitype.Mandatory,
		Types: []graph.Type{graph.Bucket}, Links: []string{"https://example.com/"},
		CheckStack: func(*rule.Pass) {
			reached()
			<-release
		},
	}
}

func TestAfterCancelNothingIsAnalyzed(t *testing.T) {
	t.Parallel()
	a := start(t)
	analyze(t, a, openBucket())
	require.NoError(t, a.Cancel(t.Context()))
	_, err := a.Analyze(t.Context(), openBucket())
	require.ErrorContains(t, err, "cancelled")
	_, err = a.AnalyzeStack(t.Context(), nil)
	require.ErrorContains(t, err, "cancelled")
	_, err = a.Remediate(t.Context(), openBucket())
	require.ErrorContains(t, err, "cancelled")
	assert.NoError(t, a.Cancel(t.Context()), "to cancel twice is no fault")
}
