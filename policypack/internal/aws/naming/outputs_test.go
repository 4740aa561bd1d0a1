package naming

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

type props = map[string]any

var (
	here     = Locate("eu-west-1", ExampleAccount)
	computed = resource.MakeComputed(resource.NewProperty(""))
)

func outputsOf(token string, inputs props, at Location) map[string]any {
	outputs := map[string]any{}
	for name, v := range Outputs(token, resource.NewPropertyMapFromMap(inputs), at) {
		outputs[string(name)] = v.V
	}
	return outputs
}

// The expected ARNs follow the formats on the pages named in the tables' files; those of the Service Authorization
// Reference list each service's resource types. The ids are those of the Terraform provider's resource pages, under
// "Attribute Reference" or "Import".
func TestOutputsFollowFromTheArguments(t *testing.T) {
	t.Parallel()
	cases := []struct {
		token  string
		inputs props
		want   map[string]any
	}{
		{"aws:s3/bucket:Bucket", props{"bucket": "images"}, map[string]any{
			"id": "images", "arn": "arn:aws:s3:::images", "region": "eu-west-1", "bucketRegion": "eu-west-1",
			"bucketDomainName":         "images.s3.amazonaws.com",
			"bucketRegionalDomainName": "images.s3.eu-west-1.amazonaws.com", "hostedZoneId": "Z1BKCTXD74EZPE",
		}},
		{"aws:s3/bucketPolicy:BucketPolicy", props{"bucket": "images", "policy": "{}"}, map[string]any{"id": "images"}},
		{
			"aws:s3/bucketVersioningV2:BucketVersioningV2",
			props{"bucket": "images", "expectedBucketOwner": "210987654321"},
			map[string]any{"id": "images,210987654321"},
		},
		{"aws:s3/bucketVersioning:BucketVersioning", props{"bucket": "images"}, map[string]any{"id": "images"}},
		{"aws:s3/bucketAcl:BucketAcl", props{"bucket": "images", "acl": "private"}, map[string]any{"id": "images,private"}},
		{"aws:s3/bucketObjectv2:BucketObjectv2", props{"bucket": "images", "key": "a/b.png"}, map[string]any{
			"arn": "arn:aws:s3:::images/a/b.png",
		}},
		{"aws:s3/bucketObjectv2:BucketObjectv2", props{"bucket": "images", "key": "/b.png"}, map[string]any{}},
		{"aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", props{"bucket": "www"}, map[string]any{
			"id": "www", "websiteDomain": "s3-website-eu-west-1.amazonaws.com",
			"websiteEndpoint": "www.s3-website-eu-west-1.amazonaws.com",
		}},
		{"aws:s3/accessPoint:AccessPoint", props{"bucket": "images", "name": "ap"}, map[string]any{
			"id": "123456789012:ap", "arn": "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap",
			"domainName": "ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
		}},
		{"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", props{}, map[string]any{"id": "123456789012"}},
		{"aws:sqs/queue:Queue", props{"name": "jobs.fifo", "fifoQueue": true}, map[string]any{
			"id":  "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo",
			"url": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo",
			"arn": "arn:aws:sqs:eu-west-1:123456789012:jobs.fifo",
		}},
		{"aws:sqs/queue:Queue", props{"namePrefix": "jobs"}, map[string]any{}},
		{"aws:sqs/queuePolicy:QueuePolicy", props{"queueUrl": "https://x/q"}, map[string]any{"id": "https://x/q"}},
		{"aws:sns/topic:Topic", props{"name": "alerts"}, map[string]any{
			"id": "arn:aws:sns:eu-west-1:123456789012:alerts", "arn": "arn:aws:sns:eu-west-1:123456789012:alerts",
			"owner": "123456789012",
		}},
		{"aws:sns/topicSubscription:TopicSubscription", props{"topic": "arn:aws:sns:eu-west-1:123456789012:alerts"}, map[string]any{}},
		{"aws:kms/key:Key", props{"description": "images"}, map[string]any{}},
		{"aws:kms/alias:Alias", props{"name": "alias/images", "targetKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, map[string]any{
			"id": "alias/images", "arn": "arn:aws:kms:eu-west-1:123456789012:alias/images",
			"targetKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		}},
		{"aws:iam/role:Role", props{"name": "worker"}, map[string]any{
			"id": "worker", "arn": "arn:aws:iam::123456789012:role/worker",
		}},
		{"aws:iam/role:Role", props{"name": "worker", "path": "/service/"}, map[string]any{
			"id": "worker", "arn": "arn:aws:iam::123456789012:role/service/worker",
		}},
		{"aws:iam/policy:Policy", props{"name": "read"}, map[string]any{
			"id": "arn:aws:iam::123456789012:policy/read", "arn": "arn:aws:iam::123456789012:policy/read",
		}},
		{"aws:iam/rolePolicy:RolePolicy", props{"role": "worker", "name": "read"}, map[string]any{"id": "worker:read"}},
		{"aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "worker", "policyArn": "arn:p"}, map[string]any{}},
		{"aws:iam/instanceProfile:InstanceProfile", props{"name": "web"}, map[string]any{
			"id": "web", "arn": "arn:aws:iam::123456789012:instance-profile/web",
		}},
		{"aws:iam/openIdConnectProvider:OpenIdConnectProvider", props{"url": "https://token.actions.githubusercontent.com"}, map[string]any{
			"id":  "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
			"arn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
		}},
		{"aws:cloudwatch/metricAlarm:MetricAlarm", props{"name": "errors"}, map[string]any{
			"id": "errors", "arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors",
			"actionsEnabled": true, "treatMissingData": "missing",
		}},
		{"aws:cloudwatch/compositeAlarm:CompositeAlarm", props{"alarmName": "all"}, map[string]any{
			"id": "all", "arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all",
			"actionsEnabled": true,
		}},
		{"aws:cloudwatch/dashboard:Dashboard", props{"dashboardName": "d"}, map[string]any{
			"id": "d", "dashboardArn": "arn:aws:cloudwatch::123456789012:dashboard/d",
		}},
		{"aws:cloudwatch/logGroup:LogGroup", props{"name": "/aws/lambda/f"}, map[string]any{
			"id": "/aws/lambda/f", "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f",
		}},
		{"aws:cloudwatch/logStream:LogStream", props{"logGroupName": "g", "name": "s"}, map[string]any{
			"id": "s", "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s",
		}},
		{"aws:cloudwatch/eventRule:EventRule", props{"name": "nightly"}, map[string]any{
			"id": "nightly", "arn": "arn:aws:events:eu-west-1:123456789012:rule/nightly",
		}},
		{"aws:cloudwatch/eventRule:EventRule", props{"name": "nightly", "eventBusName": "default"}, map[string]any{
			"id": "nightly", "arn": "arn:aws:events:eu-west-1:123456789012:rule/nightly",
		}},
		{"aws:cloudwatch/eventRule:EventRule", props{"name": "nightly", "eventBusName": "orders"}, map[string]any{
			"id": "orders/nightly", "arn": "arn:aws:events:eu-west-1:123456789012:rule/orders/nightly",
		}},
		{
			"aws:cloudwatch/eventRule:EventRule",
			props{"name": "nightly", "eventBusName": "arn:aws:events:eu-west-1:123456789012:event-bus/orders"},
			map[string]any{
				"id":  "arn:aws:events:eu-west-1:123456789012:event-bus/orders/nightly",
				"arn": "arn:aws:events:eu-west-1:123456789012:rule/orders/nightly",
			},
		},
		{"aws:cloudwatch/eventTarget:EventTarget", props{"rule": "nightly", "targetId": "f"}, map[string]any{"id": "nightly-f"}},
		{"aws:cloudwatch/eventBus:EventBus", props{"name": "orders"}, map[string]any{
			"id": "orders", "arn": "arn:aws:events:eu-west-1:123456789012:event-bus/orders",
		}},
		{"aws:scheduler/schedule:Schedule", props{"name": "s"}, map[string]any{
			"id": "default/s", "arn": "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/s",
		}},
		{"aws:scheduler/scheduleGroup:ScheduleGroup", props{"name": "g"}, map[string]any{
			"id": "g", "arn": "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/g",
		}},
		{"aws:ecr/repository:Repository", props{"name": "team/app"}, map[string]any{
			"id": "team/app", "arn": "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
			"registryId": "123456789012", "repositoryUrl": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
		}},
		{"aws:dynamodb/table:Table", props{"name": "t", "streamEnabled": true}, map[string]any{
			"id": "t", "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/t",
		}},
		{"aws:apigateway/restApi:RestApi", props{"name": "api"}, map[string]any{}},
		{"aws:apigateway/stage:Stage", props{"restApi": "a1b2c3d4e5", "stageName": "prod"}, map[string]any{
			"id": "ags-a1b2c3d4e5-prod", "arn": "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod",
			"executionArn": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod",
			"invokeUrl":    "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod",
		}},
		{"aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16"}, map[string]any{"ownerId": "123456789012"}},
		{"aws:ec2/keyPair:KeyPair", props{"keyName": "k"}, map[string]any{
			"id": "k", "arn": "arn:aws:ec2:eu-west-1:123456789012:key-pair/k",
		}},
		{"aws:cloudfront/distribution:Distribution", props{"enabled": true}, map[string]any{}},
		{"aws:cloudfront/function:Function", props{"name": "rewrite"}, map[string]any{
			"id": "rewrite", "arn": "arn:aws:cloudfront::123456789012:function/rewrite",
		}},
		{"aws:ssm/parameter:Parameter", props{"name": "/app/key"}, map[string]any{
			"id": "/app/key", "arn": "arn:aws:ssm:eu-west-1:123456789012:parameter/app/key",
		}},
		{"aws:secretsmanager/secret:Secret", props{"name": "s"}, map[string]any{}},
		{"aws:lambda/function:Function", props{"name": "f"}, map[string]any{
			"id": "f", "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "version": "$LATEST",
			"invokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f/invocations",
			"responseStreamingInvokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f/response-streaming-invocations",
			"qualifiedArn": "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST",
			"qualifiedInvokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST/invocations",
		}},
		{"aws:lambda/function:Function", props{"name": "f", "publish": true}, map[string]any{
			"id": "f", "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
			"invokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f/invocations",
			"responseStreamingInvokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f/response-streaming-invocations",
		}},
		{"aws:lambda/alias:Alias", props{"functionName": "f", "name": "live"}, map[string]any{
			"id":  "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
			"arn": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
			"invokeArn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" +
				"arn:aws:lambda:eu-west-1:123456789012:function:f:live/invocations",
		}},
		{
			"aws:lambda/functionUrl:FunctionUrl",
			props{"functionName": "arn:aws:lambda:eu-west-1:123456789012:function:f", "qualifier": "live"},
			map[string]any{
				"id":          "arn:aws:lambda:eu-west-1:123456789012:function:f/live",
				"functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
			},
		},
		{"aws:lambda/permission:Permission", props{"function": "f", "statementId": "s3"}, map[string]any{"id": "s3"}},
		{"aws:s3/accessPoint:AccessPoint", props{
			"bucket": "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/bucket/images", "name": "ap",
		}, map[string]any{}},
		{"aws:s3/accessPoint:AccessPoint", props{"bucket": "images--euw1-az1--x-s3", "name": "ap"}, map[string]any{}},
		{"aws:s3control/accessPointPolicy:AccessPointPolicy", props{
			"accessPointArn": "arn:aws:s3:eu-west-1:210987654321:accesspoint/ap",
		}, map[string]any{"id": "210987654321:ap"}},
		{"aws:s3control/accessPointPolicy:AccessPointPolicy", props{
			"accessPointArn": "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/ap",
		}, map[string]any{}},
		{"aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", props{"details": props{"name": "everywhere"}}, map[string]any{
			"id": "123456789012:everywhere",
		}},
		{"aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", props{"details": props{"name": computed}}, map[string]any{}},
		{"aws:apigateway/domainName:DomainName", props{"domainName": "api.example.com"}, map[string]any{
			"id": "api.example.com", "arn": "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com",
		}},
		{"aws:apigateway/domainName:DomainName", props{
			"domainName": "api.example.com", "endpointConfiguration": props{"types": "REGIONAL"},
		}, map[string]any{}},
		{"aws:apigateway/domainName:DomainName", props{
			"domainName": "api.example.com", "endpointConfiguration": props{"types": []any{"REGIONAL"}},
		}, map[string]any{"id": "api.example.com", "arn": "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"}},
		{"aws:apigateway/domainName:DomainName", props{
			"domainName": "api.example.com", "endpointConfiguration": props{"types": []any{"PRIVATE"}},
		}, map[string]any{}},
		{"aws:apigateway/basePathMapping:BasePathMapping", props{"domainName": "api.example.com"}, map[string]any{
			"id": "api.example.com/",
		}},
		{"aws:dynamodb/tableReplica:TableReplica", props{
			"globalTableArn": "arn:aws:dynamodb:us-west-2:123456789012:table/t",
		}, map[string]any{"id": "t:us-west-2", "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/t"}},
		{"aws:dynamodb/contributorInsights:ContributorInsights", props{"tableName": "t"}, map[string]any{
			"id": "name:t/index:/123456789012",
		}},
		{"aws:sns/topicPolicy:TopicPolicy", props{"arn": "arn:aws:sns:eu-west-1:210987654321:alerts"}, map[string]any{
			"id": "arn:aws:sns:eu-west-1:210987654321:alerts", "owner": "210987654321",
		}},
		{"aws:made/up:Up", props{"name": "x"}, map[string]any{}},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.token, c.inputs), func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, outputsOf(c.token, c.inputs, here))
		})
	}
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html names the partitions of the first three. The
// endpoints are those of the AWS General Reference and, for the isolated regions, of the AWS SDK's partitions.json.
func TestPartitionFollowsFromTheRegion(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ arn, url string }{
		"us-east-1":     {"arn:aws:sqs:us-east-1:123456789012:q", "https://sqs.us-east-1.amazonaws.com/123456789012/q"},
		"cn-north-1":    {"arn:aws-cn:sqs:cn-north-1:123456789012:q", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q"},
		"us-gov-west-1": {"arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q", "https://sqs.us-gov-west-1.amazonaws.com/123456789012/q"},
		"us-iso-east-1": {"arn:aws-iso:sqs:us-iso-east-1:123456789012:q", "https://sqs.us-iso-east-1.c2s.ic.gov/123456789012/q"},
		"us-isob-east-1": {
			"arn:aws-iso-b:sqs:us-isob-east-1:123456789012:q", "https://sqs.us-isob-east-1.sc2s.sgov.gov/123456789012/q",
		},
		"eu-isoe-west-1": {
			"arn:aws-iso-e:sqs:eu-isoe-west-1:123456789012:q", "https://sqs.eu-isoe-west-1.cloud.adc-e.uk/123456789012/q",
		},
		"us-isof-south-1": {
			"arn:aws-iso-f:sqs:us-isof-south-1:123456789012:q", "https://sqs.us-isof-south-1.csp.hci.ic.gov/123456789012/q",
		},
		"eusc-de-east-1": {
			"arn:aws-eusc:sqs:eusc-de-east-1:123456789012:q", "https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/q",
		},
	}
	for region, want := range cases {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			outputs := outputsOf("aws:sqs/queue:Queue", props{"name": "q"}, Locate(region, ExampleAccount))
			assert.Equal(t, want.arn, outputs["arn"])
			assert.Equal(t, want.url, outputs["url"])
		})
	}
}

