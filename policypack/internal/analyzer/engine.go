package analyzer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configFile returns the file named by --policy-pack-config on the command line of the engine that started this
// process. The protocol does not provide it, and an error that names the file saves the reader a search. It returns ""
// if the system does not show a parent's command line, if the engine runs several packs or has several files (this
// pack's cannot be distinguished), and for files that only the engine can read: a missing file, or a pipe such as a
// shell's <(...).
func configFile() string {
	file := namedConfigFile()
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return file
}

// namedConfigFile returns the same file as configFile, whether or not it can be read.
func namedConfigFile() string {
	// The engine starts the pack itself, or through a language host.
	for pid, hops := os.Getppid(), 0; pid > 1 && hops < 3; pid, hops = parentOf(pid), hops+1 {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			return ""
		}
		dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err != nil {
			return ""
		}
		args := strings.Split(string(bytes.TrimRight(line, "\x00")), "\x00")
		packs, files := flagValues(args, "--policy-pack"), flagValues(args, "--policy-pack-config")
		switch {
		case len(packs) > 1 || len(files) > 1:
			return ""
		case len(files) == 1 && filepath.IsAbs(files[0]):
			return files[0]
		case len(files) == 1:
			return filepath.Join(dir, files[0])
		}
	}
	return ""
}

// flagValues returns the values of a flag in a command's arguments. A value may follow an equals sign or be the next
// argument, and may be a list.
func flagValues(args []string, flag string) []string {
	var values []string
	for i, arg := range args {
		name, value, hasValue := strings.Cut(arg, "=")
		if name != flag {
			continue
		}
		if !hasValue && i+1 < len(args) {
			value = args[i+1]
		}
		for _, one := range strings.Split(value, ",") {
			if one != "" {
				values = append(values, one)
			}
		}
	}
	return values
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
