package analyzer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// logTimeout bounds how long an unresponsive engine delays a preview.
const logTimeout = 2 * time.Second

// maxDetails bounds how many reasons are logged individually, each with a call to the engine.
const maxDetails = 50

// engineLog writes to the engine's log, which the user sees. The CLI shows
// violations only, and what could not be judged must not look like a pass.
type engineLog struct {
	client pulumirpc.EngineClient
}

func newEngineLog(address string) (*engineLog, error) {
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, err
	}
	return &engineLog{pulumirpc.NewEngineClient(conn)}, nil
}

// notEvaluated logs, in one line, which rules could not judge something and, in the debug log, what and why. A failure
// to log must not fail the analysis, so errors are dropped.
func (l *engineLog) notEvaluated(ctx context.Context, ns []finding.NotEvaluated) {
	if l == nil || len(ns) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	_, err := l.client.Log(ctx, &pulumirpc.LogRequest{Severity: pulumirpc.LogSeverity_INFO, Message: summary(ns)})
	for i, n := range ns {
		if err != nil || i == maxDetails {
			return
		}
		_, err = l.client.Log(ctx, &pulumirpc.LogRequest{
			Severity: pulumirpc.LogSeverity_DEBUG,
			Urn:      string(n.URN),
			Message:  "pipeguard: not evaluated: " + n.Rule + ": " + n.Reason,
		})
	}
}

// waived logs which violations somebody decided to accept, and why: nobody should take them for a pass.
func (l *engineLog) waived(ctx context.Context, ws []finding.Waived) {
	for i, w := range ws {
		place := w.Location.String()
		if place == "" {
			place = string(w.URN)
		}
		message := fmt.Sprintf("pipeguard: waived: %s at %s: %s", w.Rule, place, w.Reason)
		if i == maxDetails {
			message = fmt.Sprintf("pipeguard: waived: %d more", len(ws)-i)
		}
		if !l.write(ctx, pulumirpc.LogSeverity_INFO, message) || i == maxDetails {
			return
		}
	}
}

// notices logs what a user should fix although it violates no rule.
func (l *engineLog) notices(ctx context.Context, ns []finding.Notice) {
	for _, n := range ns[:min(len(ns), maxDetails)] {
		text := n.Message
		if place := n.Location.String(); place != "" {
			text = place + ": " + text
		}
		if !l.write(ctx, pulumirpc.LogSeverity_WARNING, "pipeguard: "+text) {
			return
		}
	}
}

// write logs one line, and reports whether the engine accepted it.
func (l *engineLog) write(ctx context.Context, severity pulumirpc.LogSeverity, message string) bool {
	if l == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	_, err := l.client.Log(ctx, &pulumirpc.LogRequest{Severity: severity, Message: message})
	return err == nil
}

// summary counts by rule what was not evaluated. ns is sorted by rule.
func summary(ns []finding.NotEvaluated) string {
	var ids []string
	counts := map[string]int{}
	for _, n := range ns {
		if counts[n.Rule] == 0 {
			ids = append(ids, n.Rule)
		}
		counts[n.Rule]++
	}
	for i, id := range ids {
		if counts[id] > 1 {
			ids[i] = fmt.Sprintf("%s (%d)", id, counts[id])
		}
	}
	return "pipeguard could not evaluate everything: " +
		strings.Join(ids, ", ") + ". `pulumi preview --debug` tells why."
}
