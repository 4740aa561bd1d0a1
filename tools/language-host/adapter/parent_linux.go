package adapter

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel end cmd when this process ends, however it ends.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
