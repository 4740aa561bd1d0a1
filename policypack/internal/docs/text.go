package docs

import (
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
)

// textWidth is the width of explanations in a terminal, in characters.
const textWidth = 80

// Text returns the page for a terminal, with the examples in one language.
func (p Page) Text(language fix.Language) string {
	r := p.Rule
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, severity %s)\n%s\nLooks at %s.\n",
		r.ID, r.Enforcement, r.Severity, wrap(r.Title, ""), ScopeText(r.Scope))
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", title, strings.TrimRight(text, "\n"))
		}
	}
	section("Why", wrap(r.Rationale, "  "))
	bad := indent(In(language, p.Bad).Text)
	if p.Params != "" {
		bad += "\n\n  under the configuration\n\n" + indent(p.Params)
	}
	section("Bad", bad)
	section("Good", indent(In(language, p.Good).Text))
	section("Fix", wrap(r.Remediation, "  "))
	if text := RemediationText(r); text != "" {
		b.WriteString("\n" + wrap(strings.ReplaceAll(text, "`", ""), "  ") + "\n")
	}
	var params []string
	for _, param := range r.Params {
		params = append(params, fmt.Sprintf("  %s (%s, default %s)\n%s",
			param.Name, param.Type, DefaultText(param), wrap(param.Description, "    ")))
	}
	section("Parameters", strings.Join(params, "\n"))
	section("Limitations", wrap(r.Limitations, "  "))
	section("Frameworks", indent(strings.Join(r.Frameworks, "\n")))
	section("Equivalent checks of other tools", indent(strings.Join(r.Equivalents, "\n")))
	section("Links", indent(strings.Join(r.Links, "\n")))
	return b.String()
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("  "+line, " ")
	}
	return strings.Join(lines, "\n")
}

// wrap breaks text into indented lines; a word that is too long gets a line of its own.
func wrap(text, margin string) string {
	var lines []string
	line := margin
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(word)) > textWidth && line != margin {
			lines = append(lines, line)
			line = margin
		}
		if line != margin {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
