// Command pulumi-language-python lets an older Python language host run a program
// in the environment that Pulumi.yaml names.
//
// That host takes the virtual environment as a flag. Today's engine sends
// runtime.options of Pulumi.yaml with each call instead, so the host would run the
// program with the Python that is first on the PATH.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/pipeguard/pipeguard/tools/language-host/adapter"
)

func main() {
	err := adapter.Main(adapter.Language{Name: "Python", Flags: environmentFlags, Answer: pluginsOf})
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python: %v\n", err)
		os.Exit(1)
	}
}

// environmentFlags returns the flag that names the environment of the program
// that a request concerns.
func environmentFlags(ctx context.Context, request proto.Message) ([]string, error) {
	_, installs := request.(*pulumirpc.InstallDependenciesRequest)
	dir, err := environment(ctx, request, !installs)
	if dir == "" || err != nil {
		return nil, err
	}
	return []string{"-virtualenv", dir}, nil
}

// environment returns the folder of the virtual environment of the program that
// a request concerns, or "" if the program runs with the Python on the PATH. If
// an environment that must exist does not, the error names the command that
// makes it; one that need not exist is about to be installed.
func environment(ctx context.Context, request proto.Message, mustExist bool) (string, error) {
	about, ok := request.(interface {
		GetInfo() *pulumirpc.ProgramInfo
	})
	if !ok || about.GetInfo() == nil {
		return "", nil
	}
	info := about.GetInfo()
	given := info.GetOptions().AsMap()
	options := toolchain.PythonOptions{Root: info.GetRootDirectory(), ProgramDir: info.GetProgramDirectory()}
	options.Virtualenv, _ = given["virtualenv"].(string)
	switch name := given["toolchain"]; name {
	case nil:
		options.Toolchain = toolchain.Auto
	case "pip":
		options.Toolchain = toolchain.Pip
	case "uv":
		options.Toolchain = toolchain.Uv
	case "poetry":
		options.Toolchain = toolchain.Poetry
	default:
		return "", status.Errorf(codes.InvalidArgument,
			"runtime.options.toolchain in Pulumi.yaml is %v, must be pip, uv or poetry", name)
	}
	chosen, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return "", status.Errorf(codes.FailedPrecondition, "finding the Python environment of %s: %v", options.ProgramDir, err)
	}
	// The type reveals which toolchain a lock file chose: *toolchain.uv.
	makeIt := map[string]string{
		"*toolchain.uv":     "uv sync",
		"*toolchain.poetry": "poetry install",
	}[fmt.Sprintf("%T", chosen)]
	if makeIt == "" {
		makeIt = "pulumi install"
	} else if !mustExist {
		return "", status.Errorf(codes.FailedPrecondition,
			"this language host installs packages with pip only; run `%s` in %s", makeIt, options.ProgramDir)
	}
	dir, err := chosen.VirtualEnvPath(ctx)
	if err == nil && dir != "" && mustExist && !toolchain.IsVirtualEnv(dir) {
		err = fmt.Errorf("%s is missing or not a virtual environment", dir)
	}
	if err != nil {
		return "", status.Errorf(codes.FailedPrecondition, "the Python environment of %s cannot be used: %v; make it with `%s` there",
			options.ProgramDir, err, makeIt)
	}
	return dir, nil
}

// pluginsOf answers GetRequiredPlugins for a virtual environment. The host
// would ask its pip, which environments made by uv do not have.
func pluginsOf(ctx context.Context, request proto.Message) (proto.Message, error) {
	if _, ok := request.(*pulumirpc.GetRequiredPluginsRequest); !ok {
		return nil, nil
	}
	dir, err := environment(ctx, request, true)
	if dir == "" || err != nil {
		return nil, err
	}
	packages := filepath.Join("lib", "python*", "site-packages")
	if os.PathSeparator == '\\' {
		packages = filepath.Join("Lib", "site-packages")
	}
	files, err := fs.Glob(os.DirFS(dir), filepath.ToSlash(filepath.Join(packages, "*", "pulumi-plugin.json")))
	if err != nil {
		return nil, err
	}
	response := new(pulumirpc.GetRequiredPluginsResponse)
	for _, name := range files {
		plugin, err := readPlugin(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		if plugin != nil {
			response.Plugins = append(response.Plugins, plugin)
		}
	}
	return response, nil
}

// readPlugin reads the pulumi-plugin.json of a Python package. It returns nil for
// a package without a plugin, and for one that names no version: its plugin is
// then the one that the program's SDK asks for.
func readPlugin(path string) (*pulumirpc.PluginDependency, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading what plugin a Python package needs: %w", err)
	}
	var p struct {
		Resource              bool
		Name, Version, Server string
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if !p.Resource || p.Name == "" || p.Version == "" {
		return nil, nil
	}
	if p.Version[0] != 'v' {
		p.Version = "v" + p.Version
	}
	return &pulumirpc.PluginDependency{Name: p.Name, Version: p.Version, Kind: "resource", Server: p.Server}, nil
}
