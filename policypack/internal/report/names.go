package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// typeAndName returns what people call a resource by. Of the stack, and of no
// resource at all, the type is the stack's; of what is no URN it is empty and
// the name is all of it.
func typeAndName(urn resource.URN) (graph.Type, string) {
	switch {
	case urn == "":
		return graph.StackType, ""
	case !urn.IsValid():
		return "", string(urn)
	}
	return graph.Canonical(string(urn.Type())), urn.Name()
}

// resourceName names a resource as messages do, as "Bucket 'source'".
func resourceName(urn resource.URN) string {
	switch t, name := typeAndName(urn); t {
	case graph.StackType:
		return "the stack"
	case "":
		return visible(name)
	default:
		return visible(t.Short() + " '" + name + "'")
	}
}

// subject returns what a finding is on: a resource, or the program when all that is
// known is a place in its source.
func subject(f finding.Finding) string {
	if f.URN == "" && f.Location.File != "" {
		return "the program"
	}
	return resourceName(f.URN)
}

// visible returns s with everything that could affect the reader's screen escaped: control characters, which move a
// terminal's cursor or colour its text; marks that reorder text or are invisible; and invalid UTF-8. A name in a
// program can contain any of these.
func visible(s string) string {
	if !strings.ContainsFunc(s, invisible) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i]) // a byte that is not UTF-8
		case !invisible(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// invisible reports whether visible escapes r. unicode.Cf contains the marks that reorder text; the last two characters
// are not allowed in XML.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) ||
		r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF
}

// visibleSnippet returns the source line as people see it, tabs as spaces, and the
// column in it (in characters from 1, 0 when not known) where the fault starts.
func visibleSnippet(f finding.Finding) (string, int) {
	show := func(s string) string { return visible(strings.ReplaceAll(s, "\t", "    ")) }
	if f.SnippetColumn < 1 || f.SnippetColumn > len(f.Snippet) {
		return show(f.Snippet), 0
	}
	return show(f.Snippet), utf8.RuneCountInString(show(f.Snippet[:f.SnippetColumn-1])) + 1
}

// fixPart is a line of words in a fix, or the lines of code that follow one.
type fixPart struct {
	Text string
	Code bool
}

// fixParts returns the words and the code of a fix, in order. Code is indented by four spaces there.
func fixParts(fix string) []fixPart {
	var parts []fixPart
	for line := range strings.Lines(fix) {
		line = strings.TrimSuffix(line, "\n")
		code, isCode := strings.CutPrefix(line, "    ")
		if last := len(parts) - 1; last >= 0 && parts[last].Code && (isCode || line == "") {
			parts[last].Text += "\n" + visible(strings.ReplaceAll(code, "\t", "    "))
			continue
		}
		if isCode {
			line = strings.ReplaceAll(code, "\t", "    ")
		}
		parts = append(parts, fixPart{visible(line), isCode})
	}
	return parts
}

// indentedFix returns a fix with what is to stand before each line after the first.
func indentedFix(fix, indent string) string {
	lines := strings.Split(fix, "\n")
	for i, line := range lines {
		lines[i] = visible(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n"+indent)
}
