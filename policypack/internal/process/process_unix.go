//go:build !windows

package process

import (
	"os/exec"
	"strconv"
	"strings"
)

// All returns all processes that ps lists.
func All() []Process {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		return nil
	}
	var all []Process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		id, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if err1 == nil && err2 == nil {
			all = append(all, Process{id, parent, strings.Join(fields[2:], " ")})
		}
	}
	return all
}
