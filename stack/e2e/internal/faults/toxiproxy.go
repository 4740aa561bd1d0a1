// Package faults stands between the function and S3, and makes the connection a
// bad one: connections are slow or cut, S3 fails or throttles, and answers get
// lost after the work was done.
package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Toxiproxy is the HTTP API of a toxiproxy server.
type Toxiproxy struct {
	// URL is where it listens, such as "http://127.0.0.1:8474".
	URL string
}

// Toxic is one way in which toxiproxy harms a share of a proxy's connections. Its
// README lists the types and their attributes.
type Toxic struct {
	// Name is unique within the proxy.
	Name string `json:"name"`
	// Type is toxiproxy's, such as "latency".
	Type string `json:"type"`
	// Stream is "upstream", towards the server, or "downstream".
	Stream string `json:"stream"`
	// Toxicity is the share of connections that are harmed, 0 to 1.
	Toxicity float64 `json:"toxicity"`
	// Attributes describe how: times in milliseconds, sizes in bytes.
	Attributes map[string]int `json:"attributes"`
}

// Weather lists what happens to the function's connections.
var Weather = []Toxic{
	{Name: "slow", Type: "latency", Stream: "downstream", Toxicity: 0.3, Attributes: map[string]int{"latency": 40, "jitter": 30}},
	{Name: "trickle", Type: "slicer", Stream: "downstream", Toxicity: 0.1, Attributes: map[string]int{"average_size": 8192, "size_variation": 4096, "delay": 2000}},
	{Name: "cut-down", Type: "limit_data", Stream: "downstream", Toxicity: 0.2, Attributes: map[string]int{"bytes": 90_000}},
	{Name: "cut-up", Type: "limit_data", Stream: "upstream", Toxicity: 0.1, Attributes: map[string]int{"bytes": 12_000}},
	{Name: "reset", Type: "reset_peer", Stream: "downstream", Toxicity: 0.05, Attributes: map[string]int{"timeout": 100}},
}

// Proxy makes a proxy that forwards to an address, and returns its own.
func (t Toxiproxy) Proxy(ctx context.Context, name, upstream string) (string, error) {
	var answer struct {
		Listen string `json:"listen"`
	}
	request := map[string]any{"name": name, "listen": "127.0.0.1:0", "upstream": upstream, "enabled": true}
	if err := t.call(ctx, http.MethodPost, "/proxies", request, &answer); err != nil {
		return "", fmt.Errorf("making proxy %s: %w", name, err)
	}
	return answer.Listen, nil
}

// Add adds a toxic to a proxy.
func (t Toxiproxy) Add(ctx context.Context, proxy string, toxic Toxic) error {
	if err := t.call(ctx, http.MethodPost, "/proxies/"+proxy+"/toxics", toxic, nil); err != nil {
		return fmt.Errorf("adding toxic %s: %w", toxic.Name, err)
	}
	return nil
}

// Clear removes all toxics from all proxies.
func (t Toxiproxy) Clear(ctx context.Context) error {
	if err := t.call(ctx, http.MethodPost, "/reset", nil, nil); err != nil {
		return fmt.Errorf("removing the toxics: %w", err)
	}
	return nil
}

func (t Toxiproxy) call(ctx context.Context, method, path string, request, answer any) error {
	var body io.Reader
	if request != nil {
		encoded, err := json.Marshal(request)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, t.URL+path, body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(content))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(content, answer)
}
