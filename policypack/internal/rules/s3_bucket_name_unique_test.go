package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// The programs here run as project images, stack dev, organisation acme.
func TestS3BucketNameUnique(t *testing.T) {
	t.Parallel()
	named := func(expression string) string {
		return "uploads: {type: aws:s3:BucketV2, properties: {bucket: " + expression + "}}"
	}
	suffix := "\nsuffix: {type: random:index:RandomId}"
	testRule(t, "s3-bucket-name-unique", []ruleCase{
		{name: "named by Pulumi", resources: "uploads: {type: aws:s3:BucketV2}", want: clean},
		{name: "named by Pulumi, classic bucket", resources: "uploads: {type: aws:s3:Bucket}", want: clean},
		{name: "named by Pulumi with letters only", resources: named("uploads-fadecab"), want: clean},
		{name: "bucketPrefix", resources: "uploads: {type: aws:s3:BucketV2, properties: {bucketPrefix: uploads-}}", want: clean},
		{
			name: "fixed", resources: named("thumbnail-uploads"), want: fires("uploads bucket"),
			says: `BucketV2 'uploads' is named "thumbnail-uploads", and nothing in that name makes it unique across accounts, ` +
				"stacks and regions.\n  fix: remove bucket; Pulumi then names it; or add the account id, or the project " +
				"and the stack, to the name; either way a bucket that exists is replaced",
		},
		{name: "fixed, classic bucket", resources: "uploads: {type: aws:s3:Bucket, properties: {bucket: thumbnail-uploads}}", want: fires("uploads bucket")},
		{name: "the resource's own name, as verbatim auto-naming gives it", resources: named("uploads"), want: fires("uploads bucket")},
		{name: "stack alone", resources: named(`"uploads-${pulumi.stack}"`), want: fires("uploads bucket")},
		{name: "project alone", resources: named(`"uploads-${pulumi.project}"`), want: fires("uploads bucket")},
		{name: "the stack's name inside a word", resources: named(`"${pulumi.project}-device"`), want: fires("uploads bucket")},
		{name: "region alone", resources: named("uploads-us-east-1"), want: fires("uploads bucket")},
		{name: "stage and year", resources: named("uploads-prod01-2024"), want: fires("uploads bucket")},
		{name: "project with stack", resources: named(`"uploads-${pulumi.project}-${pulumi.stack}"`), want: clean},
		{name: "organisation", resources: named(`"${pulumi.organization}-uploads"`), want: clean},
		{name: "organisation without a hyphen", resources: named(`"${pulumi.organization}uploads"`), want: clean},
		{name: "account", resources: named("uploads-123456789012"), want: clean},
		{name: "region with account", resources: named("uploads-123456789012-us-east-1"), want: clean},
		{
			name:      "the documented fix",
			resources: named(`"img-proc-source-dev-${pulumi.organization}-${pulumi.project}"`),
			want:      clean,
		},
		{name: "a random suffix of 4", resources: named("uploads-a9f3"), want: clean},
		{name: "a suffix of 3", resources: named("uploads-a9f"), want: fires("uploads bucket")},
		{name: "an output of a random resource", resources: named(`"uploads-${suffix.hex}"`) + suffix, want: clean},
		{name: "a random pet", resources: named(`"uploads-${pet.id}"`) + "\npet: {type: random:index:RandomPet, properties: {length: 2}}", want: clean},
		{
			name:      "named after another bucket",
			resources: named(`"${logs.id}-copy"`) + "\nlogs: {type: aws:s3:BucketV2}",
			want:      clean,
			preview:   undecided("uploads"),
		},
		{name: "a hash of the account id", resources: named("uploads-d41d8cd98f00b204"), want: clean},
		{name: "a UUID", resources: named("3f2504e0-4f89-41d3-9a0c-0305e82c3301"), want: clean},
		{name: "unknown", resources: named(`{"fn::unknown": 1}`), want: undecided("uploads"), says: "the name of BucketV2 'uploads' is not known yet"},
		{
			name:      "unknown, from another stack",
			resources: named(`"${platform.id}-uploads"`) + "\nplatform: {type: \"pulumi:pulumi:StackReference\"}",
			want:      clean,
			preview:   undecided("uploads"),
		},
		{name: "secret and unique", resources: named(`{"fn::secret": acme-` + hush + `}`), want: clean},
		{name: "secret and fixed", resources: named(`{"fn::secret": ` + hush + `-uploads}`), want: fires("uploads bucket"), says: "is named [secret], and"},
		{
			name: "secret and invalid", resources: named(`{"fn::secret": xn--` + hush + `}`), want: fires("uploads bucket"),
			says: "is named [secret], which breaks the rules for bucket names: it is secret, so the reason is not shown.",
		},
		{name: "only read", resources: "uploads: {type: aws:s3:BucketV2, get: {bucket: theirs}}", want: clean},
		{name: "imported by its own unique name", resources: named("acme-legacy-uploads"), want: clean},
		{
			name: "two buckets of one name",
			resources: `one: {type: aws:s3:Bucket, properties: {bucket: acme-uploads}}
two: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}`,
			want: fires("two bucket"), says: "BucketV2 'two' and Bucket 'one' have the same name.",
		},
		{
			name: "two buckets of one secret name",
			resources: `one: {type: aws:s3:BucketV2, properties: {bucket: {"fn::secret": acme-` + hush + `}}}
two: {type: aws:s3:BucketV2, properties: {bucket: acme-` + hush + `}}`,
			want: fires("two bucket"),
		},
		{
			name: "a bucket and a reading of it",
			resources: `one: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
two: {type: aws:s3:BucketV2, get: {bucket: acme-uploads}}`,
			want: clean,
		},
	})
}

