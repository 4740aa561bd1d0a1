package planprovider

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestOtherPackagesEchoTheirInputs(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "docker", "4.5.0", nil)
	const image = "docker:index/image:Image"
	inputs, reasons := check(t, p, image, "i", nil, props{"imageName": "x", "hidden": secret("s"), "later": unknown()})
	assert.Empty(t, reasons)
	want := properties(props{"imageName": "x", "hidden": secret("s"), "later": unknown()})
	assert.Equal(t, want, inputs)
	outputs := create(t, p, image, "i", props{"imageName": "x", "hidden": secret("s"), "later": unknown()})
	assert.Equal(t, want, outputs)
	results := invoke(t, p, "docker:index/getNetwork:getNetwork", props{"name": "n"})
	assert.Equal(t, "n", results["name"].StringValue())
	assert.True(t, standin.In(results["id"].StringValue()))
}

func TestAComponentSaysHowToInstallItsPlugin(t *testing.T) {
	t.Parallel()
	_, err := New("awsx", "2.1.0").Construct(context.Background(), &pulumirpc.ConstructRequest{Type: "awsx:ec2:Vpc"})
	require.ErrorContains(t, err, "awsx:ec2:Vpc is a component: its package awsx runs code of its own, and its plugin is "+
		"not installed; install it with `pulumi plugin install resource awsx 2.1.0`")
}
