package preview

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// use is what a program uses of a package, and in which version.
type use struct {
	planprovider.Use
	version string
}

// usesOf returns what a YAML program uses of each package; nil for a program in
// another language.
func usesOf(program *yamlprogram.Program) map[string]*use {
	if program == nil {
		return nil
	}
	uses := map[string]*use{}
	of := func(token string) *use {
		pkg, rest, ok := strings.Cut(token, ":")
		if name, isProvider := strings.CutPrefix(rest, "providers:"); pkg == "pulumi" && isProvider {
			pkg = name
		} else if !ok || pkg == "pulumi" {
			return nil
		}
		if uses[pkg] == nil {
			uses[pkg] = &use{Use: planprovider.Use{Resources: map[string][]string{}, Functions: map[string][]string{}}}
		}
		return uses[pkg]
	}
	for _, r := range program.Resources {
		u := of(r.Type)
		if u == nil {
			continue
		}
		u.version = max(u.version, r.Version)
		arguments := u.Resources[r.Type]
		for property := range r.Properties {
			if !strings.ContainsAny(property, ".[") {
				arguments = append(arguments, property)
			}
		}
		u.Resources[r.Type] = arguments
	}
	for _, c := range program.Calls {
		u := of(c.Func)
		if u == nil || u.Resources[c.Func] != nil {
			continue
		}
		arguments := u.Functions[c.Func] // of several calls, or none of a call without any
		for _, a := range c.Args {
			arguments = append(arguments, a.Name)
		}
		u.Functions[c.Func] = arguments
	}
	if u := uses["aws"]; u != nil && u.version == "" {
		u.version = planprovider.NewestVersion()
	}
	// Pulumi YAML refuses images of docker before version 4.
	if u := uses["docker"]; u != nil && u.version == "" {
		u.version = "4.0.0"
	}
	for _, u := range uses {
		u.Reads = program.Reads
	}
	return uses
}

// FillTemplateCommand is the command of this binary's that prints the project file in
// the current folder with the name that follows in the place of its placeholders.
const FillTemplateCommand = "fill-template"

// fillTemplate has the YAML host, which reads the project file itself, read what this
// binary makes of it: a compiler's output, for the host.
func (p *Program) fillTemplate() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this binary: %w", err)
	}
	p.Project.Runtime.SetOption("compiler", fmt.Sprintf("'%s' %s '%s'", self, FillTemplateCommand, p.Project.Name))
	return nil
}

// compilerOutput matches how the host names what a compiler has printed.
var compilerOutput = regexp.MustCompile(`<stdout from compiler [^>]*>`)

// attachVariable is the environment variable that names the ports of providers that
// run already.
const attachVariable = "PULUMI_DEBUG_PROVIDERS"

// serveSchemas serves the schemas of the program's packages to the YAML host, until
// ctx ends, and returns the value of attachVariable by which the host finds them:
// it starts a plugin host of its own, which looks for the providers on the network
// unless they are named there.
func serveSchemas(ctx context.Context, program *yamlprogram.Program) (string, error) {
	var attached []string
	if given := os.Getenv(attachVariable); given != "" {
		attached = append(attached, given)
	}
	for name, use := range usesOf(program) {
		port, _, err := planprovider.StartPackage(ctx, name, use.version, planprovider.Uses(use.Use))
		if err != nil {
			return "", fmt.Errorf("serving the schema of %s: %w", name, err)
		}
		attached = append(attached, fmt.Sprintf("%s:%d", name, port))
	}
	slices.Sort(attached)
	return strings.Join(attached, ","), nil
}
