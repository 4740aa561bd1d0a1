// Package form is the one form that source in every language is lowered into: a
// handful of kinds of expressions and statements, with their places.
//
// A front end parses a file and makes a File of it. It says what the source does, not
// how its language spells it: an arrow function is a Function, `x ?? y` a Binary "or",
// `with f() as g` an Assign. Package eval resolves the names of a File and finds the
// values of its expressions.
package form

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds there are, with what their fields hold.
const (
	// Opaque is an expression or statement that is not followed; List is what is
	// within it.
	Opaque Kind = iota
	// Literal is a value that is written out: Value.
	Literal
	// Name is a use of a name: Text.
	Name
	// Member is X.Text.
	Member
	// Index is X[Y].
	Index
	// Call is a call of X with the arguments List.
	Call
	// Keyword is an argument with a name: Text=X.
	Keyword
	// Spread is the elements of X, in arguments or in a List or Map; Text is "**"
	// where they have names.
	Spread
	// Function is a function, declared or a literal: its parameters are List and its
	// body X, a Block or the expression that it returns. Text is its name.
	Function
	// Param is a parameter Text with the default X. Its Op is "*" for the rest of the
	// arguments, "**" for the rest of those with names, "self" for the instance and
	// "class" for the class that a method is called on.
	Param
	// Class is a class Text that extends Y, with the body X.
	Class
	// List is a list of List.
	List
	// Map is an object of Pair and Spread.
	Map
	// Pair is an entry of a Map: X is the key, Y the value.
	Pair
	// Template is the text that the parts List make.
	Template
	// Conditional is Y or else Z, by the condition X.
	Conditional
	// Binary is X Op Y. Op is "or", "??" and "and" where Y may not be looked at.
	Binary
	// Cast is X, said to be of a Type.
	Cast
	// Each is a list, or of Pairs a map, of elements that are all made like X.
	Each
	// Pointer is the address of X where Op is "&", and what X points to where it is
	// "*".
	Pointer
	// This is the instance that a method is called on, and Super the same as an
	// instance of the class that its class extends.
	This
	Super
	// Type is the name of a type, made of List and joined by Text; see eval.
	Type
	// Assign sets the Targets List to Y. Op is "=", "+=" and the like, "zero" for a
	// declaration without a value, and ":" for that of a type alone. Without Y the
	// value is not known, as that of a loop's variable.
	Assign
	// Target is what is set: the Name, Member or Index X, to the part of the value
	// that Path leads to, or to the default Y.
	Target
	// Import binds the name Text to what Import names; it also is an expression.
	Import
	// Return returns X.
	Return
	// Block is the statements List.
	Block
	// Loop iterates over X, with the rest of it in List.
	Loop
	// Delete deletes the elements List.
	Delete
	// Outer declares that Names of List belong to a function or file around.
	Outer
)

// Node is an expression or a statement.
type Node struct {
	Kind    Kind
	Text    string
	Op      string
	X, Y, Z *Node
	List    []*Node
	Value   *fact.Value
	// Type is the declared type of a Param, a Target or a Cast, and that of what a
	// Function returns.
	Type   *Node
	Path   []string
	Import *ImportOf

	// Start and End are byte offsets; Line and Column count from 1, in bytes.
	Start, End   int
	Line, Column int
	Parent       *Node
	File         *File

	// Maybe says that the node may not run when what is around it does, Repeats that
	// it may run many times, and Dead that it never runs.
	Maybe, Repeats, Dead bool
	// Scoped says that the names declared in a Block belong to it; Declares how an
	// Assign declares its names.
	Scoped   bool
	Declares Declares
	// Declared says that a Function or Class declares its name, Arrow that "this" in
	// a Function is that of what is around it, and Static that its "this" is the
	// class. Generator says that a call of it returns no value of a Return, and
	// Exposed that the program does not show all of its callers.
	Declared, Arrow, Static, Generator, Exposed bool
	// Checked says that a compiler checked the entries of a Map, and Loose that a
	// Type allows any. Exports says that an Assign or Import makes an export.
	Checked, Loose, Exports bool
	// Decorators are the expressions that decorate a Function or Class, which stand
	// before it.
	Decorators []*Node
	// Full is the full name of what a Name, Member or Function is, and of the type of
	// a Map that counts as a call of it, where the front end knows it.
	Full string
	// Binding is what a Name or Member refers to: the front end sets it where it
	// knows better than the scopes tell.
	Binding *Binding
	// Scope holds the names that are declared in the node.
	Scope *Scope
	// Syntax is the front end's own node.
	Syntax any
}

// Declares is how an Assign declares names.
type Declares uint8

