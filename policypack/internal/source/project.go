package source

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// project is where a Pulumi program starts.
type project struct {
	language fact.Language
	// entry are the entry point's files, or for Go its folder.
	entry []string
	// name is the project's.
	name string
	// config is the configuration that the project file declares without a value.
	config []ConfigKey
	// fragments says that the folder holds no program, but pieces of some.
	fragments bool
	// gap is why the entry point could not be told, of file.
	file, gap string
}

// findProject reads the project file as Pulumi does
// (https://www.pulumi.com/docs/iac/concepts/projects/project-file/). Without
// one, an entry point by its usual name makes a program.
func findProject(t *tree.Tree) project {
	for _, file := range []string{"Pulumi.yaml", "Pulumi.yml"} {
		if t.Exists(file) {
			return readProject(t, file)
		}
	}
	for _, language := range []fact.Language{fact.Python, fact.TypeScript, fact.Go} {
		if entry := entryPoint(t, language, "."); entry != nil {
			return project{language: language, entry: entry}
		}
	}
	return project{fragments: true}
}

// runtimes are Pulumi's names of the languages that are read here.
var runtimes = map[string]fact.Language{
	"go": fact.Go, "python": fact.Python, "nodejs": fact.TypeScript, "bun": fact.TypeScript,
}

func readProject(t *tree.Tree, file string) project {
	var p struct {
		Name    string    `yaml:"name"`
		Runtime yaml.Node `yaml:"runtime"`
		Main    string    `yaml:"main"`
		Config  yaml.Node `yaml:"config"`
	}
	src := t.Read(file)
	if err := yaml.Unmarshal(src, &p); err != nil {
		return project{file: file, gap: "is no valid YAML"}
	}
	found := readEntry(t, file, p.Runtime, p.Main)
	found.name, found.config = p.Name, declaredConfig(file, &p.Config)
	return found
}

// readEntry finds the entry point that the project file names.
func readEntry(t *tree.Tree, file string, node yaml.Node, main string) project {
	runtime := node.Value
	var options struct {
		Name string `yaml:"name"`
	}
	if runtime == "" && node.Decode(&options) == nil {
		runtime = options.Name
	}
	language, known := runtimes[runtime]
	switch {
	case runtime == "yaml" || runtime == "hcl":
		return project{} // all there is to such a program is in the graph
	case runtime == "":
		return project{file: file, gap: "names no runtime"}
	case !known:
		return project{file: file, gap: "names the runtime " + runtime + ", whose source is not read here"}
	}
	at := path.Clean(strings.ReplaceAll(main, `\`, "/"))
	if strings.HasPrefix(at, "/") || strings.HasPrefix(at, "..") {
		return project{file: file, gap: "names a main outside the program's folder, which is not read"}
	}
	entry := entryPoint(t, language, at)
	if entry == nil {
		return project{file: file, gap: "names a program whose entry point was not found"}
	}
	return project{language: language, entry: entry}
}

// entryPoint is where a program in that language starts: at is its folder, or
// the file itself. It is nil when there is none.
func entryPoint(t *tree.Tree, language fact.Language, at string) []string {
	if t.Has(at) {
		if language == fact.Go {
			return []string{path.Dir(at)}
		}
		return []string{at}
	}
	switch language {
	case fact.Go:
		for _, file := range t.Files() {
			if path.Ext(file) == ".go" && path.Dir(file) == at && !isTest(file) && isMain(t.Read(file)) {
				return []string{at}
			}
		}
	case fact.Python:
		if file := path.Join(at, "__main__.py"); t.Has(file) {
			return []string{file}
		}
	case fact.TypeScript:
		return nodeEntry(t, at)
	}
	return nil
}

// isMain says that a Go file begins package main.
func isMain(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "package "); ok {
			return strings.Fields(name + " ")[0] == "main"
		}
	}
	return false
}

// nodeEntry is what Node.js runs of a folder: the file that package.json names
// as main, or the index. A main in a folder of compiled files stands for the
// index beside it.
func nodeEntry(t *tree.Tree, at string) []string {
	var manifest struct {
		Main string `json:"main"`
	}
	if t.Exists(path.Join(at, "package.json")) {
		_ = json.Unmarshal(t.Read(path.Join(at, "package.json")), &manifest) // Node.js would refuse it
	}
	names := []string{}
	if manifest.Main != "" && !strings.HasPrefix(path.Clean(manifest.Main), "..") {
		main := path.Join(at, manifest.Main)
		top, _, inFolder := strings.Cut(path.Clean(manifest.Main), "/")
		if !inFolder || !slices.Contains([]string{"bin", "build", "dist", "lib", "out"}, top) {
			names = append(names, main)
		}
		names = append(names, path.Join(at, "index.ts"), main)
	}
	names = append(names, path.Join(at, "index"))
	for _, name := range names {
		for _, ending := range []string{"", ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"} {
			if t.Has(name + ending) {
				return []string{name + ending}
			}
		}
	}
	return nil
}
