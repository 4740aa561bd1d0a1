package thumbnail

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// PermanentError is a failure caused by the original or its event: every
// attempt ends in the same way, until somebody changes one or the other.
type PermanentError struct{ err error }

// Error implements error.
func (e *PermanentError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.err }

// TransientError is a failure that may not affect another attempt: S3
// throttled, failed or could not be reached, access was denied, or time ran
// out.
type TransientError struct{ err error }

// Error implements error.
func (e *TransientError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *TransientError) Unwrap() error { return e.err }

// errPanic marks a panic that was caught.
var errPanic = errors.New("panic")

// permanentCauses are this program's own verdicts.
var permanentCauses = []error{
	ErrRefused, ErrBadKey, render.ErrTooLarge, render.ErrUnsupported, render.ErrCorrupt, errPanic,
}

// permanentCodes are S3's errors that concern the object and not the moment.
// Denied access is not among them: a role or a key's policy gets fixed, and
// both take a while to reach every server.
var permanentCodes = []string{
	"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidObjectState", "KeyTooLongError",
}

// kind returns "permanent" or "transient".
func kind(err error) string {
	var permanent *PermanentError
	if errors.As(err, &permanent) {
		return "permanent"
	}
	return "transient"
}

// classify wraps an error in a PermanentError or a TransientError.
func classify(err error) error {
	if isPermanent(err) {
		return &PermanentError{err}
	}
	return &TransientError{err}
}

func isPermanent(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	for _, cause := range permanentCauses {
		if errors.Is(err, cause) {
			return true
		}
	}
	var apiError smithy.APIError
	return errors.As(err, &apiError) && slices.Contains(permanentCodes, apiError.ErrorCode())
}

// join joins the records' errors, each of which is a PermanentError or a
// TransientError. The result is transient if any of them is.
func join(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	joined := errors.Join(errs...)
	var transient *TransientError
	if errors.As(joined, &transient) {
		return &TransientError{joined}
	}
	return &PermanentError{joined}
}
