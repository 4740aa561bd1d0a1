package analyzer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configFiles are the files named by --policy-pack-config on the command line
// of the engine that started this process. The protocol does not tell them, and
// an error that names the file saves the reader a search; where the system does
// not show a parent's command line there are none.
func configFiles() []string {
	// The engine starts the pack itself, or through a language host.
	for pid, hops := os.Getppid(), 0; pid > 1 && hops < 3; pid, hops = parentOf(pid), hops+1 {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			return nil
		}
		dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err != nil {
			return nil
		}
		if files := configArgs(strings.Split(string(bytes.TrimRight(args, "\x00")), "\x00"), dir); len(files) > 0 {
			return files
		}
	}
	return nil
}

// configArgs finds the values of --policy-pack-config among a command's
// arguments, relative ones below dir.
func configArgs(args []string, dir string) []string {
	var files []string
	for i, arg := range args {
		name, value, hasValue := strings.Cut(arg, "=")
		if name != "--policy-pack-config" {
			continue
		}
		if !hasValue && i+1 < len(args) {
			value = args[i+1]
		}
		for _, file := range strings.Split(value, ",") {
			if file == "" {
				continue
			}
			if !filepath.IsAbs(file) {
				file = filepath.Join(dir, file)
			}
			files = append(files, file)
		}
	}
	return files
}

// inFile names the configuration file in a message, if it is known.
func inFile() string {
	files := configFiles()
	if len(files) == 0 {
		return " (--policy-pack-config)"
	}
	return " " + strings.Join(files, ", ")
}

func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The command's name, in parentheses, may hold anything; the state and the
	// parent follow its last one (proc(5)).
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	var state string
	var parent int
	if _, err := fmt.Sscan(string(after), &state, &parent); err != nil {
		return 0
	}
	return parent
}