func TestS3BucketNameUniqueRefusesWhatS3Refuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("acme-", 13)
	var cases []ruleCase
	for bucket, why := range map[string]string{
		"192.168.5.4":          "it is an IP address",
		"ab":                   "it has 2 characters, not 3 to 63",
		long[:64]:              "it has 64 characters, not 3 to 63",
		"acme.uploads":         "it has a dot, which breaks TLS to the bucket",
		"Acme-uploads":         "it has a character other than lower-case letters, digits and hyphens",
		"acme_uploads":         "it has a character other than lower-case letters, digits and hyphens",
		"-acme-uploads":        "it starts or ends with a hyphen",
		"acme-uploads-":        "it starts or ends with a hyphen",
		"xn--acme":             "the prefix xn-- is reserved",
		"sthree-acme":          "the prefix sthree- is reserved",
		"amzn-s3-demo-acme":    "the prefix amzn-s3-demo- is reserved",
		"acme-uploads-s3alias": "the suffix -s3alias is reserved",
		"acme--ol-s3":          "the suffix --ol-s3 is reserved",
		"acme.mrap":            "the suffix .mrap is reserved",
		"acme--x-s3":           "the suffix --x-s3 is reserved",
		"acme--table-s3":       "the suffix --table-s3 is reserved",
	} {
		cases = append(cases, ruleCase{
			name:      bucket,
			resources: "uploads: {type: aws:s3:BucketV2, properties: {bucket: '" + bucket + "'}}",
			want:      fires("uploads bucket"),
			says:      "which breaks the rules for bucket names: " + why + ".",
		})
	}
	for _, bucket := range []string{"acm", long[:63], "acme-1-2-3", "1acme2", "acme--uploads"} {
		cases = append(cases, ruleCase{
			name: bucket, resources: "uploads: {type: aws:s3:BucketV2, properties: {bucket: " + bucket + "}}",
			want: map[bool]*verdict{true: clean, false: fires("uploads bucket")}[strings.Contains(bucket, "acme")],
		})
	}
	testRule(t, "s3-bucket-name-unique", cases)
}

func TestS3BucketNameUniqueTellsRandomFromWords(t *testing.T) {
	t.Parallel()
	var cases []ruleCase
	for part, random := range map[string]bool{
		"9f8e": true, "1a2b3c4": true, "x7k2": true, "k3v9qz": true, "20260": true, "83471": true, "abc123": true,
		"cafe12": true, "kqzw12": true, "xkqzvw": true, "01hx5k8e9m": true,
		"prod": false, "prod01": false, "prd01": false, "stg2": false, "2024": false, "202405": false, "20240517": false,
		"2024q1": false, "2024w07": false, "v2024": false, "v1": false, "useast1": false, "euw1": false, "01prod": false,
		"90days": false, "media01": false, "scripts": false, "thumbs": false, "charts": false, "monthly": false,
		"system": false, "facade": false, "s3": false, "mys3bucket": false, "s3uploads": false, "arm64": false,
		"bucket1234": false,
	} {
		want := fires("uploads bucket")
		if random {
			want = clean
		}
		for _, form := range []string{"company-" + part, part + "-company"} {
			cases = append(cases, ruleCase{
				name: form, want: want,
				resources: "uploads: {type: aws:s3:BucketV2, properties: {bucket: " + form + "}}",
			})
		}
	}
	testRule(t, "s3-bucket-name-unique", cases)
}

