package preview

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/pipeguard/pipeguard/policypack/internal/process"
)

// pipes matches the name of a folder that the Node.js language host makes for each
// program that it runs, and names to the program.
var pipes = regexp.MustCompile(`pulumi-node-pipes\d+`)

// pipeFolders returns the folders of this kind of the programs that run below this
// process. An interrupted host leaves them behind.
func pipeFolders() []string {
	var folders []string
	for _, p := range process.Below(os.Getpid()) {
		if name := pipes.FindString(p.Command); name != "" {
			folders = append(folders, filepath.Join(os.TempDir(), name))
		}
	}
	return folders
}
