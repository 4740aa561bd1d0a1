package source

import (
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// projectFiles are the names of a project file.
var projectFiles = []string{"Pulumi.yaml", "Pulumi.yml"}

// Locate returns the two folders of a program by either of them: root, which holds
// the project file and which findings name files from, and work, which the program
// runs in and which it names files from. They differ where the project file has a
// `main`. A folder without a project that names it is both.
func Locate(dir string) (root, work string) {
	if main, ok := mainOf(dir); ok {
		return dir, workingFolder(dir, main)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, dir
	}
	for at := filepath.Dir(abs); ; at = filepath.Dir(at) {
		if main, ok := mainOf(at); ok {
			if workingFolder(at, main) == abs {
				return at, dir
			}
			return dir, dir
		}
		if at == filepath.Dir(at) {
			return dir, dir
		}
	}
}

// mainOf returns the main of the project file in dir, and whether there is a
// project file.
func mainOf(dir string) (main string, ok bool) {
	for _, name := range projectFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		var project struct {
			Main string `yaml:"main"`
		}
		_ = yaml.Unmarshal(text, &project) // findProject reports what is wrong with it
		return strings.ReplaceAll(project.Main, `\`, "/"), true
	}
	return "", false
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
