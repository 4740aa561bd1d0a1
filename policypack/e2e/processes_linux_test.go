package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/stretchr/testify/assert"
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
