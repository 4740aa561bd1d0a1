package planprovider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
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
	s := schema.For("7.51.1") // which has those of older versions, too
	for token := range functions {
		_, _, err := s.Function(token)
		require.NoError(t, err)
	}
	for token, names := range secretResults {
		f, _, err := s.Function(token)
		require.NoError(t, err)
		for _, name := range names {
			assert.Contains(t, f.Outputs, string(name), token)
		}
	}
}

func TestResultsAreThoseOfTheSDKsVersion(t *testing.T) {
	t.Parallel()
	const token = "aws:index/getRegion:getRegion"
	v7 := invoke(t, connectNew(t, "aws", "7.40.0", props{"region": "eu-west-1"}), token, nil)
	assert.Equal(t, "eu-west-1", v7["region"].StringValue())
	v7 = invoke(t, connectNew(t, "aws", "7.40.0", nil), token, props{"region": "eu-west-2"})
	assert.Equal(t, "eu-west-2", v7["region"].StringValue())
	assert.Equal(t, "eu-west-2", v7["name"].StringValue())
	for _, version := range []string{"5.43.0", "6.83.4"} {
		results := invoke(t, connectNew(t, "aws", version, nil), token, nil)
		assert.NotContains(t, results, resource.PropertyKey("region"), version)
		assert.Equal(t, "us-east-1", results["name"].StringValue(), version)
	}
	zones := invoke(t, connectNew(t, "aws", "7.40.0", nil), "aws:index/getAvailabilityZones:getAvailabilityZones",
		props{"region": "eu-west-3"})
	assert.Equal(t, "eu-west-3a", zones["names"].ArrayValue()[0].StringValue())
}

func TestFunctionsOfTheProviderItselfAnswerExactly(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws", "7.40.0", nil)
	assert.Equal(t, properties(props{"result": "arn:aws:iam::1:role/x"}), invoke(t, p, "aws:index/arnBuild:arnBuild", props{
		"partition": "aws", "service": "iam", "region": "", "accountId": "1", "resource": "role/x",
	}))
	assert.Equal(t, properties(props{
		"partition": "aws", "service": "iam", "region": "", "accountId": "1", "resource": "role/x",
	}), invoke(t, p, "aws:index/arnParse:arnParse", props{"arn": "arn:aws:iam::1:role/x"}))
	trimmed := invoke(t, p, "aws:index/trimIamRolePath:trimIamRolePath", props{"arn": "arn:aws:iam::1:role/a/x"})
	assert.True(t, standin.In(trimmed["result"].StringValue()))
}

func TestABooleanIsAStandInWhereTheLanguageTakesATextForIt(t *testing.T) {
	t.Parallel()
	for language, isText := range map[string]bool{"nodejs": true, "yaml": true, "python": false, "go": false, "dotnet": false, "": false} {
		var log standin.Log
		p := connectNew(t, "aws", "7.40.0", nil, Language(language), LogStandIns(&log))
		flag := invoke(t, p, "aws:ec2/getVpc:getVpc", nil)["enableDnsSupport"]
		if isText {
			assert.True(t, standin.In(flag.StringValue()), language)
		} else {
			assert.False(t, flag.BoolValue(), language)
		}
		assert.Len(t, log.Entries(), 1, "the log tells of it")
	}
}

func TestOtherFunctionsAnswerWithStandInsOfTheSDKsTypes(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws", "7.40.0", props{"region": "eu-west-1"})
	vpc := invoke(t, p, "aws:ec2/getVpc:getVpc", props{"default": true, "tags": props{"a": "b"}})
	assert.True(t, vpc["default"].BoolValue(), "arguments are echoed")
	assert.Equal(t, "b", vpc["tags"].ObjectValue()["a"].StringValue())
	assert.Equal(t, "eu-west-1", vpc["region"].StringValue())
	assert.Regexp(t, `^arn:aws:ec2:eu-west-1:pgstandin[0-9a-f]{10}:vpc/pgstandin[0-9a-f]{10}$`, vpc["arn"].StringValue())
	assert.Regexp(t, `^pgstandin[0-9a-f]{10}$`, vpc["id"].StringValue())
	assert.NotEqual(t, vpc["id"], vpc["cidrBlock"])
	assert.False(t, vpc["enableDnsSupport"].BoolValue(), "the SDK's type has no room for nothing")
	assert.NotContains(t, vpc, resource.PropertyKey("filters"), "an argument that was not given")
	association := vpc["cidrBlockAssociations"].ArrayValue()[0].ObjectValue()
	assert.True(t, standin.In(association["associationId"].StringValue()))

	assert.Equal(t, vpc, invoke(t, p, "aws:ec2/getVpc:getVpc", props{"default": true, "tags": props{"a": "b"}}),
		"the same question has the same answer")
	assert.NotEqual(t, vpc["id"], invoke(t, p, "aws:ec2/getVpc:getVpc", props{"default": false})["id"])

	ids := invoke(t, p, "aws:ec2/getSubnets:getSubnets", nil)["ids"].ArrayValue()
	require.Len(t, ids, 2)
	assert.NotEqual(t, ids[0], ids[1])
	ami := invoke(t, p, "aws:ec2/getAmi:getAmi", props{"mostRecent": true, "owners": []any{"amazon"}})
	assert.True(t, standin.In(ami["id"].StringValue()))
	zone := invoke(t, p, "aws:route53/getZone:getZone", props{"name": "example.com"})
	assert.Equal(t, "example.com", zone["name"].StringValue())
	assert.InDelta(t, standin.Count, zone["resourceRecordSetCount"].NumberValue(), 0, "a program may make as many resources")
	volume := invoke(t, p, "aws:ebs/getVolume:getVolume", nil)
	assert.True(t, standin.IsNumber(volume["iops"].NumberValue()))
	assert.Contains(t, zone["arn"].StringValue(), "arn:aws:route53::pgstandin", "a global service")
}

