// Package tools holds the tests of install.sh and setup.sh.
package tools

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// machine is a repository with only install.sh and its modules, on a machine
// with only the programs that the script calls and a go command that records
// what it is asked to build.
type machine struct {
	t    *testing.T
	root string // the repository
	path string // the one folder on the PATH
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, root: filepath.Join(dir, "a repository"), path: filepath.Join(dir, "path")}

	script, err := os.ReadFile("install.sh")
	require.NoError(t, err)
	m.write(filepath.Join(m.root, "tools", "install.sh"), string(script), 0o755)
	for _, module := range []string{"pulumi", "language-hosts", "language-host", "pulumi-language-yaml", "golangci-lint"} {
		m.write(m.module(module, "go.mod"), "\tgithub.com/pulumi/pulumi/pkg/v3 v3.259.0\n", 0o644)
		m.write(m.module(module, "go.sum"), "", 0o644)
	}
	for _, program := range []string{"sh", "cat", "chmod", "cksum", "dirname", "ls", "mkdir", "mv", "readlink", "rm", "sed"} {
		target, err := exec.LookPath(program)
		require.NoError(t, err)
		m.link(target, filepath.Join(m.path, program))
	}
	sdk := filepath.Join(dir, "sdk")
	m.write(filepath.Join(sdk, "python", "cmd", "pulumi-language-python-exec"), "#!/usr/bin/env python\n", 0o444)
	m.write(filepath.Join(m.path, "go"), `#!/bin/sh
[ "$1" != list ] || { echo '`+sdk+`'; exit; }
echo "$*" >>`+"'"+filepath.Join(dir, "built")+"'"+`
while [ "$1" != -o ]; do shift; done
echo built >"$2"
chmod +x "$2"
`, 0o755)
	return m
}

func (m *machine) module(name, file string) string {
	return filepath.Join(m.root, "tools", name, file)
}

func (m *machine) write(path, text string, mode os.FileMode) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(m.t, os.WriteFile(path, []byte(text), mode))
}

func (m *machine) link(target, path string) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(m.t, os.Symlink(target, path))
}

// cli puts a pulumi into dir that reports the given version.
func (m *machine) cli(dir, version string) {
	m.write(filepath.Join(dir, "pulumi"), "#!/bin/sh\necho '"+version+"'\n", 0o755)
}

func (m *machine) host(dir, language string) {
	m.write(filepath.Join(dir, "pulumi-language-"+language), "#!/bin/sh\n", 0o755)
}

// install runs install.sh and returns what it printed.
func (m *machine) install(args ...string) (string, error) {
	script := filepath.Join(m.root, "tools", "install.sh")
	cmd := exec.CommandContext(m.t.Context(), "sh", append([]string{script}, args...)...)
	cmd.Dir = m.t.TempDir()
	cmd.Env = []string{"PATH=" + filepath.Join(m.root, "bin") + ":" + m.path}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// builds returns the files that go was asked to write, and clears the record.
func (m *machine) builds() []string {
	m.t.Helper()
	log := filepath.Join(filepath.Dir(m.path), "built")
	text, err := os.ReadFile(log)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(m.t, err)
	require.NoError(m.t, os.Remove(log))
	var outputs []string
	for line := range strings.Lines(string(text)) {
		_, output, _ := strings.Cut(line, m.root+"/")
		output, _, _ = strings.Cut(output, ".new ")
		outputs = append(outputs, output)
	}
	return outputs
}

var pulumiPrograms = []string{"bin/pulumi", "bin/libexec/pulumi-language-go", "bin/pulumi-language-go"}

func TestVersionOfTheMachinesCLIDecides(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"v3.255.0":         true,
		"3.255.0":          true,
		"v3.255.1":         true,
		"v3.1000.0":        true,
		"v4.0.0":           true,
		"v3.256.0-alpha.1": true,
		"v3.255.0+dirty":   true,
		"v3.254.9":         false,
		"v3.66.0":          false,
		"v2.300.0":         false,
		"v3.255.0-alpha.1": false,
		"v3.255":           false,
		"v3.255.0.1":       false,
		"nightly":          false,
		"":                 false,
	}
	for version, usable := range tests {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.cli(m.path, version)
			m.host(m.path, "go")

			out, err := m.install("-n", "pulumi")

			require.NoError(t, err, out)
			assert.Empty(t, m.builds(), "a dry run builds nothing")
			if usable {
				assert.Equal(t, "tools: using "+filepath.Join(m.path, "pulumi")+" "+version+"\n", out)
			} else {
				assert.Contains(t, out, "and 3.255.0 or later is needed\n")
				assert.Contains(t, out, "building bin/pulumi: the Pulumi CLI v3.259.0, about 4 minutes")
			}
		})
	}
}

