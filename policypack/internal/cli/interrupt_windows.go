package cli

import (
	"os"
	"os/exec"
	"strconv"
)

// interrupt ends a process and those below it: Windows has no signal to ask it
// with.
func interrupt(p *os.Process) (endRest func(), err error) {
	return func() {}, exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(p.Pid)).Run()
}
