package planprovider

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// asProvider makes the test binary act as the provider's process.
const asProvider = "PIPEGUARD_TEST_AS_PROVIDER"

func TestMain(m *testing.M) {
	if os.Getenv(asProvider) != "" {
		if err := Serve(os.Args[1:], os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process starts the provider as the engine does and returns its port.
func process(t *testing.T, args ...string) (*exec.Cmd, int) {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(executable, args...)
	cmd.Env = append(os.Environ(), asProvider+"=1")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	port, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	return cmd, port
}

func TestProcessServesUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	_, address, _ := startEngine(t)
	cmd, port := process(t, address)
	info, err := dial(t, port).GetPluginInfo(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, Version, info.GetVersion())
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())
}

func TestProcessEndsWhenTheEngineIsGone(t *testing.T) {
	t.Parallel()
	_, address, stop := startEngine(t)
	cmd, _ := process(t, address)
	stop()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(10 * engineCheck):
		t.Fatal("the provider stayed behind")
	}
}

func TestServeNeedsAnEngine(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, Serve(nil, io.Discard), "the engine starts it")
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	ctx, client := context.Background(), dial(t, start(t))
	response, err := client.Handshake(ctx, &pulumirpc.ProviderHandshakeRequest{})
	require.NoError(t, err)
	assert.True(t, response.GetAcceptSecrets())
	assert.True(t, response.GetSupportsAutonamingConfiguration())
	assert.False(t, response.GetAcceptResources(), "as with the real provider")
	assert.False(t, response.GetAcceptOutputs(), "as with the real provider")

	configured, err := client.Configure(ctx, &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	assert.True(t, configured.GetSupportsPreview())
	assert.True(t, configured.GetAcceptSecrets())

	_, err = client.Cancel(ctx, &emptypb.Empty{})
	require.NoError(t, err)
}

func TestTheSchemaIsThatOfTheVersion(t *testing.T) {
	t.Parallel()
	response, err := dial(t, start(t)).GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{}, grpc.MaxCallRecvMsgSize(maxMessage))
	require.NoError(t, err)
	var got struct {
		Name, Version string
		Resources     map[string]struct{ RequiredInputs []string }
	}
	require.NoError(t, json.Unmarshal([]byte(response.GetSchema()), &got))
	assert.Equal(t, "aws", got.Name)
	assert.Equal(t, Version, got.Version)
	assert.Equal(t, []string{"role"}, got.Resources["aws:lambda/function:Function"].RequiredInputs)
}

func TestEachConnectionHasItsConfiguration(t *testing.T) {
	t.Parallel()
	port := start(t)
	const getRegion = "aws:index/getRegion:getRegion"
	ireland, london := connectTo(t, port, props{"region": "eu-west-1"}), connectTo(t, port, props{"region": "eu-west-2"})
	assert.Equal(t, "eu-west-1", invoke(t, ireland, getRegion, nil)["name"].StringValue())
	assert.Equal(t, "eu-west-2", invoke(t, london, getRegion, nil)["name"].StringValue())
}

// Nothing that the provider is built from can talk to AWS, and the SDK's packages stay out of the binary. The one that
// parses ARNs handles text alone.
func TestImportsNoAWS(t *testing.T) {
	t.Parallel()
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	require.Contains(t, string(deps), "policypack/internal/planprovider")
	for dep := range strings.FieldsSeq(string(deps)) {
		if dep != "github.com/aws/aws-sdk-go-v2/aws/arn" {
			assert.NotContains(t, dep, "github.com/aws/")
		}
		assert.NotContains(t, dep, "pulumi-aws")
	}
}

