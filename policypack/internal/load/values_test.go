package load_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

const signature = `"4dabf18193072939515e22adb298388d"`

func TestPropertiesAreReadAsTheEngineWritesThem(t *testing.T) {
	t.Parallel()
	signed := func(kind, more string) string { return fmt.Sprintf(`{%s: %q%s}`, signature, kind, more) }
	const (
		secret  = "1b47061264138c4ac30d75fd1eb44270"
		output  = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
		bytes   = "803fd3297a5875dc03ca845dda5d2a98"
		ref     = "5cf8f73096256a8f31e491e813e4eb8e"
		unknown = `"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`
		file    = "c44067f5952c0a294b673a41bacd8c17"
		archive = "0def7320c3a5731c473e5ecbe6d01bc7"
	)
	tests := map[string]struct {
		json string
		want string
	}{
		"text":                         {`"a\u00e9\ud83d\ude00\n\"\/"`, `"aé😀\n\"/"`},
		"half a pair":                  {`"\ud83dx\ud83d\u0041\ud83d"`, `"�x�A�"`},
		"empty text":                   {`""`, `""`},
		"number":                       {`-12.5e1`, `-125`},
		"true":                         {`true`, `true`},
		"null":                         {`null`, `nothing`},
		"list":                         {`[1, 2]`, `a list`},
		"object":                       {`{"a": 1}`, `an object`},
		"unknown text":                 {unknown, `a value not known yet`},
		"unknown flag":                 {`"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"`, `a value not known yet`},
		"unknown list":                 {`"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"`, `a value not known yet`},
		"other UUID":                   {`"04da6b54-80e4-46f7-96ec-b56ff0331ba8"`, `"04da6b54-80e4-46f7-96ec-b56ff0331ba8"`},
		"secret of a preview":          {`"[secret]"`, `[secret]`},
		"encrypted secret":             {signed(secret, `, "ciphertext": "v1:AA=="`), `[secret]`},
		"secret in plain text":         {signed(secret, `, "plaintext": "\"`+planted+`\""`), `[secret]`},
		"secret that is no JSON":       {signed(secret, `, "plaintext": "`+planted+`"`), `[secret]`},
		"secret of nothing":            {signed(secret, ``), `[secret]`},
		"output":                       {signed(output, `, "value": "known", "dependencies": []`), `"known"`},
		"output that is not known":     {signed(output, ``), `a value not known yet`},
		"output that is secret":        {signed(output, `, "secret": true, "value": "`+planted+`"`), `[secret]`},
		"bytes":                        {signed(bytes, `, "value": "YWJj"`), `"abc"`},
		"bytes that are none":          {signed(bytes, `, "value": "?"`), `a value not known yet`},
		"resource":                     {signed(ref, `, "urn": "urn:x", "id": "b-1"`), `"b-1"`},
		"component":                    {signed(ref, `, "urn": "urn:x"`), `"urn:x"`},
		"kind that is not known":       {signed("00000000000000000000000000000000", ``), `a value not known yet`},
		"file whose path is not known": {signed(file, `, "path": `+unknown), `a value not known yet`},
		"archive of something else":    {signed(archive, `, "assets": {"a": "b"}`), `a value not known yet`},
		"archive of nothing like it":   {signed(archive, `, "assets": "b"`), `a value not known yet`},
		"signature that is no text":    {fmt.Sprintf(`{%s: 1}`, signature), `an object`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := read(t, export(deployed("b", `, "inputs": {"v": `+test.json+`}`)))
			assert.Equal(t, test.want, stack.Graph.Resources[0].Arg("v").Show())
		})
	}
}

func TestSecretsKeepWhatIsKnownOfThem(t *testing.T) {
	t.Parallel()
	stack := read(t, string(testdata(t, "exports/all-defects-show-secrets.json")))
	token, found := stack.Graph.StackOutput("token")
	assert.True(t, found)
	assert.True(t, token.Secret())
	assert.True(t, token.Is(planted))

	stack = read(t, string(testdata(t, "exports/all-defects.json")))
	token, _ = stack.Graph.StackOutput("token")
	assert.True(t, token.Secret())
	assert.True(t, token.Unknown())

	stack = read(t, string(testdata(t, "previews/secrets.json")))
	uploads := stack.Graph.Managed(graph.Bucket)[0]
	assert.True(t, uploads.Arg("objectLockEnabled").Secret())
	assert.True(t, uploads.Arg("tags").Get("owner").Unknown())
	assert.False(t, uploads.Arg("tags").Secret())
}

