package docs

import (
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// generated heads each page, so that nobody edits what the next run overwrites.
const generated = "<!-- Made from the rules by `make docs`. -->\n\n"

// Markdown is the page, as in policypack/docs/rules.
func (p Page) Markdown() string {
	r := p.Rule
	var b strings.Builder
	b.WriteString(generated)
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", r.ID, r.Title)
	fmt.Fprintf(&b, "| Severity | Default level | Looks at |\n|---|---|---|\n| %s | %s | %s |\n\n",
		r.Severity, r.Enforcement, ScopeText(r.Scope))
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "## %s\n\n%s\n\n", title, strings.TrimSpace(text))
		}
	}
	section("Why", r.Rationale)
	section("Bad", markdown(p.Bad)+p.under())
	section("Good", markdown(p.Good))
	section("Fix", strings.TrimSpace(r.Remediation+"\n\n"+RemediationText(r)))
	section("Parameters", paramTable(r))
	section("Limitations", r.Limitations)
	section("Frameworks", bullets(r.Frameworks))
	section("Equivalent checks of other tools", bullets(r.Equivalents))
	section("Links", links(r.Links))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// markdown returns a program in its languages, of which the last is open.
func markdown(examples []Example) string {
	var b strings.Builder
	for i, e := range examples {
		open := ""
		if i == len(examples)-1 {
			open = " open"
		}
		fmt.Fprintf(&b, "<details%s><summary>%s</summary>\n\n```%s\n%s```\n\n</details>\n",
			open, e.Language.Name(), e.Language.Fence(), e.Text)
	}
	return b.String()
}

// under are the parameters of the examples, for a reader who tries them.
func (p Page) under() string {
	if p.Params == "" {
		return ""
	}
	return "\nunder the configuration\n\n```json\n" + p.Params + "```\n"
}

func paramTable(r *rule.Rule) string {
	if len(r.Params) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Name | Type | Default | Meaning |\n|---|---|---|---|\n")
	for _, p := range r.Params {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", p.Name, p.Type, cell(DefaultText(p)), cell(p.Description))
	}
	return b.String()
}

func bullets(items []string) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString("- " + item + "\n")
	}
	return b.String()
}

func links(addresses []string) string {
	var b strings.Builder
	for _, address := range addresses {
		b.WriteString("- <" + address + ">\n")
	}
	return b.String()
}

// cell is text for a table, where a bar would end the cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// Index is the page that lists all rules by where they look.
func Index(reg *rule.Registry) string {
	var b strings.Builder
	b.WriteString(generated + "# Rules\n\n" +
		"`pipeguard explain ID` shows the same pages in a terminal. The settings of all rules are in\n" +
		"[config.schema.json](../config.schema.json).\n")
	for _, scope := range rule.Scopes() {
		rows := table(reg, "", func(r *rule.Rule) bool { return r.Scope == scope })
		if rows != "" {
			fmt.Fprintf(&b, "\n## Rules on %s\n\n%s", ScopeText(scope), rows)
		}
	}
	return b.String()
}

// Table lists all rules; folder leads to their pages from where it stands.
func Table(reg *rule.Registry, folder string) string {
	return table(reg, folder, func(*rule.Rule) bool { return true })
}

func table(reg *rule.Registry, folder string, has func(*rule.Rule) bool) string {
	var b strings.Builder
	for _, r := range reg.Rules() {
		if !has(r) {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("| Rule | Level | Severity | Asks |\n|---|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| [`%s`](%s%s.md) | %s | %s | %s |\n", r.ID, folder, r.ID, r.Enforcement, r.Severity, cell(r.Title))
	}
	return b.String()
}

// Markers of the table of rules in a hand-written file.
const (
	tableStart = "<!-- rules -->\n"
	tableEnd   = "<!-- /rules -->"
)

// InsertTable puts the table of rules between the markers of a text. It is an
// error when they are not there.
func InsertTable(text, table string) (string, error) {
	before, rest, ok := strings.Cut(text, tableStart)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		return "", fmt.Errorf("there are no lines %s and %s for the table of rules", strings.TrimSpace(tableStart), tableEnd)
	}
	return before + tableStart + "\n" + table + "\n" + tableEnd + after, nil
}
