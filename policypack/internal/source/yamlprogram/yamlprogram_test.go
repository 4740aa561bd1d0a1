package yamlprogram_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

const program = `name: thumbs
runtime: yaml
variables:
  tags: &tags
    team: images
resources:
  source:
    type: aws:s3:Bucket
    properties:
      bucketPrefix: ${prefix}-source
      tags: *tags
  # pipeguard:ignore a-rule -- because
  upload:
    type: aws:s3:BucketNotification
    name: on-upload
    properties:
      bucket: ${source.id}
      lambdaFunctions:
        - lambdaFunctionArn: arn
          events:
            - s3:ObjectCreated:*
`

func location(line, column int) finding.Location {
	return finding.Location{File: "Pulumi.yaml", Line: line, Column: column}
}

func TestResourcesAndTheirPropertiesHaveAPlace(t *testing.T) {
	t.Parallel()
	p := yamlprogram.Parse("Pulumi.yaml", []byte(program))
	require.Empty(t, p.Errors)
	assert.Equal(t, map[string]yamlprogram.Resource{
		"source": {
			Type: "aws:s3:Bucket", Location: location(7, 3),
			Properties: map[string]finding.Location{"bucketPrefix": location(10, 7), "tags": location(11, 7), "tags.team": location(5, 5)},
		},
		"on-upload": {
			Type: "aws:s3:BucketNotification", Location: location(13, 3),
			Properties: map[string]finding.Location{
				"bucket": location(17, 7), "lambdaFunctions": location(18, 7), "lambdaFunctions[0]": location(19, 11),
				"lambdaFunctions[0].lambdaFunctionArn": location(19, 11), "lambdaFunctions[0].events": location(20, 11),
				"lambdaFunctions[0].events[0]": location(21, 15),
			},
		},
	}, p.Resources)
}

func TestAURNAndAPropertyLeadToAPlace(t *testing.T) {
	t.Parallel()
	p := yamlprogram.Parse("Pulumi.yaml", []byte(program+"outputs:\n  bucket: ${source.bucket}\n"))
	const stack = "urn:pulumi:dev::thumbs::"
	tests := map[string]struct {
		urn      resource.URN
		property string
		want     finding.Location
	}{
		"a property":              {stack + "aws:s3/bucketNotification:BucketNotification::on-upload", "lambdaFunctions[0].events", location(20, 11)},
		"one that is missing":     {stack + "aws:s3/bucketNotification:BucketNotification::on-upload", "lambdaFunctions[0].filterPrefix", location(19, 11)},
		"the resource":            {stack + "aws:s3/bucket:Bucket::source", "", location(7, 3)},
		"nothing of it":           {stack + "aws:s3/bucket:Bucket::source", "acl", location(7, 3)},
		"another package's":       {stack + "random:index/randomId:RandomId::source", "", finding.Location{}},
		"not of the program":      {stack + "aws:s3/bucket:Bucket::other", "", finding.Location{}},
		"an output":               {stack + "pulumi:pulumi:Stack::thumbs-dev", "bucket", location(23, 3)},
		"an output that it lacks": {stack + "pulumi:pulumi:Stack::thumbs-dev", "validations", location(22, 1)},
		"no URN":                  {"", "bucket", finding.Location{}},
	}
	for name, test := range tests {
		assert.Equal(t, test.want, p.Locate(test.urn, test.property), name)
	}
	var none *yamlprogram.Program
	assert.Empty(t, none.Locate(stack+"aws:s3/bucket:Bucket::source", ""))
	assert.Equal(t, []string{"bucket", "id"}, p.Reads)
}

func TestAResourceIsACallWithItsProperties(t *testing.T) {
	t.Parallel()
	p := yamlprogram.Parse("Pulumi.yaml", []byte(program))
	require.Len(t, p.Calls, 2)
	source := p.Calls[0]
	assert.Equal(t, "aws:s3:Bucket", source.Func)
	assert.Equal(t, location(7, 3), source.Location)
	assert.Equal(t, 11, source.End)
	assert.Equal(t, "source:", source.Snippet)
	name, _ := source.Arg("", 0)
	assert.Equal(t, "source", name.Text)
	prefix, _ := source.Arg("bucketPrefix", -1)
	assert.Equal(t, fact.Hole+"-source", prefix.Text)
	tags, _ := source.Arg("tags", -1)
	team, _ := tags.Field("team")
	assert.Equal(t, "images", team.Text)
	assert.Equal(t, []fact.Comment{{
		Location: location(12, 3), Text: "pipeguard:ignore a-rule -- because", Alone: true, Next: 13,
	}}, p.Comments)
}

