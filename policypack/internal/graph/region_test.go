package graph_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// assumed is the configuration of a provider that has no region configured.
var assumed = resource.PropertyMap{"region": text("us-east-1"), standin.AssumedRegion: text("us-east-1")}

func TestAResourceIsInTheRegionThatItsArgumentItsARNOrItsProviderShows(t *testing.T) {
	t.Parallel()
	queue := func(region string) resource.PropertyMap {
		return resource.PropertyMap{"arn": text("arn:aws:sqs:" + region + ":123456789012:jobs")}
	}
	west := resource.PropertyMap{"region": text("eu-west-1")}
	for name, c := range map[string]struct {
		r    graph.Resource
		want graph.Region
	}{
		"nothing":                          {graph.Resource{Type: graph.Queue}, graph.Region{}},
		"the argument":                     {graph.Resource{Type: graph.Queue, Inputs: west, Outputs: queue("us-east-1")}, graph.Region{Name: "eu-west-1"}},
		"an empty argument":                {graph.Resource{Type: graph.Queue, Inputs: resource.PropertyMap{"region": text("")}, Outputs: queue("us-east-1")}, graph.Region{Name: "us-east-1"}},
		"an argument not known yet":        {graph.Resource{Type: graph.Queue, Inputs: resource.PropertyMap{"region": computed()}, Provider: west}, graph.Region{Open: true}},
		"a secret argument":                {graph.Resource{Type: graph.Queue, Inputs: resource.PropertyMap{"region": secret(text("eu-west-1"))}}, graph.Region{Name: "eu-west-1"}},
		"the ARN":                          {graph.Resource{Type: graph.Queue, Outputs: queue("eu-west-1"), Provider: resource.PropertyMap{"region": text("us-east-1")}}, graph.Region{Name: "eu-west-1"}},
		"a bucket's output":                {graph.Resource{Type: graph.Bucket, Outputs: resource.PropertyMap{"region": text("eu-west-1"), "arn": text("arn:aws:s3:::b")}}, graph.Region{Name: "eu-west-1"}},
		"a bucket's provider":              {graph.Resource{Type: graph.Bucket, Outputs: resource.PropertyMap{"arn": text("arn:aws:s3:::b")}, Provider: west}, graph.Region{Name: "eu-west-1"}},
		"the provider":                     {graph.Resource{Type: graph.Queue, OutputsPending: true, Provider: west}, graph.Region{Name: "eu-west-1"}},
		"a provider not known yet":         {graph.Resource{Type: graph.Queue, Provider: resource.PropertyMap{"region": computed()}}, graph.Region{Open: true}},
		"a role":                           {graph.Resource{Type: graph.Role, Provider: west}, graph.Region{}},
		"the ARN, assumed":                 {graph.Resource{Type: graph.Queue, Outputs: queue("us-east-1"), Provider: assumed}, graph.Region{Name: "us-east-1", Open: true}},
		"the provider, assumed":            {graph.Resource{Type: graph.Queue, Provider: assumed}, graph.Region{Name: "us-east-1", Open: true}},
		"the argument, another assumed":    {graph.Resource{Type: graph.Queue, Inputs: west, Provider: assumed}, graph.Region{Name: "eu-west-1"}},
		"the argument, the same assumed":   {graph.Resource{Type: graph.Queue, Inputs: resource.PropertyMap{"region": text("us-east-1")}, Provider: assumed}, graph.Region{Name: "us-east-1"}},
		"a provider that assumed no other": {graph.Resource{Type: graph.Queue, Outputs: queue("eu-west-1"), Provider: assumed}, graph.Region{Name: "eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, c.r.Region())
		})
	}
}

func TestRegionsAreTheSameDifferentOrUnknown(t *testing.T) {
	t.Parallel()
	var nothing graph.Region
	east, west := graph.Region{Name: "us-east-1"}, graph.Region{Name: "eu-west-1"}
	assumedEast, open := graph.Region{Name: "us-east-1", Open: true}, graph.Region{Open: true}
	for _, c := range []struct {
		a, b graph.Region
		want answer.Answer
	}{
		{nothing, nothing, answer.Yes},
		{nothing, west, answer.Yes},
		{nothing, open, answer.Yes},
		{west, west, answer.Yes},
		{east, west, answer.No},
		{assumedEast, assumedEast, answer.Yes},
		{assumedEast, west, answer.Unknown},
		{assumedEast, east, answer.Unknown},
		{open, west, answer.Unknown},
		{open, open, answer.Unknown},
	} {
		assert.Equal(t, c.want, c.a.Is(c.b), "%v and %v", c.a, c.b)
		assert.Equal(t, c.want, c.b.Is(c.a), "%v and %v", c.b, c.a)
	}
}

