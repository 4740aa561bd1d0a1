//go:build !windows

package cli

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// process is one line of ps.
type process struct {
	id, parent int
	command    string
}

// interrupt asks a process to end, as Ctrl-C does. The function that it returns
// ends those below it that are left when it has: pulumi forgets a plugin that
// it is about to start when the interrupt comes.
func interrupt(p *os.Process) (endRest func(), err error) {
	below := below(p.Pid)
	err = p.Signal(os.Interrupt)
	return func() {
		for _, left := range processes() {
			// By then another process may have the number.
			same := func(was process) bool { return was.id == left.id && was.command == left.command }
			if slices.ContainsFunc(below, same) {
				_ = syscall.Kill(left.id, syscall.SIGKILL) // it may end by itself meanwhile
			}
		}
	}, err
}

// below are the processes that a process has started, and those that they have.
func below(id int) []process {
	all := processes()
	var found []process
	for parents := []int{id}; len(parents) > 0; parents = parents[1:] {
		for _, p := range all {
			if p.parent == parents[0] {
				found = append(found, p)
				parents = append(parents, p.id)
			}
		}
	}
	return found
}

// processes are all there are, as far as ps tells.
func processes() []process {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		return nil
	}
	var all []process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		id, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if err1 == nil && err2 == nil {
			all = append(all, process{id, parent, strings.Join(fields[2:], " ")})
		}
	}
	return all
}
