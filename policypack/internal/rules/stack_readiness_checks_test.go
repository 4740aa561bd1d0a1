package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func TestStackReadinessChecks(t *testing.T) {
	t.Parallel()
	const bucket = "uploads: {type: aws:s3:BucketV2}"
	testRule(t, "stack-readiness-checks", []ruleCase{
		{
			name: "no outputs", resources: bucket, want: fires("images-dev validations"),
			says: "the stack declares no output validations: nothing tells whether it is ready.\n" +
				"  fix: export an output validations with named checks, as validations: {uploadsArePrivate: true}",
		},
		{name: "other outputs", resources: bucket, outputs: `bucket: "${uploads.id}"`, want: fires("images-dev validations")},
		{name: "a function and no outputs", resources: "f: {type: aws:lambda:Function}", want: fires("images-dev validations")},
		{name: "null", resources: bucket, outputs: "validations: null", want: fires("images-dev validations")},
		{name: "no checks", resources: bucket, outputs: "validations: {}", want: fires("images-dev validations"), says: "holds no named check"},
		{name: "a list", resources: bucket, outputs: "validations: [true]", want: fires("images-dev validations")},
		{name: "a boolean", resources: bucket, outputs: "validations: true", want: fires("images-dev validations")},
		{name: "an empty group", resources: bucket, outputs: "validations: {uploads: {}}", want: fires("images-dev validations")},
		{name: "a check that is null", resources: bucket, outputs: "validations: {private: null}", want: fires("images-dev validations")},
		{name: "a check that holds", resources: bucket, outputs: "validations: {private: true}", want: clean},
		{name: "a check that says something", resources: bucket, outputs: "validations: {private: ok, count: 3}", want: clean},
		{name: "a group of checks", resources: bucket, outputs: "validations: {uploads: {private: true, encrypted: true}}", want: clean},
		{name: "checks as JSON", resources: bucket, outputs: `validations: {"fn::toJSON": {private: true}}`, want: clean},
		{
			name: "a check that fails", resources: bucket, outputs: "validations: {private: false, encrypted: true}",
			want: fires("images-dev validations.private"), says: "the stack's check validations.private fails.\n  fix: make the resources meet the check, or correct the check",
		},
		{name: "a check that fails, as text", resources: bucket, outputs: `validations: {private: "false"}`, want: fires("images-dev validations.private")},
		{
			name: "a check that fails in a group", resources: bucket, outputs: "validations: {uploads: {private: false}}",
			want: fires("images-dev validations.uploads.private"),
		},
		{name: "a check that fails in JSON", resources: bucket, outputs: `validations: {"fn::toJSON": {private: false}}`, want: fires("images-dev validations.private")},
		{name: "all unknown", resources: bucket, outputs: `validations: {"fn::unknown": 1}`, want: undecided("images-dev")},
		{
			name: "one unknown", resources: bucket, outputs: `validations: {private: {"fn::unknown": 1}, encrypted: true}`,
			want: undecided("images-dev"), says: "not known yet, of the stack's checks: validations.private",
		},
		{
			name: "one unknown and one that fails", resources: bucket, outputs: `validations: {private: {"fn::unknown": 1}, encrypted: false}`,
			want: fires("images-dev validations.encrypted").and("images-dev"),
		},
		{
			name: "a check of an output that AWS computes", resources: bucket, outputs: `validations: {arn: "${uploads.arn}"}`,
			want: clean, preview: undecided("images-dev"),
		},
		{
			name: "a secret check that fails keeps its name", resources: bucket, outputs: `validations: {private: {"fn::secret": false}}`,
			want: fires("images-dev validations.private"),
		},
		{
			name: "secret checks do not", resources: bucket, outputs: `validations: {"fn::secret": {` + hush + `: false}}`,
			want: fires("images-dev validations.[secret]"), says: "the stack's check validations.[secret] fails.",
		},
		{
			name: "secret checks of which one is unknown", resources: bucket,
			outputs: `validations: {"fn::secret": {` + hush + `: {"fn::unknown": 1}}}`, want: undecided("images-dev"),
		},
		{name: "neither bucket nor function", resources: "queue: {type: aws:sqs:Queue}", want: clean},
		{name: "a bucket that is only read", resources: "uploads: {type: aws:s3:BucketV2, get: {bucket: theirs}}", want: clean},
	})
}

func TestStackReadinessChecksWithoutAStackResource(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(ruleCase{resources: "uploads: {type: aws:s3:BucketV2}"}.program(), ruletest.Preview)
	require.NoError(t, err)
	res := checkGraph(t, graph.New(g.Project, g.Stack, g.Organization, g.All(graph.Bucket)), only("stack-readiness-checks"))
	assert.Equal(t, undecided("nothing"), verdictOf(res))
}