func TestANameRefersToTheRegionOfTheResourceThatUsesIt(t *testing.T) {
	t.Parallel()
	inRegion := func(urn resource.URN, t graph.Type, argument, name, region string) *graph.Resource {
		return &graph.Resource{URN: urn, Type: t, Inputs: resource.PropertyMap{
			resource.PropertyKey(argument): text(name), "region": text(region),
		}}
	}
	g := graph.New("app", "dev", "", []*graph.Resource{
		inRegion("east", graph.Function, "name", "thumb", "us-east-1"),
		inRegion("west", graph.Function, "name", "thumb", "eu-west-1"),
		inRegion("bucket", graph.Bucket, "bucket", "acme-uploads", "eu-west-1"),
		{URN: "role", Type: graph.Role, Inputs: resource.PropertyMap{"name": text("worker")}, Provider: resource.PropertyMap{"region": text("eu-west-1")}},
		{URN: "default", Type: graph.Queue, Inputs: resource.PropertyMap{"name": text("jobs")}, Provider: assumed, Outputs: resource.PropertyMap{
			"arn": text("arn:aws:sqs:us-east-1:000000000000:jobs"),
		}},
	})
	west := resource.PropertyMap{"region": text("eu-west-1")}
	for name, c := range map[string]struct {
		value    string
		want     graph.Type
		provider resource.PropertyMap
		means    outcome
	}{
		"in the same region":                  {"thumb", graph.Function, west, outcome{certain: []string{"west"}}},
		"in another region":                   {"thumb", graph.Function, resource.PropertyMap{"region": text("ap-south-1")}, outcome{elsewhere: true, apart: []string{"east", "west"}}},
		"where no region shows":               {"thumb", graph.Function, nil, outcome{certain: []string{"east", "west"}}},
		"in a region that is assumed":         {"thumb", graph.Function, assumed, outcome{possible: []string{"east", "west"}}},
		"a bucket, from any region":           {"acme-uploads", graph.Bucket, resource.PropertyMap{"region": text("us-east-1")}, outcome{certain: []string{"bucket"}}},
		"a role, from any region":             {"worker", graph.Role, resource.PropertyMap{"region": text("us-east-1")}, outcome{certain: []string{"role"}}},
		"both in the assumed region":          {"jobs", graph.Queue, assumed, outcome{certain: []string{"default"}}},
		"one in the assumed region":           {"jobs", graph.Queue, west, outcome{possible: []string{"default"}}},
		"an ARN says where":                   {"arn:aws:lambda:us-east-1:123456789012:function:thumb", graph.Function, west, outcome{certain: []string{"east"}}},
		"an ARN of another region":            {"arn:aws:lambda:ap-south-1:123456789012:function:thumb", graph.Function, west, outcome{elsewhere: true, apart: []string{"east", "west"}}},
		"an ARN, the region assumed":          {"arn:aws:sqs:eu-west-1:444455556666:jobs", graph.Queue, assumed, outcome{possible: []string{"default"}}},
		"the ARN made of what is assumed":     {"arn:aws:sqs:us-east-1:000000000000:jobs", graph.Queue, west, outcome{certain: []string{"default"}}},
		"an ARN of the assumed region":        {"arn:aws:sqs:us-east-1:444455556666:jobs", graph.Queue, assumed, outcome{certain: []string{"default"}}},
		"a URL says where":                    {"https://sqs.eu-west-1.amazonaws.com/444455556666/jobs", graph.Queue, west, outcome{possible: []string{"default"}}},
		"a URL of another name":               {"https://sqs.eu-west-1.amazonaws.com/444455556666/others", graph.Queue, west, outcome{elsewhere: true}},
		"a URL of a form that names no place": {"https://queue.amazonaws.com/444455556666/jobs", graph.Queue, west, outcome{certain: []string{"default"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := block("block", text(c.value))
			r.Provider = c.provider
			assert.Equal(t, c.means.filled(), outcomeOf(g.Resolve(r, r.Ref("bucket"), c.want)))
		})
	}
}

func TestAnUnspecifiedAccountDoesNotDistinguishARNs(t *testing.T) {
	t.Parallel()
	means := func(account string) outcome {
		g := graph.New("app", "dev", "", []*graph.Resource{{
			URN: "failed", Type: graph.Queue, Inputs: resource.PropertyMap{"name": text("failed")},
			Outputs: resource.PropertyMap{"arn": text("arn:aws:sqs:eu-west-1:" + account + ":failed")},
		}})
		r := block("block", text("arn:aws:sqs:eu-west-1:444455556666:failed"))
		return outcomeOf(g.Resolve(r, r.Ref("bucket"), graph.Queue))
	}
	assert.Equal(t, outcome{elsewhere: true, apart: []string{"failed"}}.filled(), means("111122223333"), "the account is known, and another")
	assert.Equal(t, outcome{certain: []string{"failed"}}.filled(), means("444455556666"))
	assert.Equal(t, outcome{certain: []string{"failed"}}.filled(), means(standin.UnknownAccount), "it may be the stack's own")
}
