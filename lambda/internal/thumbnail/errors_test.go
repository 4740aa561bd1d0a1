package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

func TestFailuresAreDistinguished(t *testing.T) {
	t.Parallel()
	answer := func(code string) error { return &smithy.GenericAPIError{Code: code} }
	for _, test := range []struct {
		cause error
		want  string
	}{
		{ErrRefused, "permanent"},
		{ErrBadKey, "permanent"},
		{errPanic, "permanent"},
		{render.ErrTooLarge, "permanent"},
		{render.ErrUnsupported, "permanent"},
		{render.ErrCorrupt, "permanent"},
		{answer("NoSuchKey"), "permanent"},
		{answer("NoSuchVersion"), "permanent"},
		{answer("InvalidObjectState"), "permanent"},
		{answer("SlowDown"), "transient"},
		{answer("InternalError"), "transient"},
		{answer("ServiceUnavailable"), "transient"},
		{answer("RequestTimeout"), "transient"},
		{answer("KMS.ThrottlingException"), "transient"},
		{answer("AccessDenied"), "transient"},
		{context.DeadlineExceeded, "transient"},
		{errors.New("connection reset by peer"), "transient"},
		// The decoder broke off because time ran out, not because of the file.
		{fmt.Errorf("%w: %w", render.ErrCorrupt, context.DeadlineExceeded), "transient"},
	} {
		err := classify(fmt.Errorf("doing something: %w", test.cause))
		assert.Equal(t, test.want, kind(err), "%v", test.cause)
		require.ErrorIs(t, err, test.cause)
	}
}

func TestAnInvocationIsTransientIfAnyOfItsRecordsIs(t *testing.T) {
	t.Parallel()
	permanent, transient := classify(ErrRefused), classify(errors.New("reset"))
	var asPermanent *PermanentError
	var asTransient *TransientError
	require.NoError(t, join(nil))
	require.ErrorAs(t, join([]error{permanent, permanent}), &asPermanent)
	assert.NotErrorAs(t, join([]error{permanent, permanent}), &asTransient)
	assert.IsType(t, asTransient, join([]error{permanent, transient}))
	require.EqualError(t, join([]error{permanent, transient}), "event refused\nreset")
}
