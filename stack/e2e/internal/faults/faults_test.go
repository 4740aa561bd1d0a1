package faults

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPoliciesAllowWhatTheirStatementsSay(t *testing.T) {
	t.Parallel()
	const document = `{"Statement": [
		{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::in/uploads/*"},
		{"Effect": "Allow", "Action": "s3:Put*", "Resource": ["arn:aws:s3:::out/?/*"]},
		{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::in/uploads/secret/*"}
	]}`
	allowed, err := Policies([]string{document})
	require.NoError(t, err)
	tests := []struct {
		name, action, resource string
		want                   bool
	}{
		{"under the prefix", "s3:GetObject", "arn:aws:s3:::in/uploads/a b.jpg", true},
		{"beside the prefix", "s3:GetObject", "arn:aws:s3:::in/upload", false},
		{"another action", "s3:GetObjectVersion", "arn:aws:s3:::in/uploads/a.jpg", false},
		{"wildcards for one and many", "s3:PutObject", "arn:aws:s3:::out/x/a/b", true},
		{"one is not two", "s3:PutObject", "arn:aws:s3:::out/xx/a", false},
		{"denied", "s3:GetObject", "arn:aws:s3:::in/uploads/secret/a.jpg", false},
		{"under a condition", "s3:DeleteObject", "arn:aws:s3:::in/a", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, allowed(tt.action, tt.resource))
		})
	}
}

func TestPoliciesRefuseWhatIsNoPolicy(t *testing.T) {
	t.Parallel()
	_, err := Policies([]string{"nonsense"})
	assert.ErrorContains(t, err, "reading a policy")
}

// gate starts a gate to a server that counts its requests.
func gate(t *testing.T, allowed Allowed) (*Gate, string, func() int) {
	t.Helper()
	served := make(chan struct{}, 10_000)
	s3 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served <- struct{}{}
		_, _ = io.WriteString(w, r.Host+" "+r.URL.EscapedPath())
	}))
	t.Cleanup(s3.Close)
	target, err := url.Parse(s3.URL)
	require.NoError(t, err)
	g := NewGate(target, allowed, 1)
	front := httptest.NewUnstartedServer(g)
	front.Config.ErrorLog = g.proxy.ErrorLog
	front.Start()
	t.Cleanup(front.Close)
	return g, front.URL, func() int { return len(served) }
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestGatePassesRequestsOnUnchangedWithoutFaults(t *testing.T) {
	t.Parallel()
	g, front, _ := gate(t, func(string, string) bool { return true })
	g.Clear()
	status, body := get(t, front+"/bucket/a%20b%252B")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, strings.TrimPrefix(front, "http://")+" /bucket/a%20b%252B", body, "the host is signed")
	assert.Equal(t, map[string]int{"s3:GetObject arn:aws:s3:::bucket/a b%2B": 1}, g.Touched())
}

func TestGateRefusesWhatTheRoleDoesNotAllow(t *testing.T) {
	t.Parallel()
	g, front, served := gate(t, func(action, _ string) bool { return action == "s3:PutObject" })
	status, body := get(t, front+"/bucket/key?versionId=1")
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, body, "<Code>AccessDenied</Code>")
	assert.Equal(t, []string{"s3:GetObjectVersion arn:aws:s3:::bucket/key"}, g.Denied())
	assert.Zero(t, served())
}

func TestGateFailsItsShareOfRequests(t *testing.T) {
	t.Parallel()
	g, front, served := gate(t, func(string, string) bool { return true })
	const requests = 400
	statuses := map[int]int{}
	for range requests {
		status, _ := get(t, front+"/bucket/key")
		statuses[status]++
	}
	faults := g.Faults()
	assert.Equal(t, faults["503 SlowDown"], statuses[http.StatusServiceUnavailable])
	assert.Equal(t, faults["500 InternalError"], statuses[http.StatusInternalServerError])
	assert.Positive(t, faults["answer lost"])
	total := faults["503 SlowDown"] + faults["500 InternalError"] + faults["answer lost"]
	assert.InDelta(t, shareOfFault*requests, total, 25)
	// The work behind a lost answer is done, and the client may try again by itself.
	assert.GreaterOrEqual(t, served(), statuses[http.StatusOK]+faults["answer lost"])
}
