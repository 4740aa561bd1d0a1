// Package fact holds what a source file says, in one form for every language:
// which functions it calls, and with what. The language packages find the facts,
// and rules judge them.
package fact

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Language is the language of a file.
type Language string

// The languages there are. TypeScript stands for JavaScript too.
const (
	Go         Language = "go"
	Python     Language = "python"
	TypeScript Language = "typescript"
	YAML       Language = "yaml"
)

// Call is one call in a file: of a function, a method or a constructor.
type Call struct {
	Language Language
	// Location is where the call starts. File is relative to the program's
	// folder, with slashes.
	Location finding.Location
	// Snippet is the line at Location, trimmed and at most 200 bytes long.
	Snippet string
	// Func is the function's full name, with import aliases resolved:
	// "subprocess.run", "pulumi_aws.s3.Bucket", "os/exec.Command",
	// "child_process.execSync", "@pulumi/aws.s3.Bucket". A method is named
	// after what its receiver was made by: "boto3.client().put_object",
	// "io.BytesIO().getvalue"; of a receiver whose maker is not known only
	// the name counts: "?.put_object". A method of a Go type is named
	// "(*github.com/aws/aws-sdk-go-v2/service/s3.Client).PutObject". A
	// function of the program itself is named after its file:
	// "lib/build.py:make". A resource or an invoke of a YAML program is named by
	// its token, as "aws:s3:Bucket".
	Func string
	// Args are the arguments, receivers not among them.
	Args []Arg
	// Receiver is the call that made what a method is called on; nil when that is
	// not known.
	Receiver *Call
	// In is the function of the program that holds the call, named as Func
	// names it; empty at the top level of a file.
	In string
	// Branch reports whether the call may not run when In does, or the file at the
	// top level: it stands in a branch, a loop, a try or a nested function.
	Branch bool
	// Uncalled reports whether nothing in the program mentions the function that
	// holds the call, so that it never runs.
	Uncalled bool
	// End is the last line of the call; 0 when a function literal makes it span
	// code that is not its own.
	End int
}

// Arg is an argument of a call. Name is its keyword in Python, and empty where
// arguments have no names.
type Arg struct {
	Name  string
	Value Value
}

// Arg is the value of the argument with that name, or else at that position
// (counting unnamed arguments from 0; -1 for none). The bool says that it is
// given.
func (c *Call) Arg(name string, position int) (Value, bool) {
	for _, a := range c.Args {
		if name != "" && a.Name == name {
			return a.Value, true
		}
	}
	for _, a := range c.Args {
		if a.Name != "" {
			continue
		}
		if position == 0 {
			return a.Value, true
		}
		position--
	}
	return Value{}, false
}

// Method is the last part of the function's name: "run" of "subprocess.run".
func (c *Call) Method() string { return c.Func[strings.LastIndexAny(c.Func, ".:")+1:] }

// Kind is what is known of a value.
type Kind int

// The kinds there are.
const (
	// Unknown: nothing but perhaps the type is known.
	Unknown Kind = iota
	// Text is a string, perhaps with holes.
	Text
	// Bytes is a bytes literal, or another value that is bytes for certain.
	Bytes
	// Scalar is a number, a boolean or null; Text holds its source.
	Scalar
	// List is a list, a tuple or a slice.
	List
	// Dict is a dict literal, a Go map or struct literal, or an object literal.
	Dict
	// Result is what a call returned or constructed.
	Result
	// Closure is a function: a literal, or one named.
	Closure
)

// Hole stands in a Text for a part that is not known.
const Hole = "\uFFFC"

// Value is what is known of an expression. Variables that are assigned once are
// followed to their value.
type Value struct {
	Kind Kind
	// Text is the text of a Text, with Hole for each part that is not known;
	// of a Scalar its source; of a Closure the function's name, where it has one
	// and that is known.
	Text string
	// Items are the elements of a List.
	Items []Value
	// Open says that a List or Dict has further elements that are not known.
	Open bool
	// Fields are the entries of a Dict, in the order of the source. A key that
	// is not known is Hole.
	Fields []Field
	// Call is what made a Result.
	Call *Call
	// Type is the type, where the source tells one: of the annotation in Python
	// and TypeScript ("pulumi_aws.s3.BucketNotificationLambdaFunctionArgsDict",
	// "any"), of the value in Go ("*bytes.Buffer", "io.Reader"). Names are full,
	// as in Call.Func.
	Type string
	// Seeks says that the type is known to have a Seek method, as only Go tells.
	Seeks bool
	// Checked says that a compiler or a type checker knows which fields a Dict
	// may have, and so would have refused a wrong one.
	Checked bool
	// Uses are what happened to the value between its making and this use of it,
	// in order: the names of methods called on it (".seek"), and the functions
	// it was passed to ("PIL.Image.open().save"). Something that may not have
	// happened, as in a branch, counts.
	Uses []string
	// Location is where the value is made.
	Location finding.Location
}

// Field is an entry of a Dict.
type Field struct {
	Key   string
	Value Value
}

// Members returns the entries of an object, or the keywords it was constructed with.
func (v Value) Members() []Field {
	if v.Kind != Result || v.Call == nil {
		return v.Fields
	}
	var fields []Field
	for _, a := range v.Call.Args {
		if a.Name != "" {
			fields = append(fields, Field{Key: a.Name, Value: a.Value})
		}
	}
	return fields
}

// Field is the value of the entry with that key.
func (v Value) Field(key string) (Value, bool) {
	// The last entry wins, as it does in all three languages.
	for _, f := range slices.Backward(v.Fields) {
		if f.Key == key {
			return f.Value, true
		}
	}
	return Value{}, false
}

