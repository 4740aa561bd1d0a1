package thumbnail

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

var (
	// ErrRefused marks an event that the function must not act on: its object is
	// the function's own output or lies outside of the folder of originals, or
	// the event is not about a new object.
	ErrRefused = errors.New("event refused")
	// ErrBadKey marks an object key that cannot be decoded, or is so long that
	// the thumbnail's would be longer than S3 allows.
	ErrBadKey = errors.New("bad object key")
)

// maxKeyBytes is the length of the longest key that S3 accepts.
const maxKeyBytes = 1024

// Object names one version of one object.
type Object struct {
	// Bucket is the bucket's name.
	Bucket string
	// Key is the object's key, decoded.
	Key string
	// VersionID is empty in a bucket without versioning.
	VersionID string
}

// String returns the object's s3:// address, for messages.
func (o Object) String() string {
	return "s3://" + o.Bucket + "/" + o.Key
}

// source returns the created object in a record. S3 encodes the keys in its
// events as HTML forms do: a space arrives as a plus sign, and everything but
// ASCII letters, digits and a few marks as percent escapes. The error wraps
// ErrRefused or ErrBadKey.
func source(record events.S3EventRecord) (Object, error) {
	encoded := record.S3.Object.Key
	// Servers that implement S3's protocol put the service's name before it.
	if event := strings.TrimPrefix(record.EventName, "s3:"); !strings.HasPrefix(event, "ObjectCreated:") {
		return Object{}, fmt.Errorf("%w: %q of %s is no new object", ErrRefused, record.EventName, encoded)
	}
	key, err := url.QueryUnescape(encoded)
	if err != nil {
		return Object{}, fmt.Errorf("%w: decoding %q: %w", ErrBadKey, encoded, err)
	}
	return Object{Bucket: record.S3.Bucket.Name, Key: key, VersionID: record.S3.Object.VersionID}, nil
}

// name returns what distinguishes an original from others: its key without the
// folder. The error wraps ErrRefused.
func (c Config) name(original Object) (string, error) {
	if original.Bucket == c.DestinationBucket || strings.HasPrefix(original.Key, c.DestinationPrefix) {
		return "", fmt.Errorf("%w: %s is where thumbnails go, and making one of it could invoke the function for ever", ErrRefused, original)
	}
	name, ok := strings.CutPrefix(original.Key, c.SourcePrefix)
	if !ok || name == "" {
		return "", fmt.Errorf("%w: %s is not under %s", ErrRefused, original, c.SourcePrefix)
	}
	return name, nil
}

// destinations returns where the thumbnails of an original go, in the order of
// the boxes. The name stays unchanged, including its extension, so that two
// originals never share a thumbnail. The error wraps ErrRefused or ErrBadKey.
func (c Config) destinations(original Object) ([]Object, error) {
	name, err := c.name(original)
	if err != nil {
		return nil, err
	}
	targets := make([]Object, 0, len(c.Render.Boxes))
	for _, box := range c.Render.Boxes {
		target := Object{Bucket: c.DestinationBucket, Key: c.DestinationPrefix + box.String() + "/" + name}
		if len(target.Key) > maxKeyBytes {
			return nil, fmt.Errorf("%w: the thumbnail's has %d bytes, the limit is %d", ErrBadKey, len(target.Key), maxKeyBytes)
		}
		targets = append(targets, target)
	}
	return targets, nil
}
