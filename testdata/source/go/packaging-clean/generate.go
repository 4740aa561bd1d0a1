//go:build ignore

package main

import "os/exec"

func main() { exec.Command("npm", "run", "build").Run() }