func TestCodeIsReadAsAssetsAndArchives(t *testing.T) {
	t.Parallel()
	stack := read(t, string(testdata(t, "previews/all-defects.json")))
	code := stack.Graph.Managed(graph.Function)[0].Arg("code").Property()
	assert.True(t, code.IsArchive())
	members := resource.NewProperty(code.ArchiveValue()).ArchiveValue().Assets
	assert.Contains(t, members, "index.py")

	stack = read(t, export(deployed("b", `, "inputs": {"source": {`+signature+`: "c44067f5952c0a294b673a41bacd8c17", "path": "a.txt"},
		"code": {`+signature+`: "0def7320c3a5731c473e5ecbe6d01bc7", "assets": {"lib":
			{`+signature+`: "0def7320c3a5731c473e5ecbe6d01bc7", "path": "lib.zip"}}}}`)))
	r := stack.Graph.Resources[0]
	assert.Equal(t, "a.txt", r.Arg("source").Property().AssetValue().Path)
	assert.Contains(t, r.Arg("code").Property().ArchiveValue().Assets, "lib")
}

func TestResourcesAreReadWhole(t *testing.T) {
	t.Parallel()
	parent, role := urn("my:web:Site", "site"), urn("aws:iam/role:Role", "r")
	stack := read(t, export(fmt.Sprintf(`{
		"urn": %q, "type": "aws:s3/bucketV2:BucketV2", "custom": true, "id": "b-1", "protect": true, "parent": %q,
		"inputs": {"bucket": "b"}, "outputs": {"arn": "arn:aws:s3:::b"}, "dependencies": [%q],
		"propertyDependencies": {"bucket": [%q], "tags": []}, "sourcePosition": "project:///web/site.go#26,5",
		"initErrors": ["`+planted+`"], "modified": null}`, urn("aws:s3/bucketV2:BucketV2", "b"), parent, role, role)))
	assert.Equal(t, &graph.Resource{
		URN: resource.URN(urn("aws:s3/bucketV2:BucketV2", "b")), Type: graph.Bucket, Name: "b", Protect: true, Parent: resource.URN(parent),
		Inputs:               resource.PropertyMap{"bucket": resource.NewProperty("b")},
		Outputs:              resource.PropertyMap{"arn": resource.NewProperty("arn:aws:s3:::b"), "id": resource.NewProperty("b-1")},
		Dependencies:         []resource.URN{resource.URN(role)},
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{"bucket": {resource.URN(role)}, "tags": nil},
		File:                 "web/site.go", Line: 26, Column: 5,
	}, stack.Graph.Resources[0])
}

func TestAnExportHasWhatIsDeployed(t *testing.T) {
	t.Parallel()
	stack := read(t, export(
		deployed("kept", `, "inputs": null`),
		deployed("kept", `, "delete": true`),
		deployed("gone", `, "delete": true`),
		deployed("read", `, "external": true, "inputs": {"a": 1}, "outputs": {"bucket": "r"}`),
		deployed("recreated", `, "pendingReplacement": true`),
		deployed("kept", `, "pendingReplacement": true`),
		`null`,
	))
	managed := map[string]bool{}
	for _, r := range stack.Graph.Resources {
		managed[r.Name] = r.Managed()
		assert.True(t, r.Output("arn").Absent(), "what an export lacks is absent, not unknown")
	}
	assert.Equal(t, map[string]bool{"kept": true, "read": false, "recreated": true}, managed)

	stack = read(t, `{"version": 3, "deployment": {"pending_operations": [{"type": "creating"}, {}]}}`)
	assert.Contains(t, stack.Notes,
		"a deployment was interrupted: the state of the resources it was working on is not known: 2")
}

func TestAPreviewHasWhatWillBe(t *testing.T) {
	t.Parallel()
	step := func(op, before, after string) string {
		return fmt.Sprintf(`{"op": %q, "oldState": %s, "newState": %s}`, op, before, after)
	}
	was := deployed("b", `, "id": "b-1", "inputs": {"v": "old"}, "outputs": {"v": "old", "arn": "arn:b"}`)
	is := deployed("b", `, "inputs": {"v": "new"}`)
	tests := map[string]struct {
		steps string
		// arg and arn are what is known about the bucket, or empty if it does not exist.
		arg, arn string
	}{
		"create": {step("create", "null", is), `"new"`, "a value not known yet"},
		"import": {step("import", "null", is), `"new"`, "a value not known yet"},
		"same":   {step("same", was, deployed("b", `, "inputs": {"v": "old"}`)), `"old"`, `"arn:b"`},
		"update": {step("update", was, is), `"new"`, `"arn:b"`},
		"update that settles the arn": {
			step("update", was, deployed("b", `, "inputs": {"v": "new"}, "outputs": {"arn": "arn:c"}`)), `"new"`, `"arn:c"`,
		},
		"replace": {
			step("create-replacement", was, is) + "," + step("replace", was, is) + "," + step("delete-replaced", was, "null"),
			`"new"`, "a value not known yet",
		},
		"replace, deleted first": {
			step("delete-replaced", was, "null") + "," + step("replace", was, is) + "," + step("create-replacement", was, is),
			`"new"`, "a value not known yet",
		},
		"update, and an older one deleted": {
			step("update", was, is) + "," + step("delete", deployed("b", `, "delete": true`), "null"), `"new"`, `"arn:b"`,
		},
		"refresh, then update": {step("refresh", was, was) + "," + step("update", was, is), `"new"`, `"arn:b"`},
		"delete":               {step("delete", was, "null"), "", ""},
		"discard":              {step("read", "null", is) + "," + step("discard", is, "null"), "", ""},
		"gone, made anew":      {step("delete", was, "null") + "," + step("create", "null", is), `"new"`, "a value not known yet"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := read(t, `{"steps": [`+test.steps+`], "changeSummary": {}}`)
			if test.arg == "" {
				assert.Empty(t, stack.Graph.Resources)
				return
			}
			assert.Len(t, stack.Graph.Resources, 1)
			assert.Equal(t, test.arg, stack.Graph.Resources[0].Arg("v").Show())
			assert.Equal(t, test.arn, stack.Graph.Resources[0].Output("arn").Show())
			assert.True(t, stack.Graph.Resources[0].Managed())
		})
	}
}

