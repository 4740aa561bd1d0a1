package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// maxEvent is the size of the longest event that Lambda accepts asynchronously, in bytes.
const maxEvent = 1 << 20

// router receives the S3 server's events and passes them to the function in the
// form that S3 has for Lambda. The server decides which ones to send, by the
// declared filters.
type router struct {
	region string
	send   func(json.RawMessage)

	mu sync.Mutex
	// received counts events by object.
	received map[object]int
	errs     []error
}

// object names an object.
type object struct{ bucket, key string }

func newRouter(region string, send func(json.RawMessage)) *router {
	return &router{region: region, send: send, received: map[object]int{}}
}

// ServeHTTP implements http.Handler for MinIO's webhook.
func (r *router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		return // MinIO checks whether anybody is there
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxEvent))
	if err == nil {
		err = r.route(body)
	}
	if err != nil {
		r.mu.Lock()
		r.errs = append(r.errs, err)
		r.mu.Unlock()
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// route passes an event on.
func (r *router) route(body []byte) error {
	event, objects, err := toS3(body, r.region)
	if err != nil {
		return err
	}
	r.mu.Lock()
	for _, o := range objects {
		r.received[o]++
	}
	r.mu.Unlock()
	if len(objects) > 0 {
		r.send(event)
	}
	return nil
}

// count returns how many events there were for an object.
func (r *router) count(o object) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received[o]
}

// counts returns a copy of all counts.
func (r *router) counts() map[object]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := make(map[object]int, len(r.received))
	for o, n := range r.received {
		counts[o] = n
	}
	return counts
}

// toS3 converts a MinIO event to S3's format (Amazon S3 User Guide, "Event
// message structure"): the source has another name, event names have no "s3:",
// and the slashes of a key are not escaped. MinIO's own fields are left out.
func toS3(body []byte, region string) (json.RawMessage, []object, error) {
	var event struct {
		Records []map[string]any `json:"Records"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return nil, nil, fmt.Errorf("reading an event: %w", err)
	}
	objects := make([]object, 0, len(event.Records))
	for _, record := range event.Records {
		record["eventSource"], record["awsRegion"] = "aws:s3", region
		name, _ := record["eventName"].(string)
		record["eventName"] = strings.TrimPrefix(name, "s3:")
		delete(record, "source")

		entity, _ := record["s3"].(map[string]any)
		bucket, _ := entity["bucket"].(map[string]any)
		stored, _ := entity["object"].(map[string]any)
		bucketName, _ := bucket["name"].(string)
		encoded, _ := stored["key"].(string)
		key, err := url.QueryUnescape(encoded)
		if err != nil || bucketName == "" || key == "" {
			return nil, nil, fmt.Errorf("an event names no object: %s", body)
		}
		stored["key"] = strings.ReplaceAll(encoded, "%2F", "/")
		delete(stored, "userMetadata")
		delete(stored, "contentType")
		objects = append(objects, object{bucketName, key})
	}
	encoded, err := json.Marshal(event)
	return encoded, objects, err
}

// objectsOf returns the objects in an event in S3's format.
func objectsOf(event json.RawMessage) ([]object, error) {
	_, objects, err := toS3(event, "")
	return objects, err
}

// errors returns what was wrong with events.
func (r *router) errors() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.errs)
}
