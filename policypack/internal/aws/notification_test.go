package aws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
)

func TestS3EventsAreThoseOfTheSDK(t *testing.T) {
	t.Parallel()
	var want []string
	for _, event := range types.Event("").Values() {
		want = append(want, string(event))
	}
	assert.ElementsMatch(t, want, aws.S3Events)
	assert.IsNonDecreasing(t, aws.S3Events)
}