// values generates a property value of any kind.
func values() *rapid.Generator[resource.PropertyValue] {
	names := rapid.SampledFrom([]string{
		"bucket", "role", "tags", "lambdaFunctions", "lambda_functions", "events", "filterPrefix", "filter_prefix",
		"assumeRolePolicy", "deadLetterConfig", "targetArn", "code", "name", "namePrefix", "fifoQueue", "__defaults",
		"statements", "conditions", "", "_", "é",
	})
	scalars := rapid.OneOf(
		rapid.Map(rapid.String(), resource.NewProperty[string]),
		rapid.Map(rapid.Float64(), resource.NewProperty[float64]),
		rapid.Map(rapid.Bool(), resource.NewProperty[bool]),
		rapid.Just(resource.NewNullProperty()),
		rapid.Just(unknown()),
	)
	deep := scalars
	for range 3 {
		elements := deep
		deep = rapid.OneOf(
			scalars,
			rapid.Map(rapid.SliceOfN(elements, 0, 3), resource.NewProperty[[]resource.PropertyValue]),
			rapid.Map(rapid.MapOfN(names, elements, 0, 4), func(m map[string]resource.PropertyValue) resource.PropertyValue {
				object := resource.PropertyMap{}
				for k, v := range m {
					object[resource.PropertyKey(k)] = v
				}
				return resource.NewProperty(object)
			}),
			rapid.Map(elements, resource.MakeSecret),
		)
	}
	return deep
}

// objects generates a property map of up to six properties.
func objects() *rapid.Generator[resource.PropertyMap] {
	return rapid.Custom(func(t *rapid.T) resource.PropertyMap {
		object := resource.PropertyMap{}
		for range rapid.IntRange(0, 6).Draw(t, "size") {
			name := rapid.SampledFrom([]string{
				"bucket", "role", "tags", "lambdaFunctions", "lambda_functions", "assumeRolePolicy", "inlinePolicies",
				"deadLetterConfig", "code", "layers", "name", "namePrefix", "fifoQueue", "__defaults", "statements", "x",
			}).Draw(t, "name")
			object[resource.PropertyKey(name)] = values().Draw(t, name)
		}
		return object
	})
}

// Whatever a program sends, Check, Create, Diff and Invoke answer, and Check answers the same each time. An
// argument that becomes unknown never causes an additional failure.
func TestAnyArgumentsAreAnswered(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), &provider{schema: schema.For(Version)}
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.SampledFrom([]string{
			bucketType, functionType, notificationType, roleType, queueType, "aws:new/thing:Thing",
		}).Draw(t, "type")
		news, olds := objects().Draw(t, "news"), objects().Draw(t, "olds")
		wire := func(m resource.PropertyMap) *structpb.Struct {
			s, err := marshal(m)
			require.NoError(t, err)
			return s
		}
		run := func(m resource.PropertyMap) *pulumirpc.CheckResponse {
			response, err := p.Check(ctx, &pulumirpc.CheckRequest{
				Urn: string(urnOf(token, "x")), News: wire(m), Olds: wire(olds), RandomSeed: seed,
			})
			require.NoError(t, err)
			return response
		}
		checked := run(news)
		again := run(news)
		require.Equal(t, checked.GetFailures(), again.GetFailures())
		require.Equal(t, checked.GetInputs().AsMap(), again.GetInputs().AsMap())

		_, err := p.Create(ctx, &pulumirpc.CreateRequest{
			Urn: string(urnOf(token, "x")), Properties: checked.GetInputs(), Preview: true,
		})
		require.NoError(t, err)
		_, err = p.Diff(ctx, &pulumirpc.DiffRequest{
			Urn: string(urnOf(token, "x")), OldInputs: wire(olds), News: checked.GetInputs(),
		})
		require.NoError(t, err)
		_, err = p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: getDocument, Args: wire(news)})
		if err != nil {
			require.ErrorContains(t, err, "answering "+getDocument)
		}

		for key, value := range news {
			if value.IsNull() {
				continue // absent, unlike an unknown argument
			}
			blurred := news.Copy()
			blurred[key] = unknown()
			require.LessOrEqual(t, len(run(blurred).GetFailures()), len(checked.GetFailures()), string(key))
		}
	})
}
