package planprovider

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestAReadAnswersWithWhatTheIDDeterminesAndStandIns(t *testing.T) {
	t.Parallel()
	var log standin.Log
	p := connectWith(t, props{"region": "eu-west-1"}, LogStandIns(&log))
	response, err := p.Read(context.Background(), plugin.ReadRequest{URN: urnOf(bucketType, "b"), ID: "logs"})
	require.NoError(t, err)
	assert.Equal(t, resource.ID("logs"), response.ID)
	assert.Equal(t, properties(props{"bucket": "logs"}), response.Inputs, "which an import compares")
	assert.Equal(t, "logs", response.Outputs["bucket"].StringValue())
	assert.Equal(t, "arn:aws:s3:::logs", response.Outputs["arn"].StringValue())
	assert.NotContains(t, response.Outputs, resource.PropertyKey("tags"), "what is left out is unknown to the program")

	response, err = p.Read(context.Background(), plugin.ReadRequest{
		URN: urnOf("aws:ec2/vpc:Vpc", "v"), ID: "vpc-1", State: properties(props{"cidrBlock": "10.0.0.0/16"}),
	})
	require.NoError(t, err)
	assert.Equal(t, "10.0.0.0/16", response.Outputs["cidrBlock"].StringValue(), "what the program gives")
	assert.True(t, standin.In(response.Outputs["arn"].StringValue()))
	assert.Contains(t, log.Entries(), standin.Entry{Kind: standin.Read, Name: "aws:ec2/vpc:Vpc", Detail: "vpc-1"})
}

func TestAnImportedResourceIsNotReplacedForANameThatIsNotKnown(t *testing.T) {
	t.Parallel()
	diff, err := connect(t, nil).Diff(context.Background(), plugin.DiffRequest{
		URN: urnOf(functionType, "f"), ID: "f", OldInputs: properties(nil), OldOutputs: properties(nil),
		NewInputs: properties(props{"name": "f"}), AllowUnknowns: true,
	})
	require.NoError(t, err)
	assert.Equal(t, plugin.DiffSome, diff.Changes)
	assert.Empty(t, diff.ReplaceKeys)
}
