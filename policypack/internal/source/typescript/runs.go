package typescript

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// inBranch reports whether a node may not run when the function that holds it
// does, or the file.
func (f *file) inBranch(n *syntax.Node) bool {
	for p := n.Parent; p != nil; n, p = p, p.Parent {
		switch p.Kind {
		case "if_statement", "while_statement", "ternary_expression":
			if n.Field != "condition" {
				return true
			}
		case "for_statement":
			if n.Field != "initializer" && n.Field != "condition" {
				return true
			}
		case "for_in_statement":
			if n.Field != "right" {
				return true
			}
		case "switch_case", "switch_default", "catch_clause":
			return true
		case "try_statement":
			// What fails in the body is handled: the program can do without it.
			if n.Field == "body" && p.Child("handler") != nil {
				return true
			}
		case "binary_expression":
			switch p.Child("operator").Text(f.src) {
			case "&&", "||", "??":
				if n.Field == "right" {
					return true
				}
			}
		}
		// A function without a name runs as part of what holds it only when it is
		// called where it stands.
		switch {
		case !isFunction(p) || calledInPlace(p):
		default:
			return f.fullName(p) == ""
		}
	}
	return false
}

// calledInPlace reports whether a function is called where it stands, as
// (() => {…})().
func calledInPlace(function *syntax.Node) bool {
	up := function.Parent
	for up != nil && up.Kind == "parenthesized_expression" {
		function, up = up, up.Parent
	}
	return up != nil && up.Kind == "call_expression" && function.Field == "function"
}

// lastLine returns the last line of a call; 0 when it holds a function of several
// lines, whose code is not the call's own.
func (f *file) lastLine(call *syntax.Node) int {
	if f.holders == nil {
		f.holders = map[*syntax.Node]bool{}
		f.root.Walk(func(n *syntax.Node) bool {
			if isFunction(n) && f.lineAt(n.End) > n.Line {
				for p := n.Parent; p != nil && !f.holders[p]; p = p.Parent {
					f.holders[p] = true
				}
			}
			return true
		})
	}
	if f.holders[call] {
		return 0
	}
	return f.lineAt(call.End)
}

// lineAt returns the line of an offset.
func (f *file) lineAt(offset int) int {
	line, found := slices.BinarySearch(f.lines, offset)
	if found {
		line++
	}
	return line
}
