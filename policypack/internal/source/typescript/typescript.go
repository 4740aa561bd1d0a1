// Package typescript is a stand-in.
package typescript

import (
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var Endings = []string{".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"}

func Read(t *tree.Tree, r fact.Request) fact.Facts { return fact.Facts{} }

func Handlers(t *tree.Tree) []string { return nil }
