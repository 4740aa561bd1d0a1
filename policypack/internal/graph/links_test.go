package graph_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

const versioning graph.Type = "aws:s3/bucketVersioning:BucketVersioning"

// managed returns a resource whose URN is its name.
func managed(t graph.Type, name string, inputs, outputs resource.PropertyMap) *graph.Resource {
	if inputs == nil {
		inputs = resource.PropertyMap{}
	}
	return &graph.Resource{URN: resource.URN(name), Type: t, Name: name, Inputs: inputs, Outputs: outputs}
}

// computedFrom adds the resources that an argument was computed from.
func computedFrom(r *graph.Resource, property string, urns ...resource.URN) *graph.Resource {
	if r.PropertyDependencies == nil {
		r.PropertyDependencies = map[resource.PropertyKey][]resource.URN{}
	}
	r.PropertyDependencies[resource.PropertyKey(property)] = urns
	return r
}

// block returns a public access block for the given bucket.
func block(name string, bucket resource.PropertyValue, sources ...resource.URN) *graph.Resource {
	b := managed(graph.BucketPublicAccessBlock, name, resource.PropertyMap{"bucket": bucket}, nil)
	return computedFrom(b, "bucket", sources...)
}

// bucketRef returns the reference in the bucket argument of a resource.
func bucketRef(r *graph.Resource) []graph.Ref { return []graph.Ref{r.Ref("bucket")} }

func urns(rs []*graph.Resource) []string {
	names := []string{}
	for _, r := range rs {
		names = append(names, string(r.URN))
	}
	return names
}

// outcome is a Target in a form that is easy to write in tests.
type outcome struct {
	certain, byDependency, possible, apart []string
	absent, elsewhere, open                bool
}

func outcomeOf(t graph.Target) outcome {
	return outcome{urns(t.Certain), urns(t.ByDependency), urns(t.Possible), urns(t.Apart), t.Absent, t.Elsewhere, t.Open}
}

func (w outcome) filled() outcome {
	for _, list := range []*[]string{&w.certain, &w.byDependency, &w.possible, &w.apart} {
		if *list == nil {
			*list = []string{}
		}
	}
	return w
}