func TestLanguageHostOfTheMachinesCLIDecides(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  func(m *machine)
		want string
	}{
		"none at all": {
			func(*machine) {},
			"there is no pulumi on the PATH\n",
		},
		"no host": {
			func(m *machine) { m.cli(m.path, "v3.260.0") },
			"pulumi has no language host for go\n",
		},
		"a host for another language": {
			func(m *machine) { m.cli(m.path, "v3.260.0"); m.host(m.path, "nodejs") },
			"pulumi has no language host for go\n",
		},
		"a host beside it": {
			func(m *machine) { m.cli(m.path, "v3.260.0"); m.host(m.path, "go") },
			"using ",
		},
		"a host beside the file it is a link to": {
			func(m *machine) {
				elsewhere := m.t.TempDir()
				m.cli(elsewhere, "v3.260.0")
				m.host(elsewhere, "go")
				m.link(filepath.Join(elsewhere, "pulumi"), filepath.Join(m.path, "pulumi"))
			},
			"using ",
		},
		"only what an earlier run built": {
			func(m *machine) {
				m.cli(filepath.Join(m.root, "bin"), "v3.260.0")
				m.host(filepath.Join(m.root, "bin"), "go")
			},
			"there is no pulumi on the PATH\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			test.set(m)

			out, err := m.install("-n", "pulumi")

			require.NoError(t, err, out)
			first, _, _ := strings.Cut(out, "\n")
			assert.Contains(t, first+"\n", test.want)
		})
	}
}

func TestBuildsOnceAndAgainWhenSourcesChange(t *testing.T) {
	t.Parallel()
	m := newMachine(t)

	out, err := m.install("pulumi")
	require.NoError(t, err, out)
	assert.Equal(t, pulumiPrograms, m.builds())

	out, err = m.install("pulumi")
	require.NoError(t, err, out)
	assert.Empty(t, m.builds())
	assert.Empty(t, out, "nothing to say when nothing is done")

	m.write(m.module("language-hosts", "go.sum"), "changed\n", 0o644)
	m.write(m.module("language-host", "main.go"), "package main\n", 0o644)
	out, err = m.install("pulumi")
	require.NoError(t, err, out)
	assert.Equal(t, pulumiPrograms[1:], m.builds())

	require.NoError(t, os.Remove(filepath.Join(m.root, "bin", "pulumi")))
	out, err = m.install("pulumi")
	require.NoError(t, err, out)
	assert.Equal(t, pulumiPrograms[:1], m.builds())
}

func TestOtherToolsAreBuiltOnDemand(t *testing.T) {
	t.Parallel()
	m := newMachine(t)

	out, err := m.install("nodejs", "yaml", "golangci-lint")

	require.NoError(t, err, out)
	assert.Equal(t, []string{"bin/pulumi-language-nodejs", "bin/pulumi-language-yaml", "bin/golangci-lint"}, m.builds())
}

func TestPythonHostComesWithTheScriptThatRunsPrograms(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	script := filepath.Join(m.root, "bin", "libexec", "pulumi-language-python-exec")

	out, err := m.install("python")

	require.NoError(t, err, out)
	assert.Equal(t, []string{"bin/libexec/pulumi-language-python", "bin/pulumi-language-python"}, m.builds())
	text, err := os.ReadFile(script)
	require.NoError(t, err)
	assert.Equal(t, "#!/usr/bin/env python\n", string(text))
	info, err := os.Stat(script)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&0o100, "the host runs it")

	m.cli(m.path, "v3.274.1")
	m.host(m.path, "python")
	out, err = m.install("python")
	require.NoError(t, err, out)
	assert.NoFileExists(t, script, "the machine's own host has its own")
}

