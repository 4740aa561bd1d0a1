// Package golang reads Go source: the calls of a program or of a handler, and their arguments.
//
// Analyzer does so for a package that a go/analysis driver has type-checked. Read is a fast driver of its own that
// needs no go command and reads only the program's folder: packages from elsewhere are stubs of a few well-known ones,
// or empty, so that less is known about types but not about names.
package golang

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are the extensions of the files that this package reads.
var Endings = []string{".go"}

// Read returns the facts of the packages in r.Entry, which are folders of the tree, and of the packages in the tree
// that they import. For a Fragment, each file is read in isolation. An entry may also be a single file.
//
// Packages are read as they are built for Linux on x86-64, without tests. The tree's Gaps list what could not be read.
func Read(t *tree.Tree, r fact.Request) fact.Facts {
	l := newLoader(t, r)
	if r.Fragment {
		l.fragments()
	} else {
		l.program()
	}
	facts := extract(t, l.fset, l.info, l.units, true)
	if r.Errors {
		facts.Broken = l.broken()
	}
	return facts
}

func (l *loader) program() {
	l.want()
	dirs := slices.Sorted(maps.Keys(l.wanted))
	for _, dir := range dirs {
		l.choose(dir)
	}
	l.dropHugeConstants()
	for _, dir := range dirs {
		l.check(dir)
	}
}

// lambdaModule is the module that a handler in Go imports.
const lambdaModule = "github.com/aws/aws-lambda-go/lambda"

// Handlers returns the subfolders of the tree that contain a Lambda handler: a package main that imports Lambda's
// library.
func Handlers(t *tree.Tree) []string {
	l := newLoader(t, fact.Request{Keywords: []string{lambdaModule}})
	var dirs []string
	for _, name := range t.Files() {
		dir := path.Dir(name)
		if dir == "." || !strings.HasSuffix(name, ".go") || slices.Contains(dirs, dir) {
			continue
		}
		if h := l.header(name); h != nil && h.pkg == "main" && slices.Contains(h.imports, lambdaModule) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}
