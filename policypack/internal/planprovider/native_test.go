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

func TestAWSNativeResolvesWhatFollowsFromTheArguments(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws-native", "1.84.0", props{"region": "eu-west-1"}, Account("111122223333"))
	for _, test := range []struct {
		token  string
		inputs props
		want   props
	}{
		{"aws-native:s3:Bucket", props{"bucketName": "b"}, props{
			"arn": "arn:aws:s3:::b", "domainName": "b.s3.amazonaws.com", "regionalDomainName": "b.s3.eu-west-1.amazonaws.com",
		}},
		{"aws-native:sqs:Queue", props{"queueName": "q"}, props{
			"arn": "arn:aws:sqs:eu-west-1:111122223333:q", "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q",
		}},
		{"aws-native:sns:Topic", props{"topicName": "t"}, props{"topicArn": "arn:aws:sns:eu-west-1:111122223333:t"}},
		{"aws-native:lambda:Function", props{"functionName": "f"}, props{"arn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}},
		{"aws-native:iam:Role", props{"roleName": "r"}, props{"arn": "arn:aws:iam::111122223333:role/r"}},
		{"aws-native:iam:ManagedPolicy", props{"managedPolicyName": "p"}, props{"policyArn": "arn:aws:iam::111122223333:policy/p"}},
		{"aws-native:logs:LogGroup", props{"logGroupName": "/g"}, props{"arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/g:*"}},
		{"aws-native:events:Rule", props{"name": "r"}, props{"arn": "arn:aws:events:eu-west-1:111122223333:rule/r"}},
		{"aws-native:cloudwatch:Alarm", props{"alarmName": "a"}, props{"arn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"}},
		{"aws-native:ec2:Vpc", props{"cidrBlock": "10.0.0.0/16"}, props{}},
		{"aws-native:sqs:Queue", props{"queueName": unknown()}, props{}},
	} {
		want := properties(test.inputs)
		for name, value := range properties(test.want) {
			want[name] = value
		}
		assert.Equal(t, want, create(t, p, test.token, "x", test.inputs), test.token)
	}
	key := create(t, p, "aws-native:kms:Key", "k", props{})
	assert.Equal(t, "arn:aws:kms:eu-west-1:111122223333:key/"+key["keyId"].StringValue(), key["arn"].StringValue())
}

func TestAWSNativeTellsIDsWhereTheyAreNames(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws-native", "1.84.0", props{"region": "eu-west-1"})
	for token, want := range map[string]string{
		"aws-native:s3:Bucket":         "x",
		"aws-native:events:Rule":       "", // it is the ARN
		"aws-native:lambda:Permission": "",
	} {
		name := map[string]string{"aws-native:s3:Bucket": "bucketName"}[token]
		if name == "" {
			name = "name"
		}
		res, err := p.Create(context.Background(), plugin.CreateRequest{
			URN: urnOf(token, "x"), Properties: properties(props{name: "x"}), Preview: true,
		})
		require.NoError(t, err)
		assert.Equal(t, resource.ID(want), res.ID, token)
	}
}

func TestAWSNativeMakesUpNames(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws-native", "1.84.0", props{"region": "eu-west-1"})
	for token, property := range map[string]string{
		"aws-native:s3:Bucket": "bucketName", "aws-native:sqs:Queue": "queueName", "aws-native:iam:RolePolicy": "policyName",
		"aws-native:events:Rule": "name", "aws-native:logs:LogGroup": "logGroupName",
	} {
		inputs, reasons := check(t, p, token, "images", nil, props{})
		assert.Empty(t, reasons)
		assert.Regexp(t, `^images-[0-9a-f]{7}$`, inputs[resource.PropertyKey(property)].StringValue(), token)
		kept, _ := check(t, p, token, "images", props{property: "before"}, props{})
		assert.Equal(t, "before", kept[resource.PropertyKey(property)].StringValue(), "a name once given stays")
		named, _ := check(t, p, token, "images", nil, props{property: "mine"})
		assert.Equal(t, "mine", named[resource.PropertyKey(property)].StringValue())
	}
	fifo, _ := check(t, p, "aws-native:sqs:Queue", "jobs", nil, props{"fifoQueue": true})
	assert.Regexp(t, `^jobs-[0-9a-f]{7}\.fifo$`, fifo["queueName"].StringValue())
	policy, _ := check(t, p, "aws-native:s3:BucketPolicy", "p", nil, props{"bucket": "b"})
	assert.Equal(t, properties(props{"bucket": "b"}), policy)
}

func TestAWSNativeTellsAProgramWhereItIs(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "aws-native", "1.84.0", props{"region": "cn-north-1"}, Account("111122223333"))
	assert.Equal(t, "111122223333", invoke(t, p, "aws-native:index:getAccountId", nil)["accountId"].StringValue())
	assert.Equal(t, "cn-north-1", invoke(t, p, "aws-native:index:getRegion", nil)["region"].StringValue())
	assert.Equal(t, "aws-cn", invoke(t, p, "aws-native:index:getPartition", nil)["partition"].StringValue())
	assert.True(t, standin.In(invoke(t, p, "aws-native:s3:getBucket", props{"bucketName": "b"})["id"].StringValue()))
}