// https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html and
// https://docs.aws.amazon.com/general/latest/gr/s3.html name the hosts.
func TestHostsFollowFromThePartition(t *testing.T) {
	t.Parallel()
	website := props{"bucket": "b", "website": props{"indexDocument": "index.html"}}
	china := outputsOf("aws:s3/bucket:Bucket", website, Locate("cn-north-1", ExampleAccount))
	assert.Equal(t, map[string]any{
		"id": "b", "arn": "arn:aws-cn:s3:::b", "region": "cn-north-1", "bucketRegion": "cn-north-1",
		"bucketDomainName": "b.s3.amazonaws.com.cn", "bucketRegionalDomainName": "b.s3.cn-north-1.amazonaws.com.cn",
		"hostedZoneId": "Z5CN8UMXT92WN", "websiteDomain": "s3-website.cn-north-1.amazonaws.com.cn",
		"websiteEndpoint": "b.s3-website.cn-north-1.amazonaws.com.cn",
	}, china)
	west := outputsOf("aws:s3/bucket:Bucket", website, Locate("us-gov-west-1", ExampleAccount))
	assert.Equal(t, "arn:aws-us-gov:s3:::b", west["arn"])
	assert.Equal(t, "b.s3.us-gov-west-1.amazonaws.com", west["bucketRegionalDomainName"])
	assert.Equal(t, "b.s3-website-us-gov-west-1.amazonaws.com", west["websiteEndpoint"])
	east := outputsOf("aws:s3/bucket:Bucket", website, Locate("us-gov-east-1", ExampleAccount))
	assert.Equal(t, "b.s3-website.us-gov-east-1.amazonaws.com", east["websiteEndpoint"])
	repository := outputsOf("aws:ecr/repository:Repository", props{"name": "app"}, Locate("cn-north-1", ExampleAccount))
	assert.Equal(t, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app", repository["repositoryUrl"])
	function := outputsOf("aws:lambda/function:Function", props{"name": "f"}, Locate("us-gov-west-1", ExampleAccount))
	assert.Equal(t, "arn:aws-us-gov:apigateway:us-gov-west-1:lambda:path/2015-03-31/functions/"+
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f/invocations", function["invokeArn"])
}

func TestTheRegionOfAResourceCountsBeforeTheProviders(t *testing.T) {
	t.Parallel()
	outputs := outputsOf("aws:s3/bucket:Bucket", props{"bucket": "b", "region": "us-west-2"}, here)
	assert.Equal(t, "b.s3.us-west-2.amazonaws.com", outputs["bucketRegionalDomainName"])
	assert.Equal(t, "arn:aws:s3:::b", outputs["arn"])

	outputs = outputsOf("aws:s3/bucket:Bucket", props{"bucket": "b", "region": computed}, here)
	assert.NotContains(t, outputs, "bucketRegionalDomainName", "the region is not known")
	assert.NotContains(t, outputs, "region")
	assert.Equal(t, "arn:aws:s3:::b", outputs["arn"], "the partition is that of the account")
}

// A region argument has the same effect as a provider for that region.
func TestTheRegionOfAResourceDecidesWhateverItsProvidersWould(t *testing.T) {
	t.Parallel()
	for token, outputs := range types {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			inputs := props{}
			for _, template := range outputs {
				for _, field := range templateField.FindAllStringSubmatch(template, -1) {
					if !isLocation(field[1]) {
						inputs[field[1]] = "x"
					}
				}
			}
			for _, region := range []string{"us-west-2", "cn-north-1"} {
				want := outputsOf(token, inputs, Locate(region, ExampleAccount))
				inputs["region"] = region
				assert.Equal(t, want, outputsOf(token, inputs, here), region)
				delete(inputs, "region")
			}
		})
	}
}

