package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pipeguard/pipeguard/policypack/internal/cli"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// asPipeguard makes the test binary run as pipeguard.
const asPipeguard = "PIPEGUARD_TEST_AS_PIPEGUARD"

func TestMain(m *testing.M) {
	if os.Getenv(asPipeguard) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command returns a command that runs pipeguard with arguments, under its own or another name.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Symlink(executable, link))
	cmd := exec.Command(link, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asPipeguard+"=1")
	return cmd
}

func TestTheCommandLineExitsWithItsCodeAndSaysWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"help":            {[]string{"--help"}, cli.ExitClean, "Exit codes: 0 clean, 1 failure, 2 wrong usage, 3 violations.", ""},
		"nothing":         {nil, cli.ExitClean, "pipeguard preview [DIR]", ""},
		"version":         {[]string{"--version"}, cli.ExitClean, version.Version, ""},
		"help of preview": {[]string{"preview", "--help"}, cli.ExitClean, "--provider", ""},
		"unknown command": {[]string{"previw"}, cli.ExitUsage, "", `"previw"`},
		"unknown flag":    {[]string{"--colour"}, cli.ExitUsage, "", "--colour"},
		"unknown flag of preview": {
			[]string{"preview", "--colour"}, cli.ExitUsage, "", "--colour",
		},
		"wrong value of a flag": {
			[]string{"preview", "--provider", "fake"}, cli.ExitUsage, "", `"fake"`,
		},
		"flag without its value": {[]string{"preview", "--stack"}, cli.ExitUsage, "", "--stack"},
		"two folders":            {[]string{"preview", "one", "two"}, cli.ExitUsage, "", "one two"},
		"missing folder":         {[]string{"preview", "no-such-folder"}, cli.ExitFailure, "", "no-such-folder"},
		"no address after all":   {[]string{"example.com:80"}, cli.ExitUsage, "", `"example.com:80"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, "pipeguard", test.args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				require.NoError(t, err)
			}
			assert.Equal(t, test.code, cmd.ProcessState.ExitCode(), stderr.String())
			for _, out := range []struct{ want, got string }{{test.stdout, stdout.String()}, {test.stderr, stderr.String()}} {
				if out.want == "" {
					assert.Empty(t, out.got)
				} else {
					assert.Contains(t, out.got, out.want)
				}
			}
			if test.stderr != "" {
				assert.True(t, strings.HasPrefix(stderr.String(), "pipeguard: "), stderr.String())
				assert.Equal(t, 1, strings.Count(stderr.String(), "pipeguard: "), "said once")
			}
		})
	}
}

// plugin is a process that serves the engine.
type plugin struct {
	conn   *grpc.ClientConn
	stdout *bufio.Reader
	cmd    *exec.Cmd
}

// serve starts pipeguard as the engine does.
func serve(t *testing.T, name string) plugin {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	engine := grpc.NewServer()
	go func() { _ = engine.Serve(listener) }()
	t.Cleanup(engine.Stop)

	cmd := command(t, name, listener.Addr().String())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	stdout := bufio.NewReader(out)
	line, err := stdout.ReadString('\n')
	require.NoError(t, err)
	port, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
	require.NoError(t, err, "the first line is the port")
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return plugin{conn, stdout, cmd}
}

func TestTheEngineGetsAPolicyPack(t *testing.T) {
	t.Parallel()
	p := serve(t, "pipeguard")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	info, err := pulumirpc.NewAnalyzerClient(p.conn).GetAnalyzerInfo(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "pipeguard", info.Name)
	assert.Equal(t, version.Version, info.Version)
	assert.NotEmpty(t, info.Policies)
	p.endsWithoutAnotherWord(t)
}

func TestTheEngineGetsAProviderUnderTheProvidersName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pulumi-resource-aws", "pulumi-resource-aws.exe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := serve(t, name)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			info, err := pulumirpc.NewResourceProviderClient(p.conn).GetPluginInfo(ctx, &emptypb.Empty{})
			require.NoError(t, err)
			assert.NotEmpty(t, info.Version)
			_, err = pulumirpc.NewAnalyzerClient(p.conn).GetPluginInfo(ctx, &emptypb.Empty{})
			require.Error(t, err, "it is no policy pack")
			p.endsWithoutAnotherWord(t)
		})
	}
}

func (p plugin) endsWithoutAnotherWord(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	rest, err := io.ReadAll(p.stdout)
	require.NoError(t, err)
	assert.Empty(t, string(rest), "the port is all there is on stdout")
	_ = p.cmd.Wait() // killed
}

func TestOnlyAnAddressIsTakenForTheEngine(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]bool{
		"127.0.0.1:41234":  true,
		"localhost:41234":  true,
		"[::1]:41234":      true,
		"10.0.0.1:1":       true,
		"127.0.0.1:65536":  false,
		"127.0.0.1:http":   false,
		"127.0.0.1:":       false,
		"127.0.0.1":        false,
		"example.com:80":   false,
		":41234":           false,
		"preview":          false,
		"":                 false,
		"a:b:c":            false,
		"localhost:41234x": false,
	} {
		assert.Equal(t, want, isAddress(arg), arg)
	}
}
