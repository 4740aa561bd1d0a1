package main

import (
	"fmt"
	"strings"
)

// render returns the page with the tables.
func render(languages []language) string {
	var b strings.Builder
	b.WriteString(introduction)
	for _, l := range languages {
		fmt.Fprintf(&b, "\n## %s\n\n", l.Name)
		if note := notes[l.Name]; note != "" {
			b.WriteString(note + "\n\n")
		}
		b.WriteString(header(l) + "\n" + strings.Repeat("|---", len(l.Versions)+2) + "|\n")
		for _, p := range l.Programs {
			b.WriteString(rowStart(p))
			for j, cell := range p.Cells {
				if missing := l.Versions[j].Missing; missing != "" {
					cell = missing
				}
				b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
			}
			b.WriteByte('\n')
		}
		b.WriteString(renamesOf(l))
	}
	return b.String()
}

const introduction = "<!-- Made by `make compat`. -->\n\n# Compatibility\n\n" +
	"Every program in [testdata/stacks](../../testdata/stacks), previewed by `pipeguard preview` with each version of\n" +
	"pulumi-aws that can be had for its language. *Findings* are those that the program is written to have; a cell says\n" +
	"what the preview with that version has:\n\n" +
	"- **same**: these findings, and no others. Behind it: how many arguments the plan provider refused, how many answers\n" +
	"  are \"not evaluated\", and what ends the program where it does not run to its end.\n" +
	"- **not possible**: the program cannot be written like this for that version, and why.\n" +
	"- **differs**: + what is found besides, − what is not found.\n\n" +
	"The newest versions on npm and PyPI are newer than the one that the plan provider's tables are made from: of those\n" +
	"it accepts arguments that it does not know, with a warning, and refuses fewer.\n\n" +
	"`make compat` writes this page, and fails where anything differs. Java and C# are not here: there is no language\n" +
	"host for them to build from Go modules, so such programs have **not** been tried. The rules judge their resources\n" +
	"as those of any program, from `pulumi preview --policy-pack`, a saved preview or an export.\n"

// notes describe how the programs of a language are run with another version.
var notes = map[string]string{
	"Go":         "Written for v6; for the others, the version in the import paths is changed.",
	"TypeScript": "Written for v6.",
	"JavaScript": "The TypeScript programs, compiled; without source-notification-typed, which is about casts.",
	"Python":     "Written for v7, or for v6 where the program's name says so. v5 is published without a wheel.",
	"YAML":       "Each resource asks for the version, in its options.",
}

// header returns the line with the names of the columns.
func header(l language) string {
	line := "| Program | Findings |"
	for _, v := range l.Versions {
		line += " " + v.Number + " |"
	}
	return line
}

// rowStart returns a row up to its outcomes: what is known without a preview.
func rowStart(p program) string {
	return fmt.Sprintf("| [%s](../../%s/%s) | %s |", p.name(), stacks, p.Path, summary(p.Want))
}

// readOutcomes takes the outcomes of the programs from a page, as far as it has them.
func readOutcomes(text string, languages []language) {
	for _, l := range languages {
		_, section, _ := strings.Cut(text, "\n## "+l.Name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		for k, p := range l.Programs {
			for line := range strings.Lines(section) {
				row, ok := strings.CutPrefix(line, rowStart(p))
				cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(row), " |"), " | ")
				if !ok || len(cells) != len(l.Versions) {
					continue
				}
				for j, cell := range cells {
					l.Programs[k].Cells[j] = strings.ReplaceAll(strings.TrimSpace(cell), `\|`, "|")
				}
			}
		}
	}
}

// summary counts the findings of each rule.
func summary(findings []string) string {
	if len(findings) == 0 {
		return "none"
	}
	var parts []string
	for i := 0; i < len(findings); {
		id, _, _ := strings.Cut(findings[i], " ")
		n := 1
		for i+n < len(findings) && strings.HasPrefix(findings[i+n], id+" ") {
			n++
		}
		i += n
		if n > 1 {
			id += fmt.Sprintf(" × %d", n)
		}
		parts = append(parts, id)
	}
	return strings.Join(parts, ", ")
}

// renamesOf lists the names that were changed for versions of a language's SDK.
func renamesOf(l language) string {
	var b strings.Builder
	for _, v := range l.Versions {
		for _, r := range renamed[l.Name][v.Major()] {
			if b.Len() == 0 {
				b.WriteString("\nNames that were changed for another version:\n\n")
			}
			fmt.Fprintf(&b, "- %s: `%s` to `%s`\n", v.Major(), r.from, r.to)
		}
	}
	return b.String()
}
