// Package e2e_test runs the real Pulumi CLI on the programs in testdata/stacks
// and on the reference stack, under the policy pack and with the plan provider
// in place of AWS.
package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// All tests here use these; TestMain sets them.
var (
	// root is the folder of the repository.
	root string
	// pipeguard is the binary under test.
	pipeguard string
	// planProvider is a folder in which the engine finds it as the provider of aws.
	planProvider string
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// slowRulesEnv makes this test binary preview the program in the folder that it names
// under slow rules: a preview changes the environment of its process.
const slowRulesEnv = "PIPEGUARD_E2E_SLOW_RULES"

func run(m *testing.M) int {
	if os.Getenv(slowRulesEnv) != "" {
		return m.Run() // everything it needs is set up
	}
	dir, err := os.MkdirTemp("", "pipeguard-e2e-")
	if err != nil {
		fmt.Fprintf(os.Stderr, "making a folder for the binary: %v\n", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := setUp(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func setUp(dir string) error {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) {
		file = "main_test.go" // built with -trimpath: go test runs in this folder
	}
	var err error
	if root, err = filepath.Abs(filepath.Join(filepath.Dir(file), "..", "..")); err != nil {
		return fmt.Errorf("finding the repository: %w", err)
	}
	// The tests set what they need themselves: neither an account nor a login of
	// the machine may influence them.
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "PULUMI_") {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("clearing %s: %w", name, err)
			}
		}
	}
	environment := map[string]string{
		"PATH": filepath.Join(root, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH"),
		// Most of the time is spent on linking the programs; without symbols it is less.
		"GOFLAGS":                  strings.TrimSpace(os.Getenv("GOFLAGS") + " -ldflags=-s"),
		"PULUMI_SKIP_UPDATE_CHECK": "true",
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	if _, err := exec.LookPath("pulumi"); err != nil {
		return errors.New("there is no pulumi in bin/ or on the PATH: run `make tools`")
	}
	return build(dir)
}

// build builds the binary into dir, and installs it in place of the provider.
func build(dir string) error {
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	pipeguard = filepath.Join(dir, "pipeguard"+suffix)
	cmd := exec.Command("go", "build", "-o", pipeguard, "./policypack/cmd/pipeguard")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building pipeguard: %w\n%s", err, out)
	}
	planProvider = filepath.Join(dir, "provider")
	if err := os.Mkdir(planProvider, 0o700); err != nil {
		return fmt.Errorf("making a folder for the plan provider: %w", err)
	}
	if err := os.Link(pipeguard, filepath.Join(planProvider, "pulumi-resource-aws"+suffix)); err != nil {
		return fmt.Errorf("putting the plan provider in place: %w", err)
	}
	return nil
}