// The defaults are those in the provider's documentation: "Defaults to true", "Defaults to missing".
func TestDefaultsOfTheProviderAreOutputs(t *testing.T) {
	t.Parallel()
	const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
	outputs := outputsOf(alarm, props{"name": "a"}, here)
	assert.Equal(t, true, outputs["actionsEnabled"])
	assert.Equal(t, "missing", outputs["treatMissingData"])
	assert.Equal(t, true, outputsOf("aws:cloudwatch/compositeAlarm:CompositeAlarm", props{}, here)["actionsEnabled"])
	for name, given := range map[string]any{"given": false, "not known": computed} {
		outputs := outputsOf(alarm, props{"name": "a", "actionsEnabled": given, "treatMissingData": given}, here)
		assert.NotContains(t, outputs, "actionsEnabled", name)
		assert.NotContains(t, outputs, "treatMissingData", name)
	}
}

func TestOutputsThatContainAnUnknownLocationAreUnknown(t *testing.T) {
	t.Parallel()
	nowhere := Location{Account: ExampleAccount}
	assert.Equal(t, map[string]any{"id": "b"}, outputsOf("aws:s3/bucket:Bucket", props{"bucket": "b"}, nowhere))
	assert.Equal(t, "arn:aws:iam::123456789012:role/r",
		outputsOf("aws:iam/role:Role", props{"name": "r", "region": "eu-west-1"}, nowhere)["arn"])
}

