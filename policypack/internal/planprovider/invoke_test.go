package planprovider

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

func invoke(t *testing.T, p plugin.Provider, token string, args props) resource.PropertyMap {
	t.Helper()
	response, err := p.Invoke(context.Background(), plugin.InvokeRequest{
		Tok: tokens.ModuleMember(token), Args: properties(args), Preview: true,
	})
	require.NoError(t, err)
	require.Empty(t, response.Failures)
	return response.Properties
}

func TestFunctionsAnswerWithFixedValues(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config props
		token  string
		args   props
		want   props
	}{
		"caller identity": {nil, "aws:index/getCallerIdentity:getCallerIdentity", nil, props{
			"accountId": "123456789012", "id": "123456789012", "userId": "AIDACKCEVSQ6C2EXAMPLE",
			"arn": "arn:aws:iam::123456789012:user/pipeguard",
		}},
		"configured region": {props{"region": "eu-west-1"}, "aws:index/getRegion:getRegion", nil, props{
			"name": "eu-west-1", "id": "eu-west-1", "description": "Europe (Ireland)",
			"endpoint": "ec2.eu-west-1.amazonaws.com",
		}},
		"region asked for": {nil, "aws:index/getRegion:getRegion", props{"name": "cn-north-1"}, props{
			"name": "cn-north-1", "id": "cn-north-1", "description": "cn-north-1",
			"endpoint": "ec2.cn-north-1.amazonaws.com.cn",
		}},
		"region by endpoint": {nil, "aws:index/getRegion:getRegion", props{"endpoint": "ec2.eu-west-2.amazonaws.com"}, props{
			"name": "eu-west-2", "id": "eu-west-2", "description": "Europe (London)",
			"endpoint": "ec2.eu-west-2.amazonaws.com",
		}},
		"partition": {props{"region": "eu-west-1"}, "aws:index/getPartition:getPartition", nil, props{
			"partition": "aws", "id": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws",
		}},
		"partition in China": {props{"region": "cn-north-1"}, "aws:index/getPartition:getPartition", nil, props{
			"partition": "aws-cn", "id": "aws-cn", "dnsSuffix": "amazonaws.com.cn", "reverseDnsPrefix": "cn.com.amazonaws",
		}},
		"zones": {
			props{"region": "ap-southeast-2"},
			"aws:index/getAvailabilityZones:getAvailabilityZones",
			props{"state": "available", "excludeNames": []any{"ap-southeast-2b"}},
			props{
				"names":   []any{"ap-southeast-2a", "ap-southeast-2c"},
				"zoneIds": []any{"apse2-az1", "apse2-az3"}, "groupNames": []any{"ap-southeast-2"},
				"id": "ap-southeast-2", "state": "available", "excludeNames": []any{"ap-southeast-2b"},
			},
		},
		"ARN": {nil, "aws:index/getArn:getArn", props{"arn": "arn:aws:lambda:eu-west-1:1:function:a:b"}, props{
			"arn": "arn:aws:lambda:eu-west-1:1:function:a:b", "id": "arn:aws:lambda:eu-west-1:1:function:a:b",
			"partition": "aws", "service": "lambda", "region": "eu-west-1", "account": "1", "resource": "function:a:b",
		}},
		"service principal": {
			props{"region": "eu-west-1"},
			"aws:index/getServicePrincipal:getServicePrincipal",
			props{"serviceName": "s3"},
			props{
				"serviceName": "s3", "name": "s3.amazonaws.com", "id": "s3.eu-west-1.amazonaws.com",
				"region": "eu-west-1", "suffix": "amazonaws.com",
			},
		},
		"default tags": {
			props{"defaultTags": props{"tags": props{"team": "x"}}, "region": "eu-west-1"},
			"aws:index/getDefaultTags:getDefaultTags", nil,
			props{"id": "aws", "tags": props{"team": "x"}},
		},
		"canonical user": {nil, "aws:s3/getCanonicalUserId:getCanonicalUserId", nil, props{
			"id":          "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
			"displayName": "pipeguard",
		}},
		"secret in, secret out": {nil, "aws:index/getArn:getArn", props{"arn": secret("arn:aws:s3:::b")}, props{
			"arn": secret("arn:aws:s3:::b"), "id": secret("arn:aws:s3:::b"), "partition": secret("aws"),
			"service": secret("s3"), "region": secret(""), "account": secret(""), "resource": secret("b"),
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, properties(c.want), invoke(t, connect(t, c.config), c.token, c.args))
		})
	}
}

