package preview_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/preview"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestFillInGivesStandInsThatTheProgramCanUse(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"Pulumi.yaml": `name: site
runtime: python
template:
  config:
    contents: {default: ./www}
    key: {default: ./key.pem}
    parent: {default: ../}
    size: {default: "3"}
`,
		"__main__.py": `import os
import pulumi
config = pulumi.Config()
size = config.require("size")
count = int(size)
domain = config.require("targetDomain")
files = os.listdir(config.require("contents"))
key = open(config.require("key")).read()
parent = config.require("parent")
zones = range(config.require_int("zoneCount"))
`,
		"www/index.html": "hello",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	program, err := preview.Load(root, "")
	require.NoError(t, err)

	require.NoError(t, program.FillIn())

	value := func(key string) string {
		v, err := program.Config[config.MustMakeKey("site", key)].Value(config.NopDecrypter)
		require.NoError(t, err)
		return v
	}
	assert.Regexp(t, `^\d+$`, value("size"), "a number: the program converts it")
	assert.Equal(t, "2", value("zoneCount"), "a program makes that many resources")
	assert.True(t, standin.In(value("size")), "a template's number is no more than an example")
	assert.Regexp(t, `^\w+\.example\.com$`, value("targetDomain"))
	assert.True(t, standin.In(value("targetDomain")))
	assert.Equal(t, "./www", value("contents"), "no stand-in can be listed")
	assert.True(t, standin.In(value("key")), "there is no such file")
	assert.True(t, standin.In(value("parent")), "that folder is not the program's")
	assert.Equal(t, []finding.Notice{{Message: "contents is ./www, as the template in Pulumi.yaml has it"}}, program.Notices)
}
