// Command newrule writes the files of a new rule, with a TODO wherever there is something to fill in, and adds it to the
// list of its folder:
//
//	go run ./policypack/cmd/newrule s3-object-ownership
//
// The first word of the id is the folder in policypack/internal/rules. Until nothing is left to fill in, the tests of
// package rules fail and report what is missing.
package main

import (
	"bytes"
	"embed"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

const rulesFolder = "policypack/internal/rules"

//go:embed templates
var templates embed.FS

var idForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)

func main() {
	if err := run(os.Args[1:], ".", os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "newrule:", err)
		}
		os.Exit(2)
	}
}

// run writes the rule that the arguments name, in the repository whose root is given.
func run(args []string, root string, out io.Writer) error {
	flags := flag.NewFlagSet("newrule", flag.ContinueOnError)
	flags.SetOutput(out)
	folder := flags.String("folder", "", "`FOLDER` of the rule below "+rulesFolder+", if it is not the first word of the id")
	flags.Usage = func() {
		fmt.Fprint(out, "Usage: go run ./policypack/cmd/newrule [-folder FOLDER] ID\n\n"+
			"Writes a rule with its cases and examples, to be filled in. ID is lower-case words joined by\n"+
			"hyphens, such as s3-versioning.\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return errors.New("want the id of one rule")
	}
	s, err := newScaffold(flags.Arg(0), *folder)
	if err != nil {
		return err
	}
	return s.write(root, out)
}

// scaffold is what the templates are filled with.
type scaffold struct {
	ID string
	// Folder is the package of the rule, and Variable holds it there.
	Folder, Variable string
	// File is the id as file names spell it, with underscores.
	File string
}

func newScaffold(id, folder string) (scaffold, error) {
	if !idForm.MatchString(id) {
		return scaffold{}, fmt.Errorf("%q is no rule id: want lower-case words joined by hyphens, such as s3-versioning", id)
	}
	service, rest, _ := strings.Cut(id, "-")
	if folder == "" || folder == service {
		folder = service
	} else {
		rest = id
	}
	words := strings.Split(rest, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return scaffold{ID: id, Folder: folder, Variable: strings.Join(words, ""), File: strings.ReplaceAll(id, "-", "_")}, nil
}

// write writes the files and puts the rule on its folder's list. It changes nothing if one of the files exists.
func (s scaffold) write(root string, out io.Writer) error {
	dir := filepath.Join(root, filepath.FromSlash(rulesFolder), s.Folder)
	list := filepath.Join(dir, s.Folder+".go")
	text, err := os.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s: name one of the folders below %s with -folder, and run newrule in the repository's root",
			path.Join(rulesFolder, s.Folder, s.Folder+".go"), rulesFolder)
	}
	if err != nil {
		return fmt.Errorf("reading the list of rules: %w", err)
	}
	listed, err := s.enlist(text)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for name, to := range map[string]string{
		"rule.go.tmpl":     strings.TrimPrefix(s.File, s.Folder+"_") + ".go",
		"cases.txtar.tmpl": "cases/" + s.File + ".txtar",
		"bad.yaml.tmpl":    "examples/" + s.File + ".bad.yaml",
		"good.yaml.tmpl":   "examples/" + s.File + ".good.yaml",
	} {
		content, err := s.fill(name)
		if err != nil {
			return err
		}
		files[filepath.Join(dir, filepath.FromSlash(to))] = content
	}
	for name := range files {
		if _, err := os.Stat(name); err == nil {
			return fmt.Errorf("%s exists already", name)
		}
	}
	files[list] = listed
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("writing the rule: %w", err)
		}
		if err := os.WriteFile(name, files[name], 0o644); err != nil {
			return fmt.Errorf("writing the rule: %w", err)
		}
		fmt.Fprintln(out, name)
	}
	fmt.Fprint(out, "\nFill in each TODO; see CONTRIBUTING.md. Then:\n\n"+
		"  go test ./policypack/internal/rules/... -run '/"+s.ID+"'\n  go run ./policypack/cmd/gendocs\n")
	return nil
}

// fill returns a file made from a template.
func (s scaffold) fill(name string) ([]byte, error) {
	parsed, err := template.ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, fmt.Errorf("reading a template: %w", err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, s); err != nil {
		return nil, fmt.Errorf("filling in a template: %w", err)
	}
	if strings.HasPrefix(name, "rule.go") {
		return format.Source(text.Bytes())
	}
	return text.Bytes(), nil
}

var ruleList = regexp.MustCompile(`(?s)(\[\]\*rule\.Rule\{\n)(.*?)(\n\t*\},)`)

// enlist returns the file that lists the rules of a folder with this one among them, in order.
func (s scaffold) enlist(file []byte) ([]byte, error) {
	at := ruleList.FindSubmatchIndex(file)
	if at == nil {
		return nil, fmt.Errorf("%s.go has no list []*rule.Rule{…} to put the rule on", s.Folder)
	}
	var names []string
	for line := range strings.Lines(string(file[at[4]:at[5]])) {
		names = append(names, strings.TrimSuffix(strings.TrimSpace(line), ","))
	}
	if slices.Contains(names, s.Variable) {
		return nil, fmt.Errorf("%s.go lists a rule %s already", s.Folder, s.Variable)
	}
	names = append(names, s.Variable)
	slices.Sort(names)
	return format.Source(slices.Concat(file[:at[4]], []byte(strings.Join(names, ",\n")+","), file[at[5]:]))
}
