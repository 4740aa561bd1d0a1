// Package lib prepares what the program deploys.
package lib

import "os/exec"

// Install is reached from the entry point, and so it counts.
func Install(tool string) error {
	return exec.Command(tool, "install").Run() // want source-runtime-packaging
}
