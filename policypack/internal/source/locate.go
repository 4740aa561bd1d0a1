package source

import (
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// projectFiles lists the possible names of a project file.
var projectFiles = []string{"Pulumi.yaml", "Pulumi.yml"}

// Locate returns the two folders of a program, given either of them: root, which contains the project file and which
// the paths in findings are relative to, and work, which the program runs in and which its own paths are relative to.
// They differ if the project file has a `main`. A folder that no project file refers to is both.
func Locate(dir string) (root, work string) {
	if p, ok := projectIn(dir); ok {
		return dir, workingFolder(dir, p.main())
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, dir
	}
	for at := filepath.Dir(abs); ; at = filepath.Dir(at) {
		if p, ok := projectIn(at); ok {
			if workingFolder(at, p.main()) == abs {
				return at, dir
			}
			return dir, dir
		}
		if at == filepath.Dir(at) {
			return dir, dir
		}
	}
}

// Runtime returns the name of the language runtime in a program's project file, or "" if there is none.
func Runtime(dir string) string {
	root, _ := Locate(dir)
	p, _ := projectIn(root)
	if p.Runtime.Kind == yaml.ScalarNode {
		return p.Runtime.Value
	}
	var runtime struct {
		Name string `yaml:"name"`
	}
	_ = p.Runtime.Decode(&runtime) // findProject reports what is wrong with it
	return runtime.Name
}

// projectFile is the part of a project file that is read here.
type projectFile struct {
	Main    string    `yaml:"main"`
	Runtime yaml.Node `yaml:"runtime"`
}

func (p projectFile) main() string { return strings.ReplaceAll(p.Main, `\`, "/") }

// projectIn returns the project file in dir, and whether there is one.
func projectIn(dir string) (p projectFile, ok bool) {
	for _, name := range projectFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		_ = yaml.Unmarshal(text, &p) // findProject reports what is wrong with it
		return p, true
	}
	return p, false
}

// workingFolder returns the folder that Pulumi runs a program in: main, or the
// folder of that file.
func workingFolder(root, main string) string {
	if main == "" {
		return root
	}
	at := filepath.Join(root, filepath.FromSlash(main))
	if info, err := os.Stat(at); err == nil && !info.IsDir() {
		return filepath.Dir(at)
	}
	return at
}
