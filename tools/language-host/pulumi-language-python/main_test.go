package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// virtualenv makes a folder that looks like a virtual environment with packages;
// packages maps their names to their pulumi-plugin.json.
func virtualenv(t *testing.T, dir string, packages map[string]string) string {
	t.Helper()
	interpreter, site := "bin/python", "lib/python3.12/site-packages"
	if runtime.GOOS == "windows" {
		interpreter, site = "Scripts/python.exe", "Lib/site-packages"
	}
	files := map[string]string{interpreter: ""}
	for name, text := range packages {
		files[site+"/"+name+"/pulumi-plugin.json"] = text
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	}
	return dir
}

func programIn(t *testing.T, dir string, options map[string]any) *pulumirpc.ProgramInfo {
	t.Helper()
	given, err := structpb.NewStruct(options)
	require.NoError(t, err)
	return &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: ".", Options: given}
}

func TestPythonHostGetsTheEnvironmentOfTheProgram(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	virtualenv(t, filepath.Join(root, "venv"), nil)
	elsewhere := virtualenv(t, t.TempDir(), nil)
	tests := map[string]struct {
		request proto.Message
		want    []string
	}{
		"relative to Pulumi.yaml": {
			&pulumirpc.RunRequest{Info: programIn(t, root, map[string]any{"virtualenv": "venv"})},
			[]string{"-virtualenv", filepath.Join(root, "venv")},
		},
		"absolute, with the toolchain named": {
			&pulumirpc.RunRequest{Info: programIn(t, root, map[string]any{"virtualenv": elsewhere, "toolchain": "pip"})},
			[]string{"-virtualenv", elsewhere},
		},
		"one that is still to be installed": {
			&pulumirpc.InstallDependenciesRequest{Info: programIn(t, root, map[string]any{"virtualenv": "new"})},
			[]string{"-virtualenv", filepath.Join(root, "new")},
		},
		"none":                         {&pulumirpc.RunRequest{Info: programIn(t, root, nil)}, nil},
		"a request about no program":   {&emptypb.Empty{}, nil},
		"an engine that sends no info": {&pulumirpc.RunRequest{Program: "."}, nil},
		"a plugin, with an environment": {
			&pulumirpc.RunPluginRequest{Info: programIn(t, root, map[string]any{"virtualenv": "venv"})},
			[]string{"-virtualenv", filepath.Join(root, "venv")},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags, err := environmentFlags(t.Context(), test.request)
			require.NoError(t, err)
			assert.Equal(t, test.want, flags)
		})
	}
}

func TestUnusablePythonEnvironmentIsNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	tests := map[string]struct {
		options map[string]any
		code    codes.Code
		want    string
	}{
		"missing": {
			map[string]any{"virtualenv": "venv"},
			codes.FailedPrecondition,
			"the Python environment of " + root + " cannot be used: " + filepath.Join(root, "venv") +
				" is missing or not a virtual environment; make it with `pulumi install` there",
		},
		"a toolchain that does not exist": {
			map[string]any{"toolchain": "conda"},
			codes.InvalidArgument,
			"runtime.options.toolchain in Pulumi.yaml is conda, must be pip, uv or poetry",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := environmentFlags(t.Context(), &pulumirpc.RunRequest{Info: programIn(t, root, test.options)})
			assert.Equal(t, test.code, status.Code(err))
			assert.ErrorContains(t, err, test.want)
		})
	}
}

// Not in parallel: it needs a PATH of its own.
func TestEnvironmentOfUvIsLeftToUv(t *testing.T) {
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "uv"), []byte("#!/bin/sh\necho 'uv 0.9.0'\n"), 0o755))
	for name, options := range map[string]map[string]any{"named": {"toolchain": "uv"}, "by its lock file": nil} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", bin)
			t.Setenv("UV_PROJECT_ENVIRONMENT", "")
			root := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(root, "uv.lock"), nil, 0o600))
			info := programIn(t, root, options)

			_, err := environmentFlags(t.Context(), &pulumirpc.RunRequest{Info: info})
			assert.ErrorContains(t, err, ".venv is missing or not a virtual environment; make it with `uv sync` there")

			_, err = environmentFlags(t.Context(), &pulumirpc.InstallDependenciesRequest{Info: info})
			assert.ErrorContains(t, err, "this language host installs packages with pip only; run `uv sync` in "+root)

			virtualenv(t, filepath.Join(root, ".venv"), nil)
			flags, err := environmentFlags(t.Context(), &pulumirpc.RunRequest{Info: info})
			require.NoError(t, err)
			assert.Equal(t, []string{"-virtualenv", filepath.Join(root, ".venv")}, flags)
		})
	}
}

func TestPluginsAreReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	virtualenv(t, filepath.Join(root, "venv"), map[string]string{
		"pulumi_aws":     `{"resource": true, "name": "aws", "version": "7.51.1"}`,
		"pulumi_private": `{"resource": true, "name": "private", "version": "v1.2.3", "server": "https://plugins.example.com"}`,
		"pulumi_policy":  `{"resource": false, "name": "policy", "version": "1.0.0"}`,
		"pulumi_old":     `{"resource": true, "name": "old"}`,
	})

	response, err := pluginsOf(t.Context(), &pulumirpc.GetRequiredPluginsRequest{
		Info: programIn(t, root, map[string]any{"virtualenv": "venv"}),
	})

	require.NoError(t, err)
	want := &pulumirpc.GetRequiredPluginsResponse{Plugins: []*pulumirpc.PluginDependency{
		{Name: "aws", Kind: "resource", Version: "v7.51.1"},
		{Name: "private", Kind: "resource", Version: "v1.2.3", Server: "https://plugins.example.com"},
	}}
	assert.True(t, proto.Equal(want, response), "want %v\ngot  %v", want, response)
}

func TestUnreadablePluginFileIsNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	virtualenv(t, filepath.Join(root, "venv"), map[string]string{"pulumi_aws": `{"resource": tru`})

	_, err := pluginsOf(t.Context(), &pulumirpc.GetRequiredPluginsRequest{
		Info: programIn(t, root, map[string]any{"virtualenv": "venv"}),
	})

	assert.ErrorContains(t, err, "pulumi-plugin.json: invalid character")
}

func TestHostAnswersWhatHasNoEnvironment(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]proto.Message{
		"no virtual environment": &pulumirpc.GetRequiredPluginsRequest{Info: programIn(t, t.TempDir(), nil)},
		"another request":        &pulumirpc.RunRequest{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := pluginsOf(t.Context(), request)
			require.NoError(t, err)
			assert.Nil(t, response)
		})
	}
}
