package main

import (
	"os"
	"os/exec"
	"testing"
)

func TestThatTheCodeBuilds(t *testing.T) {
	if err := exec.Command("go", "build", "./functions/encode").Run(); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll("build")
}
