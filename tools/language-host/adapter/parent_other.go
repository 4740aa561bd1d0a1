//go:build !linux

package adapter

import "os/exec"

// endWithParent does nothing where the kernel offers no such service. The engine
// signals the whole process group, which ends cmd, too; if this process alone is
// killed, the language host ends itself at its next health check of the engine,
// at most five minutes later.
func endWithParent(*exec.Cmd) {}
