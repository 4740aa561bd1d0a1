package preview

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// A program with "type": "module" in package.json consists of modules, of which Node.js
// tells URLs.
func TestTheModulesOfANodeProgramArePlacedInTheProgram(t *testing.T) {
	t.Parallel()
	root, err := filepath.EvalSymlinks(t.TempDir())
	assert.NoError(t, err)
	url := "file:" + filepath.ToSlash(root)
	for position, want := range map[string]string{
		"project:///" + url + "/src/acl.ts#4,23":       "project:///src/acl.ts#4,23",
		"project:///src/" + url + "/src/acl.ts#4,23":   "project:///src/acl.ts#4,23",
		"project:///" + url + "/my%20site/acl.ts#4,23": "project:///my%20site/acl.ts#4,23",
		"project:///index.ts#1,2":                      "project:///index.ts#1,2",
	} {
		assert.Equal(t, want, inProgram(position, root), position)
	}
	assert.Empty(t, load.Location(inProgram("project:///file:/elsewhere/acl.ts#4,23", root)))
	assert.Empty(t, load.Location("project:///file:/elsewhere/acl.ts#4,23"), "the path tells about a machine")
	assert.Equal(t, finding.Location{File: "my site/acl.ts", Line: 4, Column: 23}, load.Location("project:///my%20site/acl.ts#4,23"))
}

func TestThePlacesOfResourcesAreReadFromWhatPulumiPrints(t *testing.T) {
	t.Parallel()
	const bucket, queue, block, stack = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::content",
		"urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs",
		"urn:pulumi:dev::shop::shop:web:Site$aws:sqs/queue:Queue::inner", "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
	printed := `{"steps": [
  {"op": "create", "urn": "` + stack + `", "newState": {"urn": "` + stack + `"}},
  {"op": "create", "urn": "` + bucket + `", "newState": {"custom": true, "sourcePosition": "project:///main.go#26,5"}},
  {"op": "create", "urn": "` + queue + `", "newState": {"custom": true, "sourcePosition": "project:///../sdk/queue.go#1"}},
  {"op": "create", "urn": "` + block + `", "newState": {"custom": true, "sourcePosition": "project:///../sdk/queue.go#1",
    "stackTrace": [{"sourcePosition": "project:///../sdk/run.go#2"}, {"sourcePosition": "project:///site.go#7"}]}},
  {"op": "delete", "urn": "` + queue + `", "oldState": {"custom": true, "sourcePosition": "project:///gone.go#1"}}
], "changeSummary": {"create": 3}}
`
	places, err := programIn(t.TempDir(), "go").ReadPlaces(strings.NewReader(printed))
	require.NoError(t, err)
	assert.Equal(t, Places{bucket: {File: "main.go", Line: 26, Column: 5}, block: {File: "site.go", Line: 7}}, places)

	_, err = programIn(t.TempDir(), "go").ReadPlaces(strings.NewReader(printed[:100]))
	assert.ErrorContains(t, err, "reading the preview's places")
}
