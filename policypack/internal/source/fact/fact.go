// Package fact represents what a source file does, in one form for every language: which functions it calls, and with
// which arguments. The language packages collect the facts, and rules judge them.
package fact

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Language is the language of a file.
type Language string

// The supported languages. TypeScript includes JavaScript.
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
	// Func is the function's full name, with import aliases resolved: "subprocess.run", "pulumi_aws.s3.Bucket",
	// "os/exec.Command", "child_process.execSync", "@pulumi/aws.s3.Bucket". A method is qualified with the call that
	// created its receiver: "boto3.client().put_object", "io.BytesIO().getvalue"; if that call is unknown, with a
	// question mark: "?.put_object". A method of a Go type is named
	// "(*github.com/aws/aws-sdk-go-v2/service/s3.Client).PutObject". A function of the program itself is qualified with
	// its file: "lib/build.py:make". A resource or an invoke of a YAML program has its token as the name, such as
	// "aws:s3:Bucket".
	Func string
	// Args holds the arguments without the receiver.
	Args []Arg
	// Receiver is the call that created the object whose method is called; nil if it is unknown.
	Receiver *Call
	// In is the function of the program that contains the call, named as in Func; empty at the top level of a file.
	In string
	// Branch reports whether the call may not run although In (or, at the top level, the file) does: it is in a branch,
	// a loop, a try block or a nested function.
	Branch bool
	// Uncalled reports whether nothing in the program mentions the function that contains the call, so that it never
	// runs.
	Uncalled bool
	// End is the last line of the call; 0 if a function literal makes it span code that is not its own.
	End int
}

// Arg is an argument of a call. Name is its keyword in Python, and empty for arguments without a name.
type Arg struct {
	Name  string
	Value Value
}

// Arg returns the value of the argument with a name, or else of the one at a position (unnamed arguments are counted
// from 0; -1 is no position). It returns false if the call has no such argument.
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

// Method returns the last part of the function's name: "run" of "subprocess.run".
func (c *Call) Method() string { return c.Func[strings.LastIndexAny(c.Func, ".:")+1:] }

// Kind classifies what is known about a value.
type Kind int

// The kinds of values.
const (
	// Unknown is a value of which at most the type is known.
	Unknown Kind = iota
	// Text is a string, perhaps with holes.
	Text
	// Bytes is a bytes literal, or another value that certainly consists of bytes.
	Bytes
	// Scalar is a number, a boolean or null; Text holds its source.
	Scalar
	// List is a list, a tuple or a slice.
	List
	// Dict is a dict literal, a Go map or struct literal, or an object literal.
	Dict
	// Result is what a call returned or constructed.
	Result
	// Closure is a function: a literal or a named one.
	Closure
)

// Hole stands for an unknown part of a Text.
const Hole = "\uFFFC"

// Value is what is known about the value of an expression. Variables that are assigned once are resolved to their
// value.
type Value struct {
	Kind Kind
	// Text is the content of a Text, with a Hole for each unknown part; the source of a Scalar; or the name of a
	// Closure's function, if it has one and it is known.
	Text string
	// Items are the elements of a List.
	Items []Value
	// Open reports whether a List or Dict has further, unknown elements.
	Open bool
	// Fields are the entries of a Dict, in the order of the source. An unknown key is Hole.
	Fields []Field
	// Call is the call that created a Result.
	Call *Call
	// Type is the type, if the source shows one: of the annotation in Python and TypeScript
	// ("pulumi_aws.s3.BucketNotificationLambdaFunctionArgsDict", "any"), of the value in Go ("*bytes.Buffer",
	// "io.Reader"). Names are full, as in Call.Func.
	Type string
	// Seeks reports whether the type is known to have a Seek method, which is only determined for Go.
	Seeks bool
	// Checked reports whether a compiler or a type checker knows which fields a Dict may have, and so would have
	// rejected a wrong one.
	Checked bool
	// Uses lists what happened to the value between its creation and this use, in order: the names of the methods
	// called on it (".seek") and of the functions that it was passed to ("PIL.Image.open().save"). Uses that may not
	// have happened, as in a branch, are included.
	Uses []string
	// Location is where the value is created.
	Location finding.Location
}

// Field is an entry of a Dict.
type Field struct {
	Key   string
	Value Value
}

// Members returns the entries of an object, or the keyword arguments that it was constructed with.
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

