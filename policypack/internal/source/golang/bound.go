package golang

import (
	"go/ast"
)

// maxConstant is the size, in bytes, of the longest string that constants may add up to.
const maxConstant = 1 << 20

// dropHugeConstants leaves out files whose constants are built from one another so that they double at each step: the
// type checker would compute them. Constants are identified by name alone, which is enough for an upper bound.
func (l *loader) dropHugeConstants() {
	b := bounds{values: map[string][]ast.Expr{}, sizes: map[string]int{}}
	for _, f := range l.parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.ValueSpec); ok {
				for i, name := range s.Names {
					if i < len(s.Values) {
						b.values[name.Name] = append(b.values[name.Name], s.Values[i])
					}
				}
			}
			return true
		})
	}
	for name, f := range l.parsed {
		huge := false
		ast.Inspect(f, func(n ast.Node) bool {
			if e, ok := n.(*ast.BinaryExpr); ok && !huge {
				huge = b.size(e) > maxConstant
				return false // the size is of all below
			}
			return !huge
		})
		if huge {
			l.tree.Gap(name, "could not be read: its constants are too large")
			delete(l.parsed, name)
		}
	}
}

// bounds computes how long the string value of a constant can be.
type bounds struct {
	values map[string][]ast.Expr
	sizes  map[string]int
}

// size returns an upper bound on the length of the string e, if it is a constant.
func (b *bounds) size(e ast.Expr) int {
	total := 0
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			total += len(n.Value)
		case *ast.Ident:
			total += b.named(n.Name)
		case *ast.FuncLit:
			return false
		}
		total = min(total, maxConstant+1)
		return true
	})
	return total
}

func (b *bounds) named(name string) int {
	if size, ok := b.sizes[name]; ok {
		return size
	}
	b.sizes[name] = 0 // also for a constant made of itself, which is an error
	largest := 0
	for _, e := range b.values[name] {
		largest = max(largest, b.size(e))
	}
	b.sizes[name] = largest
	return largest
}
