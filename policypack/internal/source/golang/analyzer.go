package golang

import (
	"fmt"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// Analyzer finds the facts of one package, for drivers of go/analysis such as `go vet -vettool`. Its result is a
// *fact.Facts, in which files have the driver's names for them. Tests are left out.
var Analyzer = &analysis.Analyzer{
	Name:             "pipeguardfacts",
	Doc:              "find the calls that the rules of pipeguard judge, and what they pass",
	URL:              "https://github.com/pipeguard/pipeguard",
	Run:              run,
	RunDespiteErrors: true,
	ResultType:       reflect.TypeFor[*fact.Facts](),
}

func run(pass *analysis.Pass) (any, error) {
	u := &unit{pkg: pass.Pkg}
	for _, f := range pass.Files {
		name := pass.Fset.File(f.FileStart).Name()
		// Files that cgo and other tools generate have names without this extension.
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := pass.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading a file of the package: %w", err)
		}
		u.files = append(u.files, &file{name: name, src: src, syntax: f})
	}
	facts := extract(nil, pass.Fset, pass.TypesInfo, []*unit{u}, false)
	return &facts, nil
}
