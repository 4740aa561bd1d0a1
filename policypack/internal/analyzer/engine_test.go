package analyzer

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigArgsAreTheFilesOfTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := filepath.FromSlash("/work")
	abs := filepath.FromSlash("/etc/policy.json")
	tests := map[string]struct {
		args []string
		want []string
	}{
		"none":                 {[]string{"pulumi", "preview", "--policy-pack", "pack"}, nil},
		"separate value":       {[]string{"pulumi", "--policy-pack-config", "a.json", "preview"}, []string{filepath.Join(dir, "a.json")}},
		"value after the sign": {[]string{"pulumi", "--policy-pack-config=a.json"}, []string{filepath.Join(dir, "a.json")}},
		"value with that sign": {[]string{"pulumi", "--policy-pack-config=a=b.json"}, []string{filepath.Join(dir, "a=b.json")}},
		"absolute":             {[]string{"pulumi", "--policy-pack-config", abs}, []string{abs}},
		"below":                {[]string{"pulumi", "--policy-pack-config", "../x/a.json"}, []string{filepath.FromSlash("/x/a.json")}},
		"several at once":      {[]string{"pulumi", "--policy-pack-config", "a.json,b.json"}, []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}},
		"several, one by one":  {[]string{"--policy-pack-config", "a.json", "--policy-pack-config=b.json"}, []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}},
		"an empty one":         {[]string{"pulumi", "--policy-pack-config="}, nil},
		"no value at the end":  {[]string{"pulumi", "--policy-pack-config"}, nil},
		"another flag":         {[]string{"pulumi", "--policy-pack-configs", "a.json"}, nil},
		"nothing at all":       {nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, configArgs(test.args, dir))
		})
	}
}

// hasProc says that the system shows the processes' command lines.
func hasProc() bool {
	_, err := os.Stat("/proc/self/stat")
	return err == nil
}

func TestParentOfReadsAnyProcessName(t *testing.T) {
	t.Parallel()
	executable, err := os.Executable()
	require.NoError(t, err)
	odd := filepath.Join(t.TempDir(), "x) S 1 (y")
	require.NoError(t, os.Symlink(executable, odd))
	cmd := exec.Command(odd)
	cmd.Env = append(os.Environ(), testRole+"=sleeper")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	want := os.Getpid()
	if !hasProc() {
		want = 0
	}
	assert.Equal(t, want, parentOf(cmd.Process.Pid))
	require.NoError(t, stdin.Close())
	require.NoError(t, cmd.Wait())
	assert.Zero(t, parentOf(-1), "no such process")
}

func TestAWrongConfigurationNamesTheFileOnTheEnginesCommandLine(t *testing.T) {
	t.Parallel()
	executable, err := os.Executable()
	require.NoError(t, err)
	const fault = "\n  s3-bucket-argument: there is no such rule, did you mean \"s3-bucket-arguments\"?"
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)

	tests := map[string]struct {
		role string
		args []string
		want string
	}{
		"a file":                          {"engine", []string{"preview", "--policy-pack-config", "policy.json"}, " " + filepath.Join(dir, "policy.json") + ":"},
		"a file, through a language host": {"engine with a host", []string{"--policy-pack-config=policy.json"}, " " + filepath.Join(dir, "policy.json") + ":"},
		"no file":                         {"engine", []string{"preview"}, " (--policy-pack-config):"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(executable, test.args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), testRole+"="+test.role)
			out, err := cmd.Output()
			require.NoError(t, err)
			want := test.want
			if !hasProc() {
				want = " (--policy-pack-config):"
			}
			assert.Equal(t, "policy configuration"+want+fault, string(out))
		})
	}
}
