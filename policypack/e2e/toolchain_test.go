package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/pythonenv"
)

// managed is a Python program whose environment uv or poetry manages.
type managed struct {
	dir string
	env []string
}

// newManaged makes a program with one open bucket for a toolchain. The tools are those of build/venv-tools, which write
// to temporary folders and do not use the network.
func newManaged(t *testing.T, toolchain, requirement string) managed {
	t.Helper()
	tools := filepath.Join(root, "build", "venv-tools", "bin")
	require.FileExists(t, filepath.Join(tools, toolchain), "run `make test`, which installs it")
	m := managed{dir: filepath.Join(t.TempDir(), "images")}
	require.NoError(t, os.Mkdir(m.dir, 0o700))
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: images\nruntime: {name: python, options: {toolchain: " + toolchain + "}}\n",
		"pyproject.toml": "[project]\nname = \"images\"\nversion = \"1.0.0\"\nrequires-python = \">=3.10\"\n" +
			"dependencies = [\"pulumi>=3,<4\", \"" + requirement + "\"]\n",
		"__main__.py": "import pulumi_aws as aws\n\naws.s3.Bucket(\"uploads\")\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600))
	}
	cache := t.TempDir()
	m.env = append(os.Environ(),
		"PATH="+tools+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"UV_CACHE_DIR="+filepath.Join(cache, "uv"), "UV_OFFLINE=1", "UV_PYTHON_DOWNLOADS=never", "VIRTUAL_ENV=",
		"POETRY_CACHE_DIR="+filepath.Join(cache, "poetry"), "POETRY_CONFIG_DIR="+cache,
		"POETRY_VIRTUALENVS_PATH="+filepath.Join(cache, "virtualenvs"), "POETRY_VIRTUALENVS_OPTIONS_NO_PIP=true")
	return m
}

func (m managed) run(t *testing.T, name string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if tool := filepath.Join(root, "build", "venv-tools", "bin", name); fileExists(tool) {
		cmd.Path = tool
		cmd.Err = nil
	}
	cmd.Dir, cmd.Env = m.dir, m.env
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code shows it
	require.NotNil(t, cmd.ProcessState, "%s does not start", name)
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// preview previews the program, and returns the outcome and what kept the preview from being complete.
func (m managed) preview(t *testing.T) (outcome, pythonReport) {
	t.Helper()
	got := m.run(t, pipeguard, "preview", m.dir, "--format", "json",
		"--config", configFile(t, `{"all": "disabled", "s3-public-access-block": "mandatory"}`))
	var report pythonReport
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), "%s%s", got.stdout, got.stderr)
	return got, report
}

// lendPackages makes the packages of build/venv-v7 available in an environment.
func lendPackages(t *testing.T, environment string) {
	t.Helper()
	sites := func(dir string) string {
		found, err := filepath.Glob(filepath.Join(dir, "lib", "python3*", "site-packages"))
		require.NoError(t, err)
		require.Len(t, found, 1)
		return found[0]
	}
	packages := sites(filepath.Join(root, "build", "venv-v7"))
	require.NoError(t, os.WriteFile(filepath.Join(sites(environment), "lent.pth"), []byte(packages+"\n"), 0o600))
}

// python returns the interpreter from which uv and poetry make environments: its packages match.
func python() string { return filepath.Join(root, "build", "venv-v7", "bin", "python") }