func TestARealPreviewOfChanges(t *testing.T) {
	t.Parallel()
	g := read(t, string(testdata(t, "previews/changes.json"))).Graph
	names := map[string]*graph.Resource{}
	for _, queue := range g.All(graph.Queue) {
		names[queue.Name] = queue
	}
	assert.Len(t, names, 2, "the third is deleted")
	assert.True(t, names["images"].Arg("tags").Absent(), "the update takes the tags away")
	assert.True(t, names["images"].Output("arn").Known())
	assert.True(t, names["failed"].Output("arn").Known(), "it stays the same")
	output, found := g.StackOutput("anything")
	assert.True(t, found)
	assert.True(t, output.Unknown())
}

func TestResourcesThatAreReadAreNotManaged(t *testing.T) {
	t.Parallel()
	stack := read(t, `{"steps": [{"op": "read", "newState": `+deployed("b", `, "external": true, "id": "b-1", "inputs": {"a": 1}`)+
		`}], "changeSummary": {"read": 1}}`)
	b := stack.Graph.Resources[0]
	assert.False(t, b.Managed())
	assert.True(t, b.Output("id").Is("b-1"))
	assert.True(t, b.Output("arn").Unknown())
}

func TestLocationsAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	const outside = "project:///../../../go/pkg/mod/github.com/pulumi/pulumi/sdk/v3@v3.259.0/go/pulumi/run.go#104"
	tests := map[string]struct {
		position string
		trace    []string
		want     finding.Location
	}{
		"line":                   {"project:///main.go#26", nil, finding.Location{File: "main.go", Line: 26}},
		"line and column":        {"project:///main.ts#26,5", nil, finding.Location{File: "main.ts", Line: 26, Column: 5}},
		"file alone":             {"project:///main.go", nil, finding.Location{File: "main.go"}},
		"folder":                 {"project:///internal/a/b.go#1", nil, finding.Location{File: "internal/a/b.go", Line: 1}},
		"escapes":                {"project:///my%20site/%C3%A9.go#3", nil, finding.Location{File: "my site/é.go", Line: 3}},
		"Windows":                {`project:///sub\dir\main.go#3`, nil, finding.Location{File: "sub/dir/main.go", Line: 3}},
		"line that is none":      {"project:///main.go#x,-5", nil, finding.Location{File: "main.go"}},
		"none":                   {"", nil, finding.Location{}},
		"outside":                {outside, nil, finding.Location{}},
		"outside after all":      {"project:///a/../../b.go#1", nil, finding.Location{}},
		"the folder itself":      {"project:///#1", nil, finding.Location{}},
		"another drive":          {"project:///D:/work/main.go#1", nil, finding.Location{}},
		"machine path":           {"file:///home/me/main.go#1", nil, finding.Location{}},
		"no URL":                 {"project:///%zz#1", nil, finding.Location{}},
		"who calls the SDK":      {outside, []string{outside, "", "project:///main.go#13", "project:///b.go#1"}, finding.Location{File: "main.go", Line: 13}},
		"who calls a package":    {"project:///node_modules/@my/site/index.js#9", []string{"project:///index.ts#4"}, finding.Location{File: "index.ts", Line: 4}},
		"innermost of its own":   {"project:///b.go#2", []string{"project:///b.go#2", "project:///main.go#13"}, finding.Location{File: "b.go", Line: 2}},
		"nobody of the program":  {outside, []string{outside}, finding.Location{}},
		"vendored and installed": {"project:///vendor/x/y.go#1", []string{"project:///venv/lib/site-packages/x.py#1"}, finding.Location{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trace := ""
			for i, position := range test.trace {
				if i > 0 {
					trace += ","
				}
				trace += fmt.Sprintf(`{"sourcePosition": %q, "other": 1}`, position)
			}
			r := read(t, export(deployed("b", fmt.Sprintf(`, "stackTrace": [%s], "sourcePosition": %q`, trace, test.position)))).Graph.Resources[0]
			assert.Equal(t, test.want, finding.Location{File: r.File, Line: r.Line, Column: r.Column})
		})
	}
}
