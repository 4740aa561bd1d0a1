package source

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// project describes where a Pulumi program starts.
type project struct {
	language fact.Language
	// entry holds the files of the entry point, or its folder for Go.
	entry []string
	// name is the name of the project.
	name string
	// config is the configuration that the project file declares without a value.
	config []ConfigKey
	// fragments reports whether the folder holds fragments of programs rather than a program.
	fragments bool
	// broken is the place where the project file cannot be parsed.
	broken *fact.ParseError
	// gap is the reason why the entry point could not be determined; file is the file that it concerns.
	file, gap string
}

// findProject reads the project file as Pulumi does (https://www.pulumi.com/docs/iac/concepts/projects/project-file/).
// Without one, a file with the usual name of an entry point counts as the program.
func findProject(t *tree.Tree) project {
	for _, file := range projectFiles {
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

// runtimes maps Pulumi's names of runtimes to the languages that are read here.
var runtimes = map[string]fact.Language{
	"go": fact.Go, "python": fact.Python, "nodejs": fact.TypeScript, "bun": fact.TypeScript, "yaml": fact.YAML,
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
		broken := yamlprogram.Invalid(file, err)
		return project{file: file, gap: "is no valid YAML", broken: &broken}
	}
	found := readEntry(t, file, p.Runtime, p.Main)
	found.name, found.config = p.Name, declaredConfig(file, &p.Config)
	if found.language == fact.YAML {
		// Its program may declare more configuration, in a separate file or under an older name.
		program := yamlprogram.Parse(found.entry[0], t.Read(found.entry[0]))
		if program.Config != nil {
			found.config = declaredConfig(found.entry[0], program.Config)
		}
	}
	return found
}

// readEntry reads the entry point that the project file names.
func readEntry(t *tree.Tree, file string, node yaml.Node, main string) project {
	runtime := node.Value
	var options struct {
		Name    string `yaml:"name"`
		Options struct {
			Compiler string `yaml:"compiler"`
		} `yaml:"options"`
	}
	if runtime == "" && node.Decode(&options) == nil {
		runtime = options.Name
	}
	language, known := runtimes[runtime]
	switch {
	case runtime == "hcl":
		return project{} // all there is to such a program is in the graph
	case options.Options.Compiler != "":
		return project{file: file, gap: "has its program made by " + options.Options.Compiler + ", whose source is not read here"}
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

// entryPoint returns the files in which a program in a language starts: at is the program's folder or the file itself.
// It returns nil if there is no entry point.
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
	case fact.YAML:
		if file := yamlprogram.Entry(t, at); file != "" {
			return []string{file}
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

// isMain reports whether a Go file belongs to package main.
func isMain(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "package "); ok {
			return strings.Fields(name + " ")[0] == "main"
		}
	}
	return false
}

// nodeEntry returns the file that Node.js runs for a folder: the one that package.json names as main, or the index. A
// main in a folder of compiled files stands for the index beside that folder.
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
