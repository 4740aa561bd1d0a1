package analyzer

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
)

// observe returns an Observer of the stack images/dev of acme.
func observe(t *testing.T, policies map[string]config.Policy) *Observer {
	t.Helper()
	reg := registry(t)
	cfg, err := config.New(reg, policies)
	require.NoError(t, err)
	o, err := Observe(reg, check.New(reg, cfg), packVersion, "images", "dev", "acme")
	require.NoError(t, err)
	return o
}

// rulesFound returns the rules with findings in an outcome.
func rulesFound(o Outcome) []string {
	ids := []string{}
	for _, f := range o.Findings {
		ids = append(ids, f.Rule)
	}
	return ids
}

func TestAnObserverHearsWhatTheEngineDoesNot(t *testing.T) {
	t.Parallel()
	o := observe(t, map[string]config.Policy{
		"all": {Level: "disabled"}, "s3-bucket-arguments": {Level: "mandatory"}, "s3-public-access-block": {Level: "mandatory"},
	})
	a := o.pack

	assert.Empty(t, analyze(t, a, openBucket()).Diagnostics, "a mandatory violation would stop the program")
	got := o.Outcome()
	assert.Equal(t, []string{"s3-bucket-arguments"}, rulesFound(got))
	assert.False(t, got.Whole)
	require.Len(t, got.Graph.Resources, 1, "what the engine came to, for the drawing of a preview that fails")
	assert.Equal(t, openBucket().Properties, got.Graph.Resources[0].Inputs)
	assert.Equal(t, "images", got.Graph.Project)

	o = observe(t, map[string]config.Policy{"all": {Level: "disabled"}, "s3-public-access-block": {Level: "mandatory"}})
	analyze(t, o.pack, openBucket())
	bucket := made(bucketToken, "open", resource.PropertyMap{"id": text("open-1a2b3c4")})
	assert.Empty(t, analyzeStack(t, o.pack, bucket, made(queueToken, "queue", nil)).Diagnostics)
	got = o.Outcome()
	assert.Equal(t, []string{"s3-public-access-block"}, rulesFound(got))
	assert.True(t, got.Whole)
	require.Len(t, got.Graph.Resources, 2, "the graph that the rules have judged")
	judged := got.Graph.ByURN(bucket.URN)
	assert.Equal(t, openBucket().Properties, judged.Inputs)
	assert.Equal(t, bucket.Properties, judged.Outputs)
}

// The Pulumi CLI starts a pack: one that is observed in another process is reached by a
// pack that only names its port. No test that reads the environment runs beside this one.
func TestAPackThatIsAttachedNamesThePortOfTheObserver(t *testing.T) {
	o := observe(t, nil)
	port, err := o.Serve(t.Context())
	require.NoError(t, err)
	t.Setenv(AttachEnv, strconv.Itoa(port))
	engine, _ := listen(t)
	out, stdout := io.Pipe()
	ended := make(chan error, 1)
	attached, end := context.WithCancel(t.Context())
	go func() {
		ended <- serve(attached, engine, time.Minute, stdout, registry(t), packVersion)
	}()
	printed := make([]byte, 16)
	n, err := out.Read(printed)
	require.NoError(t, err)
	assert.Equal(t, strconv.Itoa(port), strings.TrimSpace(string(printed[:n])))

	client := plugin.NewAnalyzerWithClient(Name, dial(t, port))
	assert.Empty(t, analyze(t, client, openBucket()).Diagnostics)
	assert.Contains(t, rulesFound(o.Outcome()), "s3-bucket-arguments")

	select {
	case err := <-ended:
		require.Fail(t, "the engine still needs it", "%v", err)
	default:
	}
	end()
	require.NoError(t, <-ended)
}
