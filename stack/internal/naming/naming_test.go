package naming_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func TestBucketCarriesAllThatMakesItUnique(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "image-pipeline-test-acme-source-123456789012", stacktest.Scope.Bucket("source"))
}

func TestBucketDistinguishesCleanedNames(t *testing.T) {
	t.Parallel()
	dashed, dotted := stacktest.Scope, stacktest.Scope
	dashed.Stack, dotted.Stack = "my-stack", "my.stack"
	assert.Equal(t, "image-pipeline-my-stack-acme-source-123456789012", dashed.Bucket("source"))
	assert.Regexp(t, `^image-pipeline-my-stack-acme-[0-9a-f]{8}-source-123456789012$`, dotted.Bucket("source"))
}

func TestBucketDistinguishesTruncatedNames(t *testing.T) {
	t.Parallel()
	one, other := stacktest.Scope, stacktest.Scope
	one.Stack = strings.Repeat("long", 20) + "1"
	other.Stack = strings.Repeat("long", 20) + "2"
	assert.Len(t, one.Bucket("source"), 63)
	assert.NotEqual(t, one.Bucket("source"), other.Bucket("source"))
	assert.Equal(t, one.Bucket("source"), one.Bucket("source"))
}

// These are Amazon S3's rules for the names of general purpose buckets: 3 to 63
// characters of lower case, digits and hyphens, letters or digits at both ends.
func TestBucketIsValidWhateverTheScope(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	rapid.Check(t, func(t *rapid.T) {
		scope := stacktest.Scope
		scope.Project = rapid.StringMatching(`[A-Za-z0-9_.-]{1,100}`).Draw(t, "project")
		scope.Stack = rapid.StringMatching(`[A-Za-z0-9_.-]{1,100}`).Draw(t, "stack")
		scope.Organization = rapid.StringMatching(`[A-Za-z0-9_-]{1,40}`).Draw(t, "organization")
		name := scope.Bucket("destination")
		if !valid.MatchString(name) {
			t.Fatalf("%q is no bucket name", name)
		}
		if !strings.HasSuffix(name, "-destination-123456789012") {
			t.Fatalf("%q lacks its role or account", name)
		}
	})
}

func TestNameLeavesOutWhatOnlyBucketsNeed(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "image-pipeline-test-thumbnailer", stacktest.Scope.Name("thumbnailer"))
	long := stacktest.Scope
	long.Stack = strings.Repeat("x", 100)
	assert.Len(t, long.Name("thumbnailer"), 64, "the longest name of a function")
}

func TestARNsNameThePartition(t *testing.T) {
	t.Parallel()
	scope := stacktest.Scope
	scope.Partition = "aws-cn"
	assert.Equal(t, "arn:aws-cn:sqs:eu-west-1:123456789012:letters", scope.ARN("sqs", "letters"))
	assert.Equal(t, "arn:aws-cn:s3:::pictures", scope.BucketARN("pictures"))
	assert.Equal(t, "arn:aws-cn:iam::123456789012:root", scope.AccountARN())
}

func TestLookupAsksPulumiAndAWS(t *testing.T) {
	t.Parallel()
	_, err := stacktest.Run(t, nil, func(ctx *pulumi.Context) error {
		scope, err := naming.Lookup(ctx)
		assert.Equal(t, stacktest.Scope, scope)
		return err
	})
	require.NoError(t, err)
}
