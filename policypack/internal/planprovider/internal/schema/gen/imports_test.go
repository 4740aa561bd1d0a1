package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// importedOtherwise are the types that are imported by something else than their id, from which the provider makes
// it (see the calls of SetId in its sources), or whose example has an older form.
var importedOtherwise = map[string]string{
	"aws:apigateway/domainName:DomainName":                           "a private one with an id of its own besides; its id is left open",
	"aws:apigateway/integration:Integration":                         "agi-…: by its parts, with slashes",
	"aws:apigateway/integrationResponse:IntegrationResponse":         "agir-…: by its parts, with slashes",
	"aws:apigateway/method:Method":                                   "agm-…: by its parts, with slashes",
	"aws:apigateway/methodResponse:MethodResponse":                   "agmr-…: by its parts, with slashes",
	"aws:apigateway/methodSettings:MethodSettings":                   "by its parts, with slashes",
	"aws:apigateway/response:Response":                               "aggr-…: by its parts, with slashes",
	"aws:apigateway/stage:Stage":                                     "ags-…: by its parts, with slashes",
	"aws:apigateway/usagePlanKey:UsagePlanKey":                       "by its plan, too",
	"aws:apigatewayv2/stage:Stage":                                   "by its API, too",
	"aws:cloudwatch/eventTarget:EventTarget":                         "by its parts, with slashes",
	"aws:cloudwatch/logAccountPolicy:LogAccountPolicy":               "by its type, too",
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":                 "by its group, too",
	"aws:cloudwatch/logStream:LogStream":                             "by its group, too",
	"aws:kinesis/stream:Stream":                                      "by its name; the id is the ARN",
	"aws:lambda/alias:Alias":                                         "by its parts; the id is the ARN",
	"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "also by the function's ARN, which is then in the id",
	"aws:lambda/permission:Permission":                               "by its function, too",
	"aws:s3/accessPoint:AccessPoint":                                 "one on Outposts by its ARN; its id is left open",
	"aws:sqs/queue:Queue":                                            "by a URL of the form that queues had before regions had their own hosts",
}

// sampleNames are names, or buckets, in the form that some types require.
var sampleNames = map[string]string{
	"aws:kms/alias:Alias":         "alias/NAME",
	"aws:ssm/parameter:Parameter": "/NAME/NAME",

	"aws:s3control/bucketPolicy:BucketPolicy":                                 "ARN",
	"aws:s3control/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "ARN",
}

// TestImportExamplesHaveTheFormOfResolvedIDs compares the ids that the plan provider resolves with those in the SDKs'
// own examples of `pulumi import`.
func TestImportExamplesHaveTheFormOfResolvedIDs(t *testing.T) {
	t.Parallel()
	releases, err := download("sdks")
	require.NoError(t, err)
	compared, otherwise := 0, map[string]bool{}
	for _, r := range releases {
		table := schema.For(r.Version)
		for token, examples := range importExamples(t, r.Dir) {
			forms := idForms(t, table, token)
			if len(forms) == 0 {
				continue // AWS generates the id, or its form is not documented
			}
			compared++
			for _, example := range examples {
				if !slices.ContainsFunc(forms, func(form *regexp.Regexp) bool { return form.MatchString(example) }) {
					otherwise[token] = true
					assert.Contains(t, importedOtherwise, token, "%s of %s is imported as %s; resolved ids are %v", token, r.Version, example, forms)
				}
			}
		}
	}
	assert.Greater(t, compared, 250, "each of about a hundred types in three versions")
	assert.Equal(t, slices.Sorted(maps.Keys(importedOtherwise)), slices.Sorted(maps.Keys(otherwise)), "the list is up to date")
}

var importCommand = regexp.MustCompile("pulumi import (aws:\\S+) \\S+ [`\"']?([^`\"'\\s]+)")

// importExamples returns the ids in an SDK's examples of `pulumi import`, by resource type.
func importExamples(t *testing.T, dir string) map[string][]string {
	t.Helper()
	examples := map[string][]string{}
	err := filepath.WalkDir(filepath.Join(dir, "go", "aws"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasPrefix(filepath.Base(path), "pulumi") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range importCommand.FindAllStringSubmatch(string(source), -1) {
			examples[match[1]] = append(examples[match[1]], match[2])
		}
		return err
	})
	require.NoError(t, err)
	return examples
}

// idForms returns the forms of the ids that a type may have: with all of its arguments, with those that it requires,
// and with each of the others missing.
func idForms(t *testing.T, table *schema.Table, token string) []*regexp.Regexp {
	t.Helper()
	r, _, err := table.Resource(token)
	if err != nil {
		return nil // an example in the description of another type
	}
	all := resource.PropertyMap{}
	for name, kind := range r.Inputs {
		if kind.Kind() == schema.String || kind.Kind() == schema.Any {
			all[resource.PropertyKey(name)] = resource.NewProperty(sample(token, name))
		}
	}
	given := []resource.PropertyMap{all}
	required := resource.PropertyMap{}
	for name, value := range all {
		if r.Inputs[string(name)].IsRequired() || name == "name" || name == "bucket" {
			required[name] = value
		}
		without := maps.Clone(all)
		delete(without, name)
		given = append(given, without)
	}
	var forms []*regexp.Regexp
	for _, inputs := range append(given, required) {
		delete(inputs, "region")
		id := naming.Outputs(token, inputs, naming.Locate("eu-west-1", naming.ExampleAccount))["id"]
		if id.IsString() {
			forms = append(forms, form(id.StringValue()))
		}
	}
	return forms
}

func sample(token, name string) string {
	switch {
	case (name == "name" || name == "bucket") && sampleNames[token] != "":
		return sampleNames[token]
	case name == "arn", strings.HasSuffix(name, "Arn"):
		return "ARN"
	case strings.HasSuffix(name, "Url"):
		return "URL"
	case name == "path":
		return "/"
	}
	return "NAME"
}

// form returns the pattern of the ids like one that is made of samples.
func form(id string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.NewReplacer(
		"NAME", `[^:/,|]+`, "ARN", `arn:\S+`, "URL", `https://\S+`, "eu-west-1", `[a-z0-9-]+`, naming.ExampleAccount, `\w+`,
	).Replace(regexp.QuoteMeta(id)) + "$")
}