func TestWhatIsMadeOfASecretIsSecret(t *testing.T) {
	t.Parallel()
	outputs := Outputs("aws:iam/role:Role", resource.PropertyMap{
		"name": resource.NewProperty("r"), "path": resource.MakeSecret(resource.NewProperty("/hidden/")),
	}, here)
	assert.Equal(t, resource.MakeSecret(resource.NewProperty("arn:aws:iam::123456789012:role/hidden/r")), outputs["arn"])
	assert.Equal(t, resource.NewProperty("r"), outputs["id"], "the id is not made of the path")
	secretRegion := Outputs("aws:s3/bucket:Bucket", resource.PropertyMap{
		"bucket": resource.NewProperty("b"), "region": resource.MakeSecret(resource.NewProperty("eu-west-1")),
	}, here)
	assert.True(t, secretRegion["bucketRegionalDomainName"].IsSecret())
	assert.False(t, secretRegion["id"].IsSecret())
}

func TestAnArgumentOfAnotherTypeLeavesItsOutputsOpen(t *testing.T) {
	t.Parallel()
	assert.Empty(t, outputsOf("aws:sqs/queue:Queue", props{"name": 7.0}, here))
}

// argument matches a field of a template that stands for an argument.
var argument = regexp.MustCompile(`\{(\w+)[^}]*\}`)

