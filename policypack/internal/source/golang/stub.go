package golang

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"sync"

	"golang.org/x/tools/txtar"
)

//go:embed stubs.txtar
var stubSource []byte

// stubs returns the packages of stubs.txtar, which are type-checked once: they are the same for all programs and never
// change.
var stubs = sync.OnceValues(func() (map[string]*types.Package, error) {
	s := stubImporter{files: map[string][]byte{}, packages: map[string]*types.Package{}}
	for _, f := range txtar.Parse(stubSource).Files {
		s.files[f.Name] = f.Data
	}
	for path := range s.files {
		if _, err := s.Import(path); err != nil {
			return nil, err
		}
	}
	return s.packages, nil
})

// stub returns the stub of a package, or nil if there is none.
func stub(importPath string) *types.Package {
	packages, err := stubs()
	if err != nil {
		return nil // a test holds that there is none
	}
	return packages[importPath]
}

type stubImporter struct {
	files    map[string][]byte
	packages map[string]*types.Package
}

// Import implements types.Importer.
func (s stubImporter) Import(path string) (*types.Package, error) {
	if pkg := s.packages[path]; pkg != nil {
		return pkg, nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, s.files[path], parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parsing a stub: %w", err)
	}
	config := types.Config{Importer: s, IgnoreFuncBodies: true}
	pkg, err := config.Check(path, fset, []*ast.File{f}, nil)
	if err != nil {
		return nil, fmt.Errorf("type-checking a stub: %w", err)
	}
	s.packages[path] = pkg
	return pkg, nil
}