func TestRegionsAreSorted(t *testing.T) {
	t.Parallel()
	names := invoke(t, connect(t, nil), "aws:index/getRegions:getRegions", nil)["names"].ArrayValue()
	assert.Len(t, names, 17)
	assert.Equal(t, "ap-northeast-1", names[0].StringValue())
	assert.Equal(t, "us-west-2", names[16].StringValue())
}

func TestRegionComesFromConfigurationThenEnvironment(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"AWS_DEFAULT_REGION": "eu-west-3"}
	c := config{getenv: func(name string) string { return environment[name] }}
	assert.Equal(t, "eu-west-3", c.region())
	environment["AWS_REGION"] = "eu-west-2"
	assert.Equal(t, "eu-west-2", c.region())
	c.set(properties(props{"region": secret("eu-west-1")}))
	assert.Equal(t, "eu-west-1", c.region())
	c.set(properties(props{"region": ""}))
	assert.Equal(t, "eu-west-2", c.region())
	clear(environment)
	assert.Equal(t, "us-east-1", c.region())
}

func TestZoneIDsAreShortenedAsAWSDoes(t *testing.T) {
	t.Parallel()
	// AWS RAM user guide, "Availability Zone IDs for your AWS resources".
	for region, want := range map[string]string{
		"us-east-1": "use1-az1", "ap-northeast-1": "apne1-az1", "ap-southeast-2": "apse2-az1", "ca-central-1": "cac1-az1",
		"us-gov-west-1": "usgw1-az1", "eu-north-1": "eun1-az1",
	} {
		assert.Equal(t, want, zoneIDs(region)[0])
	}
}

func TestOtherFunctionsFailAndSayWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := connect(t, nil).Invoke(context.Background(), plugin.InvokeRequest{Tok: "aws:ec2/getAmi:getAmi"})
	require.ErrorContains(t, err, "the plan provider has no answer for the function aws:ec2/getAmi:getAmi, which asks AWS; "+
		"run `pipeguard preview --provider real`")
}

func TestWrongArgumentsOfAFunctionAreFailures(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	failures := func(token string, args props) []string {
		response, err := p.Invoke(context.Background(), plugin.InvokeRequest{
			Tok: tokens.ModuleMember(token), Args: properties(args),
		})
		require.NoError(t, err)
		var reasons []string
		for _, failure := range response.Failures {
			reasons = append(reasons, failure.Reason)
		}
		return reasons
	}
	const document = "aws:iam/getPolicyDocument:getPolicyDocument"
	assert.Equal(t, []string{"statements[0].action is not an argument of " + document + "; did you mean actions?"},
		failures(document, props{"statements": []any{props{"action": []any{"s3:*"}}}}))
	assert.Equal(t, []string{"the required argument arn of aws:index/getArn:getArn is missing"},
		failures("aws:index/getArn:getArn", nil))
	_, err := p.Invoke(context.Background(), plugin.InvokeRequest{
		Tok: "aws:index/getArn:getArn", Args: properties(props{"arn": "b"}),
	})
	require.ErrorContains(t, err, `answering aws:index/getArn:getArn: "b" is not an ARN`)
}

func TestFunctionsExistInTheSDK(t *testing.T) {
	t.Parallel()
	s := schema.For(Version)
	for token := range functions {
		_, _, err := s.Function(token)
		require.NoError(t, err)
	}
}