// Field returns the value of the entry with a key.
func (v Value) Field(key string) (Value, bool) {
	// The last entry wins, as it does in all three languages.
	for _, f := range slices.Backward(v.Fields) {
		if f.Key == key {
			return f.Value, true
		}
	}
	return Value{}, false
}

// Literal returns the text of a Text without holes.
func (v Value) Literal() (string, bool) {
	return v.Text, v.Kind == Text && !strings.Contains(v.Text, Hole)
}

// MadeBy reports whether the value is the result of one of the functions.
func (v Value) MadeBy(functions ...string) bool {
	return v.Kind == Result && v.Call != nil && slices.Contains(functions, v.Call.Func)
}

// Marker is the text that a waiver begins with.
const Marker = "pipeguard:ignore"

// Name is the word that every comment addressed to pipeguard contains, even one that misspells Marker.
const Name = "pipeguard"

// nearMarker matches text that was probably meant to be Marker: "pipeguard: ignore", "pipeguard-ignore",
// "Pipeguard:disable".
var nearMarker = regexp.MustCompile(
	`(?i)\bpipe-?guard(\s*[:=-]\s*|\s*:?\s*no)(ignore|disable|skip|waive|suppress|allow)\b|^\W*(?i:pipeguard)\s+(ignore|disable)\b`)

// CutComment returns the part of a comment that is addressed to pipeguard, from its marker on. It also recognizes a
// misspelt marker, which has no effect but deserves a notice.
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

// Comment is a comment that is addressed to pipeguard.
type Comment struct {
	// Location is where the comment starts.
	Location finding.Location
	// Text is the comment from its marker on, without comment delimiters: "pipeguard:ignore rule -- reason".
	Text string
	// Alone reports whether nothing else is on the line, so that the comment applies to the next line with code.
	Alone bool
	// Next is the next line with code after a comment that is Alone.
	Next int
}

// Gap is a file or folder that could not be read and was therefore not judged.
type Gap struct {
	// File is the file or folder.
	File string
	// Reason is the reason, worded to follow the file's name: "is larger than 2 MB".
	Reason string
}

// ParseError is a place where source does not follow its language's grammar.
type ParseError struct {
	Location finding.Location
	// Text describes the error, such as "this is not valid Python: this bracket is never closed".
	Text string
}

// Request specifies what a language package is to read.
type Request struct {
	// Entry lists the files that run first, or the folders of their packages for Go. The files of the tree that they
	// import, directly or indirectly, are read too.
	Entry []string
	// Keywords are words of which a file must mention at least one for its calls to matter: other files are read only
	// as far as needed to follow imports.
	Keywords []string
	// Errors requests a search for files that cannot be parsed, including files that contain nothing that matters.
	Errors bool
	// Fragment reports whether the files are fragments of programs: in a file without any import, names have their
	// usual meaning ("aws" is pulumi_aws).
	Fragment bool
	// Module is the import path of a Go program's folder if its go.mod is in a folder above. It is not needed for a
	// go.mod inside the folder.
	Module string
}

// Facts are the facts of the files of a program or of a handler.
type Facts struct {
	// Files lists the files that were read, sorted.
	Files []string
	Calls []*Call
	// Comments holds the comments of the files that were read.
	Comments []Comment
	Gaps     []Gap
	// Broken holds the first syntax error in each file that cannot be parsed.
	Broken []ParseError
}

// Add adds more facts to these.
func (f *Facts) Add(more Facts) {
	f.Files = append(f.Files, more.Files...)
	f.Calls = append(f.Calls, more.Calls...)
	f.Comments = append(f.Comments, more.Comments...)
	f.Gaps = append(f.Gaps, more.Gaps...)
	f.Broken = append(f.Broken, more.Broken...)
}

// CalledFrom returns the chain of calls that leads to a call: the callers of the function that contains it, innermost
// first, up to the top level of a file. Of several callers the first one in the source counts. The chain is empty for a
// call at the top level and for one in a function without known callers.
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

// Certain reports whether a call runs whenever the program does, as far as branches show: neither the call nor a chain
// of its callers up to the top level of a file is in a branch.
func (f *Facts) Certain(c *Call) bool { return f.certain(c, map[string]bool{}) }

// runs reports whether a call is a pulumi.Run in Go that runs a function of the program.
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
