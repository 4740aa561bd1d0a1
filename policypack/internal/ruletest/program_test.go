package ruletest_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func programGraph(t *testing.T, program string, phase ruletest.Phase) *graph.Graph {
	t.Helper()
	g, err := ruletest.Graph(program, phase)
	require.NoError(t, err)
	return g
}

// the resource of that name.
func find(t *testing.T, g *graph.Graph, name string) *graph.Resource {
	t.Helper()
	for _, r := range g.Resources {
		if r.Name == name {
			return r
		}
	}
	require.Fail(t, "no such resource", name)
	return nil
}

const later = "a value not known yet"

func TestNamesAreKnownInAPreviewAndWhatAWSMakesIsNot(t *testing.T) {
	t.Parallel()
	const program = `
resources:
  auto: { type: aws:s3:Bucket }
  named: { type: aws:s3:Bucket, properties: { bucket: acme-named } }
  prefixed: { type: aws:s3:Bucket, properties: { bucketPrefix: acme- } }
  short: { type: aws:s3/bucketV2:BucketV2 }
  fn: { type: aws:lambda:Function }
  alias: { type: aws:lambda:Alias, properties: { name: live, functionName: "${fn.arn}" } }
  jobs: { type: aws:sqs:Queue, properties: { name: jobs } }
  west: { type: aws:sqs:Queue, properties: { name: west, region: eu-west-1 } }
  alerts: { type: aws:sns:Topic }
  role: { type: aws:iam:Role }
  random: { type: random:index/randomId:RandomId }
`
	const account = ":us-east-1:123456789012:"
	tests := []struct {
		name     string
		property string
		preview  string
		deployed string
	}{
		{"auto", "bucket", `"auto-1a2b3c4"`, `"auto-1a2b3c4"`},
		{"auto", "id", later, `"auto-1a2b3c4"`},
		{"auto", "arn", later, `"arn:aws:s3:::auto-1a2b3c4"`},
		{"named", "bucket", `"acme-named"`, `"acme-named"`},
		{"named", "arn", later, `"arn:aws:s3:::acme-named"`},
		{"prefixed", "bucket", "nothing", "nothing"},
		{"prefixed", "arn", later, `"arn:aws:s3:::prefixed-5d6e7f8"`},
		{"short", "bucket", `"short-1a2b3c4"`, `"short-1a2b3c4"`},
		{"fn", "arn", later, `"arn:aws:lambda` + account + `function:fn-1a2b3c4"`},
		{"alias", "arn", later, `"arn:aws:lambda` + account + `function:fn-1a2b3c4:live"`},
		{"jobs", "url", later, `"https://sqs.us-east-1.amazonaws.com/123456789012/jobs"`},
		{"jobs", "id", later, `"https://sqs.us-east-1.amazonaws.com/123456789012/jobs"`},
		{"jobs", "arn", later, `"arn:aws:sqs` + account + `jobs"`},
		{"west", "arn", later, `"arn:aws:sqs:eu-west-1:123456789012:west"`},
		{"auto", "region", later, `"us-east-1"`},
		{"alerts", "id", later, `"arn:aws:sns` + account + `alerts-1a2b3c4"`},
		{"role", "arn", later, `"arn:aws:iam::123456789012:role/role-1a2b3c4"`},
		{"random", "hex", later, `"9f8e7d6c"`},
	}
	preview := programGraph(t, program, ruletest.Preview)
	deployed := programGraph(t, program, ruletest.Deployed)
	for _, test := range tests {
		t.Run(test.name+" "+test.property, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.preview, find(t, preview, test.name).Property(test.property).Show())
			assert.Equal(t, test.deployed, find(t, deployed, test.name).Property(test.property).Show())
		})
	}
	assert.Equal(t, graph.Bucket, find(t, preview, "short").Type)
	assert.Equal(t, ruletest.URN("aws:s3/bucketV2:BucketV2", "short"), find(t, preview, "short").URN)
	assert.Equal(t, ruletest.URN("aws:s3:Bucket", "auto"), find(t, preview, "auto").URN)
	assert.Equal(t, "aws:s3/bucket:Bucket", string(ruletest.URN("aws:s3:Bucket", "auto").Type()))
}

