package preview

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// missingModules match messages that one of the program's packages is not installed.
var missingModules = map[string]*regexp.Regexp{
	"python": regexp.MustCompile(`ModuleNotFoundError: No module named '([^']+)'`),
	"nodejs": regexp.MustCompile(`Cannot find (?:module|package) '([^'./][^']*)'|(Pulumi SDK) has not been installed`),
}

// Messages that the language host is missing, or that Go has no folder for its caches.
var (
	missingHost = regexp.MustCompile(`no language plugin '(pulumi-language-[\w-]+)' found`)
	noCaches    = regexp.MustCompile(`module cache not found|failed to initialize build cache|GOCACHE is not defined`)
)

// hint returns how to fix the error in a text, or "" if the text is sufficient.
func (p *Program) hint(text, install string) string {
	runtime := p.Project.Runtime.Name()
	if m := missingHost.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("install the Pulumi CLI, which brings it, or put %s on the PATH; the runtime %s is named in %s", m[1], runtime, p.File)
	}
	if noCaches.MatchString(text) {
		return "Go keeps its caches in the home folder: set HOME to a folder that it can write to, or GOCACHE and GOMODCACHE"
	}
	missing := missingModules[runtime]
	if missing == nil {
		return ""
	}
	m := missing.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	name := strings.Join(m[1:], "") // one of the groups has it
	if p.owns(name) {
		return ""
	}
	if install == "" && runtime == "nodejs" {
		install = p.npmCommand()
	}
	if install == "" {
		return ""
	}
	return fmt.Sprintf("%s is not installed; install what the program needs with: %s", name, install)
}

// owns reports whether a module is, judging by its name, one of the program's own files, which no command installs.
func (p *Program) owns(module string) bool {
	first, _, _ := strings.Cut(module, ".")
	for _, name := range []string{first, first + ".py"} {
		if _, err := os.Stat(filepath.Join(p.WorkDir(), name)); err == nil {
			return true
		}
	}
	return false
}

// lockFiles maps the lock files that identify a Node.js program's package manager to the commands that install the
// packages.
var lockFiles = []struct{ file, command string }{
	{"yarn.lock", "yarn install"},
	{"pnpm-lock.yaml", "pnpm install"},
	{"bun.lock", "bun install"},
	{"bun.lockb", "bun install"},
}

// npmCommand returns the command that installs a Node.js program's packages.
func (p *Program) npmCommand() string {
	for _, lock := range lockFiles {
		if _, err := os.Stat(filepath.Join(p.Root, lock.file)); err == nil {
			return "cd " + p.Root + " && " + lock.command
		}
	}
	return "cd " + p.Root + " && npm install"
}

// standInHint returns which configuration the stand-ins in a text represent and how to set it, or "" if there are none.
// For example, a program cannot read the file that a stand-in names.
func (p *Program) standInHint(text string) string {
	var hints []string
	for _, key := range p.filledIn {
		standIn := standin.Text("config", key.String())
		if !strings.Contains(text, standIn) {
			continue
		}
		name := key.String()
		if key.Namespace() == p.Project.Name.String() {
			name = key.Name()
		}
		hints = append(hints, fmt.Sprintf("%s is the stand-in for the configuration %s; set it with --set %s=…", standIn, name, name))
	}
	return strings.Join(hints, "\n")
}
