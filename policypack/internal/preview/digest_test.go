package preview

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

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