func TestEveryFunctionOfEveryVersionAnswersWithoutUnknowns(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"5.43.0", "6.83.4", "7.40.0"} {
		text, err := PackageSchema("aws", version, Use{})
		require.NoError(t, err)
		var pkg struct{ Functions map[string]any }
		require.NoError(t, json.Unmarshal(text, &pkg))
		require.Greater(t, len(pkg.Functions), 400, version)
		p := &provider{schema: schema.For(version)}
		for token := range pkg.Functions {
			f, module, err := p.schema.Function(token)
			require.NoError(t, err)
			results := resource.PropertyMap{}
			newMaker(token, &call{config: configOf(context.Background())}, module).fill(results, f)
			assert.False(t, resource.NewProperty(results).ContainsUnknowns(), token)
			for name, output := range f.Outputs {
				if _, isArgument := f.Inputs[name]; output.IsRequired() && !isArgument {
					assert.Contains(t, results, resource.PropertyKey(name), token)
				}
			}
		}
	}
}

func TestSecretResultsAreSecretAndReadableAsJSON(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	version := invoke(t, p, "aws:secretsmanager/getSecretVersion:getSecretVersion", props{"secretId": "db"})
	require.True(t, version["secretString"].IsSecret())
	var login map[string]any
	require.NoError(t, json.Unmarshal([]byte(version["secretString"].SecretValue().Element.StringValue()), &login))
	assert.True(t, standin.In(login["password"].(string)))
	assert.True(t, standin.IsNumber(login["port"].(float64)))
	assert.False(t, version["arn"].IsSecret())
	parameter := invoke(t, p, "aws:ssm/getParameter:getParameter", props{"name": "/db/url"})
	assert.True(t, parameter["value"].IsSecret())
	assert.Equal(t, "/db/url", parameter["name"].StringValue())
}

func TestAnAuthorizationTokenCanBeTakenApart(t *testing.T) {
	t.Parallel()
	token := invoke(t, connect(t, nil), "aws:ecr/getAuthorizationToken:getAuthorizationToken", nil)["authorizationToken"]
	require.True(t, token.IsSecret())
	text, err := base64.StdEncoding.DecodeString(token.SecretValue().Element.StringValue())
	require.NoError(t, err)
	user, password, _ := strings.Cut(string(text), ":")
	assert.Equal(t, "AWS", user)
	assert.True(t, standin.In(password))
}

// aws:ecr/getCredentials is missing in 7.0 to 7.40, and is back in 7.51.
func TestAFunctionThatANewerVersionHasAgainAnswersAsInTheOlderOnes(t *testing.T) {
	t.Parallel()
	const token = "aws:ecr/getCredentials:getCredentials"
	registry := props{"registryId": "123456789012"}

	again := invoke(t, connectNew(t, "aws", "7.51.1", nil), token, registry)
	dropped := invoke(t, connectNew(t, "aws", "7.40.0", nil), token, registry)

	assert.True(t, standin.In(again["proxyEndpoint"].StringValue()))
	require.True(t, again["authorizationToken"].IsSecret())
	text, err := base64.StdEncoding.DecodeString(again["authorizationToken"].SecretValue().Element.StringValue())
	require.NoError(t, err)
	assert.Regexp(t, "^AWS:", string(text))
	assert.NotContains(t, dropped, resource.PropertyKey("proxyEndpoint"))
}

func TestTheParameterOfARecommendedMachineImageIsReadableAsJSON(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	value := func(name string) string {
		result := invoke(t, p, "aws:ssm/getParameter:getParameter", props{"name": name})["value"]
		require.True(t, result.IsSecret(), name)
		return result.SecretValue().Element.StringValue()
	}
	for _, name := range []string{
		"/aws/service/ecs/optimized-ami/amazon-linux-2/recommended", "/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended",
	} {
		var image map[string]string
		require.NoError(t, json.Unmarshal([]byte(value(name)), &image), name)
		assert.True(t, standin.In(image["image_id"]), name)
	}
	for _, name := range []string{"/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id", "/shop/recommended"} {
		assert.Regexp(t, "^pgstandin[0-9a-f]+$", value(name), name)
	}
}

