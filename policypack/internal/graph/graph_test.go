package graph_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

func TestCanonicalJoinsTheTokenFamiliesOfS3(t *testing.T) {
	t.Parallel()
	tests := map[string]graph.Type{
		"aws:s3/bucket:Bucket":                                   graph.Bucket,
		"aws:s3/bucketV2:BucketV2":                               graph.Bucket,
		"aws:s3/bucketAclV2:BucketAclV2":                         "aws:s3/bucketAcl:BucketAcl",
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": graph.BucketPublicAccessBlock,
		"aws:s3/bucketLoggingV2:BucketLoggingV2":                 "aws:s3/bucketLogging:BucketLogging",
		"aws:s3/bucketV2:Bucket":                                 "aws:s3/bucketV2:Bucket",
		"aws:apigatewayv2/api:Api":                               "aws:apigatewayv2/api:Api",
		"aws:wafv2/ipSetV2:IpSetV2":                              "aws:wafv2/ipSetV2:IpSetV2",
		"aws:s3/brokenV2":                                        "aws:s3/brokenV2",
		"pulumi:pulumi:Stack":                                    graph.StackType,
		"my:component:BucketV2":                                  "my:component:BucketV2",
		"aws:s3/bucketNotification:BucketNotification":           graph.BucketNotification,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
	}
	for token, want := range tests {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, graph.Canonical(token))
		})
	}
}

func TestResourceNamesItselfInMessages(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Bucket 'uploads'", (&graph.Resource{Type: graph.Bucket, Name: "uploads"}).String())
	assert.Equal(t, "BucketV2 'uploads'", (&graph.Resource{
		URN: "urn:pulumi:dev::images::aws:s3/bucketV2:BucketV2::uploads", Type: graph.Bucket, Name: "uploads",
	}).String(), "the class that the program uses")
	assert.Equal(t, "the stack", (&graph.Resource{Type: graph.StackType, Name: "images-dev"}).String())
	assert.Equal(t, "plain", graph.Type("plain").Short())
}

func TestPropertyPrefersWhatTheProgramSaid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		input, output resource.PropertyValue
		want          string
	}{
		"both known":            {text("in"), text("out"), `"in"`},
		"argument not known":    {computed(), text("out"), `"out"`},
		"argument not given":    {resource.NewNullProperty(), text("out"), `"out"`},
		"output not known":      {text("in"), computed(), `"in"`},
		"neither known":         {computed(), computed(), "a value not known yet"},
		"neither there":         {resource.NewNullProperty(), resource.NewNullProperty(), "nothing"},
		"absent, then unknown":  {resource.NewNullProperty(), computed(), "a value not known yet"},
		"secret argument is so": {secret(text("in")), text("out"), "[secret]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &graph.Resource{
				Inputs:  resource.PropertyMap{"name": test.input},
				Outputs: resource.PropertyMap{"name": test.output},
			}
			assert.Equal(t, test.want, r.Property("name").Show())
		})
	}
}

func TestArgOfAResourceThatIsOnlyReadIsAbsent(t *testing.T) {
	t.Parallel()
	read := &graph.Resource{Outputs: resource.PropertyMap{"bucket": text("logs")}}
	assert.True(t, read.Arg("bucket").Absent())
	assert.Equal(t, `"logs"`, read.Output("bucket").Show())
	assert.False(t, read.Managed())
	assert.True(t, (&graph.Resource{Inputs: resource.PropertyMap{}}).Managed(), "a resource with no arguments is managed")
}

func TestPhysicalNameIsTheArgumentOfTheType(t *testing.T) {
	t.Parallel()
	inputs := resource.PropertyMap{"bucket": text("b"), "name": text("n"), "alarmName": text("a")}
	assert.Equal(t, `"b"`, (&graph.Resource{Type: graph.Bucket, Inputs: inputs}).PhysicalName().Show())
	assert.Equal(t, `"n"`, (&graph.Resource{Type: graph.Function, Inputs: inputs}).PhysicalName().Show())
	assert.Equal(t, `"a"`, (&graph.Resource{Type: graph.CompositeAlarm, Inputs: inputs}).PhysicalName().Show())
}

func TestGraphLooksUpByURNAndType(t *testing.T) {
	t.Parallel()
	bucket := &graph.Resource{URN: "b", Type: graph.Bucket, Inputs: resource.PropertyMap{}}
	read := &graph.Resource{URN: "r", Type: graph.Bucket}
	queue := &graph.Resource{URN: "q", Type: graph.Queue, Inputs: resource.PropertyMap{}}
	g := graph.New("images", "dev", "acme", []*graph.Resource{queue, bucket, read})

	assert.Same(t, bucket, g.ByURN("b"))
	assert.Nil(t, g.ByURN("x"))
	assert.Equal(t, []*graph.Resource{bucket, read}, g.All(graph.Bucket))
	assert.Equal(t, []*graph.Resource{bucket, read, queue}, g.All(graph.Bucket, graph.Queue))
	assert.Empty(t, g.All(graph.Topic))
	assert.Equal(t, []*graph.Resource{bucket, queue}, g.Managed(graph.Bucket, graph.Queue), "read ones are left out")
	assert.Equal(t, []string{"images", "dev", "acme"}, []string{g.Project, g.Stack, g.Organization})
}

