package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// previewer previews programs, each in a copy of testdata/stacks for one language and version.
type previewer struct {
	root, pipeguard string
	temporary       string
	rules           []*rule.Rule
}

// These are the beginnings of a cell's text.
const (
	same       = "same"
	differs    = "differs: "
	impossible = "not possible: "
)

// prepare copies the programs of a language, changes them for a version of the SDK, and returns the copy's folder.
func (p previewer) prepare(ctx context.Context, l language, v version) (string, error) {
	tree := filepath.Join(p.temporary, strings.ToLower(l.Name)+"-"+v.Major())
	change := func(_, text string) (string, error) { return text, nil }
	var err error
	switch l.Name {
	case "Go":
		err = p.goModule(tree, v)
	case "TypeScript", "JavaScript":
		err = p.nodePackages(tree, v)
	case "Python":
		environment, absErr := filepath.Abs(filepath.Join(p.root, "build", "venv-"+v.Major()))
		if absErr != nil {
			return "", absErr
		}
		change = func(file, text string) (string, error) {
			if filepath.Base(file) != "Pulumi.yaml" {
				return text, nil
			}
			return environmentOption.ReplaceAllLiteralString(text, environment), nil
		}
	case "YAML":
		change = func(file, text string) (string, error) {
			if filepath.Base(file) != "Pulumi.yaml" {
				return text, nil
			}
			return withVersion(text, v.Number)
		}
	}
	if err != nil {
		return "", err
	}
	shared := []program{{Path: "internal", Native: l.native}, {Path: path.Join(l.folder, "internal"), Native: l.native}}
	for _, program := range append(shared, l.Programs...) {
		from := filepath.Join(p.root, stacks, program.Path)
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
			continue // not every language has shared files
		}
		change := change
		if program.Native != v.Major() {
			change = both(renames(l.Name, v.Major()), change)
		}
		if err := copyTree(from, filepath.Join(tree, stacks, program.Path), change); err != nil {
			return "", err
		}
	}
	if l.Name == "JavaScript" {
		err = transpile(ctx, filepath.Join(tree, stacks, "typescript"))
	}
	return tree, err
}

// goModule makes tree the folder of a module like this repository's, with the AWS SDK in another version. The sums of
// that version are those that the plan provider's table is made with.
func (p previewer) goModule(tree string, v version) error {
	module, err := os.ReadFile(filepath.Join(p.root, goModuleFile))
	if err != nil {
		return fmt.Errorf("reading the module: %w", err)
	}
	sdk := regexp.MustCompile(`(pulumi-aws/sdk/)v\d+ v\S+`)
	if !sdk.Match(module) {
		return fmt.Errorf("%s does not require the AWS SDK", goModuleFile)
	}
	module = sdk.ReplaceAll(module, []byte("${1}"+v.Major()+" v"+v.Number))
	var sums []byte
	for _, file := range []string{goModuleFile, sdksModuleFile} {
		text, err := os.ReadFile(strings.TrimSuffix(filepath.Join(p.root, file), ".mod") + ".sum")
		if err != nil {
			return fmt.Errorf("reading the sums of modules: %w", err)
		}
		sums = append(sums, text...)
	}
	if err := os.MkdirAll(tree, 0o700); err != nil {
		return fmt.Errorf("making a module: %w", err)
	}
	folder, err := os.OpenRoot(tree)
	if err != nil {
		return fmt.Errorf("making a module: %w", err)
	}
	return errors.Join(folder.WriteFile("go.mod", module, 0o600), folder.WriteFile("go.sum", sums, 0o600), folder.Close())
}

// nodePackages makes the packages that make has installed for a version available to the programs in tree.
func (p previewer) nodePackages(tree string, v version) error {
	installed := filepath.Join(p.root, "build", "node-"+v.Major())
	if v.Major() == "v6" {
		installed = filepath.Join(p.root, stacks, "typescript")
	}
	installed, err := filepath.Abs(installed)
	if err != nil {
		return err
	}
	folder := filepath.Join(tree, stacks, "typescript")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making a folder for packages: %w", err)
	}
	// They are links, so that a loaded package finds its own dependencies.
	for _, name := range []string{"node_modules", "package.json"} {
		if err := os.Symlink(filepath.Join(installed, name), filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("naming the installed packages: %w", err)
		}
	}
	return nil
}

// environmentOption matches the environment that a Python program's Pulumi.yaml names.
var environmentOption = regexp.MustCompile(`\S*build/venv-v\d+`)

// transpileScript compiles each TypeScript program in the folder it runs in, with the compiler that Pulumi
// includes.
const transpileScript = `
const fs = require("fs"), path = require("path");
const vendor = "node_modules/@pulumi/pulumi/vendor/";
const ts = require(path.resolve(vendor + fs.readdirSync(vendor).find(name => name.startsWith("typescript@")) + "/typescript.js"));
for (const program of fs.readdirSync(".")) {
    const source = program + "/index.ts", project = program + "/Pulumi.yaml";
    if (program === "node_modules" || !fs.existsSync(source)) continue;
    const { outputText } = ts.transpileModule(fs.readFileSync(source, "utf8"), {
        compilerOptions: { target: ts.ScriptTarget.ES2018, module: ts.ModuleKind.CommonJS },
    });
    fs.writeFileSync(program + "/index.js", outputText);
    fs.unlinkSync(source);
    fs.writeFileSync(project, fs.readFileSync(project, "utf8")
        .replace("runtime: nodejs", "runtime: {name: nodejs, options: {typescript: false}}").replace("index.ts", "index.js"));
}`

