package preview

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
)

// Program is a Pulumi program and the stack of it that is previewed.
type Program struct {
	// Root is the absolute path of the folder that has Pulumi.yaml.
	Root string
	// File is the name of that file: Pulumi.yaml, Pulumi.yml or Pulumi.json.
	File    string
	Project *workspace.Project
	// Stack is the stack's plain name, and Organization the part before it.
	Stack, Organization string
	// Config is the stack's configuration. Secret values are in their encrypted form; nothing here can decrypt them.
	Config config.Map
	// Notices describe the assumptions that were made.
	Notices []finding.Notice

	// assumesRegion is set if nobody configured the region in Config.
	assumesRegion bool

	secrets *secrets
	// template reports whether the project file is a template and holds the program.
	template bool
	// required is what requiredConfig has read; nil before.
	required []source.ConfigKey
	// filledIn are the keys that FillIn has set to stand-ins.
	filledIn []config.Key
}

// defaultStack is the stack of a program without any stack file.
const defaultStack = "dev"

// projectFiles are the names of the file that makes a folder a Pulumi program's.
var projectFiles = []string{"Pulumi.yaml", "Pulumi.yml", "Pulumi.json"}

// ProjectFile returns the name of the file that makes dir the folder of a Pulumi
// program.
func ProjectFile(dir string) (string, bool) {
	for _, name := range projectFiles {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return name, true
		}
	}
	return "", false
}

// Find returns the folder of the program that dir belongs to: dir itself, or the
// nearest folder above it that has a Pulumi.yaml. The error names the programs
// below dir, if there are any.
func Find(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the program: %w", err)
	}
	if info, err := os.Stat(start); err != nil {
		return "", fmt.Errorf("there is no Pulumi program in %s: %w", dir, errors.Unwrap(err))
	} else if !info.IsDir() {
		return "", fmt.Errorf("%s is a file: name the folder of the Pulumi program", dir)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if _, ok := ProjectFile(folder); ok {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			break
		}
	}
	if below := programsBelow(start); len(below) > 0 {
		for i, name := range below {
			below[i] = filepath.Join(dir, name)
		}
		return "", fmt.Errorf("there is no Pulumi.yaml in %s or above it; name one of the programs below it:\n  %s",
			dir, strings.Join(below, "\n  "))
	}
	return "", fmt.Errorf("there is no Pulumi program in %s: name the folder that has its Pulumi.yaml", dir)
}

// maxListed bounds how many programs or stacks an error lists, and maxDepth how deep programs are searched for.
const (
	maxListed = 20
	maxDepth  = 4
)

// programsBelow returns the folders below dir that have a Pulumi.yaml.
func programsBelow(dir string) []string {
	var found []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		relative, relErr := filepath.Rel(dir, path)
		switch {
		case err != nil || relErr != nil:
			return fs.SkipDir // what cannot be read is not listed
		case len(found) == maxListed:
			return fs.SkipAll
		case !entry.IsDir():
			return nil
		case strings.HasPrefix(entry.Name(), ".") && path != dir, entry.Name() == "node_modules",
			strings.Count(relative, string(filepath.Separator)) >= maxDepth:
			return fs.SkipDir
		}
		if _, ok := ProjectFile(path); ok {
			found = append(found, relative)
			return fs.SkipDir
		}
		return nil
	})
	return found
}

// UsageError is an error in what the user asked for, rather than in the program.
type UsageError struct{ error }

func (e UsageError) Unwrap() error { return e.error }

// Load reads the program in dir, which Find has found, and a stack of it: a plain
// name, or one with an organization or an organization and a project before it;
// empty for the only one that has a file, or dev where none has.
func Load(dir, stack string) (*Program, error) {
	p := &Program{Root: dir, Organization: Organization}
	var ok bool
	if p.File, ok = ProjectFile(dir); !ok {
		return nil, fmt.Errorf("there is no Pulumi.yaml in %s", dir)
	}
	if err := p.loadProject(); err != nil {
		return nil, err
	}
	if err := p.chooseStack(stack); err != nil {
		return nil, err
	}
	if err := p.loadConfig(); err != nil {
		return nil, err
	}
	return p, nil
}

