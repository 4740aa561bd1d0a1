package adapter

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHostEndsWithAnAdapterThatIsKilled(t *testing.T) {
	t.Parallel()
	output := new(lines)
	adapter := exec.CommandContext(t.Context(), os.Args[0], roleAdapter)
	adapter.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	adapter.Stdout = output
	require.NoError(t, adapter.Start())
	pid, err := strconv.Atoi(value(t, output.await(t, 4), "pid "))
	require.NoError(t, err)
	require.True(t, running(pid))

	require.NoError(t, adapter.Process.Kill())
	require.Error(t, adapter.Wait(), "a killed process does not succeed")

	assert.Eventually(t, func() bool { return ended(pid) }, 10*time.Second, 5*time.Millisecond)
}

// ended reports whether a process is gone or waits for an init process to
// collect it, which may take its time in a container.
func ended(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}
