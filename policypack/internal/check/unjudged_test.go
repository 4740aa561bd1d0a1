package check_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// ofType returns a resource of some package that the program declares.
func ofType(token string, n int) *graph.Resource {
	name := fmt.Sprintf("r%d", n)
	return &graph.Resource{
		URN: resource.URN("urn:pulumi:dev::images::" + token + "::" + name), Type: graph.Type(token), Name: name,
		Inputs: resource.PropertyMap{},
	}
}

func TestANoticeCountsTheResourcesThatNoRuleJudgesByType(t *testing.T) {
	t.Parallel()
	c := checker(t, nil, onStack("on-stack"))
	component, read := ofType("acme:index:Site", 1), ofType("gcp:storage/bucket:Bucket", 9)
	component.Component, read.Inputs = true, nil
	quiet := []*graph.Resource{
		component, read,
		ofType("aws:glue/job:Job", 1), ofType("random:index/randomId:RandomId", 1), ofType("docker-build:index:Image", 1),
		ofType("pulumi:providers:gcp", 1), ofType("pulumi:pulumi:Stack", 1), ofType("pulumi:pulumi:StackReference", 1),
		ofType("tls:index/privateKey:PrivateKey", 1), ofType("command:local:Command", 1),
	}
	assert.Empty(t, judge(t, c, stack(quiet...)).Notices)

	one := judge(t, c, stack(append(quiet, ofType("aws-native:ec2:Vpc", 1))...)).Notices
	assert.Len(t, one, 1)
	assert.Equal(t, "1 resource is of a type that no rule judges: aws-native:ec2:Vpc (1)", one[0].Message)

	several := judge(t, c, stack(append(quiet, ofType("aws-native:ec2:Vpc", 1), ofType("gcp:storage/bucket:Bucket", 1),
		ofType("gcp:storage/bucket:Bucket", 2), ofType("pulumi-python:dynamic:Resource", 1))...)).Notices
	assert.Len(t, several, 1)
	assert.Equal(t, "4 resources are of types that no rule judges: gcp:storage/bucket:Bucket (2), aws-native:ec2:Vpc (1), "+
		"pulumi-python:dynamic:Resource (1)", several[0].Message)
	assert.Empty(t, several[0].URN)
}

func TestTheNoticeNamesTheCommonestTypesOnly(t *testing.T) {
	t.Parallel()
	var resources []*graph.Resource
	for i := range 12 {
		for n := range 12 - i {
			resources = append(resources, ofType(fmt.Sprintf("azure-native:t%02d:T", i), n))
		}
	}
	got := judge(t, checker(t, nil, onStack("on-stack")), stack(resources...)).Notices
	assert.Len(t, got, 1)
	assert.Contains(t, got[0].Message, "78 resources are of types that no rule judges: azure-native:t00:T (12), azure-native:t01:T (11), ")
	assert.Contains(t, got[0].Message, "azure-native:t09:T (3), and 2 more types")
	assert.NotContains(t, got[0].Message, "t10")
}

// judge returns what the rules for the stack say.
func judge(t *testing.T, c *check.Checker, g *graph.Graph) check.Result {
	t.Helper()
	res, err := c.Stack(t.Context(), g)
	require.NoError(t, err)
	return res
}
