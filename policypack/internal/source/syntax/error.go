package syntax

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Error is a place where source does not follow its language's grammar.
type Error struct {
	// Line and Column count from 1, the column in bytes.
	Line, Column int
	// Text describes the error, if that is known: "this bracket is never closed".
	Text string
	// lines is the number of lines that the parser skipped.
	lines int
}

// maxError is the maximum number of lines that the parser may skip for an error to be trusted. In large files with
// unusual syntax it gives up on the whole rest.
const maxError = 50

// maxErrorLine is the length, in bytes, of the longest line in which an error is trusted: minified code confuses the
// parser.
const maxErrorLine = 2000

// FirstError returns the first place where src does not follow the grammar. It returns false if there is none, for
// source that Parse rejects, and if the parser does not know the language well enough to decide.
func FirstError(lang Language, src []byte, within time.Duration) (Error, bool) {
	if len(src) > MaxBytes || within <= 0 {
		return Error{}, false
	}
	_, found, ok, err := parse(lang, src, within, false)
	if err != nil {
		return Error{}, false
	}
	return believed(lang, src, found, ok)
}

// believed returns an error that the parser found, if it can be trusted, or one with a better position.
func believed(lang Language, src []byte, found Error, ok bool) (Error, bool) {
	if !ok || lang == Python && newerPython.Match(src) {
		return Error{}, false
	}
	if lang == Python {
		// After an unclosed bracket the parser may stop anywhere.
		if place, ok := misplacedBracket(src); ok {
			return place, true
		}
	}
	if found.lines > maxError || longestLine(src) > maxErrorLine {
		return Error{}, false
	}
	return found, true
}

// newerPython matches syntax that is newer than the grammar: template strings,
// and defaults of type parameters.
var newerPython = regexp.MustCompile(`(?i)(^|[^\w])(t|tr|rt)["']|(?m)^\s*(class|def|type)\s+\w+\[[^\]\n]*=`)

func longestLine(src []byte) int {
	longest := 0
	for line := range bytes.Lines(src) {
		longest = max(longest, len(line))
	}
	return longest
}

// parsed is a node of either of the parsers.
type parsed interface {
	HasError() bool
	IsError() bool
	IsMissing() bool
}

// findError returns the first error below the root of a tree. children returns the children of a node, and place
// converts a node to an Error.
func findError[N parsed](root N, children func(N) []N, place func(N) Error) (Error, bool) {
	var found Error
	ok := false
	for n := root; ; {
		if n.IsError() || n.IsMissing() {
			found, ok = place(n), true
		}
		// The parser may mark the whole file as an error; a smaller one inside is nearer to the place.
		below := children(n)
		i := slices.IndexFunc(below, func(c N) bool { return c.HasError() || c.IsError() || c.IsMissing() })
		if i < 0 || ok && found.lines <= 1 {
			return found, ok
		}
		n = below[i]
	}
}

// misplacedBracket returns the first bracket of Python source that is never closed or does not match the open one, or
// the first string that is not terminated.
func misplacedBracket(src []byte) (Error, bool) {
	type open struct {
		bracket byte
		place   Error
	}
	var stack []open
	line, start := 1, 0
	at := func(i int, text string) Error { return Error{Line: line, Column: i - start + 1, Text: text} }
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '\n':
			line, start = line+1, i+1
		case '#':
			for i+1 < len(src) && src[i+1] != '\n' {
				i++
			}
		case '\\':
			if i+1 < len(src) && src[i+1] == '\n' {
				i++
				line, start = line+1, i+1
			}
		case '"', '\'':
			end, ok := endOfString(src, i)
			if !ok {
				return at(i, "this string does not end"), true
			}
			if n := bytes.Count(src[i:end], []byte("\n")); n > 0 {
				line += n
				start = i + bytes.LastIndexByte(src[i:end], '\n') + 1
			}
			i = end - 1
		case '(', '[', '{':
			stack = append(stack, open{c, at(i, "this bracket is never closed")})
		case ')', ']', '}':
			last := len(stack) - 1
			if last < 0 || strings.IndexByte("([{", stack[last].bracket) != strings.IndexByte(")]}", c) {
				return at(i, "this bracket closes none that is open"), true
			}
			stack = stack[:last]
		}
	}
	if len(stack) > 0 {
		return stack[len(stack)-1].place, true
	}
	return Error{}, false
}

// endOfString returns where the string that begins at an offset ends.
func endOfString(src []byte, at int) (int, bool) {
	quote := src[at : at+1]
	if long := bytes.Repeat(quote, 3); bytes.HasPrefix(src[at:], long) {
		quote = long
	}
	for i := at + len(quote); i < len(src); i++ {
		switch {
		case src[i] == '\\':
			i++
		case bytes.HasPrefix(src[i:], quote):
			return i + len(quote), true
		case src[i] == '\n' && len(quote) == 1:
			return 0, false
		}
	}
	return 0, false
}

// missing returns the text of the error for a missing node.
func missing(is bool, kind string) string {
	if !is {
		return ""
	}
	return "a " + kind + " is missing here"
}

// Message returns the message that a file is not valid in a language.
func (e Error) Message(language string) string {
	if e.Text == "" {
		return "this is not valid " + language
	}
	return "this is not valid " + language + ": " + e.Text
}