// ofARN matches a field for an argument that is an ARN.
var ofARN = regexp.MustCompile(`\.(arn|accountIn|regionIn|ofS3)\b`)

// TestAnOutputIsKnownOnlyIfItsArgumentsAre makes each argument of every template of every type unknown in turn. The
// output must then be left out, and must not change with arguments that the template does not contain.
func TestAnOutputIsKnownOnlyIfItsArgumentsAre(t *testing.T) {
	t.Parallel()
	located := []string{"partition", "region", "account", "dnsSuffix"}
	for token, outputs := range types {
		for output, template := range outputs {
			inputs := props{}
			for _, alternative := range strings.Split(template, "|")[:1] { // the one that is used when everything is given
				for _, field := range argument.FindAllStringSubmatch(alternative, -1) {
					if slices.Contains(located, field[1]) {
						continue
					}
					if inputs[field[1]] == nil {
						inputs[field[1]] = "x"
					}
					if ofARN.MatchString(field[0]) {
						inputs[field[1]] = "arn:aws:s3:x:y:z"
					}
				}
			}
			require.Contains(t, outputsOf(token, inputs, here), output, "%s: all is given", token)
			for name := range inputs {
				partly := maps.Clone(inputs)
				partly[name] = computed
				assert.NotContains(t, outputsOf(token, partly, here), output, "%s with unknown %s", token, name)
				partly[name] = resource.MakeSecret(computed)
				assert.NotContains(t, outputsOf(token, partly, here), output, "%s with secret unknown %s", token, name)
				secret := maps.Clone(inputs)
				secret[name] = resource.MakeSecret(resource.NewPropertyValue(inputs[name]))
				value := Outputs(token, resource.NewPropertyMapFromMap(secret), here)[resource.PropertyKey(output)]
				assert.True(t, value.IsSecret(), "%s of %s with secret %s", output, token, name)
			}
		}
	}
}

