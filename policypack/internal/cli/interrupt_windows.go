package cli

import "os"

// interrupt ends a process: Windows has no signal to ask it with.
func interrupt(p *os.Process) error { return p.Kill() }
