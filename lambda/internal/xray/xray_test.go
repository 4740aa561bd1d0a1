package xray

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// header is a trace header as Lambda provides it.
const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1"

// daemon listens as X-Ray's daemon does.
func daemon(t *testing.T) (*Tracer, net.PacketConn) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	tracer, err := New(conn.LocalAddr().String())
	require.NoError(t, err)
	return tracer, conn
}

func withTrace(ctx context.Context, header string) context.Context {
	return context.WithValue(ctx, traceHeader, header) //nolint:staticcheck // aws-lambda-go's own key is a string
}

func receive(t *testing.T, conn net.PacketConn) document {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	packet := make([]byte, 64<<10)
	n, _, err := conn.ReadFrom(packet)
	require.NoError(t, err)
	first, rest, found := bytes.Cut(packet[:n], []byte("\n"))
	require.True(t, found)
	assert.JSONEq(t, `{"format":"json","version":1}`, string(first))
	var doc document
	require.NoError(t, json.Unmarshal(rest, &doc))
	return doc
}

func TestASegmentIsSentWithItsParts(t *testing.T) {
	t.Parallel()
	tracer, conn := daemon(t)
	errSlow := errors.New("slow down")

	segment := tracer.Begin(withTrace(t.Context(), header), "thumbnail")
	segment.Annotate("key", "uploads/a.jpg")
	require.NoError(t, segment.Run("render", "", func() error { return nil }))
	err := segment.Run("S3", "PutObject", func() error { return errSlow })
	require.ErrorIs(t, err, errSlow)
	segment.End(err)

	doc := receive(t, conn)
	assert.Equal(t, "thumbnail", doc.Name)
	assert.Equal(t, "subsegment", doc.Type)
	assert.Equal(t, "1-5759e988-bd862e3fe1be46a994272793", doc.TraceID)
	assert.Equal(t, "557abcec3ee5a047", doc.ParentID)
	assert.Regexp(t, "^[0-9a-f]{16}$", doc.ID)
	assert.True(t, doc.Fault)
	assert.Equal(t, map[string]string{"key": "uploads/a.jpg"}, doc.Annotations)
	assert.GreaterOrEqual(t, doc.EndTime, doc.StartTime)
	assert.InDelta(t, float64(time.Now().Unix()), doc.StartTime, 60)

	require.Len(t, doc.Subsegments, 2)
	assert.Equal(t, "render", doc.Subsegments[0].Name)
	assert.False(t, doc.Subsegments[0].Fault)
	assert.Empty(t, doc.Subsegments[0].Namespace)
	assert.Equal(t, "aws", doc.Subsegments[1].Namespace)
	assert.Equal(t, map[string]string{"operation": "PutObject"}, doc.Subsegments[1].AWS)
	assert.True(t, doc.Subsegments[1].Fault)
	assert.NotEqual(t, doc.Subsegments[0].ID, doc.Subsegments[1].ID)
}

func TestOnlySampledInvocationsAreTraced(t *testing.T) {
	t.Parallel()
	tracer, _ := daemon(t)
	assert.Nil(t, tracer.Begin(t.Context(), "no header"))
	for _, header := range []string{"", "Sampled=1", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=0"} {
		assert.Nil(t, tracer.Begin(withTrace(t.Context(), header), "thumbnail"), header)
	}
}

func TestWithoutADaemonTheWorkIsDoneAllTheSame(t *testing.T) {
	t.Parallel()
	tracer, err := New("")
	require.NoError(t, err)
	segment := tracer.Begin(withTrace(t.Context(), header), "thumbnail")
	segment.Annotate("key", "uploads/a.jpg")
	errWork := errors.New("from the work")
	require.ErrorIs(t, segment.Run("render", "", func() error { return errWork }), errWork)
	segment.End(nil)
}

func TestNewRefusesAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := New("no port")
	require.ErrorContains(t, err, "connecting to the X-Ray daemon")
}