func TestExpressionsAreEvaluatedAndRememberWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	const program = `
resources:
  b: { type: aws:s3:Bucket, properties: { bucket: acme } }
  other: { type: aws:s3:Bucket }
  thing:
    type: my:index:Thing
    properties:
      text: plain
      number: 3
      half: 0.5
      flag: true
      none: null
      list: [a, "${b.arn}"]
      whole: ${b.bucket}
      part: x-${b.bucket}-${other.bucket}
      later: x-${b.arn}
      stack: ${pulumi.organization}/${pulumi.project}/${pulumi.stack}
      secret: { fn::secret: "${b.bucket}" }
      secretPart: { fn::secret: hidden }
      unknown: { fn::unknown: x }
      json: { fn::toJSON: { a: ["${b.bucket}"] } }
      jsonLater: { fn::toJSON: { a: "${b.arn}" } }
      nested: { inner: "${other.arn}", outer: "${b.arn}" }
  user:
    type: my:index:Thing
    properties:
      whole: ${thing.secret}
      part: x-${thing.secret}
      laterPart: x-${thing.unknown}
outputs:
  url: ${b.arn}
  validations: { ok: true }
`
	b, other := ruletest.URN("aws:s3:Bucket", "b"), ruletest.URN("aws:s3:Bucket", "other")
	thing := ruletest.URN("my:index:Thing", "thing")
	tests := []struct {
		resource, property string
		show               string
		from               []resource.URN
	}{
		{"thing", "text", `"plain"`, nil},
		{"thing", "number", "3", nil},
		{"thing", "half", "0.5", nil},
		{"thing", "flag", "true", nil},
		{"thing", "none", "nothing", nil},
		{"thing", "list", "a list", []resource.URN{b}},
		{"thing", "whole", `"acme"`, []resource.URN{b}},
		{"thing", "part", `"x-acme-other-1a2b3c4"`, []resource.URN{b, other}},
		{"thing", "later", later, []resource.URN{b}},
		{"thing", "stack", `"acme/images/dev"`, nil},
		{"thing", "secret", "[secret]", []resource.URN{b}},
		{"thing", "secretPart", "[secret]", nil},
		{"thing", "unknown", later, nil},
		{"thing", "json", `"{\"a\":[\"acme\"]}"`, []resource.URN{b}},
		{"thing", "jsonLater", later, []resource.URN{b}},
		{"thing", "nested", "an object", []resource.URN{b, other}},
		{"user", "whole", "[secret]", []resource.URN{thing}},
		{"user", "part", "[secret]", []resource.URN{thing}},
		{"user", "laterPart", later, []resource.URN{thing}},
	}
	g := programGraph(t, program, ruletest.Preview)
	for _, test := range tests {
		t.Run(test.resource+" "+test.property, func(t *testing.T) {
			t.Parallel()
			r := find(t, g, test.resource)
			assert.Equal(t, test.show, r.Arg(test.property).Show())
			assert.Equal(t, test.from, r.PropertyDependencies[resource.PropertyKey(test.property)])
		})
	}
	secret, _ := find(t, g, "user").Arg("part").Str()
	assert.Equal(t, "x-acme", secret, "a secret is known")
	assert.Equal(t, []resource.URN{b, other}, find(t, g, "thing").Dependencies)
	assert.Equal(t, later, find(t, g, "thing").Arg("list").At(1).Show())

	url, ok := g.StackOutput("url")
	require.True(t, ok)
	assert.Equal(t, later, url.Show())
	validations, _ := g.StackOutput("validations")
	assert.Equal(t, "true", validations.Get("ok").Show())

	deployed := programGraph(t, program, ruletest.Deployed)
	assert.Equal(t, later, find(t, deployed, "thing").Arg("unknown").Show(), "fn::unknown is so in any phase")
	assert.Equal(t, `"x-arn:aws:s3:::acme"`, find(t, deployed, "thing").Arg("later").Show())
}

func TestCodeIsAnAssetOrAnArchive(t *testing.T) {
	t.Parallel()
	const program = `
resources:
  thing:
    type: my:index:Thing
    properties:
      text: { fn::stringAsset: hello }
      file: { fn::fileAsset: ./index.js }
      remote: { fn::remoteAsset: "https://example.com/a" }
      zip: { fn::fileArchive: ./fn.zip }
      remoteZip: { fn::remoteArchive: "https://example.com/a.zip" }
      put: { fn::assetArchive: { index.js: { fn::stringAsset: hello }, lib: { fn::fileArchive: ./lib } } }
`
	thing := find(t, programGraph(t, program, ruletest.Preview), "thing")
	asset := func(name string) resource.PropertyValue { return thing.Arg(name).Property() }
	assert.Equal(t, "hello", asset("text").AssetValue().Text)
	assert.Equal(t, "./index.js", asset("file").AssetValue().Path)
	assert.Equal(t, "https://example.com/a", asset("remote").AssetValue().URI)
	assert.Equal(t, "./fn.zip", asset("zip").ArchiveValue().Path)
	assert.Equal(t, "https://example.com/a.zip", asset("remoteZip").ArchiveValue().URI)
	assert.Len(t, asset("put").ArchiveValue().Assets, 2)
}