func TestEchoedArgumentsHaveTheTypeOfTheResult(t *testing.T) {
	t.Parallel()
	results := invoke(t, connect(t, nil), "aws:ec2/getAmi:getAmi", props{"mostRecent": "true", "nameRegex": "true"})
	assert.True(t, results["mostRecent"].BoolValue())
	assert.Equal(t, "true", results["nameRegex"].StringValue())
}

func TestAStandInAmongTheArgumentsFailsNoFunction(t *testing.T) {
	t.Parallel()
	results := invoke(t, connect(t, nil), "aws:index/getArn:getArn", props{"arn": standin.Text("vpc")})
	assert.Equal(t, standin.Text("vpc"), results["arn"].StringValue())
	assert.True(t, standin.In(results["account"].StringValue()))
	results = invoke(t, connect(t, nil), "aws:iam/getPolicyDocument:getPolicyDocument",
		props{"sourcePolicyDocuments": []any{standin.Text("policy")}})
	assert.True(t, standin.In(results["json"].StringValue()))
}

func TestFunctionsThatATableLacksReturnTheirArgumentsAndAnID(t *testing.T) {
	t.Parallel()
	results := invoke(t, connectNew(t, "aws", "7.99.0", nil), "aws:ec2/getNewThing:getNewThing", props{"name": "x"})
	assert.Equal(t, "x", results["name"].StringValue())
	assert.True(t, standin.In(results["id"].StringValue()))
	assert.Len(t, results, 2)
}

func TestStandInsAreLoggedWithoutSecrets(t *testing.T) {
	t.Parallel()
	var log standin.Log
	p := connectWith(t, nil, LogStandIns(&log))
	invoke(t, p, "aws:index/getRegion:getRegion", nil)
	assert.Empty(t, log.Entries(), "it was answered exactly")
	invoke(t, p, "aws:ec2/getVpc:getVpc", props{"id": "vpc-1", "tags": props{"key": secret("hidden")}})
	assert.Equal(t, []standin.Entry{{
		Kind: standin.Function, Name: "aws:ec2/getVpc:getVpc", Detail: `{"id":"vpc-1","tags":{"key":"[secret]"}}`,
	}}, log.Entries())
}

func TestPinnedResultsReplaceStandIns(t *testing.T) {
	t.Parallel()
	answers, err := ParseAnswers(props{
		"account": "210987654321",
		"functions": []any{
			props{"function": "ec2.get_vpc", "result": props{"id": "vpc-any", "cidrBlock": "10.0.0.0/8"}},
			props{"function": "aws:ec2:getVpc", "args": props{"default": true}, "result": props{"id": "vpc-default"}},
			props{"function": "aws:ssm/getParameter:getParameter", "result": props{"value": "pinned"}},
			props{"function": "aws.getCallerIdentity", "result": props{"user_id": "AIDAMINE"}},
		},
	})
	require.NoError(t, err)
	p := connectWith(t, nil, WithAnswers(answers))
	vpc := invoke(t, p, "aws:ec2/getVpc:getVpc", props{"default": true})
	assert.Equal(t, "vpc-default", vpc["id"].StringValue())
	assert.Equal(t, "10.0.0.0/8", vpc["cidrBlock"].StringValue())
	assert.True(t, standin.In(vpc["mainRouteTableId"].StringValue()), "what is not pinned stays a stand-in")
	assert.Equal(t, "vpc-any", invoke(t, p, "aws:ec2/getVpc:getVpc", nil)["id"].StringValue())
	assert.Equal(t, secret("pinned"), invoke(t, p, "aws:ssm/getParameter:getParameter", props{"name": "n"})["value"])
	caller := invoke(t, p, "aws:index/getCallerIdentity:getCallerIdentity", nil)
	assert.Equal(t, "210987654321", caller["accountId"].StringValue())
	assert.Equal(t, "arn:aws:iam::210987654321:user/pipeguard", caller["arn"].StringValue())
	assert.Equal(t, "AIDAMINE", caller["userId"].StringValue())
}

func TestPinnedResultsOfTheWrongNameOrTypeAreFailures(t *testing.T) {
	t.Parallel()
	answers, err := ParseAnswers(props{"functions": []any{props{
		"function": "ec2.getVpc", "result": props{"idd": "vpc-1", "cidrBlock": []any{"10.0.0.0/8"}},
	}}})
	require.NoError(t, err)
	response, err := connectWith(t, nil, WithAnswers(answers)).Invoke(context.Background(), plugin.InvokeRequest{
		Tok: "aws:ec2/getVpc:getVpc",
	})
	require.NoError(t, err)
	require.Len(t, response.Failures, 2)
	assert.Equal(t, "cidrBlock of the answer for aws:ec2/getVpc:getVpc is a list, must be a string",
		response.Failures[0].Reason)
	assert.Equal(t, "aws:ec2/getVpc:getVpc has no result idd; did you mean id?", response.Failures[1].Reason)
}