// Literal is the text of a Text without holes.
func (v Value) Literal() (string, bool) {
	return v.Text, v.Kind == Text && !strings.Contains(v.Text, Hole)
}

// MadeBy says that the value is the result of one of the functions.
func (v Value) MadeBy(functions ...string) bool {
	return v.Kind == Result && v.Call != nil && slices.Contains(functions, v.Call.Func)
}

// Marker is what a waiver begins with.
const Marker = "pipeguard:ignore"

// Name is what every comment to pipeguard mentions, also one that misspells
// Marker.
const Name = "pipeguard"

// nearMarker matches what was probably meant as Marker: "pipeguard: ignore",
// "pipeguard-ignore", "Pipeguard:disable".
var nearMarker = regexp.MustCompile(
	`(?i)\bpipe-?guard(\s*[:=-]\s*|\s*:?\s*no)(ignore|disable|skip|waive|suppress|allow)\b|^\W*(?i:pipeguard)\s+(ignore|disable)\b`)

// CutComment returns the part of a comment that speaks to pipeguard, from its
// marker on. It takes a misspelt marker too, which does nothing but deserves a
// notice.
func CutComment(text string) (string, bool) {
	if at := strings.Index(text, Marker); at >= 0 {
		return text[at:], true
	}
	if !strings.Contains(strings.ToLower(text), "guard") {
		return "", false
	}
	if at := nearMarker.FindStringIndex(text); at != nil {
		return strings.TrimLeft(text[at[0]:], "#/*;! \t"), true
	}
	return "", false
}

// Comment is a comment that speaks to pipeguard.
type Comment struct {
	// Location is where the comment starts.
	Location finding.Location
	// Text is the comment from its marker on, without what opens and closes a
	// comment: "pipeguard:ignore rule -- reason".
	Text string
	// Alone says that nothing else is on the line, so that the comment speaks
	// of the next line with code.
	Alone bool
	// Next is the line of the next code after a comment that is Alone.
	Next int
}

// Gap is a place that could not be read, and so not judged.
type Gap struct {
	// File is the file or folder.
	File string
	// Reason goes after the file's name: "is larger than 2 MB".
	Reason string
}

// ParseError is a place where source does not follow its language's grammar.
type ParseError struct {
	Location finding.Location
	// Text is what is wrong, as "this is not valid Python: this bracket is never
	// closed".
	Text string
}

// Request is what a language package is asked to read.
type Request struct {
	// Entry are the files that run first; for Go the folders of their packages.
	// What they import, directly or not, is read too, within the tree.
	Entry []string
	// Keywords are what a file must mention, one of them, for its calls to
	// matter: others are read only as far as needed to follow imports.
	Keywords []string
	// Errors says that files which cannot be parsed are looked for, also among those
	// that hold nothing that matters.
	Errors bool
	// Fragment says that the files are pieces of programs: in a file without
	// any import, names mean what they usually do ("aws" is pulumi_aws).
	Fragment bool
	// Module is the import path of the program's folder in Go, for a go.mod that
	// lies above it. A go.mod inside the folder needs none.
	Module string
}

// Facts are what the files of a program, or of a handler, say.
type Facts struct {
	// Files are the files that were read, sorted.
	Files []string
	Calls []*Call
	// Comments are those of the files that were read.
	Comments []Comment
	Gaps     []Gap
	// Broken are the files that cannot be parsed, and the first such place in each.
	Broken []ParseError
}

// Add joins more facts to these.
func (f *Facts) Add(more Facts) {
	f.Files = append(f.Files, more.Files...)
	f.Calls = append(f.Calls, more.Calls...)
	f.Comments = append(f.Comments, more.Comments...)
	f.Gaps = append(f.Gaps, more.Gaps...)
	f.Broken = append(f.Broken, more.Broken...)
}

// CalledFrom is the way to a call: the places that call the function it is in,
// the nearest first, up to the top level of a file. Of several callers the first
// in the source counts. It is empty for a call at the top level, and for one in
// a function that nothing is seen to call.
func (f *Facts) CalledFrom(c *Call) []*Call {
	var way []*Call
	seen := map[string]bool{}
	for c.In != "" && !seen[c.In] {
		seen[c.In] = true
		i := slices.IndexFunc(f.Calls, func(caller *Call) bool { return caller.Func == c.In })
		if i < 0 {
			break
		}
		c = f.Calls[i]
		way = append(way, c)
	}
	return way
}

// Certain reports whether a call runs whenever the program does, as far as
// branches tell: it and a chain of its callers up to the top level of a file
// stand in no branch.
func (f *Facts) Certain(c *Call) bool { return f.certain(c, map[string]bool{}) }

// runs reports whether a call is Go's pulumi.Run of a function of the program.
func (c *Call) runs(function string) bool {
	return strings.HasSuffix(c.Func, "/go/pulumi.Run") && len(c.Args) > 0 && c.Args[0].Value.Kind == Closure && c.Args[0].Value.Text == function
}

func (f *Facts) certain(c *Call, seen map[string]bool) bool {
	switch {
	case c.Branch || c.Uncalled:
		return false
	case c.In == "", c.Language == Go && strings.HasSuffix(c.In, ".main"):
		return true
	case seen[c.In]:
		return false
	}
	seen[c.In] = true
	return slices.ContainsFunc(f.Calls, func(caller *Call) bool {
		return (caller.Func == c.In || caller.runs(c.In)) && f.certain(caller, seen)
	})
}
