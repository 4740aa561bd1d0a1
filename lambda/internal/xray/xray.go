// Package xray sends subsegments to the X-Ray daemon that runs beside a Lambda
// function. Lambda makes the segment of the invocation itself; this adds what
// the function did in it. AWS's own SDK for X-Ray is no longer developed and
// brings an HTTP server's worth of dependencies; all that is needed of it is a
// small JSON document in a UDP packet.
package xray

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"
)

// EnvDaemonAddress is the environment variable that Lambda sets to the daemon's
// UDP address.
const EnvDaemonAddress = "AWS_XRAY_DAEMON_ADDRESS"

// traceHeader is the context key under which aws-lambda-go keeps the
// invocation's trace header.
const traceHeader = "x-amzn-trace-id"

// packetHeader precedes each document that is sent to the daemon.
const packetHeader = `{"format":"json","version":1}` + "\n"

// Tracer sends subsegments.
type Tracer struct {
	conn net.Conn
}

// New returns a tracer for the daemon at the address. Without an address it
// returns nil, which is a tracer that does nothing.
func New(address string) (*Tracer, error) {
	if address == "" {
		return nil, nil
	}
	conn, err := net.Dial("udp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting to the X-Ray daemon: %w", err)
	}
	return &Tracer{conn: conn}, nil
}

// Segment is a period of work. A nil segment does nothing.
type Segment struct {
	tracer *Tracer
	doc    document
}

// document is a subsegment in X-Ray's format.
type document struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"`
	TraceID     string            `json:"trace_id,omitempty"`
	ParentID    string            `json:"parent_id,omitempty"`
	Type        string            `json:"type,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	StartTime   float64           `json:"start_time"`
	EndTime     float64           `json:"end_time"`
	Fault       bool              `json:"fault,omitempty"`
	AWS         map[string]string `json:"aws,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Subsegments []document        `json:"subsegments,omitempty"`
}

// Begin starts a subsegment of the invocation that ctx belongs to. It returns
// nil if the invocation is not sampled.
func (t *Tracer) Begin(ctx context.Context, name string) *Segment {
	if t == nil {
		return nil
	}
	header, _ := ctx.Value(traceHeader).(string)
	fields := map[string]string{}
	for field := range strings.SplitSeq(header, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[key] = value
	}
	if fields["Sampled"] != "1" || fields["Root"] == "" || fields["Parent"] == "" {
		return nil
	}
	doc := newDocument(name)
	doc.TraceID, doc.ParentID, doc.Type = fields["Root"], fields["Parent"], "subsegment"
	return &Segment{tracer: t, doc: doc}
}

// Annotate adds a value by which traces can be searched. Names consist of
// letters, digits and underscores.
func (s *Segment) Annotate(name, value string) {
	if s == nil {
		return
	}
	if s.doc.Annotations == nil {
		s.doc.Annotations = map[string]string{}
	}
	s.doc.Annotations[name] = value
}

// Run runs work as a part of the segment and returns its error. A non-empty
// operation is a call of the AWS service with that name. A segment's parts run
// one after the other.
func (s *Segment) Run(name, operation string, work func() error) error {
	if s == nil {
		return work()
	}
	part := newDocument(name)
	if operation != "" {
		part.Namespace, part.AWS = "aws", map[string]string{"operation": operation}
	}
	err := work()
	part.EndTime, part.Fault = seconds(time.Now()), err != nil
	s.doc.Subsegments = append(s.doc.Subsegments, part)
	return err
}

// End ends the segment and sends it. Nobody waits for an answer, and a lost
// trace is not a failure of the work.
func (s *Segment) End(err error) {
	if s == nil {
		return
	}
	s.doc.EndTime, s.doc.Fault = seconds(time.Now()), err != nil
	if encoded, err := json.Marshal(s.doc); err == nil {
		_, _ = s.tracer.conn.Write(append([]byte(packetHeader), encoded...))
	}
}

func newDocument(name string) document {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return document{Name: name, ID: hex.EncodeToString(id[:]), StartTime: seconds(time.Now())}
}

// seconds returns a time in X-Ray's format.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
