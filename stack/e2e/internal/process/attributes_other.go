//go:build !linux

package process

import "syscall"

// attributes has no means here to tie a process's life to this program's: if
// this program is killed with SIGKILL, its servers stay behind.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
