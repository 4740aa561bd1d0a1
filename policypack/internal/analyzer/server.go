package analyzer

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// engineCheck is the interval for checking that the engine is still running, so that a pack whose engine was killed
// does not stay behind.
const engineCheck = 10 * time.Second

// gcPercent lets the heap grow to five times what is in use before it is collected. A pack lives as long as one preview
// and keeps most of the data that it receives, so garbage collection is expensive and frees little.
const gcPercent = 400

// Serve serves the rules of a registry to the engine until the engine exits or ctx ends. args are the process's
// arguments: the first is the engine's address. The port is printed to stdout, as the engine expects of a plugin.
func Serve(ctx context.Context, args []string, stdout io.Writer, registry *rule.Registry, version string) error {
	if len(args) == 0 {
		return fmt.Errorf("this is a policy pack: run it with `pulumi preview --policy-pack`")
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return serve(ctx, args[0], engineCheck, stdout, registry, version)
}

// serve does the work of Serve for the engine at an address, and checks at each interval that the engine is still
// running.
func serve(
	ctx context.Context, engine string, interval time.Duration, stdout io.Writer, registry *rule.Registry, version string,
) error {
	v, err := semver.ParseTolerant(version)
	if err != nil {
		return fmt.Errorf("parsing the pack's version %q: %w", version, err)
	}
	// The engine starts a pack in the program's folder.
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the program's folder: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := rpcutil.Healthcheck(ctx, engine, interval, cancel); err != nil {
		return fmt.Errorf("connecting to the engine at %s: %w", engine, err)
	}
	if port := os.Getenv(AttachEnv); port != "" {
		if err := printPort(stdout, port); err != nil {
			return err
		}
		<-ctx.Done() // an engine takes the end of this process for that of the pack
		return nil
	}
	p := newPack(registry, v, dir)
	if p.log, err = newEngineLog(engine); err != nil {
		return fmt.Errorf("connecting to the engine at %s: %w", engine, err)
	}
	handle, err := servePack(ctx, p)
	if err != nil {
		return err
	}
	if err := printPort(stdout, strconv.Itoa(handle.Port)); err != nil {
		return err
	}
	return <-handle.Done
}

func printPort(stdout io.Writer, port string) error {
	if _, err := fmt.Fprintln(stdout, port); err != nil {
		return fmt.Errorf("printing the port for the engine: %w", err)
	}
	return nil
}

// server is the SDK's adapter from plugin.Analyzer to gRPC, with the missing parts added: the adapter drops the
// handshake and the stack's name, and panics on a configuration schema (sdk v3.259.0, analyzer_server.go).
type server struct {
	pulumirpc.AnalyzerServer
	pack *pack
}

func newServer(p *pack) *server {
	return &server{AnalyzerServer: plugin.NewAnalyzerServer(p), pack: p}
}

// Analyze judges a resource.
func (s *server) Analyze(ctx context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	r := &reader{pack: s.pack}
	if err := r.read(&req.Properties, req.GetProvider()); err != nil {
		return nil, fmt.Errorf("reading the resource %s: %w", req.GetUrn(), err)
	}
	return plugin.NewAnalyzerServer(r).Analyze(ctx, req)
}

// AnalyzeStack reads the request resource by resource and releases what it has read: otherwise a large stack would be
// in memory twice.
func (s *server) AnalyzeStack(ctx context.Context, req *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	r := &reader{pack: s.pack, stack: make([]*graph.Resource, 0, len(req.GetResources()))}
	adapter := plugin.NewAnalyzerServer(r)
	for i, one := range req.GetResources() {
		if err := ctx.Err(); err != nil {
			return nil, status.FromContextError(err).Err()
		}
		if err := r.read(&one.Properties, one.GetProvider()); err != nil {
			return nil, fmt.Errorf("reading the resource %s: %w", one.GetUrn(), err)
		}
		if _, err := adapter.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{one}}); err != nil {
			return nil, err
		}
		req.Resources[i] = nil
	}
	r.complete = true
	return adapter.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{})
}

// reader is a pack behind the SDK's adapter that reads properties itself; see load.Properties. It receives a stack in
// parts and judges it when it is complete.
type reader struct {
	*pack
	properties, provider resource.PropertyMap
	stack                []*graph.Resource
	complete             bool
}

// read reads the properties of a resource, and those of its provider if they are new, so that the SDK finds none.
func (r *reader) read(properties **structpb.Struct, provider *pulumirpc.AnalyzerProviderResource) (err error) {
	if r.properties, err = load.Properties(*properties); err != nil {
		return err
	}
	*properties = nil
	if provider == nil {
		return nil
	}
	r.provider, err = r.providerProperties(resource.URN(provider.GetUrn()), provider.GetProperties())
	provider.Properties = nil
	return err
}

// fill sets the properties of a resource to those that have been read.
func (r *reader) fill(to *plugin.AnalyzerResource) {
	to.Properties = r.properties
	if to.Provider != nil {
		to.Provider.Properties = r.provider
	}
}

func (r *reader) Analyze(ctx context.Context, one plugin.AnalyzerResource) (plugin.AnalyzeResponse, error) {
	r.fill(&one)
	return r.pack.Analyze(ctx, one)
}

func (r *reader) AnalyzeStack(
	ctx context.Context, rs []plugin.AnalyzerStackResource,
) (plugin.AnalyzeResponse, error) {
	switch {
	case r.lifetime.Err() != nil:
		return plugin.AnalyzeResponse{}, errCancelled
	case r.complete:
		return r.judge(ctx, r.stack)
	}
	for _, one := range rs {
		r.fill(&one.AnalyzerResource)
		r.stack = append(r.stack, r.stackResource(one))
	}
	return plugin.AnalyzeResponse{}, nil
}

// Handshake handles the engine's first call. The pack ignores the request because it makes no calls back.
func (s *server) Handshake(
	context.Context, *pulumirpc.AnalyzerHandshakeRequest,
) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack receives the stack to analyze. The engine does not call it if it only asks the pack to describe
// itself. It is the first call that can fail because of a wrong configuration, before the engine does so with a less
// helpful message.
func (s *server) ConfigureStack(
	_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest,
) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	if err := s.pack.checkFile(); err != nil {
		return nil, err
	}
	s.pack.configureStack(req.GetProject(), req.GetStack(), req.GetOrganization())
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

// GetAnalyzerInfo describes the pack, with a configuration schema per rule.
func (s *server) GetAnalyzerInfo(ctx context.Context, req *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	info, err := s.AnalyzerServer.GetAnalyzerInfo(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("describing the policy pack: %w", err)
	}
	for _, policy := range info.Policies {
		params := s.pack.registry.Rule(policy.Name).Params
		if len(params) == 0 {
			continue
		}
		properties := map[string]any{}
		for _, param := range params {
			properties[param.Name] = param.Schema()
		}
		schema, err := structpb.NewStruct(properties)
		if err != nil {
			return nil, fmt.Errorf("describing the parameters of %s: %w", policy.Name, err)
		}
		policy.ConfigSchema = &pulumirpc.PolicyConfigSchema{Properties: schema}
	}
	return info, nil
}
