package main

import "os/exec"

func init() { exec.Command("cmd", "/c", "go build").Run() }
