// Package golang is a stand-in.
package golang

import (
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var Endings = []string{".go"}

func Read(t *tree.Tree, r fact.Request) fact.Facts { return fact.Facts{} }

func Handlers(t *tree.Tree) []string { return nil }
