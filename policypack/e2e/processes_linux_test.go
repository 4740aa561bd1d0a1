package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoProcessIsLeftBehind(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, program, pack string }{
		{"Go program, binary", "stack-readiness-checks", pipeguard},
		{"Go program, pack as a folder", "stack-readiness-checks", filepath.Join(root, "policypack")},
		{"TypeScript program, binary", "untyped", pipeguard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Every process inherits the environment from the CLI, and so this mark.
			mark := "PIPEGUARD_E2E=" + t.Name()

			stop := make(chan struct{})
			most := make(chan int)
			go countUntil(stop, most, mark)
			previewProgram(t, programDir(tt.program), map[string]string{"PIPEGUARD_E2E": t.Name()},
				optpreview.PolicyPacks(tt.pack))
			close(stop)

			assert.GreaterOrEqual(t, <-most, 5, "the CLI, a language host, the program, the provider and the pack have the mark")
			// The engine lets plugins end by themselves for a moment.
			assert.Eventually(t, func() bool { return len(processesWith(mark)) == 0 }, 5*time.Second, 100*time.Millisecond)
			assert.Empty(t, processesWith(mark))
		})
	}
}

func TestAnInterruptedPreviewLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			temporary := t.TempDir()
			// A language host has a temporary folder of its own below that one.
			mark := "PIPEGUARD_E2E=" + t.Name()
			cmd := exec.CommandContext(t.Context(), pipeguard, "preview", programDir("stack-readiness-checks"))
			cmd.Env = append(os.Environ(), mark, "TMPDIR="+temporary)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { return len(processesWith(mark)) >= 3 }, time.Minute, 10*time.Millisecond,
				"pipeguard, a language host and what it starts")
			require.NoError(t, cmd.Process.Signal(signal))

			_ = cmd.Wait() // its exit code is looked at below

			assert.Equal(t, 1, cmd.ProcessState.ExitCode())
			assert.Equal(t, "pipeguard: the preview was interrupted\n", stderr.String())
			folders, err := filepath.Glob(filepath.Join(temporary, "pipeguard-*"))
			require.NoError(t, err)
			assert.Empty(t, folders)
			assert.Eventually(t, func() bool { return len(processesWith(mark)) == 0 }, 5*time.Second, 100*time.Millisecond)
			assert.Empty(t, processesWith(mark))
		})
	}
}

// countUntil sends the largest number of processes with a mark that it saw at
// one time.
func countUntil(stop <-chan struct{}, most chan<- int, mark string) {
	n := 0
	for {
		select {
		case <-stop:
			most <- n
			return
		case <-time.After(50 * time.Millisecond):
			n = max(n, len(processesWith(mark)))
		}
	}
}

// processesWith are the processes that have an entry in their environment.
func processesWith(entry string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well-formed
	for _, file := range files {
		environment, err := os.ReadFile(file)
		if err != nil || !strings.Contains("\x00"+string(environment), "\x00"+entry+"\x00") {
			continue // ended meanwhile, another user's, or not one of ours
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, fmt.Sprintf("%s %q", filepath.Base(filepath.Dir(file)), command))
	}
	return found
}
