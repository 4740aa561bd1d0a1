package thumbnail

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// ErrRefused marks an event that the function must not act on: its object is
// the function's own output, or lies outside of the folder of originals.
var ErrRefused = errors.New("event refused")

// Object names one version of one object.
type Object struct {
	// Bucket is the bucket's name.
	Bucket string
	// Key is the object's key, decoded.
	Key string
	// VersionID is empty in a bucket without versioning.
	VersionID string
}

// String gives the object's s3:// address, for messages.
func (o Object) String() string {
	return "s3://" + o.Bucket + "/" + o.Key
}

// source reads from a record which object was created. S3 encodes the keys in
// its events as HTML forms do: a space arrives as a plus sign, and all but
// ASCII letters, digits and few marks as percent escapes.
func source(record events.S3EventRecord) (Object, error) {
	key, err := url.QueryUnescape(record.S3.Object.Key)
	if err != nil {
		return Object{}, fmt.Errorf("decoding object key %q: %w", record.S3.Object.Key, err)
	}
	return Object{Bucket: record.S3.Bucket.Name, Key: key, VersionID: record.S3.Object.VersionID}, nil
}

// destination derives where the thumbnail of an original goes. Nothing but the
// prefix changes, so that two originals never share a thumbnail and a repeated
// event overwrites its own. The error wraps ErrRefused.
func (c Config) destination(original Object) (Object, error) {
	if original.Bucket == c.DestinationBucket && strings.HasPrefix(original.Key, c.DestinationPrefix) {
		return Object{}, fmt.Errorf("%w: %s is a thumbnail, and making one of it would invoke the function for ever", ErrRefused, original)
	}
	name, ok := strings.CutPrefix(original.Key, c.SourcePrefix)
	if !ok || name == "" {
		return Object{}, fmt.Errorf("%w: %s is not under %s", ErrRefused, original, c.SourcePrefix)
	}
	return Object{Bucket: c.DestinationBucket, Key: c.DestinationPrefix + name}, nil
}
