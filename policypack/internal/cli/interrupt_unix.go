//go:build !windows

package cli

import (
	"os"
	"slices"
	"syscall"

	"github.com/pipeguard/pipeguard/policypack/internal/process"
)

// interrupt asks a process to end, as Ctrl-C does. The function that it returns
// ends those below it that are left when it has: pulumi forgets a plugin that
// it is about to start when the interrupt comes.
func interrupt(p *os.Process) (endRest func(), err error) {
	below := process.Below(p.Pid)
	err = p.Signal(os.Interrupt)
	return func() {
		for _, left := range process.All() {
			// By then another process may have the number.
			same := func(was process.Process) bool { return was.ID == left.ID && was.Command == left.Command }
			if slices.ContainsFunc(below, same) {
				_ = syscall.Kill(left.ID, syscall.SIGKILL) // it may end by itself meanwhile
			}
		}
	}, err
}
