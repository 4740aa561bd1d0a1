package graph

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
)

func TestAnAccountThatNobodyHasPinnedTellsNoARNsApart(t *testing.T) {
	t.Parallel()
	in := func(account string) *Resource {
		return &Resource{Outputs: resource.PropertyMap{
			"arn": resource.NewProperty("arn:aws:sqs:eu-west-1:" + account + ":failed"),
		}}
	}
	const another = "arn:aws:sqs:eu-west-1:444455556666:failed"
	assert.True(t, in("111122223333").notIn(another), "the account is known, and another")
	assert.False(t, in("444455556666").notIn(another))
	assert.False(t, in(aws.UnknownAccount).notIn(another), "it may be the stack's own")
	assert.True(t, in(aws.UnknownAccount).notIn("arn:aws:sqs:us-east-1:444455556666:failed"), "the region is another")
}
