// Package pythonenv finds the Python environment that a Pulumi program runs in,
// so that a missing or broken one is reported before the program is started.
//
// Pulumi's own package, which its language host also uses, decides which
// environment that is: the two never disagree about the folder.
package pythonenv

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
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
// virtualenv, and toolchain pip, uv or poetry. The environment's Python works and
// has the package pulumi, and pulumi-aws of a major version that the program asks
// for; if not, the error describes what is wrong and names the command that makes
// a working environment.
func Find(ctx context.Context, root, programDir string, options map[string]any) (Environment, error) {
	chosen, tool, err := choose(root, programDir, options)
	if err != nil {
		return Environment{}, err
	}
	tools, err := toolchain.ResolveToolchain(chosen)
	if err != nil {
		return Environment{}, fmt.Errorf("finding the Python environment of %s: %w%s", programDir, err, toolAdvice(tool))
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
	switch found, err := env.examine(ctx, p.lists()); {
	case err != nil:
		return Environment{}, fmt.Errorf("running the Python of the environment %s: %w; recreate the environment with: %s",
			dir, err, p.remakeCommand(dir))
	case !found.Pulumi:
		return Environment{}, fmt.Errorf("the Python environment %s (Python %s) has no package pulumi; install what the program needs with: %s",
			dir, env.Version, env.Install)
	case found.Required != "":
		return Environment{}, fmt.Errorf("the Python environment %s has pulumi-aws %s, but the program asks for %s; install what it needs with: %s",
			dir, found.Installed, found.Required, env.Install)
	}
	return env, nil
}

// toolAdvice returns how to install a toolchain that is missing.
func toolAdvice(tool string) string {
	if _, err := exec.LookPath(tool); tool == "pip" || err == nil {
		return ""
	}
	return "; install it with: pipx install " + tool
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
		// The order is the one in which Pulumi chooses.
		switch {
		case existsAbove(programDir, "uv.lock"):
			tool = "uv"
		case existsAbove(programDir, "poetry.lock"):
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

// existsAbove reports whether dir or a folder above it contains a file of the given name.
func existsAbove(dir, name string) bool {
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

// interpreter returns the path of the Python of a virtual environment.
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
	venv := filepath.Join(p.root, "venv")
	advice := "make an environment with: " + p.makeCommand(venv) +
		`, and name it in Pulumi.yaml: "runtime: {name: python, options: {virtualenv: venv}}"`
	path, _, err := toolchain.CommandPath()
	if err != nil {
		return Environment{}, fmt.Errorf("finding the Python that runs %s: %w; install one, and %s", p.dir, err, advice)
	}
	env := Environment{Python: path, Install: p.pipCommand(path)}
	switch found, err := env.examine(ctx, p.lists()); {
	case err != nil:
		return Environment{}, fmt.Errorf("running %s, the Python on the PATH: %w; %s", path, err, advice)
	case !found.Pulumi:
		return Environment{}, fmt.Errorf("no Python environment is named in Pulumi.yaml, and %s (Python %s) has no package pulumi; %s",
			path, env.Version, advice)
	case found.Required != "":
		return Environment{}, fmt.Errorf(
			"no Python environment is named in Pulumi.yaml, and %s has pulumi-aws %s, but the program asks for %s; %s",
			path, found.Installed, found.Required, advice)
	}
	return env, nil
}

// examination is what examine.py finds in an environment.
type examination struct {
	Version string
	Pulumi  bool // whether the package pulumi is installed
	// Required is the version of pulumi-aws that the program asks for, if Installed is of another major version.
	Installed, Required string
}

//go:embed examine.py
var examineScript string

// examine runs the Python of e to find its version and its packages. The lists are files with the packages that the
// program needs.
func (e *Environment) examine(ctx context.Context, lists []string) (examination, error) {
	cmd := exec.CommandContext(ctx, e.Python, append([]string{"-c", examineScript}, lists...)...)
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
		return examination{}, err
	}
	var found examination
	if err := json.Unmarshal(out, &found); err != nil || found.Version == "" {
		return examination{}, errors.New("it is not a Python: it does not print its version")
	}
	e.Version = found.Version
	return found, nil
}

// makeCommand returns the command that makes the environment in dir, with the
// program's packages.
func (p program) makeCommand(dir string) string {
	if p.tool != "pip" {
		return p.installCommand(dir)
	}
	return "python3 -m venv " + quote(dir) + " && " + p.installCommand(dir)
}

// remakeCommand returns the command that makes the environment in dir anew, in
// place of a broken one.
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

// pipCommand returns the command that installs the program's packages for the given Python.
func (p program) pipCommand(python string) string {
	command := quote(python) + " -m pip install "
	switch lists := p.lists(); {
	case len(lists) == 0:
		return command + "pulumi pulumi-aws"
	case filepath.Base(lists[0]) == "requirements.txt":
		return command + "-r " + quote(lists[0])
	default:
		return command + quote(filepath.Dir(lists[0]))
	}
}

// lists returns the file that lists the packages of the program, if there is one: the one that pip prefers is not the
// one that uv and poetry read.
func (p program) lists() []string {
	names := []string{"requirements.txt", "pyproject.toml"}
	if p.tool != "pip" {
		names = names[1:]
	}
	for _, folder := range []string{p.dir, p.root} {
		for _, name := range names {
			if file := filepath.Join(folder, name); exists(file) {
				return []string{file}
			}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// quote quotes an argument for a shell, if necessary.
func quote(arg string) string {
	if strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,\\") == "" && arg != "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