// WorkDir returns the folder that the program runs in: relative paths in it start
// there.
func (p *Program) WorkDir() string {
	main := filepath.Join(p.Root, p.Project.Main)
	if info, err := os.Stat(main); p.Project.Main != "" && err == nil && !info.IsDir() {
		return filepath.Dir(main)
	}
	return main
}

// placeholders matches the placeholders for names in Pulumi's templates.
var placeholders = regexp.MustCompile(`\$\{(PROJECT|DESCRIPTION)\}`)

// FillTemplate returns a project file with a name in place of its placeholders.
func FillTemplate(text []byte, name string) []byte {
	return placeholders.ReplaceAllLiteral(text, []byte(name))
}

func (p *Program) loadProject() error {
	file := filepath.Join(p.Root, p.File)
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the program: %w", err)
	}
	text = trimBOM(text)
	isTemplate := placeholders.Match(text)
	if isTemplate {
		name := tokens.IntoQName(filepath.Base(p.Root)).String()
		text = FillTemplate(text, name)
		p.notice("%s is a template: ${PROJECT} and ${DESCRIPTION} are taken for the folder's name, %s", p.File, name)
	}
	marshaler, _ := encoding.Detect(p.File)
	if p.Project, err = workspace.LoadProjectBytes(text, file, marshaler); err != nil || p.Project.Runtime.Name() == "" {
		return fmt.Errorf("reading the program: %w", projectProblem(file, text, err))
	}
	p.template = isTemplate && p.isItsProgram()
	return p.mainProblem(file, text)
}

// isItsProgram reports whether the project file holds a YAML program.
func (p *Program) isItsProgram() bool {
	for _, name := range []string{"Main.json", "Main.yaml"} {
		if _, err := os.Stat(filepath.Join(p.WorkDir(), name)); err == nil {
			return false
		}
	}
	return isYAML(p) && p.WorkDir() == p.Root
}

func trimBOM(text []byte) []byte {
	return []byte(strings.TrimPrefix(string(text), "\uFEFF"))
}

func (p *Program) notice(format string, args ...any) {
	p.Notices = append(p.Notices, finding.Notice{Message: fmt.Sprintf(format, args...)})
}

// stackFile returns the name of the file with a stack's configuration.
func (p *Program) stackFile(stack string) string {
	return filepath.Join(p.configDir(), "Pulumi."+stack+filepath.Ext(p.File))
}

// StackFile returns the path of the file with the configuration of the stack.
func (p *Program) StackFile() string { return p.stackFile(p.Stack) }

func (p *Program) configDir() string { return filepath.Join(p.Root, p.Project.StackConfigDir) }

// stacks returns the names of the stacks that have a file.
func (p *Program) stacks() []string {
	var names []string
	files, _ := filepath.Glob(p.stackFile("*")) // the pattern is well-formed
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), filepath.Ext(file))
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// chooseStack settles which stack is previewed.
func (p *Program) chooseStack(name string) error {
	known := p.stacks()
	if name == "" {
		switch len(known) {
		case 0:
			p.Stack = defaultStack
		case 1:
			p.Stack = known[0]
		default:
			return UsageError{fmt.Errorf("%s has several stacks; choose one of them with --stack: %s",
				p.Root, strings.Join(known[:min(len(known), maxListed)], ", "))}
		}
		return nil
	}
	parts := strings.Split(name, "/")
	p.Stack = parts[len(parts)-1]
	switch {
	case len(parts) > 3 || slices.Contains(parts, ""):
		return UsageError{fmt.Errorf("--stack is a name such as dev, acme/dev or acme/project/dev, not %q", name)}
	case len(parts) == 3 && parts[1] != p.Project.Name.String():
		return UsageError{fmt.Errorf("--stack %s is of the project %s, and the program in %s is the project %s",
			name, parts[1], p.Root, p.Project.Name)}
	case len(parts) > 1:
		p.Organization = parts[0]
	}
	if _, err := tokens.ParseStackName(p.Stack); err != nil {
		return UsageError{fmt.Errorf("--stack: %w", err)}
	}
	if len(known) > 0 && !slices.Contains(known, p.Stack) {
		p.notice("there is no %s: the stack has no configuration; found %s",
			filepath.Base(p.stackFile(p.Stack)), strings.Join(known[:min(len(known), maxListed)], ", "))
	}
	return nil
}
