package pythonenv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/pythonenv"
)

// makeEnvironment makes a virtual environment without pip, which takes a tenth
// of the time, and with an empty package for each name.
func makeEnvironment(t *testing.T, dir string, packages ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "python3", "-m", "venv", "--without-pip", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	sites, err := filepath.Glob(filepath.Join(dir, "lib", "python3*", "site-packages"))
	require.NoError(t, err)
	require.Len(t, sites, 1)
	for _, name := range packages {
		write(t, filepath.Join(sites[0], name, "__init__.py"), "")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestFindReturnsTheEnvironmentThatPulumiYAMLNames(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "an environment")
	makeEnvironment(t, dir, "pulumi")
	for name, options := range map[string]map[string]any{
		"relative to Pulumi.yaml": {"virtualenv": "an environment"},
		"absolute":                {"virtualenv": dir},
		"with toolchain pip":      {"virtualenv": "an environment", "toolchain": "pip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, err := pythonenv.Find(t.Context(), root, filepath.Join(root, "src"), options)
			require.NoError(t, err)
			assert.Equal(t, dir, env.Dir)
			assert.Equal(t, filepath.Join(dir, "bin", "python"), env.Python)
			assert.Regexp(t, `^3\.\d+\.\d+`, env.Version)
		})
	}
}

func TestFindNamesWhatIsWrongAndTheCommandThatFixesIt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set     func(t *testing.T, root string)
		options map[string]any
		want    []string // ROOT stands for the program's folder
	}{
		"no such folder, and a requirements.txt": {
			func(t *testing.T, root string) { write(t, filepath.Join(root, "requirements.txt"), "pulumi\n") },
			map[string]any{"virtualenv": "venv"},
			[]string{
				"stat ROOT/venv: no such file or directory",
				"make it with: python3 -m venv ROOT/venv && ROOT/venv/bin/python -m pip install -r ROOT/requirements.txt",
			},
		},
		"no such folder, and a pyproject.toml": {
			func(t *testing.T, root string) { write(t, filepath.Join(root, "pyproject.toml"), "") },
			map[string]any{"virtualenv": "venv"},
			[]string{"&& ROOT/venv/bin/python -m pip install ROOT"},
		},
		"no such folder, and no list of packages": {
			func(*testing.T, string) {},
			map[string]any{"virtualenv": "my venv"},
			[]string{"python3 -m venv 'ROOT/my venv' && 'ROOT/my venv/bin/python' -m pip install pulumi pulumi-aws"},
		},
		"a folder of another kind": {
			func(t *testing.T, root string) { write(t, filepath.Join(root, "venv", "notes.txt"), "") },
			map[string]any{"virtualenv": "venv"},
			[]string{"ROOT/venv is not a Python environment", "make it one with: python3 -m venv ROOT/venv && "},
		},
		"its Python is gone": {
			func(t *testing.T, root string) {
				require.NoError(t, os.MkdirAll(filepath.Join(root, "venv", "bin"), 0o755))
				require.NoError(t, os.Symlink("/opt/python3.7/bin/python3", filepath.Join(root, "venv", "bin", "python")))
			},
			map[string]any{"virtualenv": "venv"},
			[]string{
				"running the Python of the environment ROOT/venv: ", "no such file or directory",
				"recreate the environment with: python3 -m venv --clear ROOT/venv && ",
			},
		},
		"its Python fails": {
			func(t *testing.T, root string) {
				path := filepath.Join(root, "venv", "bin", "python")
				write(t, path, "#!/bin/sh\necho first >&2\necho 'cannot load libpython3.7.so' >&2\nexit 127\n")
				require.NoError(t, os.Chmod(path, 0o755))
			},
			map[string]any{"virtualenv": "venv"},
			[]string{"running the Python of the environment ROOT/venv: exit status 127: cannot load libpython3.7.so; recreate"},
		},
		"what is there is no Python": {
			func(t *testing.T, root string) {
				path := filepath.Join(root, "venv", "bin", "python")
				write(t, path, "#!/bin/sh\necho hello\n")
				require.NoError(t, os.Chmod(path, 0o755))
			},
			map[string]any{"virtualenv": "venv"},
			[]string{"running the Python of the environment ROOT/venv: it is not a Python"},
		},
		"no pulumi in it": {
			func(t *testing.T, root string) {
				makeEnvironment(t, filepath.Join(root, "venv"), "boto3")
				write(t, filepath.Join(root, "requirements.txt"), "pulumi\n")
			},
			map[string]any{"virtualenv": "venv"},
			[]string{
				"the Python environment ROOT/venv (Python 3.", "has no package pulumi",
				"with: ROOT/venv/bin/python -m pip install -r ROOT/requirements.txt",
			},
		},
		"a toolchain that Pulumi does not know": {
			func(*testing.T, string) {},
			map[string]any{"toolchain": "conda"},
			[]string{"runtime.options.toolchain in Pulumi.yaml is conda, must be pip, uv or poetry"},
		},
		"an environment that is no path": {
			func(*testing.T, string) {},
			map[string]any{"virtualenv": 3},
			[]string{"runtime.options.virtualenv in Pulumi.yaml is 3, must be the path of a folder"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "program")
			require.NoError(t, os.Mkdir(root, 0o755))
			test.set(t, root)

			_, err := pythonenv.Find(t.Context(), root, root, test.options)

			for _, want := range test.want {
				assert.ErrorContains(t, err, strings.ReplaceAll(want, "ROOT", root))
			}
		})
	}
}

