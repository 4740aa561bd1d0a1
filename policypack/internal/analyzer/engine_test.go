package analyzer

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFlagValuesAreThoseOfTheCommandLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want []string
	}{
		"none":                 {[]string{"pulumi", "preview", "--policy-pack", "pack"}, nil},
		"separate value":       {[]string{"pulumi", "--policy-pack-config", "a.json", "preview"}, []string{"a.json"}},
		"value after the sign": {[]string{"pulumi", "--policy-pack-config=a.json"}, []string{"a.json"}},
		"value with that sign": {[]string{"pulumi", "--policy-pack-config=a=b.json"}, []string{"a=b.json"}},
		"several at once":      {[]string{"pulumi", "--policy-pack-config", "a.json,b.json"}, []string{"a.json", "b.json"}},
		"several, one by one":  {[]string{"--policy-pack-config", "a.json", "--policy-pack-config=b.json"}, []string{"a.json", "b.json"}},
		"an empty one":         {[]string{"pulumi", "--policy-pack-config="}, nil},
		"no value at the end":  {[]string{"pulumi", "--policy-pack-config"}, nil},
		"another flag":         {[]string{"pulumi", "--policy-pack-configs", "a.json"}, nil},
		"nothing at all":       {nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, flagValues(test.args, "--policy-pack-config"))
		})
	}
}

// hasProc reports whether the system shows the processes' command lines.
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

func TestTheConfigurationFileIsTheOneOnTheEnginesCommandLine(t *testing.T) {
	t.Parallel()
	executable, err := os.Executable()
	require.NoError(t, err)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	file := filepath.Join(dir, "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"s3-bucket-argument": "advisory"}`), 0o600))
	for name, text := range map[string]string{
		"strict.json": `{"pipeguard": {"profile": "strict"}}`,
		"but.json":    `{"pipeguard": {"profile": "strict"}, "lambda-archive-deterministic": "advisory"}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	fault := "policy configuration " + file + ":\n  s3-bucket-argument: there is no such rule, did you mean \"s3-bucket-arguments\"?"

	tests := map[string]struct {
		role string
		args []string
		want string
	}{
		"a file":                    {"engine", []string{"preview", "--policy-pack", "p", "--policy-pack-config", "policy.json"}, fault},
		"an absolute one":           {"engine", []string{"preview", "--policy-pack-config", file}, fault},
		"through a language host":   {"engine with a host", []string{"--policy-pack-config=policy.json"}, fault},
		"a profile":                 {"engine", []string{"--policy-pack-config", "strict.json"}, "mandatory"},
		"a default over a profile":  {"engine", []string{"--policy-pack-config", "but.json"}, "advisory"},
		"no file":                   {"engine", []string{"preview", "--policy-pack", "p"}, "advisory"},
		"a file that is not there":  {"engine", []string{"--policy-pack-config", "none.json"}, "advisory"},
		"a pipe":                    {"engine", []string{"--policy-pack-config", "/dev/stdin"}, "advisory"},
		"perhaps another pack's":    {"engine", []string{"--policy-pack", "p,q", "--policy-pack-config", "policy.json"}, "advisory"},
		"several files, for others": {"engine", []string{"--policy-pack-config", "policy.json,policy.json"}, "advisory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(executable, test.args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), testRole+"="+test.role)
			out, err := cmd.Output()
			require.NoError(t, err)
			if !hasProc() {
				test.want = "advisory" // the rule's own level
			}
			assert.Equal(t, test.want, string(out))
		})
	}
}
