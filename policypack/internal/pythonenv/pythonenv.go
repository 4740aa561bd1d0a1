// Package pythonenv finds the Python environment that a Pulumi program runs in,
// so that a missing or broken one is named before the program is started.
//
// Pulumi's own package, which its language host uses as well, decides which
// environment that is: the two never disagree about the folder.
package pythonenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// Environment is the Python that runs a program.
type Environment struct {
	Dir     string // the virtual environment, or "" for the Python on the PATH
	Python  string // the interpreter
	Version string // of the interpreter: "3.12.4"
	Install string // the command that installs the program's packages in it
}

// Find returns the environment of the Python program in programDir. The options
// of the runtime in Pulumi.yaml, which is in the folder root, choose it:
// virtualenv, and toolchain pip, uv or poetry. Its Python runs and has the
// package pulumi; if not, the error says what is wrong and names the command
// that makes a working environment.
func Find(ctx context.Context, root, programDir string, options map[string]any) (Environment, error) {
	chosen, tool, err := choose(root, programDir, options)
	if err != nil {
		return Environment{}, err
	}
	tools, err := toolchain.ResolveToolchain(chosen)
	if err != nil {
		return Environment{}, fmt.Errorf("finding the Python environment of %s: %w", programDir, err)
	}
	p := program{root: root, dir: programDir, tool: tool, named: chosen.Virtualenv != ""}
	dir, err := tools.VirtualEnvPath(ctx)
	switch {
	case err != nil:
		return Environment{}, fmt.Errorf("finding the Python environment of %s: %w; make it with: %s",
			programDir, err, p.makeCommand(""))
	case dir == "":
		return p.onPath(ctx)
	}
	if _, err := os.Stat(dir); err != nil {
		return Environment{}, fmt.Errorf("finding the Python environment of %s: %w; make it with: %s",
			programDir, err, p.makeCommand(dir))
	}
	env := Environment{Dir: dir, Python: interpreter(dir), Install: p.installCommand(dir)}
	if _, err := os.Lstat(env.Python); err != nil {
		return Environment{}, fmt.Errorf("%s is not a Python environment: %w; make it one with: %s", dir, err, p.makeCommand(dir))
	}
	switch found, err := env.examine(ctx); {
	case err != nil:
		return Environment{}, fmt.Errorf("running the Python of the environment %s: %w; make the environment anew with: %s",
			dir, err, p.remakeCommand(dir))
	case !found:
		return Environment{}, fmt.Errorf("the Python environment %s (Python %s) has no package pulumi; install what the program needs with: %s",
			dir, env.Version, p.installCommand(dir))
	}
	return env, nil
}

// choose reads the options of the runtime. It also returns the toolchain's name.
func choose(root, programDir string, options map[string]any) (toolchain.PythonOptions, string, error) {
	chosen := toolchain.PythonOptions{Root: root, ProgramDir: programDir}
	switch dir := options["virtualenv"].(type) {
	case nil:
	case string:
		chosen.Virtualenv = dir
	default:
		return chosen, "", fmt.Errorf("runtime.options.virtualenv in Pulumi.yaml is %v, must be the path of a folder", dir)
	}
	tool := options["toolchain"]
	if tool == nil {
		// As Pulumi chooses.
		switch {
		case above(programDir, "uv.lock"):
			tool = "uv"
		case above(programDir, "poetry.lock"):
			tool = "poetry"
		default:
			tool = "pip"
		}
	}
	switch tool {
	case "pip":
		chosen.Toolchain = toolchain.Pip
	case "uv":
		chosen.Toolchain = toolchain.Uv
	case "poetry":
		chosen.Toolchain = toolchain.Poetry
	default:
		return chosen, "", fmt.Errorf("runtime.options.toolchain in Pulumi.yaml is %v, must be pip, uv or poetry", tool)
	}
	return chosen, fmt.Sprint(tool), nil
}

// above reports whether dir or a folder above it has a file of that name.
func above(dir, name string) bool {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// interpreter returns where a virtual environment has its Python.
func interpreter(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "Scripts", "python.exe")
	}
	return filepath.Join(dir, "bin", "python")
}