// The rest needs a PATH of its own, so it does not run in parallel.

// folderOf returns a folder that contains only the given shell scripts.
func folderOf(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		path := filepath.Join(dir, name)
		write(t, path, "#!/bin/sh\n"+text)
		require.NoError(t, os.Chmod(path, 0o755))
	}
	return dir
}

func TestFindLooksWhereUvKeepsTheEnvironment(t *testing.T) {
	const uv = "echo 'uv 0.9.0'\n"
	for name, options := range map[string]map[string]any{"named": {"toolchain": "uv"}, "by its lock file": nil} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "uv.lock"), "")
			program := filepath.Join(root, "infra")
			require.NoError(t, os.Mkdir(program, 0o755))
			makeEnvironment(t, filepath.Join(root, ".venv"), "pulumi")
			t.Setenv("UV_PROJECT_ENVIRONMENT", "")
			t.Setenv("PATH", folderOf(t, map[string]string{"uv": uv}))

			env, err := pythonenv.Find(t.Context(), program, program, options)
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(root, ".venv"), env.Dir)

			require.NoError(t, os.RemoveAll(env.Dir))
			_, err = pythonenv.Find(t.Context(), program, program, options)
			assert.ErrorContains(t, err, "make it with: cd "+program+" && uv sync")
		})
	}
}

func TestFindKeepsUvToTheEnvironmentThatPulumiYAMLNames(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", folderOf(t, map[string]string{"uv": "echo 'uv 0.9.0'\n"}))

	_, err := pythonenv.Find(t.Context(), root, root, map[string]any{"toolchain": "uv", "virtualenv": "env"})

	assert.ErrorContains(t, err, "make it with: cd "+root+" && UV_PROJECT_ENVIRONMENT="+root+"/env uv sync")
}

func TestFindAsksPoetryForTheEnvironment(t *testing.T) {
	for name, options := range map[string]map[string]any{"named": {"toolchain": "poetry"}, "by its lock file": nil} {
		t.Run(name, func(t *testing.T) {
			root, dir := t.TempDir(), filepath.Join(t.TempDir(), "made-by-poetry")
			write(t, filepath.Join(root, "poetry.lock"), "")
			makeEnvironment(t, dir, "pulumi")
			t.Setenv("PATH", folderOf(t, map[string]string{"poetry": `case $* in
--version*) echo "Poetry (version 2.1.0)" ;;
"env info --path") echo '` + dir + `' ;;
*) exit 2 ;;
esac
`}))

			env, err := pythonenv.Find(t.Context(), root, root, options)

			require.NoError(t, err)
			assert.Equal(t, dir, env.Dir)
		})
	}
}

func TestFindNamesPoetrysCommandWhereItHasNoEnvironment(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", folderOf(t, map[string]string{"poetry": `[ "$1" != --version ] || { echo "Poetry (version 2.1.0)"; exit; }
exit 1
`}))

	_, err := pythonenv.Find(t.Context(), root, root, map[string]any{"toolchain": "poetry"})

	assert.ErrorContains(t, err, "make it with: cd "+root+" && poetry install")
}

func TestFindNamesAToolchainThatIsNotInstalled(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", folderOf(t, nil))

	_, err := pythonenv.Find(t.Context(), root, root, map[string]any{"toolchain": "uv"})

	assert.ErrorContains(t, err, "Could not find `uv` executable")
	assert.ErrorContains(t, err, "; install it with: pipx install uv")
}

func TestFindFallsBackOnThePythonOnThePath(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	makeEnvironment(t, elsewhere, "pulumi")
	python := filepath.Join(elsewhere, "bin", "python")
	t.Setenv("PULUMI_PYTHON_CMD", "")
	t.Setenv("PATH", folderOf(t, map[string]string{"python3": "exec '" + python + "' \"$@\"\n"}))

	env, err := pythonenv.Find(t.Context(), root, root, nil)

	require.NoError(t, err)
	assert.Empty(t, env.Dir)
	assert.Equal(t, "python3", filepath.Base(env.Python))
	assert.Regexp(t, `^3\.\d+\.\d+`, env.Version)
}

func TestFindAdvisesAnEnvironmentWhereThePythonOnThePathHasNoPulumi(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PULUMI_PYTHON_CMD", "")
	t.Setenv("PATH", folderOf(t, map[string]string{"python3": `echo '{"version": "3.12.4", "pulumi": false}'`}))

	_, err := pythonenv.Find(t.Context(), root, root, nil)

	assert.ErrorContains(t, err, "no Python environment is named in Pulumi.yaml, and ")
	assert.ErrorContains(t, err, "python3 (Python 3.12.4) has no package pulumi; make an environment with: "+
		"python3 -m venv "+root+"/venv && "+root+"/venv/bin/python -m pip install pulumi pulumi-aws, and name it in Pulumi.yaml: "+
		`"runtime: {name: python, options: {virtualenv: venv}}"`)
}

func TestFindSaysThatThereIsNoPython(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PULUMI_PYTHON_CMD", "")
	t.Setenv("PATH", folderOf(t, nil))

	_, err := pythonenv.Find(t.Context(), root, root, nil)

	assert.ErrorContains(t, err, "finding the Python that runs "+root)
	assert.ErrorContains(t, err, "install one, and make an environment with: python3 -m venv "+root+"/venv && ")
}
