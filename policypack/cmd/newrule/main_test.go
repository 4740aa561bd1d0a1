package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository returns a folder with a copy of the lists of rules, and nothing else.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	lists, err := filepath.Glob(filepath.Join("..", "..", "internal", "rules", "*", "*.go"))
	require.NoError(t, err)
	for _, list := range lists {
		folder := filepath.Base(filepath.Dir(list))
		if filepath.Base(list) != folder+".go" {
			continue
		}
		text, err := os.ReadFile(list)
		require.NoError(t, err)
		to := filepath.Join(root, filepath.FromSlash(rulesFolder), folder, folder+".go")
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.WriteFile(to, text, 0o600))
	}
	return root
}

func TestANewRuleCompilesAndIsOnItsList(t *testing.T) {
	t.Parallel()
	root := repository(t)
	var out strings.Builder
	require.NoError(t, run([]string{"s3-object-tags"}, root, &out))
	module, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	overlay := map[string]string{}
	for _, name := range []string{"s3.go", "object_tags.go", "cases/s3_object_tags.txtar", "examples/s3_object_tags.bad.yaml", "examples/s3_object_tags.good.yaml"} {
		at := filepath.Join(filepath.FromSlash(rulesFolder), "s3", filepath.FromSlash(name))
		require.FileExists(t, filepath.Join(root, at))
		assert.Contains(t, out.String(), filepath.Join(root, at)+"\n")
		if !strings.HasSuffix(name, ".txtar") {
			overlay[filepath.Join(module, at)] = filepath.Join(root, at)
		}
	}
	list, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(rulesFolder), "s3", "s3.go"))
	require.NoError(t, err)
	lifecycle, tags, versioning := strings.Index(string(list), "\tlifecycle,"), strings.Index(string(list), "\tobjectTags,"), strings.Index(string(list), "\tversioning,")
	assert.Less(t, lifecycle, tags)
	assert.Less(t, tags, versioning)

	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	description := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(description, replace, 0o600))
	build := exec.Command("go", "build", "-overlay", description, "./"+rulesFolder+"/s3")
	build.Dir = module
	said, err := build.CombinedOutput()
	assert.NoError(t, err, "%s", said)
}

func TestAnIDThatBeginsWithNoFolderNeedsOne(t *testing.T) {
	t.Parallel()
	root := repository(t)
	err := run([]string{"image-size"}, root, io.Discard)
	require.EqualError(t, err, "there is no policypack/internal/rules/image/image.go: name one of the folders below "+
		"policypack/internal/rules with -folder, and run newrule in the repository's root")
	require.NoError(t, run([]string{"-folder", "s3", "image-size"}, root, io.Discard))
	rule, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(rulesFolder), "s3", "image_size.go"))
	require.NoError(t, err)
	assert.Contains(t, string(rule), "var imageSize = &rule.Rule{\n\tID:          \"image-size\",")
}

func TestNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	root := repository(t)
	cases := filepath.Join(root, filepath.FromSlash(rulesFolder), "s3", "cases", "s3_object_tags.txtar")
	require.NoError(t, os.MkdirAll(filepath.Dir(cases), 0o755))
	require.NoError(t, os.WriteFile(cases, []byte("mine"), 0o600))
	list := filepath.Join(root, filepath.FromSlash(rulesFolder), "s3", "s3.go")
	before, err := os.ReadFile(list)
	require.NoError(t, err)
	require.EqualError(t, run([]string{"s3-object-tags"}, root, io.Discard), cases+" exists already")
	after, err := os.ReadFile(list)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
	assert.NoFileExists(t, filepath.Join(root, filepath.FromSlash(rulesFolder), "s3", "object_tags.go"))
	assert.EqualError(t, run([]string{"s3-versioning"}, root, io.Discard), "s3.go lists a rule versioning already")
}

func TestABadCallSaysHowToCall(t *testing.T) {
	t.Parallel()
	for message, args := range map[string][]string{
		"want the id of one rule": {},
		`"S3_Versioning" is no rule id: want lower-case words joined by hyphens, such as s3-versioning`: {"S3_Versioning"},
		"flag provided but not defined: -x": {"-x"},
	} {
		assert.EqualError(t, run(args, t.TempDir(), io.Discard), message)
	}
	var out strings.Builder
	require.Error(t, run(nil, ".", &out))
	assert.Contains(t, out.String(), "Usage: go run ./policypack/cmd/newrule [-folder FOLDER] ID\n")
}
