package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// YAMLPositions returns where the YAML program in dir declares its resources, by
// their names in the stack: the YAML host itself reports a place in its own source
// for each. Files are relative to the folder of the project file. dir is that
// folder or the one that the program runs in; see Locate.
func YAMLPositions(dir string) (map[string]yamlprogram.Resource, []finding.Failure) {
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
		return program.Resources, failures
	}
	return nil, []finding.Failure{{Message: fmt.Sprintf("reading the YAML program: there is no Main.yaml and no Pulumi.yaml in %s", work)}}
}