// An engine that names no organisation leaves open whether a name holds it.
func TestS3BucketNameUniqueWithoutAnOrganisation(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*verdict{
		"acme-uploads":        undecided("uploads"),
		"uploads-images-dev":  clean,
		"Acme-uploads":        fires("uploads bucket"),
		"uploads-a1b2c3d4e5f": clean,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := ruleCase{resources: "uploads: {type: aws:s3:BucketV2, properties: {bucket: " + name + "}}"}.program()
			full, err := ruletest.Graph(program, ruletest.Preview)
			require.NoError(t, err)
			res := checkGraph(t, graph.New("", "", "", full.Resources), only("s3-bucket-name-unique"))
			assert.Equal(t, want, verdictOf(res), "%s", texts(res))
		})
	}
}

// A name that is built from a resource of package random is judged in the preview, with the values that the plan
// provider makes for it.
func TestS3BucketNameUniqueJudgesPlannedRandomNames(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ, output string
		inputs      map[string]any
		want        *verdict
		says        string
	}{
		"hexadecimal digits of an id": {"RandomId", "hex", map[string]any{"byteLength": 4.0}, clean, ""},
		"a string of lower case": {
			"RandomString", "result", map[string]any{"length": 6.0, "special": false, "upper": false}, clean, "",
		},
		"an integer": {"RandomInteger", "result", map[string]any{"min": 10.0, "max": 99.0}, clean, ""},
		"a string with upper case": {
			"RandomString", "result",
			map[string]any{"length": 6.0, "special": false},
			fires("uploads bucket"),
			"which breaks the rules for bucket names: it has a character other than lower-case letters, digits and hyphens.",
		},
		"too many digits": {
			"RandomId", "hex",
			map[string]any{"byteLength": 32.0},
			fires("uploads bucket"),
			"which breaks the rules for bucket names: it has 72 characters, not 3 to 63.",
		},
		"a string of unknown length": {
			"RandomString", "result", map[string]any{"length": resource.MakeComputed(resource.NewProperty(""))}, clean, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suffix := ruletest.URN("random:index:"+test.typ, "suffix")
			bucket := resource.MakeComputed(resource.NewProperty(""))
			if value := planRandom(t, suffix, test.inputs)[resource.PropertyKey(test.output)]; value.HasValue() {
				bucket = resource.NewProperty(fmt.Sprintf("uploads-%v", value.Mappable()))
			}
			program := ruleCase{resources: "uploads: {type: aws:s3:BucketV2}\nsuffix: {type: random:index:" + test.typ + "}"}
			g, err := ruletest.Graph(program.program(), ruletest.Preview)
			require.NoError(t, err)
			for _, r := range g.Resources {
				if r.Name == "uploads" {
					r.Inputs["bucket"] = bucket
					r.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"bucket": {suffix}}
				}
			}
			res := checkGraph(t, graph.New(g.Project, g.Stack, g.Organization, g.Resources), only("s3-bucket-name-unique"))
			assert.Equal(t, test.want, verdictOf(res), "%s", texts(res))
			assert.Contains(t, texts(res), test.says)
		})
	}
}

// planRandom returns the outputs that the plan provider gives a resource of package random.
func planRandom(t *testing.T, urn resource.URN, inputs map[string]any) resource.PropertyMap {
	t.Helper()
	keep := plugin.MarshalOptions{KeepUnknowns: true}
	properties, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(inputs), keep)
	require.NoError(t, err)
	planned, err := planprovider.New("random", "").Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: string(urn), Properties: properties, Preview: true,
	})
	require.NoError(t, err)
	outputs, err := plugin.UnmarshalProperties(planned.GetProperties(), keep)
	require.NoError(t, err)
	return outputs
}
