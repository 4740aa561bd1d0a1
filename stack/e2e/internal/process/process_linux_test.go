package process

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStopEndsAProcessWithItsChildren(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"that listens":  `sleep 100 & echo $! >child; wait`,
		"that does not": `trap '' TERM; sleep 100 & echo $! >child; while :; do wait; done`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p, err := Start(Command{Name: "it", Args: []string{"sh", "-c", script}, Dir: dir, Env: os.Environ()})
			require.NoError(t, err)
			var child string
			require.Eventually(t, func() bool {
				content, err := os.ReadFile(filepath.Join(dir, "child"))
				child = strings.TrimSpace(string(content))
				return err == nil && child != ""
			}, 10*time.Second, 10*time.Millisecond)

			require.NoError(t, p.Stop())
			assert.ErrorIs(t, syscall.Kill(p.PID(), 0), syscall.ESRCH)
			assert.Eventually(t, func() bool {
				state, err := os.ReadFile("/proc/" + child + "/stat")
				return err != nil || strings.Contains(string(state), ") Z ")
			}, 5*time.Second, 10*time.Millisecond, "a child is left")
		})
	}
}

func TestRunWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	shell := func(script string) Command {
		return Command{Name: "it", Args: []string{"sh", "-c", script}, Env: os.Environ()}
	}
	assert.NoError(t, Run(t.Context(), shell("exit 0")))
	assert.ErrorContains(t, Run(t.Context(), shell("exit 3")), "running it: exit status 3")
	assert.ErrorContains(t, Run(t.Context(), Command{Name: "it", Args: []string{"/none"}}), "starting it")

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	assert.ErrorIs(t, Run(ctx, shell("sleep 100")), context.DeadlineExceeded)
	assert.Less(t, time.Since(start), 10*time.Second)
}
