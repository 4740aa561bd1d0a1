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

// setUpMachine returns a repository with only setup.sh and go.mod, on a machine with
// everything that the tests need, where nobody is root.
func setUpMachine(t *testing.T) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, root: filepath.Join(dir, "a repository"), path: filepath.Join(dir, "path")}
	script, err := os.ReadFile("setup.sh")
	require.NoError(t, err)
	m.write(filepath.Join(m.root, "tools", "setup.sh"), string(script), 0o755)
	m.write(filepath.Join(m.root, "go.mod"), "module example.com\n\ngo 1.26.4\n", 0o644)
	for _, program := range []string{"sh", "dirname", "sed", "mkdir", "ln"} {
		target, err := exec.LookPath(program)
		require.NoError(t, err)
		m.link(target, filepath.Join(m.path, program))
	}
	for _, program := range []string{"go", "git", "make", "gcc", "npm", "python3", "google-chrome", "xmllint", "ps"} {
		m.script(program, "")
	}
	m.script("node", "echo v20.20.2")
	m.script("id", "echo 1000")
	return m
}

// script puts a shell script on the PATH, in place of an existing one.
func (m *machine) script(name, text string) {
	m.write(filepath.Join(m.path, name), "#!/bin/sh\n"+text+"\n", 0o755)
}

func (m *machine) without(programs ...string) {
	m.t.Helper()
	for _, program := range programs {
		require.NoError(m.t, os.Remove(filepath.Join(m.path, program)))
	}
}

func (m *machine) setup(args ...string) (string, error) {
	cmd := exec.CommandContext(m.t.Context(), "sh", append([]string{filepath.Join(m.root, "tools", "setup.sh")}, args...)...)
	cmd.Dir = m.t.TempDir()
	cmd.Env = []string{"PATH=" + filepath.Join(m.root, "bin") + ":" + m.path}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestSetupIsQuietWhereNothingIsMissing(t *testing.T) {
	t.Parallel()
	out, err := setUpMachine(t).setup()
	require.NoError(t, err, out)
	assert.Empty(t, out)
}

func TestSetupNamesAllThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  func(m *machine)
		want string
	}{
		"much": {
			func(m *machine) {
				m.without("npm", "google-chrome", "xmllint")
				m.script("python3", "exit 1")
				m.script("gcc", "exit 1")
			},
			"setup: install first: gcc with a static C library, Node.js 20 or later with npm, Python 3.10 or later with venv, " +
				"Chromium or Chrome, xmllint (of libxml2). On Debian and Ubuntu: sudo apt-get install --no-install-recommends " +
				"gcc libc6-dev nodejs npm python3 python3-venv chromium libxml2-utils\n",
		},
		"one": {
			func(m *machine) { m.without("git") },
			"setup: install first: git. On Debian and Ubuntu: sudo apt-get install --no-install-recommends git\n",
		},
		"Go": {
			func(m *machine) { m.without("go") },
			"setup: install Go 1.26.4 or later first, and put it on the PATH: https://go.dev/doc/install\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := setUpMachine(t)
			test.set(m)
			out, err := m.setup()
			require.Error(t, err)
			assert.Equal(t, test.want, out)
		})
	}
}

func TestSetupInstallsAsRoot(t *testing.T) {
	t.Parallel()
	m := setUpMachine(t)
	m.script("id", "echo 0")
	m.without("xmllint")
	log := filepath.Join(m.root, "apt-get")
	m.script("apt-get", `echo "$*" >>'`+log+`'; echo noise
[ "$1" = update ] || { echo '#!/bin/sh' >'`+m.path+`/xmllint'; /bin/chmod +x '`+m.path+`/xmllint'; }`)

	out, err := m.setup("-n")
	require.NoError(t, err, out)
	assert.Equal(t, "setup: installing libxml2-utils\n", out)
	assert.NoFileExists(t, log, "a dry run installs nothing")

	out, err = m.setup()
	require.NoError(t, err, out)
	assert.Equal(t, "setup: installing libxml2-utils\n", out)
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "update -qq\ninstall -y -qq --no-install-recommends libxml2-utils\n", string(text))

	out, err = m.setup()
	require.NoError(t, err, out)
	assert.Empty(t, out, "once is enough")
}

func TestSetupSaysWhatInstallingDidNotBring(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ apt, want string }{
		"it fails": {
			"exit 100",
			"setup: installing failed; to see why: apt-get install --no-install-recommends chromium\n",
		},
		"the package is another one there": {
			"exit 0",
			"setup: still missing after installing chromium: Chromium or Chrome\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := setUpMachine(t)
			m.script("id", "echo 0")
			m.without("google-chrome")
			m.script("apt-get", test.apt)
			out, err := m.setup()
			require.Error(t, err)
			assert.Equal(t, "setup: installing chromium\n"+test.want, out)
		})
	}
}

func TestSetupBringsANewerNodeWhereTheSystemsIsTooOld(t *testing.T) {
	t.Parallel()
	m := setUpMachine(t)
	m.script("node", "echo v18.20.4")
	const said = "setup: Node.js v18.20.4 is too old: installing 22."
	bin := filepath.Join(m.root, "build", "node", "node_modules", ".bin")
	m.script("npm", `/bin/mkdir -p '`+bin+`' && echo 'echo v22.0.0' >'`+bin+`/node' && /bin/chmod +x '`+bin+`/node'`)

	out, err := m.setup("-n")
	require.NoError(t, err, out)
	assert.True(t, strings.HasPrefix(out, said), out)
	assert.NoDirExists(t, bin, "a dry run installs nothing")

	out, err = m.setup()
	require.NoError(t, err, out)
	assert.True(t, strings.HasPrefix(out, said), out)

	out, err = m.setup()
	require.NoError(t, err, out)
	assert.Empty(t, out, "bin/ comes first on the PATH")
}