// transpile compiles the TypeScript programs in a folder to JavaScript programs.
func transpile(ctx context.Context, folder string) error {
	cmd := exec.CommandContext(ctx, "node", "-e", transpileScript)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the programs to JavaScript: %w\n%s", err, out)
	}
	return nil
}

// changing returns the text of a file for a version of the SDK.
type changing func(file, text string) (string, error)

func both(first, second changing) changing {
	return func(file, text string) (string, error) {
		text, err := first(file, text)
		if err != nil {
			return "", err
		}
		return second(file, text)
	}
}

// copyTree copies a folder with its files changed, without what package managers and Python store in it.
func copyTree(from, to string, change changing) error {
	source := os.DirFS(from)
	err := fs.WalkDir(source, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); name == "node_modules" || name == "__pycache__" {
			return fs.SkipDir
		}
		target := filepath.Join(to, filepath.FromSlash(file))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		text, err := fs.ReadFile(source, file)
		if err != nil {
			return err
		}
		changed, err := change(file, string(text))
		if err != nil {
			return err
		}
		return os.WriteFile(target, []byte(changed), 0o600)
	})
	if err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return nil
}

// report has the fields of a JSON report that compat reads.
type report struct {
	Errors []struct{ Message, URN string }

	Findings, NotEvaluated []struct{ Rule, URN string }
}

// preview previews a program in a tree, and returns the cell with the outcome.
func (p previewer) preview(ctx context.Context, tree string, l language, program program) (string, error) {
	policy, err := program.policy(p.root, tree, p.rules)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, p.pipeguard, "preview", filepath.Join(stacks, program.Path), "--config", policy, "--format", "json")
	cmd.Dir = tree
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "PULUMI_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	// Most of the time is spent on linking the programs; without symbols it is less.
	cmd.Env = append(cmd.Env, "GOFLAGS=-ldflags=-s", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return "", fmt.Errorf("running %s: %w", p.pipeguard, err)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		return "", fmt.Errorf("reading the report: %w\n%s", err, stderr.String())
	}
	return strings.ReplaceAll(r.cell(program.Want), tree+string(filepath.Separator), ""), nil
}

// cell returns the comparison of a preview's findings with the expected ones.
func (r report) cell(want []string) string {
	found := []string{}
	for _, f := range r.Findings {
		name := "-" // from the part that the program did not reach
		if f.URN != "" {
			name = resource.URN(f.URN).Name()
		}
		found = append(found, f.Rule+" "+name)
	}
	slices.Sort(found)
	refused, failures := 0, ""
	for _, e := range r.Errors {
		if e.URN != "" {
			refused++
		} else {
			failures += e.Message + "\n"
		}
	}
	var notes []string
	switch {
	case failures != "" && (len(want) == 0 || !slices.Equal(found, want)):
		return impossible + "`" + cause(failures) + "`"
	case !slices.Equal(found, want):
		return differs + difference(found, want)
	case failures != "":
		// The program is there for its source alone.
		notes = append(notes, "ends with `"+cause(failures)+"`")
	}
	if refused > 0 {
		notes = append(notes, fmt.Sprintf("%d refused", refused))
	}
	if n := len(r.NotEvaluated); n > 0 {
		notes = append(notes, fmt.Sprintf("%d not evaluated", n))
	}
	return strings.Join(append([]string{same}, notes...), "; ")
}

var (
	// position matches the place of an error that a compiler puts before the error itself.
	position = regexp.MustCompile(`^(?:vet: )?\S+?[:(]\d+[:,]\d+\)?:? (?:- )?`)
	// exception matches the last line of a Python traceback.
	exception = regexp.MustCompile(`(?m)^\w+(?:Error|Exception): .*$`)
)

// cause returns the line of an error's text that describes what is wrong.
func cause(message string) string {
	if lines := exception.FindAllString(message, -1); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	for line := range strings.Lines(message) {
		if text := position.ReplaceAllString(strings.TrimSpace(line), ""); text != strings.TrimSpace(line) {
			return text
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return first
}

// difference lists what was found beyond what was expected, and what was missed.
func difference(found, want []string) string {
	var parts []string
	for _, line := range subtract(found, want) {
		parts = append(parts, "+ "+line)
	}
	for _, line := range subtract(want, found) {
		parts = append(parts, "− "+line)
	}
	return strings.Join(parts, "; ")
}

// subtract returns all the lines that are not in others, where a line may occur several times.
func subtract(all, others []string) []string {
	others = slices.Clone(others)
	var left []string
	for _, line := range all {
		if i := slices.Index(others, line); i >= 0 {
			others = slices.Delete(others, i, i+1)
		} else {
			left = append(left, line)
		}
	}
	return left
}
