package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// language is one of the languages in which programs in testdata/stacks are written.
type language struct {
	Name     string
	Versions []version
	Programs []program

	// folder is the programs' folder, relative to testdata/stacks, and native the major version that they are written
	// for, unless they say otherwise.
	folder, native string
}

// version is a version of a language's AWS SDK.
type version struct {
	Number string // such as 6.83.4
	// Missing is why the version is not available, or empty.
	Missing string
}

// Major returns the major version: v6.
func (v version) Major() string {
	major, _, _ := strings.Cut(v.Number, ".")
	return "v" + major
}

// program is a program in testdata/stacks.
type program struct {
	// Path is its folder, relative to testdata/stacks.
	Path string
	// Native is the major version that it is written for.
	Native string
	// Want are the expected findings: sorted lines of `<rule> <resource>`.
	Want []string
	// Cells are the outcomes of its previews, in the order of the language's versions; empty where there is none.
	Cells []string
}

func (p program) name() string { return filepath.Base(p.Path) }

const stacks = "testdata/stacks"

// These files pin the versions; the paths are relative to the repository's root.
const (
	goModuleFile   = "go.mod"
	sdksModuleFile = "policypack/internal/planprovider/internal/schema/gen/sdks/go.mod"
	nodeStacks     = stacks + "/typescript/package.json"
)

func nodePackages(major string) string       { return "testdata/node/" + major + "/package.json" }
func pythonRequirements(major string) string { return "testdata/python/" + major + "/requirements.in" }

// load returns the languages with the programs of testdata and the versions that this repository pins.
func load(root string) ([]language, error) {
	goPin := func(major string) string { return `pulumi-aws/sdk/` + major + ` v(\S+)` }
	const npmPin, pipPin = `"@pulumi/aws": "([^"]+)"`, `pulumi-aws==(\S+)`
	languages := []struct {
		name, folder string
		pins         [][2]string // the files and patterns that contain the versions
		native       string      // what the programs are written for
	}{
		{"Go", ".", [][2]string{{sdksModuleFile, goPin("v5")}, {goModuleFile, goPin("v6")}, {sdksModuleFile, goPin("v7")}}, "v6"},
		{"TypeScript", "typescript", [][2]string{{nodePackages("v5"), npmPin}, {nodeStacks, npmPin}, {nodePackages("v7"), npmPin}}, "v6"},
		{"JavaScript", "typescript", [][2]string{{nodePackages("v5"), npmPin}, {nodeStacks, npmPin}, {nodePackages("v7"), npmPin}}, "v6"},
		{"Python", "python", [][2]string{{sdksModuleFile, goPin("v5")}, {pythonRequirements("v6"), pipPin}, {pythonRequirements("v7"), pipPin}}, "v7"},
		{"YAML", "yaml", [][2]string{{sdksModuleFile, goPin("v5")}, {sdksModuleFile, goPin("v6")}, {sdksModuleFile, goPin("v7")}}, "v7"},
	}
	var loaded []language
	for _, given := range languages {
		l := language{Name: given.name, folder: given.folder, native: given.native}
		for _, pin := range given.pins {
			number, err := pinned(filepath.Join(root, pin[0]), pin[1])
			if err != nil {
				return nil, err
			}
			v := version{Number: number}
			if l.Name == "Python" && v.Major() == "v5" {
				v.Missing = "no wheel"
			}
			l.Versions = append(l.Versions, v)
		}
		var err error
		if l.Programs, err = programsIn(l.Name, filepath.Join(root, stacks), given.folder, given.native, len(l.Versions)); err != nil {
			return nil, err
		}
		if l.Name == "JavaScript" {
			// It is about casts that silence the compiler; compiling removes them.
			l.Programs = slices.DeleteFunc(l.Programs, func(p program) bool { return p.name() == "source-notification-typed" })
		}
		loaded = append(loaded, l)
	}
	return loaded, nil
}

// pinned returns the version that a file pins.
func pinned(file, pattern string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the version of the AWS SDK: %w", err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("%s pins no version of the AWS SDK: it has nothing like %s", file, pattern)
	}
	return string(m[1]), nil
}

// environment matches the name of a major version's environment in a Python program's Pulumi.yaml.
var environment = regexp.MustCompile(`(?:\.\./)+build/venv-(v\d+)`)

// programsIn returns the programs in a folder of testdata/stacks, with room for n outcomes each. The findings of a
// program in a language may be others than in the one that it is written in: then they are in a file of their own,
// such as want.javascript.txt.
func programsIn(language, folder, below, native string, n int) ([]program, error) {
	files, err := filepath.Glob(filepath.Join(folder, below, "*", "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("looking for programs: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no programs in %s", filepath.Join(folder, below))
	}
	var programs []program
	for _, file := range files {
		dir := filepath.Dir(file)
		path, err := filepath.Rel(folder, dir)
		if err != nil {
			return nil, fmt.Errorf("naming the program %s: %w", dir, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "want."+strings.ToLower(language)+".txt"))
		if errors.Is(err, fs.ErrNotExist) {
			text, err = os.ReadFile(filepath.Join(dir, "want.txt"))
		}
		if err != nil {
			return nil, fmt.Errorf("reading the expected findings of %s: %w", path, err)
		}
		project, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the program %s: %w", path, err)
		}
		p := program{Path: filepath.ToSlash(path), Native: native, Want: []string{}, Cells: make([]string, n)}
		if m := environment.FindSubmatch(project); m != nil {
			p.Native = string(m[1])
		}
		for line := range strings.Lines(string(text)) {
			// In some want.txt, the place follows the rule and the resource; it is the same in every version.
			if fields := strings.Fields(line); len(fields) >= 2 {
				p.Want = append(p.Want, fields[0]+" "+fields[1])
			}
		}
		slices.Sort(p.Want)
		programs = append(programs, p)
	}
	return programs, nil
}

// policy writes the policy configuration of a program into a folder, unless the program has a policy.json: it
// enables the documented rules and the rule that the program is named after.
func (p program) policy(root, folder string, rules []*rule.Rule) (string, error) {
	file := filepath.Join(root, stacks, p.Path, "policy.json")
	if _, err := os.Stat(file); err == nil {
		return filepath.Abs(file)
	}
	levels := map[string]apitype.EnforcementLevel{"all": apitype.Disabled}
	for _, r := range rules {
		if r.Documented || r.ID == strings.TrimSuffix(p.name(), "-clean") {
			levels[r.ID] = r.Enforcement
		}
	}
	text, err := json.Marshal(levels)
	if err != nil {
		return "", fmt.Errorf("writing the policy configuration: %w", err)
	}
	file = filepath.Join(folder, p.name()+".policy.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", fmt.Errorf("writing the policy configuration: %w", err)
	}
	return file, nil
}
