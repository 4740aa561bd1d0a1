// Package form is the common form that source in every language is lowered to: a handful of kinds of expressions and
// statements, with their positions.
//
// A front end parses a file and converts it to a File, which represents what the source does rather than how its
// language spells it: an arrow function is a Function, `x ?? y` a Binary "or", `with f() as g` an Assign. Package eval
// resolves the names of a File and finds the values of its expressions.
package form

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of nodes, with the meaning of their fields.
const (
	// Opaque is an expression or statement that is not evaluated; List holds what it contains.
	Opaque Kind = iota
	// Literal is the literal value Value.
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
	// Spread is the spread elements of X, in arguments or in a List or Map; Text is "**" if they have names.
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
	// Conditional is Y if the condition X holds, otherwise Z.
	Conditional
	// Binary is X Op Y. Op is "or", "??" or "and" if Y may not be evaluated.
	Binary
	// Cast is X cast to a Type.
	Cast
	// Each is a list (or, of Pairs, a map) whose elements are all created like X.
	Each
	// Pointer is the address of X if Op is "&", and what X points to if it is "*".
	Pointer
	// This is the instance that a method is called on, and Super is the same instance seen as one of the superclass.
	This
	Super
	// Type is the name of a type: the parts List joined by Text; see package eval.
	Type
	// Assign sets the Targets List to Y. Op is "=", "+=" and the like, "zero" for a declaration without a value, and
	// ":" for that of a type alone. Without Y the value is unknown, like that of a loop variable.
	Assign
	// Target is the target of an assignment: the Name, Member or Index X, which is set to the part of the value at
	// Path, or to the default Y.
	Target
	// Import binds the name Text to what Import refers to; it is also an expression.
	Import
	// Return returns X.
	Return
	// Block is the statements List.
	Block
	// Loop iterates over X; List holds the rest of the loop.
	Loop
	// Delete deletes the elements List.
	Delete
	// Outer declares that the Names in List belong to an enclosing function or the file.
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

	// Maybe is set if the node may not run when the code around it does, Repeats if it may run many times, and Dead if
	// it never runs.
	Maybe, Repeats, Dead bool
	// Scoped is set if the names declared in a Block belong to it. Declares is how an Assign declares its names.
	Scoped   bool
	Declares Declares
	// Declared is set if a Function or Class declares its name, Arrow if "this" in a Function is that of the enclosing
	// code, Static if its "this" is the class, Generator if calling it does not return the value of a Return, and
	// Exposed if the program does not show all of its callers.
	Declared, Arrow, Static, Generator, Exposed bool
	// Checked is set if a compiler checked the entries of a Map, Loose if a Type allows any entries, and Exports if an
	// Assign or Import creates an export.
	Checked, Loose, Exports bool
	// Decorators are the expressions that decorate a Function or Class.
	Decorators []*Node
	// Full is the full name of what a Name, Member or Function refers to, or of the type of a Map that counts as a
	// constructor call, if the front end knows it.
	Full string
	// Binding is what a Name or Member refers to. The front end sets it if it knows more than the scopes show.
	Binding *Binding
	// Scope holds the names that are declared in the node.
	Scope *Scope
	// Syntax is the front end's own node.
	Syntax any
}

// Declares specifies how an Assign declares names.
type Declares uint8

const (
	// Nothing is declared: the names are declared elsewhere.
	Nothing Declares = iota
	// InBlock declares them in the enclosing Block.
	InBlock
	// InFunction declares them in the enclosing function.
	InFunction
)

// ImportOf is what an Import refers to.
type ImportOf struct {
	// Module is the module's name in the source.
	Module string
	// Member is the name that is imported from the module; empty for the module itself, and "*" for all names.
	Member string
	// Outermost is set if the name is bound to the outermost package of the module rather than to the module.
	Outermost bool
	// Types is set for an import of types only, which does not run the module.
	Types bool
}

// File is the form of a file.
type File struct {
	Name string
	Src  []byte
	Root *Node
	// Scope holds the names of the file, and Exports those that it exports, which may be the same.
	Scope, Exports *Scope
	// Stars lists the modules all of whose names it re-exports.
	Stars []string
	// Comments holds the comments that are addressed to pipeguard.
	Comments []fact.Comment
	// Broken is the first syntax error, or nil.
	Broken *fact.ParseError
	// Bare reports whether it imports nothing.
	Bare bool
	// Checked reports whether a compiler checks its types.
	Checked bool

	// Results of package eval.
	Calls   []*Node
	Names   []*Node
	Imports []*Node
	Scopes  []*Scope
	// Indexed reports whether its calls have been indexed to find the values of parameters.
	Indexed bool
	lines   []int
}

// Scope holds the names of a file, a function, a class or a block.
type Scope struct {
	Node   *Node
	File   *File
	Parent *Scope
	Names  map[string]*Binding
	// Members holds the members that methods set on the instance.
	Members map[string]*Binding
	Stars   []string
	// Full is the name of a function or class qualified with its file, and Name the name alone.
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
	// Refs holds the uses of the name.
	Refs []*Node
	// Marks lists what happens to its value; see package eval.
	Marks  []Mark
	Marked bool
}

// Def is one definition of a name.
type Def struct {
	// Node is the Assign, Param, Import, Function or Class.
	Node *Node
	// At is the offset from which it is in effect.
	At int
	// Value is the value that is assigned, Path leads to the part of it that the name gets, and Default is used if
	// there is no such part.
	Value   *Node
	Path    []string
	Default *Node
	Type    *Node
	Scope   *Scope
	Dead    bool
}

// Mark is something that happens to the value of a name: a method is called on it, it is passed to a call, or a part of
// it is set.
type Mark struct {
	Node   *Node
	Method string
	Call   *Node
	// Set is the Target that sets a part, and Deep is set if a part of a part changes.
	Set  *Node
	Deep bool
	// Address is set if the address of the value is taken.
	Address bool
}

// Children calls visit for the child nodes of a node.
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

// Within reports whether a node is another one or one of its descendants.
func (n *Node) Within(other *Node) bool {
	for ; n != nil; n = n.Parent {
		if n == other {
			return true
		}
	}
	return false
}

// Link sets the parent and the file of every node below the root.
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

// maxLine bounds how much of a line is searched for a snippet, in bytes.
const maxLine = 1000

// Snippet returns a line of the file in the form that facts use.
func (f *File) Snippet(line int) string {
	f.count()
	if line < 1 || line > len(f.lines) {
		return ""
	}
	start := f.lines[line-1]
	return tree.Snippet(f.Src[start:min(start+maxLine, len(f.Src))], 1)
}
