package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// examples returns one program with all examples of the rules that judge resources: the bad ones, the good ones, and the
// bad ones after their fixes.
func examples(t *testing.T) *fix.Program {
	t.Helper()
	registry, err := rules.All()
	require.NoError(t, err)
	whole := &fix.Program{Name: "examples"}
	add := func(part, program string, findings []finding.Finding) {
		p, _, err := ruletest.Fixed(program, findings)
		if err != nil || !p.Typed() {
			return // the tests of package rules say which, and why
		}
		rename := func(name string) string { return text.CamelCase(strings.Join(text.Words(part+" "+name), "_")) }
		taken := map[string]bool{} // in YAML, names are of one resource whatever its type
		for _, r := range p.Resources {
			name := rename(r.Name)
			if taken[name] {
				name = rename(r.Name + " " + r.Type.Short())
			}
			taken[name], r.Name = true, name
		}
		for i := range p.Outputs {
			p.Outputs[i].Name = rename(p.Outputs[i].Name)
		}
		whole.Resources, whole.Outputs = append(whole.Resources, p.Resources...), append(whole.Outputs, p.Outputs...)
	}
	for _, r := range registry.Rules() {
		for _, kind := range []string{"bad", "good"} {
			examples := rules.Examples(r.ID, kind)
			require.NotEmpty(t, examples, r.ID)
			program, isStack := examples[fix.YAML]
			if !isStack {
				continue
			}
			add(r.ID+" "+kind, program, nil)
			if kind == "bad" {
				params, err := rules.ExampleParams(r.ID)
				require.NoError(t, err)
				cfg, err := config.New(registry, map[string]config.Policy{
					"all": {Level: apitype.Disabled}, r.ID: {Level: apitype.Mandatory, Params: params},
				})
				require.NoError(t, err)
				g, err := ruletest.Graph(program, ruletest.Preview)
				require.NoError(t, err)
				add(r.ID+" fixed", program, check.New(registry, cfg).All(g).Findings)
			}
		}
	}
	require.Greater(t, len(whole.Resources), 200)
	return whole
}

// previewed returns the arguments of the resources in a preview of a program in one language, by type and name.
func previewed(t *testing.T, p *fix.Program, d fix.Dialect) map[string]any {
	t.Helper()
	dir := t.TempDir()
	project := "name: examples\nruntime: " + string(d.Language) + "\n"
	switch d.Language {
	case fix.Go: // in the module, whose dependencies are there; a name that wildcards leave out
		var err error
		dir, err = os.MkdirTemp(filepath.Join(root, "build"), "_examples-") //nolint:usetesting // in the module
		require.NoError(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
	case fix.NodeJS:
		modules := filepath.Join(root, "testdata", "stacks", "typescript", "node_modules")
		require.NoError(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
		project += "main: index.ts\n"
	case fix.YAML, fix.Bun: // nothing to set up
	case fix.Python:
		project = fmt.Sprintf("name: examples\nruntime: {name: python, options: {virtualenv: %q}}\n",
			filepath.Join(root, "build", fmt.Sprintf("venv-v%d", d.Major)))
	}
	file := map[fix.Language]string{fix.Go: "main.go", fix.NodeJS: "index.ts", fix.Python: "__main__.py", fix.YAML: "Main.yaml"}[d.Language]
	files := map[string]string{file: p.Text(d), "Pulumi.yaml": project}
	for _, archive := range archives.FindAllString(files[file], -1) {
		files[archive] = ""
	}
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	saved := filepath.Join(t.TempDir(), "preview.json")
	got := runPipeguard(t, "preview", dir, "--save", saved, "--config", configFile(t, `{"all": "disabled"}`))
	require.Equal(t, 0, got.exit, "%.4000s", got.stdout+got.stderr)
	in, err := os.Open(saved)
	require.NoError(t, err)
	defer in.Close()
	stack, err := load.Read(in)
	require.NoError(t, err)
	inputs := map[string]any{}
	for _, r := range stack.Graph.Resources {
		if r.Managed() && len(r.URN.Name()) > 0 && p.Find(r.Type, r.Name) != nil {
			inputs[string(r.Type)+" "+r.Name] = plain(resource.NewProperty(r.Inputs))
		}
	}
	return inputs
}

// archives matches the paths of the archives that programs make functions of.
var archives = regexp.MustCompile(`build/[\w.-]+\.zip`)

// random matches what makes a name unique.
var random = regexp.MustCompile(`-[0-9a-f]{7}\b`)

// plain returns an argument without what a language spells in its own way: documents in JSON in an order of their
// own, the engine's notes, and what makes names unique.
func plain(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return []any{"secret", plain(v.SecretValue().Element)}
	case v.IsArray():
		items := []any{}
		for _, item := range v.ArrayValue() {
			items = append(items, plain(item))
		}
		return items
	case v.IsObject():
		members := map[string]any{}
		for name, value := range v.ObjectValue() {
			if !resource.IsInternalPropertyKey(name) {
				members[string(name)] = plain(value)
			}
		}
		return members
	case v.IsArchive():
		return "an archive " + v.ArchiveValue().Hash
	case v.IsString():
		text := random.ReplaceAllString(v.StringValue(), "-*")
		var document map[string]any
		if json.Unmarshal([]byte(text), &document) == nil {
			return document
		}
		return text
	}
	return v.Mappable()
}

// What the tests of package rules prove of the data of a fix, and of its text, holds in every language if the examples
// are the same program in each.
func TestTheExamplesAndTheirFixesAreTheSameProgramInEveryLanguage(t *testing.T) {
	t.Parallel()
	program := examples(t)
	for major, languages := range map[int][]fix.Language{6: {fix.Go, fix.NodeJS, fix.Python}, 7: {fix.Python}} {
		want := previewed(t, program, fix.Dialect{Language: fix.YAML, Major: major})
		require.Len(t, want, len(program.Resources))
		for _, language := range languages {
			t.Run(fmt.Sprintf("%s, pulumi-aws %d", language.Name(), major), func(t *testing.T) {
				t.Parallel()
				got := previewed(t, program, fix.Dialect{Language: language, Major: major})
				for name, inputs := range want {
					assert.Equal(t, inputs, got[name], name)
				}
			})
		}
	}
}