func TestEveryTemplateIsWellFormed(t *testing.T) {
	t.Parallel()
	for token, outputs := range types {
		assert.Equal(t, string(graph.Canonical(token)), token, "types are listed without V2")
		for output, template := range outputs {
			rest := argument.ReplaceAllString(template, "")
			assert.NotContains(t, rest, "{", "%s of %s", output, token)
			for _, field := range argument.FindAllString(template, -1) {
				field, _, _ := strings.Cut(strings.Trim(field, "{}"), "=")
				for _, filter := range strings.Split(field, ".")[1:] {
					assert.Contains(t, filters, filter, "%s of %s", output, token)
				}
			}
		}
	}
}

func TestARNHasHolesForWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	notYet := resource.MakeComputed(resource.NewProperty(""))
	for name, c := range map[string]struct {
		of              graph.Type
		inputs, outputs resource.PropertyMap
		want            string
	}{
		"shown by the stack": {
			graph.Queue,
			resource.PropertyMap{},
			resource.PropertyMap{"arn": resource.NewProperty("arn:aws:sqs:eu-west-1:1:jobs")},
			"arn:aws:sqs:eu-west-1:1:jobs",
		},
		"a name": {graph.Queue, resource.PropertyMap{"name": resource.NewProperty("jobs")}, nil, "arn:_:sqs:_:_:jobs"},
		"a name and a region": {
			graph.Topic,
			resource.PropertyMap{"name": resource.NewProperty("news"), "region": resource.NewProperty("eu-west-1")},
			nil, "arn:_:sns:eu-west-1:_:news",
		},
		"a name that is not known":   {graph.Bucket, resource.PropertyMap{"bucket": notYet}, nil, "arn:_:s3:::_"},
		"a name that AWS makes up":   {graph.Key, resource.PropertyMap{}, nil, "arn:_:kms:_:_:key/_"},
		"a path by default":          {graph.Role, resource.PropertyMap{"name": resource.NewProperty("fn")}, nil, "arn:_:iam::_:role/fn"},
		"a path that is not known":   {graph.Role, resource.PropertyMap{"path": notYet}, nil, "arn:_:iam::_:role__"},
		"none made of the arguments": {graph.TopicSubscription, resource.PropertyMap{}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, ARN(&graph.Resource{Type: c.of, Inputs: c.inputs, Outputs: c.outputs}, "_"))
		})
	}
}
