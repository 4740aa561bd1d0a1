package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// This describes the program whose source is checked: the number of files,
// their size in bytes, and how many of them matter to a rule.
const (
	sourceFiles    = 1000
	sourceFileSize = 10_000
	filesThatCount = 20
)

// language describes how the files of a program are written. In each text, %[1]d
// stands for a number.
type language struct {
	name, runtime, ending string
	// folder is how many files share a folder that is imported as a whole, or 0
	// for files that are imported one by one.
	folder int
	// main starts the program, with one line of imports for each.
	main, imports, end string
	// head starts a file, mattering is what a rule finds, filler is repeated
	// until the file has its size.
	head, mattering, filler string
	// extra is another file that such a program has, and extraText its content.
	extra, extraText string
}

var languages = []language{
	{
		name: "Python", runtime: "python", ending: ".py",
		imports: "import part%[1]d\n",
		head:    "\"\"\"Part %[1]d.\"\"\"\n", mattering: "import subprocess\nsubprocess.run([\"pip\", \"install\", \"x%[1]d\"])\n",
		filler: "\ndef describe_%[1]d(labels, limit):\n    \"\"\"Lists the labels, the longest first.\"\"\"\n    lines = []\n" +
			"    for key, value in sorted(labels.items()):\n        if len(lines) >= limit:\n" +
			"            raise ValueError(f\"more than {limit} labels\")\n        lines.append({\"key\": key.upper(), \"value\": value})\n    return lines\n",
	},
	{
		name: "TypeScript", runtime: "nodejs", ending: ".ts",
		imports: "import \"./part%[1]d\";\n",
		head:    "// Part %[1]d.\n", mattering: "import { execSync } from \"child_process\";\nexecSync(\"npm install x%[1]d\");\n",
		filler: "\nexport function describe%[1]d(labels: Record<string, string>, limit: number): string[] {\n    const lines: string[] = [];\n" +
			"    for (const [key, value] of Object.entries(labels)) {\n        if (lines.length >= limit) {\n" +
			"            throw new Error(`more than ${limit} labels`);\n        }\n        lines.push(`${key.toUpperCase()}=${value.trim()}`);\n    }\n    return lines;\n}\n",
	},
	{
		name: "Go", runtime: "go", ending: ".go",
		folder: 20, main: "package main\n\nimport (\n", imports: "\t_ \"example.com/large/part%[1]d\"\n", end: ")\n\nfunc main() {}\n",
		head:      "package part\n\nimport \"strings\"\n",
		mattering: "\nimport \"os/exec\"\n\nfunc init() { exec.Command(\"pip\", \"install\", \"x%[1]d\").Run() }\n",
		filler: "\n// describe%[1]d lists the labels, in capitals.\nfunc describe%[1]d(labels map[string]string) []string {\n\tvar lines []string\n" +
			"\tfor key, value := range labels {\n\t\tlines = append(lines, strings.ToUpper(key)+\"=\"+strings.TrimSpace(value))\n\t}\n\treturn lines\n}\n",
		extra: "go.mod", extraText: "module example.com/large\n\ngo 1.26\n",
	},
}

// write writes a program in the language to a folder.
func (l language) write(dir string) error {
	var main strings.Builder
	main.WriteString(l.main)
	errs := []error{
		os.Mkdir(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: large\nruntime: "+l.runtime+"\n"), 0o600),
	}
	for i := range sourceFiles {
		name := fmt.Sprintf("part%d%s", i, l.ending)
		if l.folder > 0 {
			name = filepath.Join(fmt.Sprintf("part%d", i/l.folder), name)
		}
		switch {
		case l.folder == 0:
			main.WriteString(numbered(l.imports, i))
		case i%l.folder == 0:
			main.WriteString(numbered(l.imports, i/l.folder))
			errs = append(errs, os.Mkdir(filepath.Join(dir, filepath.Dir(name)), 0o700))
		}
		var file strings.Builder
		file.WriteString(numbered(l.head, i))
		if i%(sourceFiles/filesThatCount) == 0 {
			file.WriteString(numbered(l.mattering, i))
		}
		for n := i * 100; file.Len() < sourceFileSize; n++ {
			file.WriteString(numbered(l.filler, n))
		}
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(file.String()), 0o600))
	}
	main.WriteString(l.end)
	entry := map[string]string{"python": "__main__", "nodejs": "index", "go": "main"}[l.runtime] + l.ending
	errs = append(errs, os.WriteFile(filepath.Join(dir, entry), []byte(main.String()), 0o600))
	if l.extra != "" {
		errs = append(errs, os.WriteFile(filepath.Join(dir, l.extra), []byte(l.extraText), 0o600))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("writing a program in %s: %w", l.name, err)
	}
	return nil
}

// numbered puts the number into a text.
func numbered(text string, i int) string {
	return strings.ReplaceAll(text, "%[1]d", fmt.Sprint(i))
}

// measureSource measures `pipeguard check --program` of a large program in each
// language, on one core. The check finds what is wrong in the files that
// matter.
func measureSource(ctx context.Context, t *table, pipeguard, temporary string) error {
	for _, l := range languages {
		dir := filepath.Join(temporary, l.runtime)
		report := dir + ".json"
		if err := l.write(dir); err != nil {
			return err
		}
		var runs checks
		for range checkRounds {
			if err := runs.measure(ctx, []string{"GOMAXPROCS=1"}, pipeguard, "check", "--program", dir, "--out", "json="+report); err != nil {
				return err
			}
		}
		text, err := os.ReadFile(report)
		if err != nil {
			return fmt.Errorf("reading what was found: %w", err)
		}
		if found := strings.Count(string(text), `"rule": "source-runtime-packaging"`); found < filesThatCount {
			return fmt.Errorf("of %d defects in the program in %s, %d were found", filesThatCount, l.name, found)
		}
		t.add(figure{
			name: fmt.Sprintf("check of 1,000 files in %s, one core", l.name), measured: runs.time.median(), bar: 1, unit: "s",
			from: fmt.Sprintf("%s, %.0f MB at most", runs.time.seconds(), runs.memory.quantile(1)),
		})
	}
	return nil
}
