// Package python is a stand-in.
package python

import (
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var Endings = []string{".py"}

func Read(t *tree.Tree, r fact.Request) fact.Facts { return fact.Facts{} }

func Handlers(t *tree.Tree) []string { return nil }