func TestResolveReturnsWhatAValueRefersTo(t *testing.T) {
	t.Parallel()
	const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:thumb-fn"
	const queueURL = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs-q"
	resources := func() []*graph.Resource {
		return []*graph.Resource{
			managed(graph.Bucket, "named", resource.PropertyMap{"bucket": text("acme-uploads")}, nil),
			managed(graph.Bucket, "hidden", resource.PropertyMap{"bucket": secret(text("acme-secret"))}, nil),
			managed(graph.Bucket, "later", resource.PropertyMap{"bucket": computed()}, nil),
			managed(graph.Function, "function", resource.PropertyMap{"name": text("thumb-fn")},
				resource.PropertyMap{
					"arn": text(functionARN), "qualifiedArn": text(functionARN + ":3"),
					"invokeArn": text("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionARN + "/invocations"),
				}),
			managed(graph.Queue, "queue", resource.PropertyMap{"name": text("jobs-q")}, resource.PropertyMap{"url": text(queueURL), "id": text(queueURL)}),
			managed(graph.Queue, "unmade", resource.PropertyMap{"name": text("named-q")}, resource.PropertyMap{"arn": computed()}),
			{URN: "read", Type: graph.Bucket, Outputs: resource.PropertyMap{"id": text("acme-read"), "bucket": text("acme-read")}},
			{URN: "component", Type: "my:index:Store"},
			{URN: "inner", Type: graph.Bucket, Parent: "component", Inputs: resource.PropertyMap{}, Outputs: resource.PropertyMap{"bucket": computed()}},
			{URN: "outer", Type: "my:index:Platform"},
			{URN: "nested", Type: "my:index:Store", Parent: "outer"},
			{URN: "deep", Type: graph.Bucket, Parent: "nested", Inputs: resource.PropertyMap{}},
			computedFrom(managed(versioning, "versioning", nil, nil), "bucket", "later"),
			computedFrom(managed(versioning, "twice", nil, nil), "bucket", "versioning"),
			managed("random:index/randomId:RandomId", "random", nil, nil),
		}
	}
	var (
		buckets   = []graph.Type{graph.Bucket}
		functions = []graph.Type{graph.Function}
		queues    = []graph.Type{graph.Queue}
	)
	tests := map[string]struct {
		value resource.PropertyValue
		deps  []resource.URN
		want  []graph.Type
		means outcome
	}{
		"no value":                      {resource.NewNullProperty(), nil, buckets, outcome{absent: true}},
		"no value, whatever it is from": {resource.NewNullProperty(), []resource.URN{"named"}, buckets, outcome{absent: true}},

		"the name":                      {text("acme-uploads"), nil, buckets, outcome{certain: []string{"named"}}},
		"the name of a secret":          {text("acme-secret"), nil, buckets, outcome{certain: []string{"hidden"}}},
		"the name, secret itself":       {secret(text("acme-uploads")), nil, buckets, outcome{certain: []string{"named"}}},
		"the name of one only read":     {text("acme-read"), nil, buckets, outcome{certain: []string{"read"}}},
		"the bucket's ARN":              {text("arn:aws:s3:::acme-uploads"), nil, buckets, outcome{certain: []string{"named"}}},
		"objects of the bucket":         {text("arn:aws:s3:::acme-uploads/*"), nil, buckets, outcome{certain: []string{"named"}}},
		"the function's ARN":            {text(functionARN), nil, functions, outcome{certain: []string{"function"}}},
		"its ARN with an alias":         {text(functionARN + ":live"), nil, functions, outcome{certain: []string{"function"}}},
		"its qualified ARN":             {text(functionARN + ":3"), nil, functions, outcome{certain: []string{"function"}}},
		"the queue's URL":               {text(queueURL), nil, queues, outcome{certain: []string{"queue"}}},
		"a URL's name":                  {text("https://sqs.us-east-1.amazonaws.com/123456789012/named-q"), nil, queues, outcome{certain: []string{"unmade"}}},
		"an ARN's name":                 {text("arn:aws:sqs:us-east-1:123456789012:named-q"), nil, queues, outcome{certain: []string{"unmade"}}},
		"its name in another region":    {text("arn:aws:lambda:eu-west-1:123456789012:function:thumb-fn"), nil, functions, outcome{elsewhere: true, apart: []string{"function"}}},
		"its name in another account":   {text("arn:aws:lambda:us-east-1:210987654321:function:thumb-fn"), nil, functions, outcome{elsewhere: true, apart: []string{"function"}}},
		"one of several types":          {text("jobs-q"), nil, []graph.Type{graph.Bucket, graph.Queue}, outcome{certain: []string{"queue"}}},
		"known wins over dependencies":  {text("acme-uploads"), []resource.URN{"later"}, buckets, outcome{certain: []string{"named"}}},
		"a name of another type":        {text("jobs-q"), nil, buckets, outcome{elsewhere: true}},
		"a name nothing has":            {text("theirs"), nil, buckets, outcome{elsewhere: true}},
		"a known value of another kind": {resource.NewProperty(3.0), nil, buckets, outcome{elsewhere: true}},
		"an empty string":               {text(""), nil, buckets, outcome{elsewhere: true}},

		"known, from one not yet named":   {text("theirs"), []resource.URN{"later"}, buckets, outcome{byDependency: []string{"later"}}},
		"known, from one named otherwise": {text("theirs"), []resource.URN{"named"}, buckets, outcome{elsewhere: true}},
		"known, from something else":      {text("theirs"), []resource.URN{"random"}, buckets, outcome{elsewhere: true}},

		"unknown":                                {computed(), nil, buckets, outcome{open: true}},
		"unknown and secret":                     {secret(computed()), nil, buckets, outcome{open: true}},
		"an output not known":                    {output(false, false, text("acme-uploads")), nil, buckets, outcome{open: true}},
		"unknown, from one":                      {computed(), []resource.URN{"named"}, buckets, outcome{byDependency: []string{"named"}}},
		"unknown, from two, in order":            {computed(), []resource.URN{"named", "later", "named"}, buckets, outcome{byDependency: []string{"later", "named"}}},
		"unknown, from one of two types":         {computed(), []resource.URN{"queue", "named"}, buckets, outcome{byDependency: []string{"named"}}},
		"unknown, from its component":            {computed(), []resource.URN{"component"}, buckets, outcome{byDependency: []string{"inner"}}},
		"unknown, from an outer component":       {computed(), []resource.URN{"outer"}, buckets, outcome{possible: []string{"deep"}}},
		"unknown, behind another resource":       {computed(), []resource.URN{"versioning"}, buckets, outcome{possible: []string{"later"}}},
		"unknown, behind two of them":            {computed(), []resource.URN{"twice"}, buckets, outcome{possible: []string{"later"}}},
		"unknown, from nothing of the kind":      {computed(), []resource.URN{"random"}, buckets, outcome{}},
		"unknown, from what is not there":        {computed(), []resource.URN{"gone"}, buckets, outcome{open: true}},
		"unknown, partly from what is not there": {computed(), []resource.URN{"random", "gone"}, buckets, outcome{open: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := graph.New("images", "dev", "acme", resources())
			r := block("block", test.value, test.deps...)
			got := g.Resolve(r, r.Ref("bucket"), test.want...)
			assert.Equal(t, test.means.filled(), outcomeOf(got))
			assert.Equal(t, append(urns(got.Certain), urns(got.ByDependency)...), urns(got.Linked()))
		})
	}
}

func TestADoubtfulRefIsNeverMoreThanPossible(t *testing.T) {
	t.Parallel()
	g := graph.New("", "", "", []*graph.Resource{
		managed(graph.Bucket, "named", resource.PropertyMap{"bucket": text("b")}, nil),
		managed(graph.Bucket, "later", resource.PropertyMap{"bucket": computed()}, nil),
		computedFrom(managed(versioning, "versioning", nil, nil), "bucket", "later"),
	})
	tests := map[string]struct {
		block *graph.Resource
		means outcome
	}{
		"the name":            {block("block", text("b")), outcome{possible: []string{"named"}}},
		"by dependency":       {block("block", computed(), "later"), outcome{possible: []string{"later"}}},
		"behind another":      {block("block", computed(), "versioning"), outcome{possible: []string{"later"}}},
		"no value":            {block("block", resource.NewNullProperty()), outcome{absent: true}},
		"unknown":             {block("block", computed()), outcome{open: true}},
		"known, of no bucket": {block("block", text("c")), outcome{elsewhere: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := graph.Ref{Property: "bucket", Value: test.block.Arg("bucket"), Doubtful: true}
			// Each case has a graph of its own.
			own := graph.New("", "", "", g.Resources)
			assert.Equal(t, test.means.filled(), outcomeOf(own.Resolve(test.block, ref, graph.Bucket)))
		})
	}
}

func TestResolveFindsResourcesThatShareAName(t *testing.T) {
	t.Parallel()
	g := graph.New("", "", "", []*graph.Resource{
		managed(graph.Bucket, "b", resource.PropertyMap{"bucket": text("same")}, nil),
		managed(graph.Bucket, "a", resource.PropertyMap{"bucket": text("same")}, resource.PropertyMap{"id": text("same")}),
	})
	r := block("block", text("same"))
	assert.Equal(t, []string{"a", "b"}, urns(g.Resolve(r, r.Ref("bucket"), graph.Bucket).Certain))
}

func TestResolveGivesUpWhereEverythingDependsOnEverything(t *testing.T) {
	t.Parallel()
	chain := func(length int) *graph.Graph {
		resources := []*graph.Resource{managed(graph.Bucket, "bucket", resource.PropertyMap{"bucket": computed()}, nil)}
		previous := resource.URN("bucket")
		for i := range length {
			r := computedFrom(managed(versioning, fmt.Sprintf("v%d", i), nil, nil), "bucket", previous)
			resources, previous = append(resources, r), r.URN
		}
		return graph.New("", "", "", resources)
	}
	resolve := func(length int) outcome {
		r := block("block", computed(), resource.URN(fmt.Sprintf("v%d", length-1)))
		return outcomeOf(chain(length).Resolve(r, r.Ref("bucket"), graph.Bucket))
	}
	assert.Equal(t, outcome{possible: []string{"bucket"}}.filled(), resolve(100))
	assert.Equal(t, outcome{open: true}.filled(), resolve(1000), "too far to tell is not the same as nothing")
}

func TestResolveEndsOnACycle(t *testing.T) {
	t.Parallel()
	g := graph.New("", "", "", []*graph.Resource{
		computedFrom(managed(versioning, "a", nil, nil), "bucket", "b"),
		computedFrom(managed(versioning, "b", nil, nil), "bucket", "a"),
	})
	r := block("block", computed(), "a")
	assert.Equal(t, outcome{}.filled(), outcomeOf(g.Resolve(r, r.Ref("bucket"), graph.Bucket)))
}

func TestRefReadsMembersAndTheOutputsOfReadResources(t *testing.T) {
	t.Parallel()
	config := resource.PropertyMap{"deadLetterConfig": object(resource.PropertyMap{"targetArn": text("q")})}
	for name, r := range map[string]*graph.Resource{
		"managed": {Inputs: config}, "read": {Outputs: config},
	} {
		ref := r.Ref("deadLetterConfig", "targetArn")
		assert.Equal(t, "deadLetterConfig", ref.Property, name)
		assert.Equal(t, `"q"`, ref.Value.Show(), name)
	}
	both := &graph.Resource{Inputs: resource.PropertyMap{}, Outputs: config}
	assert.True(t, both.Ref("deadLetterConfig", "targetArn").Value.Absent(), "what a managed resource was not given is absent")
}

func TestReferrersReturnWhoNamesABucketAndWhoMay(t *testing.T) {
	t.Parallel()
	type answer struct{ certain, linked, maybe string }
	bucket := func(name resource.PropertyValue, deps ...resource.URN) *graph.Resource {
		return computedFrom(managed(graph.Bucket, "bucket", resource.PropertyMap{"bucket": name}, nil), "bucket", deps...)
	}
	random := managed("random:index/randomId:RandomId", "random", nil, nil)
	tests := map[string]struct {
		bucket *graph.Resource
		block  *graph.Resource
		want   answer
	}{
		"names it":            {bucket(text("b")), block("block", text("b")), answer{"block", "block", ""}},
		"names another":       {bucket(text("b")), block("block", text("c")), answer{}},
		"names nothing":       {bucket(text("b")), block("block", resource.NewNullProperty()), answer{}},
		"is computed from it": {bucket(text("b")), block("block", computed(), "bucket"), answer{"", "block", ""}},
		"is computed from what is computed of it": {bucket(text("b")), block("block", computed(), "versioning"), answer{"", "", "block"}},
		"is not known at all":                     {bucket(text("b")), block("block", computed()), answer{"", "", "block"}},
		"is a secret not known":                   {bucket(text("b")), block("block", secret(computed())), answer{"", "", "block"}},
		"is from a resource that is not there":    {bucket(text("b")), block("block", computed(), "gone"), answer{"", "", "block"}},
		"literal, and the bucket's name unknown":  {bucket(computed()), block("block", text("c")), answer{"", "", "block"}},
		"literal, and the bucket is auto-named":   {bucket(text("b-1a2b3c4")), block("block", text("b")), answer{}},
		"shares a random suffix with the bucket":  {bucket(computed(), "random"), block("block", computed(), "random"), answer{"", "", "block"}},
		"has a random suffix of its own":          {bucket(computed(), "other"), block("block", computed(), "random"), answer{}},
		"random, and the bucket's name literal":   {bucket(text("b")), block("block", computed(), "random"), answer{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := graph.New("", "", "", []*graph.Resource{
				test.bucket, test.block, random,
				managed("random:index/randomId:RandomId", "other", nil, nil),
				computedFrom(managed(versioning, "versioning", nil, nil), "bucket", "bucket"),
			})
			x := g.Referrers(g.All(graph.BucketPublicAccessBlock), bucketRef, graph.Bucket)
			var got answer
			for _, r := range x.Certain(test.bucket) {
				got.certain += string(r.URN)
			}
			for _, r := range x.Linked(test.bucket) {
				got.linked += string(r.URN)
			}
			if maybe := x.Maybe(test.bucket); maybe != nil {
				got.maybe = string(maybe.URN)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestReferrersListAResourceOnceThoughItNamesTheOtherTwice(t *testing.T) {
	t.Parallel()
	bucket := managed(graph.Bucket, "bucket", resource.PropertyMap{"bucket": text("b")}, nil)
	g := graph.New("", "", "", []*graph.Resource{bucket, block("one", text("b")), block("two", text("b"))})
	twice := func(r *graph.Resource) []graph.Ref {
		return []graph.Ref{r.Ref("bucket"), r.Ref("bucket")}
	}
	x := g.Referrers(g.All(graph.BucketPublicAccessBlock), twice, graph.Bucket)
	assert.Equal(t, []string{"one", "two"}, urns(x.Certain(bucket)))
}

// drawn is a random stack: some buckets, one public access block, and the resources between them.
type drawn struct {
	resources []*graph.Resource
	block     *graph.Resource
}

func stacks() *rapid.Generator[drawn] {
	return rapid.Custom(func(t *rapid.T) drawn {
		var d drawn
		sources := []resource.URN{"random"}
		d.resources = append(d.resources, managed("random:index/randomId:RandomId", "random", nil, nil))
		for i := range rapid.IntRange(0, 3).Draw(t, "buckets") {
			// No two buckets share a name.
			own := text(fmt.Sprintf("name%d", i))
			name := rapid.SampledFrom([]resource.PropertyValue{
				own, secret(own), computed(), resource.NewNullProperty(),
			}).Draw(t, "name")
			b := managed(graph.Bucket, fmt.Sprintf("bucket%d", i), resource.PropertyMap{"bucket": name}, nil)
			if rapid.Bool().Draw(t, "named by random") {
				computedFrom(b, "bucket", "random")
			}
			v := computedFrom(managed(versioning, fmt.Sprintf("versioning%d", i), nil, nil), "bucket", b.URN)
			d.resources = append(d.resources, b, v)
			sources = append(sources, b.URN, v.URN)
		}
		value := rapid.SampledFrom([]resource.PropertyValue{
			text("name0"), text("name2"), text("arn:aws:s3:::name1"), text("theirs"), secret(text("name0")),
			computed(), secret(computed()), output(false, false, text("name0")), resource.NewNullProperty(),
		}).Draw(t, "value")
		deps := rapid.SliceOfNDistinct(rapid.SampledFrom(sources), 0, len(sources), rapid.ID).Draw(t, "from")
		d.block = block("block", value, deps...)
		d.resources = append(d.resources, d.block)
		return d
	})
}

func TestResolveNeverTurnsUnknownIntoAnAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := stacks().Draw(t, "stack")
		g := graph.New("", "", "", d.resources)
		ref := d.block.Ref("bucket")
		got := g.Resolve(d.block, ref, graph.Bucket)
		deps := d.block.PropertyDependencies["bucket"]

		answers := 0
		for _, is := range []bool{
			len(got.Certain) > 0, len(got.ByDependency) > 0, len(got.Possible) > 0, got.Absent, got.Elsewhere, got.Open,
		} {
			if is {
				answers++
			}
		}
		require.LessOrEqual(t, answers, 1, "answers exclude each other")
		require.Equal(t, ref.Value.Absent(), got.Absent)
		if !ref.Value.Known() {
			require.Empty(t, got.Certain, "only a known value proves anything")
			require.False(t, got.Elsewhere, "an unknown value is never known to be elsewhere")
		}
		if ref.Value.Unknown() && len(deps) == 0 {
			require.True(t, got.Open, "unknown from nowhere may be anything")
		}
		for _, dep := range deps {
			if r := g.ByURN(dep); ref.Value.Unknown() && r.Type != "random:index/randomId:RandomId" {
				require.NotZero(t, answers, "what leads to a bucket is never left out")
			}
		}
	})
}

// cleared reports whether nothing may claim that the bucket has no block.
func cleared(g *graph.Graph, bucket *graph.Resource) bool {
	x := g.Referrers(g.All(graph.BucketPublicAccessBlock), bucketRef, graph.Bucket)
	return len(x.Linked(bucket)) > 0 || x.Maybe(bucket) != nil
}

func TestForgettingAValueNeverAccuses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := stacks().Draw(t, "stack")
		computedFrom := len(d.block.PropertyDependencies["bucket"]) > 0
		if computedFrom {
			d.block.PropertyDependencies["bucket"] = []resource.URN{"random"}
		}
		g := graph.New("", "", "", d.resources)
		var before []*graph.Resource
		for _, bucket := range g.All(graph.Bucket) {
			// A computed value that happens to equal a literal name is no link.
			chance := computedFrom && len(bucket.PropertyDependencies["bucket"]) == 0
			if cleared(g, bucket) && !chance {
				before = append(before, bucket)
			}
		}
		forgotten := rapid.SampledFrom(append(g.All(graph.Bucket), d.block)).Draw(t, "forgotten")
		if !forgotten.Arg("bucket").Absent() {
			forgotten.Inputs["bucket"] = computed()
		}
		after := graph.New("", "", "", d.resources)
		for _, bucket := range before {
			require.True(t, cleared(after, bucket), "%s is accused once %s forgot its name", bucket, forgotten)
		}
	})
}
