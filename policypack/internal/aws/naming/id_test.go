package naming_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
)

func TestWhatAnIDDetermines(t *testing.T) {
	t.Parallel()
	type props = map[string]any
	cases := map[string]struct {
		token, id          string
		arguments, outputs props
	}{
		"a bucket": {
			"aws:s3/bucket:Bucket", "logs",
			props{"bucket": "logs"},
			props{
				"id": "logs", "arn": "arn:aws:s3:::logs", "bucketDomainName": "logs.s3.amazonaws.com",
				"bucketRegion": "eu-west-1", "bucketRegionalDomainName": "logs.s3.eu-west-1.amazonaws.com",
				"hostedZoneId": "Z1BKCTXD74EZPE", "region": "eu-west-1",
			},
		},
		"a queue, whose URL says where it is": {
			"aws:sqs/queue:Queue", "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/jobs",
			props{"name": "jobs"},
			props{
				"id":  "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/jobs",
				"url": "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/jobs",
				"arn": "arn:aws-cn:sqs:cn-north-1:210987654321:jobs",
			},
		},
		"a topic": {
			"aws:sns/topic:Topic", "arn:aws:sns:us-west-2:210987654321:news",
			props{"name": "news"},
			props{
				"id": "arn:aws:sns:us-west-2:210987654321:news", "arn": "arn:aws:sns:us-west-2:210987654321:news",
				"owner": "210987654321",
			},
		},
		"a role, whose path is not in its id": {
			"aws:iam/role:Role", "deployer", props{"name": "deployer"}, props{"id": "deployer"},
		},
		"an id of another form":             {"aws:sqs/queue:Queue", "jobs", nil, nil},
		"an id that alternatives may make":  {"aws:s3/bucketVersioning:BucketVersioning", "logs", nil, nil},
		"a type that has no template of it": {"aws:ec2/vpc:Vpc", "vpc-1", nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments, outputs := naming.OfID(c.token, c.id, naming.Locate("eu-west-1", "123456789012"))
			if c.outputs == nil {
				assert.Nil(t, outputs)
				return
			}
			assert.Equal(t, resource.NewPropertyMapFromMap(c.arguments), arguments)
			assert.Equal(t, resource.NewPropertyMapFromMap(c.outputs), outputs)
		})
	}
}
