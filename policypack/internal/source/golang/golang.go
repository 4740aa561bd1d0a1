// Package golang reads Go source: the calls of a program or of a handler, and
// what they pass.
//
// Analyzer does so for a package that a driver of go/analysis has type-checked.
// Read is a driver of its own that is quick, needs no go command, and reads
// nothing but the program's folder: packages from elsewhere are stubs of a few
// well-known ones, or empty, so that less is known of types but not of names.
package golang

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are those of the files that this package reads.
var Endings = []string{".go"}

// Read finds the facts of the packages in r.Entry, which are folders of the
// tree, and of those that they import within the tree. As a Fragment each file
// is judged by itself. An entry may also be a single file.
//
// A package counts as it is built for Linux on x86-64, without tests. What
// could not be read is in the tree's Gaps.
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

// lambdaModule is what a handler in Go imports.
const lambdaModule = "github.com/aws/aws-lambda-go/lambda"

// Handlers returns the subfolders of the tree that hold a Lambda handler: a package
// main that imports the library of Lambda.
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
