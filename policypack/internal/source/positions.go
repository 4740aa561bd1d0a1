package source

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// YAMLProgram reads the YAML program in dir, including the locations of its resources: for each of them, the YAML host
// reports a place in its own source instead. Files are relative to the folder of the project file. dir is that folder
// or the one that the program runs in; see Locate. The program is returned even if there are failures.
func YAMLProgram(dir string) (*yamlprogram.Program, []finding.Failure) {
	root, work := Locate(dir)
	for _, name := range []string{"Main.json", "Main.yaml", "Pulumi.yaml"} {
		file := filepath.Join(work, name)
		src, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		shown := name
		if rel, err := filepath.Rel(root, file); err == nil && !strings.HasPrefix(rel, "..") {
			shown = filepath.ToSlash(rel)
		}
		program := yamlprogram.Parse(shown, src)
		var failures []finding.Failure
		for _, e := range program.Errors {
			failures = append(failures, finding.Failure{Message: e.Text, Location: e.Location})
		}
		return program, failures
	}
	return &yamlprogram.Program{}, []finding.Failure{{Message: fmt.Sprintf("reading the YAML program: there is no Main.yaml and no Pulumi.yaml in %s", work)}}
}

// Declaration identifies a resource that a program declares by its type token.
type Declaration struct{ Type, Name string }

// DeclaredByType returns where the Python program in dir declares resources by type and name, with
// pulumi.CustomResource or a class that inherits its constructor: the SDK does not report their locations to the
// engine. Resources that are declared twice or under a computed name are left out.
func DeclaredByType(dir string) map[Declaration]finding.Location {
	places := map[Declaration]finding.Location{}
	twice := map[Declaration]bool{}
	for _, call := range NewAside(dir, "CustomResource").Program().Calls {
		token, _ := call.Arg("t", 0)
		name, _ := call.Arg("name", 1)
		typ, known := token.Literal()
		text, named := name.Literal()
		if !known || !named || strings.Count(typ, ":") != 2 {
			continue
		}
		d := Declaration{typ, text}
		twice[d] = twice[d] || places[d].File != ""
		places[d] = call.Location
	}
	maps.DeleteFunc(places, func(d Declaration, _ finding.Location) bool { return twice[d] })
	return places
}
