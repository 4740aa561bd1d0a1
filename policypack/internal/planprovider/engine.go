package planprovider

import (
	"context"
	"fmt"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// engine is the connection back to the engine, for warnings. The zero value has no engine and drops them.
type engine struct {
	mu     sync.Mutex
	conn   *grpc.ClientConn
	warned map[string]bool
	// report, if it is not nil, gets the warnings instead of the engine.
	report func(urn, message string)
}

// connect stores the engine's address; only the first engine counts.
func (e *engine) connect(address string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil || address == "" {
		return nil
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connecting to the engine at %s: %w", address, err)
	}
	e.conn = conn
	return nil
}

// versionWarning is the key of the warning that the program's SDK is not one that the provider knows.
const versionWarning = "version"

// warnOnce shows a warning to the user, the first time it is called with this key. Without a message, it does
// nothing.
func (e *engine) warnOnce(ctx context.Context, key, urn, message string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if message == "" || e.conn == nil && e.report == nil || e.warned[key] {
		return
	}
	if e.warned == nil {
		e.warned = map[string]bool{}
	}
	e.warned[key] = true
	if e.report != nil {
		e.report(urn, message)
		return
	}
	// A warning that cannot be delivered must not fail the preview.
	_, _ = pulumirpc.NewEngineClient(e.conn).Log(ctx, &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_WARNING,
		Urn:      urn,
		Message:  message,
	})
}

// connected reports whether there is an engine to talk to.
func (e *engine) connected() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.conn != nil
}

// refuse shows an error that describes what is wrong with a resource's arguments.
func (e *engine) refuse(urn, _, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// If the error cannot be delivered, the preview must not end without any.
	_, _ = pulumirpc.NewEngineClient(e.conn).Log(context.Background(), &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_ERROR, Urn: urn, Message: reason,
	})
}

func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil {
		_ = e.conn.Close() // the process is about to end
		e.conn = nil
	}
}