const (
	// Nothing is declared: the names are declared elsewhere.
	Nothing Declares = iota
	// InBlock declares them in the Block around.
	InBlock
	// InFunction declares them in the function around.
	InFunction
)

// ImportOf is what an Import names.
type ImportOf struct {
	// Module is the module as the source names it.
	Module string
	// Member is the name that is imported from it; empty for the module, and "*" for
	// all of them.
	Member string
	// Outermost says that the package that holds the module is bound, not the module.
	Outermost bool
	// Types says that the program does not run it.
	Types bool
}

// File is a file.
type File struct {
	Name string
	Src  []byte
	Root *Node
	// Scope are the names of the file, Exports those that it exports, which may be
	// the same.
	Scope, Exports *Scope
	// Stars are the modules all of whose names it exports.
	Stars []string
	// Comments are those that speak to pipeguard.
	Comments []fact.Comment
	// Broken is the first place that cannot be parsed, or nil.
	Broken *fact.ParseError
	// Bare says that it imports nothing.
	Bare bool
	// Checked says that a compiler checks its types.
	Checked bool

	// What package eval found in it.
	Calls   []*Node
	Names   []*Node
	Imports []*Node
	Scopes  []*Scope
	// Indexed says that its calls are among those that parameters are found by.
	Indexed bool
	lines   []int
}

// Scope holds the names of a file, a function, a class or a block.
type Scope struct {
	Node   *Node
	File   *File
	Parent *Scope
	Names  map[string]*Binding
	// Members are what methods set of the instance.
	Members map[string]*Binding
	Stars   []string
	// Full is the name of a function or class, with its file's in front, Name without.
	Full, Name string
	Params     []*Def
	Returns    []*Node
	Yields     bool
	Outer      map[string]bool
}

// Binding is a name in its scope.
type Binding struct {
	Name  string
	Scope *Scope
	Defs  []*Def
	// Refs are the places that use it.
	Refs []*Node
	// Marks are what happens to its value; see package eval.
	Marks  []Mark
	Marked bool
}

// Def is one place that binds a name.
type Def struct {
	// Node is the Assign, Param, Import, Function or Class.
	Node *Node
	// At is the offset from which it holds.
	At int
	// Value is what the name is set to, Path the way to its part, and Default what it
	// is without one.
	Value   *Node
	Path    []string
	Default *Node
	Type    *Node
	Scope   *Scope
	Dead    bool
}

// Mark is something that happens to the value of a name: a method is called on it,
// it is passed to a call, or part of it is set.
type Mark struct {
	Node   *Node
	Method string
	Call   *Node
	// Set is the Target of a part, and Deep says that a part of a part changes.
	Set  *Node
	Deep bool
	// Address says that its address is taken.
	Address bool
}

// Children calls visit for the nodes below a node.
func (n *Node) Children(visit func(*Node)) {
	for _, c := range [...]*Node{n.X, n.Y, n.Z} {
		if c != nil {
			visit(c)
		}
	}
	for _, c := range n.List {
		visit(c)
	}
}

// Within reports whether a node is another or below it.
func (n *Node) Within(other *Node) bool {
	for ; n != nil; n = n.Parent {
		if n == other {
			return true
		}
	}
	return false
}

// Link sets the parents and the file of what is below the root.
func (f *File) Link() {
	var link func(n *Node)
	link = func(n *Node) {
		n.File = f
		if n.Type != nil {
			n.Type.Parent = n
			link(n.Type)
		}
		n.Children(func(c *Node) {
			c.Parent = n
			link(c)
		})
	}
	link(f.Root)
}

// Location returns where a node starts.
func (n *Node) Location() finding.Location {
	return finding.Location{File: n.File.Name, Line: n.Line, Column: n.Column}
}

// LineAt returns the line of an offset.
func (f *File) LineAt(offset int) int {
	f.count()
	line, found := slices.BinarySearch(f.lines, offset)
	if found {
		line++
	}
	return line
}

// Offset returns where a line begins.
func (f *File) Offset(line int) int {
	f.count()
	return f.lines[min(max(line, 1), len(f.lines))-1]
}

func (f *File) count() {
	if f.lines == nil {
		f.lines = []int{0}
		for i, c := range f.Src {
			if c == '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
	}
}

// maxLine is how much of a line is looked at for a snippet, in bytes.
const maxLine = 1000

// Snippet returns a line of the file as facts show it.
func (f *File) Snippet(line int) string {
	f.count()
	if line < 1 || line > len(f.lines) {
		return ""
	}
	start := f.lines[line-1]
	return tree.Snippet(f.Src[start:min(start+maxLine, len(f.Src))], 1)
}
