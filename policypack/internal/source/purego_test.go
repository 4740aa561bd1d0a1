//go:build !cgo

package source_test

// treeSitter reports whether the build has tree-sitter itself, see package syntax.
const treeSitter = false