func TestStackOutputDistinguishesAMissingStackFromAMissingOutput(t *testing.T) {
	t.Parallel()
	stack := &graph.Resource{
		URN: "s", Type: graph.StackType,
		Outputs: resource.PropertyMap{"url": secret(text("x")), "later": computed()},
	}
	withStack := graph.New("", "", "", []*graph.Resource{stack})
	for name, want := range map[string]string{
		"url": "[secret]", "later": "a value not known yet", "none": "nothing",
	} {
		v, ok := withStack.StackOutput(name)
		require.True(t, ok)
		assert.Equal(t, want, v.Show(), name)
	}
	v, ok := graph.New("", "", "", nil).StackOutput("url")
	assert.False(t, ok)
	assert.True(t, v.Absent())
}

func TestNameInFindsTheNameInsideAnARNOrAURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name string
		ok   bool
	}{
		"arn:aws:lambda:us-east-1:123456789012:function:thumb":              {"thumb", true},
		"arn:aws:lambda:us-east-1:123456789012:function:thumb:live":         {"thumb", true},
		"arn:aws:lambda:us-east-1:123456789012:function:thumb:$LATEST":      {"thumb", true},
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:thumb:7": {"thumb", true},
		"arn:aws:lambda:us-east-1:123456789012:layer:tools:3":               {"tools", false},
		"arn:aws:s3:::uploads":                         {"uploads", true},
		"arn:aws:s3:::uploads/*":                       {"uploads", true},
		"arn:aws:s3:::uploads/a/b.jpg":                 {"uploads", true},
		"arn:aws:sqs:us-east-1:123456789012:jobs.fifo": {"jobs.fifo", true},
		"arn:aws:sns:us-east-1:123456789012:alerts":    {"alerts", true},
		"arn:aws:sns:us-east-1:123456789012:alerts:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55": {"alerts", true},
		"arn:aws:iam::123456789012:role/service-role/thumb":                              {"thumb", true},
		"arn:aws:iam::123456789012:role/thumb":                                           {"thumb", true},
		"arn:aws:events:us-east-1:123456789012:rule/bus/nightly":                         {"nightly", true},
		"arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors":                         {"errors", true},
		"arn:aws:cloudwatch:us-east-1:123456789012:alarm:team/errors: all":               {"team/errors: all", true},
		"https://sqs.us-east-1.amazonaws.com/123456789012/jobs":                          {"jobs", true},
		"https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs.fifo":                 {"jobs.fifo", true},
		"https://queue.amazonaws.com/123456789012/jobs":                                  {"jobs", true},
		"https://us-east-1.queue.amazonaws.com/123456789012/jobs":                        {"", false},
		"https://example.com/jobs":                                                       {"", false},
		"uploads":                                                                        {"", false},
		"":                                                                               {"", false},
		"arn:aws:s3":                                                                     {"", false},
	}
	for s, want := range tests {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			name, ok := graph.NameIn(s)
			assert.Equal(t, want.ok, ok)
			if ok {
				assert.Equal(t, want.name, name)
			}
		})
	}
}

func TestIsARNOfAService(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"arn:aws:sns:us-east-1:123456789012:alerts":     true,
		"arn:aws-cn:sns:cn-north-1:123456789012:alerts": true,
		"arn:aws:sqs:us-east-1:123456789012:alerts":     false,
		"arn:aws:sns:us-east-1:123456789012:":           false,
		"arn:aws:sns":                                   false,
		"alerts":                                        false,
		"":                                              false,
	}
	for s, want := range tests {
		assert.Equal(t, want, graph.IsARN(s, "sns"), s)
	}
}

func TestAnOutputThatIsPendingIsUnknownRatherThanAbsent(t *testing.T) {
	t.Parallel()
	outputs := resource.PropertyMap{"id": text("b-1"), "tags": resource.NewNullProperty()}
	for pending, want := range map[bool]string{false: "nothing", true: "a value not known yet"} {
		r := &graph.Resource{Outputs: outputs, OutputsPending: pending}
		assert.Equal(t, want, r.Output("arn").Show())
		assert.Equal(t, want, r.Property("arn").Show())
		assert.Equal(t, `"b-1"`, r.Output("id").Show())
		assert.True(t, r.Output("tags").Absent())
	}
}
