//go:build !linux

package process

import "syscall"

// attributes has no way here to tie a process's life to this program's: one that
// is killed with SIGKILL leaves its servers behind.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