func TestHostForBuildsWhatTheProgramNeedsAndNoMore(t *testing.T) {
	t.Parallel()
	python := []string{"bin/libexec/pulumi-language-python", "bin/pulumi-language-python"}
	tests := map[string]struct {
		project string
		want    []string
	}{
		"go":                           {"name: x\nruntime: go\n", pulumiPrograms[1:]},
		"nodejs in quotes":             {"runtime: \"nodejs\" # TypeScript\nname: x\n", []string{"bin/pulumi-language-nodejs"}},
		"yaml":                         {"name: x\nruntime: yaml\nresources:\n  a: {type: \"aws:s3:Bucket\"}\n", []string{"bin/pulumi-language-yaml"}},
		"python in braces":             {"runtime: {name: python, options: {virtualenv: venv}}\n", python},
		"python, its name last":        {"runtime: {options: {virtualenv: venv}, name: python}\n", python},
		"python on lines of its own":   {"runtime:\n  name: python\n  options:\n    toolchain: uv\n", python},
		"python after its options":     {"runtime:\n  options:\n    toolchain: uv\n  name: python\nname: go\n", python},
		"a description with a runtime": {"description: \"runtime: python\"\nruntime: go\nname: python\n", pulumiPrograms[1:]},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			program := t.TempDir()
			m.write(filepath.Join(program, "Pulumi.yaml"), test.project, 0o644)

			out, err := m.install("host-for", program)

			require.NoError(t, err, out)
			assert.Equal(t, test.want, m.builds())
		})
	}
}

func TestHostForSaysWhichHostIsNotBuilt(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	program := t.TempDir()
	m.write(filepath.Join(program, "Pulumi.yaml"), "name: x\nruntime: java\n", 0o644)

	out, err := m.install("host-for", program)

	require.NoError(t, err, out)
	assert.Equal(t, "tools: the language host for java of "+program+" is not built here; Pulumi's must be on the PATH\n", out)
	assert.Empty(t, m.builds())
}

func TestUsableCLIReplacesWhatWasBuilt(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	out, err := m.install("pulumi", "nodejs")
	require.NoError(t, err, out)
	m.cli(m.path, "v3.260.0")
	m.host(m.path, "go")

	out, err = m.install("-n", "pulumi")
	require.NoError(t, err, out)
	assert.FileExists(t, filepath.Join(m.root, "bin", "pulumi"), "a dry run removes nothing")

	out, err = m.install("pulumi")
	require.NoError(t, err, out)
	for _, program := range pulumiPrograms {
		assert.NoFileExists(t, filepath.Join(m.root, program))
	}
	assert.FileExists(t, filepath.Join(m.root, "bin", "pulumi-language-nodejs"), "that CLI has no host for Node.js")
}

func TestFailedBuildIsReportedAndTriedAgain(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	working, err := os.ReadFile(filepath.Join(m.path, "go"))
	require.NoError(t, err)
	m.write(filepath.Join(m.path, "go"), "#!/bin/sh\nexit 1\n", 0o755)

	out, err := m.install("golangci-lint")
	require.Error(t, err)
	assert.Contains(t, out, "building bin/golangci-lint failed\n")

	m.write(filepath.Join(m.path, "go"), string(working), 0o755)
	out, err = m.install("golangci-lint")
	require.NoError(t, err, out)
	assert.Equal(t, []string{"bin/golangci-lint"}, m.builds())
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		set  func(m *machine)
		want string
	}{
		"no tool":      {nil, func(*machine) {}, "name what to install"},
		"unknown tool": {[]string{"helm"}, func(*machine) {}, "helm is not one of"},
		"no program":   {[]string{"host-for"}, func(*machine) {}, "name the folder of one Pulumi program"},
		"a folder that is no program": {
			[]string{"host-for", "nowhere"}, func(*machine) {}, "there is no Pulumi.yaml in nowhere",
		},
		"no Go": {
			[]string{"golangci-lint"},
			func(m *machine) { require.NoError(m.t, os.Remove(filepath.Join(m.path, "go"))) },
			"Go is needed to build bin/golangci-lint",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			test.set(m)

			out, err := m.install(test.args...)

			require.Error(t, err)
			assert.Contains(t, out, test.want)
		})
	}
}
