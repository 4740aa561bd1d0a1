package main

import (
	"encoding/json"
	"image"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// minioEvent is what MinIO posts for uploads/a b+c.jpg, shortened.
const minioEvent = `{"EventName": "s3:ObjectCreated:Put", "Key": "in/uploads/a b+c.jpg", "Records": [{
	"eventVersion": "2.0", "eventSource": "minio:s3", "awsRegion": "", "eventName": "s3:ObjectCreated:Put",
	"s3": {"bucket": {"name": "in"}, "object": {"key": "uploads%2Fa+b%2Bc.jpg", "size": 7, "versionId": "v1", "userMetadata": {}}},
	"source": {"host": "127.0.0.1"}}]}`

func TestEventsArePassedOnInS3sForm(t *testing.T) {
	t.Parallel()
	var sent []json.RawMessage
	r := newRouter("eu-west-1", func(event json.RawMessage) { sent = append(sent, event) })
	require.NoError(t, r.route([]byte(minioEvent)))

	require.Len(t, sent, 1)
	assert.JSONEq(t, `{"Records": [{"eventVersion": "2.0", "eventSource": "aws:s3", "awsRegion": "eu-west-1",
		"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "in"},
		"object": {"key": "uploads/a+b%2Bc.jpg", "size": 7, "versionId": "v1"}}}]}`, string(sent[0]))
	assert.Equal(t, map[object]int{{"in", "uploads/a b+c.jpg"}: 1}, r.counts())
}

func TestEventsThatNameNoObjectAreErrors(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON":   "x",
		"no key":    `{"Records": [{"s3": {"bucket": {"name": "in"}}}]}`,
		"bad key":   `{"Records": [{"s3": {"bucket": {"name": "in"}, "object": {"key": "%zz"}}}]}`,
		"no entity": `{"Records": [{}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRouter("eu-west-1", func(json.RawMessage) { t.Error("it was passed on") })
			assert.Error(t, r.route([]byte(body)))
		})
	}
}

func TestDeadLettersAreReadInBothForms(t *testing.T) {
	t.Parallel()
	event := `{"Records": [{"s3": {"bucket": {"name": "in"}, "object": {"key": "uploads/a+b.jpg"}}}]}`
	want := []object{{"in", "uploads/a b.jpg"}}

	got, err := parseLetter(event)
	require.NoError(t, err)
	assert.Equal(t, letter{objects: want}, got)

	got, err = parseLetter(`{"requestContext": {"approximateInvokeCount": 3}, "requestPayload": ` + event +
		`, "responsePayload": {"errorType": "PermanentError"}}`)
	require.NoError(t, err)
	assert.Equal(t, letter{want, 3, "PermanentError"}, got)

	_, err = parseLetter("x")
	assert.ErrorContains(t, err, "reading a dead letter")
}

func TestContractFollowsTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := newContract(map[string]string{"DESTINATION_BUCKET": "out", "THUMBNAIL_SIZES": "200x100, 50x60"})
	require.NoError(t, err)
	assert.Equal(t, []image.Point{{200, 100}, {50, 60}}, c.boxes)
	assert.Equal(t, "thumbnails/50x60/2024/cat.png", c.key("uploads/2024/cat.png", c.boxes[1]))

	_, err = newContract(map[string]string{"THUMBNAIL_SIZES": "big"})
	assert.ErrorContains(t, err, "THUMBNAIL_SIZES")
	_, err = newContract(map[string]string{"BACKGROUND_COLOR": "white"})
	assert.ErrorContains(t, err, "BACKGROUND_COLOR")
}

func TestThumbnailsFillTheirBox(t *testing.T) {
	t.Parallel()
	box := image.Pt(200, 100)
	tests := []struct {
		name           string
		original, size image.Point
		want           bool
	}{
		{"wide", image.Pt(1000, 100), image.Pt(200, 20), true},
		{"tall", image.Pt(100, 1000), image.Pt(10, 100), true},
		{"small stays", image.Pt(50, 40), image.Pt(50, 40), true},
		{"small is not enlarged", image.Pt(50, 40), image.Pt(125, 100), false},
		{"lying down", image.Pt(100, 1000), image.Pt(200, 20), false},
		{"distorted", image.Pt(1000, 100), image.Pt(200, 30), false},
		{"too small", image.Pt(1000, 100), image.Pt(100, 10), false},
		{"too large", image.Pt(1000, 100), image.Pt(400, 40), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, fits(tt.original, box, tt.size))
		})
	}
}

func TestMessagesAreTheSameInASCII(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "größe", "日本語", "🙂 e\u0301", `quote " and \ backslash`} {
		message, err := json.Marshal(text)
		require.NoError(t, err)
		encoded := *ascii(message)
		var got string
		require.NoError(t, json.Unmarshal([]byte(encoded), &got))
		assert.Equal(t, text, got)
		assert.Less(t, strings.IndexFunc(encoded, func(r rune) bool { return r > 126 }), 0)
	}
}
