package docs

import (
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// generated heads each page, to keep people from editing what the next run overwrites.
const generated = "<!-- Generated from the rules by `make docs`. -->\n\n"

// Markdown returns the page, as in policypack/docs/rules.
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
	section("Bad", markdown(p.Bad)+p.configuration())
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

// configuration returns the parameters of the examples, for readers who try them.
func (p Page) configuration() string {
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

// cell returns the text as the cell of a table, which a bar would end.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// Index returns the page that lists all rules by where they look.
func Index(reg *rule.Registry) string {
	var b strings.Builder
	b.WriteString(generated + "# Rules\n\n" +
		"Each rule's page explains why the rule exists, shows a program that violates it and one that\n" +
		"does not, and lists its limitations; `pipeguard explain ID` shows the same in a terminal. The\n" +
		"level is the default: [configuration.md](../configuration.md) shows how to change it, and\n" +
		"[config.schema.json](../config.schema.json) describes the settings of every rule.\n")
	for _, scope := range rule.Scopes() {
		rows := table(reg, func(r *rule.Rule) bool { return r.Scope == scope })
		if rows != "" {
			fmt.Fprintf(&b, "\n## Rules on %s\n\n%s", ScopeText(scope), rows)
		}
	}
	return b.String()
}

// table returns the rows of the rules that match.
func table(reg *rule.Registry, matches func(*rule.Rule) bool) string {
	var b strings.Builder
	for _, r := range reg.Rules() {
		if !matches(r) {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("| Rule | Level | Severity | Requirement |\n|---|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| [`%s`](%s.md) | %s | %s | %s |\n", r.ID, r.ID, r.Enforcement, r.Severity, cell(r.Title))
	}
	return b.String()
}
