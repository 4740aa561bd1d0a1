package preview

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/process"
)

// nodeHost is the name of the Node.js language host, and pipes matches the name of a folder that the host creates for
// each program that it runs, and passes to the program.
const nodeHost = "pulumi-language-nodejs"

var pipes = regexp.MustCompile(`pulumi-node-pipes\d+`)

// An interrupted preview waits for a host to start its program, which alone tells the
// name of the folder: it looks for it every moment, for as long as patience lasts. That
// is as long as the engine waits for a plugin to end.
const (
	moment   = 50 * time.Millisecond
	patience = 5 * time.Second
)

// pipeFolders returns the folders of this kind of the programs that run below this
// process. An interrupted host leaves them behind.
func pipeFolders() []string {
	for end := time.Now().Add(patience); ; time.Sleep(moment) {
		hosts := 0
		var folders []string
		for _, p := range process.Below(os.Getpid()) {
			if name := pipes.FindString(p.Command); name != "" {
				folders = append(folders, filepath.Join(os.TempDir(), name))
			} else if strings.Contains(p.Command, nodeHost) {
				hosts++
			}
		}
		if hosts <= len(folders) || time.Now().After(end) {
			return folders
		}
	}
}