func TestOptionsAndReads(t *testing.T) {
	t.Parallel()
	const program = `
name: images
runtime: yaml
resources:
  store: { type: my:index:Store }
  inner: { type: aws:s3:Bucket, options: { parent: "${store}", dependsOn: ["${queue}"], protect: true } }
  queue: { type: aws:sqs:Queue }
  theirs: { type: aws:s3:Bucket, get: { id: their-bucket } }
  block: { type: aws:s3:BucketPublicAccessBlock, properties: { bucket: "${theirs.id}" } }
`
	for _, phase := range []ruletest.Phase{ruletest.Preview, ruletest.Deployed} {
		g := programGraph(t, program, phase)
		inner := find(t, g, "inner")
		assert.Equal(t, find(t, g, "store").URN, inner.Parent)
		assert.Equal(t, []resource.URN{find(t, g, "queue").URN}, inner.Dependencies)
		assert.True(t, inner.Protect)
		assert.True(t, inner.Managed())
		assert.False(t, find(t, g, "theirs").Managed())
		assert.Equal(t, graph.StackType, g.ByURN(find(t, g, "store").Parent).Type)
		assert.Equal(t, []string{"images", "dev", "acme"}, []string{g.Project, g.Stack, g.Organization})
		assert.Equal(t, `"their-bucket"`, find(t, g, "block").Arg("bucket").Show(), "what is read is known")
	}
}

func TestMistakesInAProgramAreErrors(t *testing.T) {
	t.Parallel()
	thing := func(properties string) string {
		return "resources:\n  thing:\n    type: my:index:Thing\n    properties: " + properties + "\n"
	}
	tests := map[string]struct{ program, want string }{
		"no YAML":                 {"resources: [", "parsing the program"},
		"unknown field":           {"resource: {}", "field resource not found"},
		"unknown resource option": {"resources: { a: { type: t, options: { ignoreChanges: [x] } } }", "field ignoreChanges not found"},
		"unknown function":        {thing("{ a: { fn::split: [x] } }"), "properties of thing: a: the function fn::split is not supported here"},
		"function beside a key":   {thing("{ a: { fn::secret: x, b: y } }"), "properties of thing: a: fn::secret has other keys beside it"},
		"missing resource":        {thing(`{ a: "${b.id}" }`), `${b.id}: there is no resource "b"`},
		"missing property":        {thing(`{ a: "x${thing2.nope}" }`) + "  thing2: { type: my:index:Thing }\n", "${thing2.nope}: there is no such property"},
		"a whole resource":        {thing(`{ a: "${thing2}" }`) + "  thing2: { type: my:index:Thing }\n", "${thing2}: name a property of it"},
		"itself":                  {thing(`{ a: "${thing.id}" }`), `resource "thing" refers to itself`},
		"in a list":               {thing(`{ a: [{ b: "${c.id}" }] }`), `there is no resource "c"`},
		"in an object":            {thing(`{ a: { b: "${c.id}" } }`), `there is no resource "c"`},
		"in a function":           {thing(`{ a: { fn::secret: "${c.id}" } }`), `there is no resource "c"`},
		"in the outputs":          {"outputs: { a: \"${c.id}\" }", `outputs: a: ${c.id}: there is no resource "c"`},
		"in the options":          {"resources: { a: { type: t, options: { dependsOn: [\"${c}\"] } } }", `options of a: there is no resource "c"`},
		"no member of an archive": {thing("{ a: { fn::assetArchive: { x: y } } }"), "member x of an archive is neither asset nor archive"},
		"a number in a text":      {thing(`{ a: "x${thing2.n}" }`) + "  thing2: { type: my:index:Thing, properties: { n: 3 } }\n", "${thing2.n}: only strings can be part of a text here"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ruletest.Graph(test.program, ruletest.Preview)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestTheGraphOfAProgramIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	const program = `
resources:
  c: { type: aws:s3:Bucket, properties: { tags: { x: "${a.arn}", y: "${b.arn}" } } }
  b: { type: aws:s3:Bucket }
  a: { type: aws:s3:Bucket }
`
	first := programGraph(t, program, ruletest.Preview)
	for range 10 {
		assert.Equal(t, first.Resources, programGraph(t, program, ruletest.Preview).Resources)
	}
}
