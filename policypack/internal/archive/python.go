package archive

import (
	"bytes"
	"slices"
	"strings"
)

// found is the result of searching a source file for a name.
type found int

const (
	maybe found = iota
	no
	yes
)

// pythonDefines reports whether a Python module has name at its top level once
// it is imported. The answer is no only if nothing in the source can define it.
func pythonDefines(source []byte, name string) found {
	lines, ok := pythonLines(source)
	if !ok {
		return maybe
	}
	answer := no
	var blocks []pythonBlock
	for _, line := range lines {
		for len(blocks) > 0 && blocks[len(blocks)-1].indent >= line.indent {
			blocks = blocks[:len(blocks)-1]
		}
		local := slices.ContainsFunc(blocks, func(b pythonBlock) bool { return b.scope })
		scope := definition(line.words) != nil
		blocks = append(blocks, pythonBlock{line.indent, scope})
		switch lineDefines(line.words, name, local) {
		case yes:
			return yes
		case maybe:
			answer = maybe
		case no:
		}
	}
	return answer
}

// pythonBlock is a line that later lines can be inside of; scope indicates that
// names assigned there are not the module's.
type pythonBlock struct {
	indent int
	scope  bool
}

// dynamic lists names by which a module can gain others at run time.
var dynamic = []string{"globals", "vars", "locals", "setattr", "exec", "__getattr__", "__dict__", "modules"}

// lineDefines reports whether a logical line defines that name in the module.
func lineDefines(words []string, name string, local bool) found {
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(dynamic, w) }) {
		return maybe
	}
	defined := definition(words)
	switch {
	case local:
		if words[0] == "global" && slices.Contains(words, name) {
			return maybe
		}
		return no
	case defined != nil:
		if defined[0] == name {
			return yes
		}
		return no
	case words[0] == "import" || words[0] == "from":
		return importDefines(words, name)
	case words[0] == "@":
		return no
	}
	answer := no
	for i, w := range words {
		if w != name || i > 0 && words[i-1] == "." {
			continue
		}
		target := i == 0 || words[i-1] == "=" || words[i-1] == ";"
		if target && i+1 < len(words) && (words[i+1] == "=" || words[i+1] == ":" && slices.Contains(words[i:], "=")) {
			return yes
		}
		answer = maybe // a tuple, a with statement, a mere use
	}
	return answer
}

// definition returns the name that a def or class line defines and what follows
// it, or nil.
func definition(words []string) []string {
	if len(words) > 0 && words[0] == "async" {
		words = words[1:]
	}
	if len(words) > 1 && (words[0] == "def" || words[0] == "class") {
		return words[1:]
	}
	return nil
}

func importDefines(words []string, name string) found {
	if slices.Contains(words, "*") {
		return maybe
	}
	imports := slices.Index(words, "import")
	for i := imports + 1; imports >= 0 && i < len(words); i++ {
		if words[i] != name || words[i-1] == "." {
			continue
		}
		if i+1 == len(words) || words[i+1] != "as" {
			return yes
		}
	}
	return no
}

// pythonLine is a logical line: its indentation, and its words and signs
// without comments; a string is the single word `"`.
type pythonLine struct {
	indent int
	words  []string
}

// pythonLines returns the logical lines of a module, or false if the end of one
// of them is unclear.
func pythonLines(source []byte) ([]pythonLine, bool) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	var lines []pythonLine
	var line pythonLine
	depth, fresh := 0, true
	flush := func() {
		if len(line.words) > 0 {
			lines = append(lines, line)
		}
		line, fresh = pythonLine{}, true
	}
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case c == '\n' || c == '\r':
			if depth == 0 {
				flush()
			}
			i++
		case c == ' ' || c == '\f':
			if fresh {
				line.indent++
			}
			i++
		case c == '\t':
			if fresh {
				line.indent += 8 - line.indent%8
			}
			i++
		case c == '#':
			for i < len(source) && source[i] != '\n' && source[i] != '\r' {
				i++
			}
		case c == '\\' && i+1 < len(source) && (source[i+1] == '\n' || source[i+1] == '\r'):
			i += 2
			if source[i-1] == '\r' && i < len(source) && source[i] == '\n' {
				i++
			}
		case c == '"' || c == '\'':
			end := stringEnd(source, i)
			if end < 0 {
				return nil, false
			}
			line.words, fresh, i = append(line.words, `"`), false, end
		case isWord(c):
			start := i
			for i < len(source) && isWord(source[i]) {
				i++
			}
			line.words, fresh = append(line.words, string(source[start:i])), false
		default:
			depth += depthChange(c)
			if depth < 0 {
				return nil, false
			}
			size := 1
			if i+1 < len(source) && source[i+1] == '=' && strings.IndexByte("=!<>:+-*/%&|^@", c) >= 0 {
				size = 2
			}
			// Inside brackets, = names an argument and : a key: neither assigns.
			sign := string(source[i : i+size])
			if depth > 0 && (sign == "=" || sign == ":" || sign == ";") {
				sign = "," + sign
			}
			line.words, fresh, i = append(line.words, sign), false, i+size
		}
	}
	flush()
	return lines, depth == 0
}

func depthChange(c byte) int {
	switch c {
	case '(', '[', '{':
		return 1
	case ')', ']', '}':
		return -1
	}
	return 0
}

// stringEnd returns the end of the string that starts at i, or -1.
func stringEnd(source []byte, i int) int {
	quote := source[i : i+1]
	if long := bytes.Repeat(quote, 3); bytes.HasPrefix(source[i:], long) {
		quote = long
	}
	for i += len(quote); i < len(source); i++ {
		switch {
		case bytes.HasPrefix(source[i:], quote):
			return i + len(quote)
		case source[i] == '\\':
			i++
		case len(quote) == 1 && source[i] == '\n':
			return -1
		}
	}
	return -1
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
