package preview_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/preview"
)

// write makes a folder with the files of a program.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func FuzzLoad(f *testing.F) {
	const project = "name: thumbs\nruntime: yaml\n"
	f.Add(project, "config:\n  aws:region: eu-west-1\n")
	f.Add(project, "encryptionsalt: v1:abc\nconfig:\n  thumbs:token:\n    secure: v1:abc\n  thumbs:list:\n    - secure: x\n    - {a: {secure: y}}\n")
	f.Add(project, "encryptionsalt: v1:AAAA:v1:AAAA:AAAA\nconfig:\n  thumbs:token: {secure: AAAA}\n  thumbs:list: [{secure: BBBB}, {a: {secure: v1:CCCC:DDDD}}]\n")
	f.Add(project, "config:\n  thumbs:token: {secure: hunter2secret}\n")
	f.Add(project, "config:\n  thumbs:token: {secure: [hunter2secret]}\n  token: {secure: hunter2secret}\n")
	f.Add(project, "secretsprovider: {secure: hunter2secret}\nencryptedkey: {secure: hunter2secret}\n")
	f.Add(project+"configuration:\n  prefix: {type: String}\n", "config: {}\n")
	f.Add(project+"config:\n  thumbs:size: {type: integer, default: 3}\n", "config:\n  thumbs:size: large\n")
	f.Add(project+"config:\n  token: {type: string, secret: true}\n", "config:\n  thumbs:token: {secure: hunter2secret}\n")
	f.Add(project+"config:\n  token: {type: object, secret: true}\n", "config:\n  token: {a: 0x1F, b: 1e3, c: 2026-01-01, d: ~, e: yes}\n")
	f.Add(project, "config:\n  thumbs:a: &a [*a]\n")
	f.Add("name: ${PROJECT}\nruntime: {name: nodejs, options: 3}\nmain: ../..\nstackConfigDir: conf\n", "\ufeff")
	f.Add("runtime: [yaml]\nname:\n  - 3\n", "config: !!binary AAAA\n")
	f.Add("name: a\nruntime: {options: {}}\n", "environment: [a]\n")
	f.Add(project, "config:\n  thumbs:a: 1\n  thumbs:a: 2\n")
	f.Add(project, "config: [\n")
	f.Fuzz(func(t *testing.T, project, stack string) {
		dir := write(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": stack})
		program, err := preview.Load(dir, "dev")
		if err != nil {
			assert.Regexp(t, `Pulumi\.(dev\.)?yaml`, err.Error())
			for _, secret := range secretsIn(stack) {
				assert.NotContains(t, err.Error(), secret)
			}
			return
		}
		again, err := preview.Load(dir, "dev")
		require.NoError(t, err)
		assert.Equal(t, program.Config, again.Config, "the same file is the same configuration")
		assert.Equal(t, program.Notices, again.Notices)
		if !program.Config.HasSecureValue() { // those are kept as stand-ins
			text, err := yaml.Marshal(workspace.ProjectStack{Config: program.Config})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), text, 0o600))
			written, err := preview.Load(dir, "dev")
			require.NoError(t, err, "%s", text)
			assert.Equal(t, program.Config, written.Config, "written and read again:\n%s", text)
		}
		require.NoError(t, program.FillIn())
		assert.Empty(t, program.Missing())
	})
}

// secretsIn returns the texts that a stack's file has for secrets, but for those that are
// so short, or so usual, that an error may have them for another reason.
func secretsIn(stack string) []string {
	var document yaml.Node
	if yaml.Unmarshal([]byte(stack), &document) != nil {
		return nil
	}
	names, values := "Pulumi.dev.yaml"+os.TempDir(), []string{}
	active := map[*yaml.Node]bool{}
	var visit func(*yaml.Node, bool)
	visit = func(n *yaml.Node, secret bool) {
		if active[n] || len(active) > 50 || len(values) > 50 {
			return
		}
		active[n] = true
		defer delete(active, n)
		if n.Kind == yaml.AliasNode {
			visit(n.Alias, secret)
		}
		if secret && n.Kind == yaml.ScalarNode && len(n.Value) > 8 {
			values = append(values, n.Value)
		}
		for i, child := range n.Content {
			isKey := n.Kind == yaml.MappingNode && i%2 == 0
			if isKey {
				names += " " + child.Value
			}
			visit(child, !isKey && (secret || n.Kind == yaml.MappingNode && n.Content[i-1].Value == "secure"))
		}
	}
	visit(&document, false)
	return slices.DeleteFunc(values, func(value string) bool { return strings.Contains(names, value) })
}