// program is a Python program whose packages a tool manages.
type program struct {
	root, dir string
	tool      string // pip, uv or poetry
	named     bool   // Pulumi.yaml names the environment's folder
}

// onPath returns the Python on the PATH, for a program with no environment.
func (p program) onPath(ctx context.Context) (Environment, error) {
	path, _, err := toolchain.CommandPath()
	if err != nil {
		return Environment{}, fmt.Errorf("finding the Python that runs %s: %w", p.dir, err)
	}
	env := Environment{Python: path, Install: p.pipCommand(path)}
	venv := filepath.Join(p.root, "venv")
	advice := "make an environment with: " + p.makeCommand(venv) +
		`, and name it in Pulumi.yaml: "runtime: {name: python, options: {virtualenv: venv}}"`
	switch found, err := env.examine(ctx); {
	case err != nil:
		return Environment{}, fmt.Errorf("running %s, the Python on the PATH: %w; %s", path, err, advice)
	case !found:
		return Environment{}, fmt.Errorf("no Python environment is named in Pulumi.yaml, and %s (Python %s) has no package pulumi; %s",
			path, env.Version, advice)
	}
	return env, nil
}

// examineScript prints the version of Python, and whether it finds pulumi.
// A mere folder of that name has no origin.
const examineScript = `import importlib.util, platform
spec = importlib.util.find_spec("pulumi")
print(platform.python_version(), "found" if spec and spec.origin else "missing")`

// examine runs the Python of e for its version and reports whether it has the
// package pulumi.
func (e *Environment) examine(ctx context.Context) (bool, error) {
	cmd := exec.CommandContext(ctx, e.Python, "-c", examineScript)
	if e.Dir != "" {
		cmd.Env = toolchain.ActivateVirtualEnv(os.Environ(), e.Dir)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			// The last line of a traceback is the error.
			err = fmt.Errorf("%w: %s", err, said[strings.LastIndex(said, "\n")+1:])
		}
		return false, err
	}
	version, found, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
	if !ok {
		return false, errors.New("it is no Python: it does not print its version")
	}
	e.Version = version
	return found == "found", nil
}

// makeCommand returns the command that makes the environment in dir, with the
// program's packages.
func (p program) makeCommand(dir string) string {
	if p.tool != "pip" {
		return p.installCommand(dir)
	}
	return "python3 -m venv " + quote(dir) + " && " + p.installCommand(dir)
}

// remakeCommand returns the command that makes the environment in dir although
// there is a broken one.
func (p program) remakeCommand(dir string) string {
	switch p.tool {
	case "uv":
		return "rm -r " + quote(dir) + " && " + p.installCommand(dir)
	case "poetry":
		return "cd " + quote(p.dir) + " && poetry env remove --all && poetry install"
	default:
		return "python3 -m venv --clear " + quote(dir) + " && " + p.installCommand(dir)
	}
}

// installCommand returns the command that installs the program's packages.
func (p program) installCommand(dir string) string {
	switch p.tool {
	case "uv":
		if p.named {
			return "cd " + quote(p.dir) + " && UV_PROJECT_ENVIRONMENT=" + quote(dir) + " uv sync"
		}
		return "cd " + quote(p.dir) + " && uv sync"
	case "poetry":
		return "cd " + quote(p.dir) + " && poetry install"
	}
	return p.pipCommand(interpreter(dir))
}

// pipCommand returns the command that installs the program's packages for a Python.
func (p program) pipCommand(python string) string {
	command := quote(python) + " -m pip install "
	for _, folder := range []string{p.dir, p.root} {
		if file := filepath.Join(folder, "requirements.txt"); exists(file) {
			return command + "-r " + quote(file)
		}
		if exists(filepath.Join(folder, "pyproject.toml")) {
			return command + quote(folder)
		}
	}
	return command + "pulumi pulumi-aws"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// quote quotes an argument for a shell, where that is needed.
func quote(arg string) string {
	if strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,\\") == "" && arg != "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