func TestAFileThatIsNoProgramIsAnErrorWithItsPlace(t *testing.T) {
	t.Parallel()
	const notProgram = "this is not a valid YAML program: "
	tests := map[string]struct {
		src  string
		line int
		text string
	}{
		"no YAML":         {"name: x\nresources: [\n", 2, "this is not valid YAML: did not find expected node content"},
		"tab":             {"name: x\nresources:\n\ta: b\n", 3, "this is not valid YAML: found character that cannot start any token"},
		"unknown anchor":  {"name: x\nresources: *none\n", 0, "this is not valid YAML: unknown anchor 'none' referenced"},
		"a cycle":         {"name: x\nresources: &r\n  a:\n    properties: *r\n", 4, notProgram + "resources.a.properties contains itself, by an alias"},
		"a duplicate key": {"resources:\n  a:\n    type: b\n    type: c\n", 4, notProgram + "the key resources.a.type is already set in line 3"},
		"in a list":       {"resources:\n  a: [{b: 1, b: 2}]\n", 2, notProgram + "the key resources.a[0].b is already set in line 2"},
		"too deep":        {"a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), 1, notProgram + "it is nested too deeply, or its aliases make it too large"},
		"too large": {
			"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
				"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
			1, notProgram + "it is nested too deeply, or its aliases make it too large",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := yamlprogram.Parse("Pulumi.yaml", []byte(test.src))
			require.Len(t, p.Errors, 1)
			assert.Equal(t, test.text, p.Errors[0].Text)
			assert.Equal(t, "Pulumi.yaml", p.Errors[0].Location.File)
			assert.Equal(t, test.line, p.Errors[0].Location.Line)
			assert.Empty(t, p.Calls)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(program)
	f.Add("resources: &r\n  a:\n    properties: *r\n")
	f.Add("resources:\n  a: {<<: *b}\n")
	f.Add("a: &a {type: aws:s3:Bucket}\nresources:\n  b: {<<: *a, properties: {<<: [*a, *a], c: [*a]}}\n")
	f.Add("variables:\n  v: {fn::invoke: {function: 'a:b:c', arguments: {d: [~, 1, ${e}]}}}\noutputs: {}\nconfiguration: 3\n")
	f.Add("resources:\n  a:\n    type: aws:s3:Bucket\n    options: {version: 7.0.0}\n    properties: {policy: {fn::toJSON: {fn::fileArchive: ./a}}}\noutputs:\n  o: ${a[\"arn\"]}\n")
	f.Add("resources:\r\n  a: {type: aws:s3:Bucket} # pipeguard:ignore a-rule -- b\r\n")
	f.Fuzz(func(t *testing.T, src string) {
		p := yamlprogram.Parse("Pulumi.yaml", []byte(src))
		lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 1
		for _, e := range p.Errors {
			assert.Equal(t, "Pulumi.yaml", e.Location.File)
			assert.NotEmpty(t, e.Text)
			assert.LessOrEqual(t, e.Location.Line, lines+1) // some are where the file ends
		}
		for name, r := range p.Resources {
			assert.LessOrEqual(t, r.Location.Line, lines, name)
			assert.Positive(t, r.Location.Line, name)
			for property, at := range r.Properties {
				assert.NotEmpty(t, property)
				assert.Positive(t, at.Line, property)
			}
		}
		for _, c := range p.Calls {
			assert.GreaterOrEqual(t, c.End, c.Location.Line)
		}
		assert.Equal(t, p.Resources, yamlprogram.Parse("Pulumi.yaml", []byte(src)).Resources)
		// What stands on other lines is the same program.
		moved := yamlprogram.Parse("Pulumi.yaml", append([]byte("# moved\n\n"), src...))
		// A mark of the encoding, and directives, have to come first.
		if len(p.Errors) == 0 && utf8.ValidString(src) && !strings.HasPrefix(src, "\ufeff") && !strings.Contains(src, "%") {
			require.Empty(t, moved.Errors)
			require.Len(t, moved.Calls, len(p.Calls))
			for name, r := range p.Resources {
				assert.Equal(t, r.Type, moved.Resources[name].Type)
				assert.Equal(t, r.Location.Line+2, moved.Resources[name].Location.Line)
				assert.Len(t, moved.Resources[name].Properties, len(r.Properties))
			}
		}
	})
}