func TestAProgramOfUvOrPoetryRunsInTheEnvironmentThatTheToolKeeps(t *testing.T) {
	t.Parallel()
	for toolchain, tool := range map[string]struct{ environment, where []string }{
		"uv":     {[]string{"venv", "--python", python()}, nil},
		"poetry": {[]string{"env", "use", python()}, []string{"env", "info", "--path"}},
	} {
		t.Run(toolchain, func(t *testing.T) {
			t.Parallel()
			m := newManaged(t, toolchain, "pulumi-aws>=7,<8")
			made := m.run(t, toolchain, tool.environment...)
			require.Zero(t, made.exit, made.stdout+made.stderr)
			environment := filepath.Join(m.dir, ".venv")
			if tool.where != nil {
				environment = strings.TrimSpace(m.run(t, toolchain, tool.where...).stdout)
			}
			lendPackages(t, environment)

			got, report := m.preview(t)

			assert.Equal(t, 3, got.exit, got.stdout+got.stderr)
			assert.Empty(t, report.Errors)
			require.Len(t, report.Findings, 1)
			assert.Equal(t, "s3-public-access-block", report.Findings[0].Rule)
			assert.Equal(t, 3, report.Findings[0].Location.Line)
		})
	}
}

func TestAnEnvironmentThatIsMissingIsNamedWithTheCommandThatMakesIt(t *testing.T) {
	t.Parallel()
	for toolchain, command := range map[string]string{"uv": "uv sync", "poetry": "poetry install"} {
		t.Run(toolchain, func(t *testing.T) {
			t.Parallel()
			m := newManaged(t, toolchain, "pulumi-aws>=7,<8")

			got, report := m.preview(t)

			assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
			require.Len(t, report.Errors, 1)
			assert.Contains(t, report.Errors[0].Message, "finding the Python environment of "+m.dir)
			assert.Contains(t, report.Errors[0].Message, "; make it with: cd "+m.dir+" && "+command)
			assert.NoFileExists(t, filepath.Join(m.dir, ".venv"), "the preview makes none itself")
		})
	}
}

func TestAnEnvironmentOfUvThatIsOutOfDateIsNamedWithTheCommandThatUpdatesIt(t *testing.T) {
	t.Parallel()
	m := newManaged(t, "uv", "pulumi-aws>=6.80,<7")
	made := m.run(t, "uv", "venv", "--python", python())
	require.Zero(t, made.exit, made.stdout+made.stderr)
	lendPackages(t, filepath.Join(m.dir, ".venv"))

	got, report := m.preview(t)

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	require.Len(t, report.Errors, 1)
	assert.Contains(t, report.Errors[0].Message, "/.venv has pulumi-aws 7.51.1, but the program asks for pulumi-aws<7,>=6.80; "+
		"install what it needs with: cd "+m.dir+" && uv sync")
}

// Only the major version matters: a program whose list is a patch behind its environment runs.
func TestAnEnvironmentWithAnotherMajorVersionThanTheProgramAsksForIsNamed(t *testing.T) {
	t.Parallel()
	for requirements, required := range map[string]string{
		"pulumi\npulumi-aws>=7,<8\n":                           "pulumi-aws<8,>=7",
		"pulumi_aws == 7.51.1 \\\n    --hash=sha256:0123\n":    "pulumi-aws==7.51.1",
		"pulumi-aws~=5.0  # the last one that we have tried\n": "pulumi-aws~=5.0",
		"pulumi-aws<6\n":             "pulumi-aws<6",
		"pulumi-aws==6.80.0\n":       "",
		"pulumi-aws>=6.0.0,<7.0.0\n": "",
		"pulumi-aws==6.*\n":          "",
		"pulumi-aws\n":               "",
		"pulumi-aws>=5\n":            "",
		"pulumi-aws>=7; python_version < '3'\npulumi-aws[extra]>=6\n":  "",
		"-r base.txt\n# pulumi-aws>=7\n./pulumi-aws\npulumi-awsx>=7\n": "",
	} {
		t.Run(requirements, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(requirements), 0o600))
			environment := filepath.Join(root, "build", "venv-v6")

			_, err := pythonenv.Find(t.Context(), dir, dir, map[string]any{"virtualenv": environment})

			if required == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, "the Python environment "+environment+" has pulumi-aws 6.83.4, but the program asks for "+required+
				"; install what it needs with: "+environment+"/bin/python -m pip install -r "+dir+"/requirements.txt")
		})
	}
}
