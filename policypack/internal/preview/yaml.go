package preview

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// YAML is the text of a program in Pulumi YAML, which tells what its language host
// does not. A nil one is of a program in another language, of which it knows nothing.
type YAML struct{ program *yamlprogram.Program }

// ReadYAML reads the YAML program in dir; nil if it is none. The failures are what is
// wrong with it.
func ReadYAML(dir, runtime string) (*YAML, []finding.Failure) {
	if runtime != "yaml" {
		return nil, nil
	}
	program, failures := source.YAMLProgram(dir)
	return &YAML{program}, failures
}

// Locate returns where the program declares a resource, or a property of it.
func (y *YAML) Locate(urn resource.URN, property string) finding.Location {
	if y == nil || !urn.IsValid() {
		return finding.Location{}
	}
	r, ok := y.program.Resources[urn.Name()]
	if !ok || !isTypeOf(r.Type, string(urn.Type())) {
		return finding.Location{}
	}
	return r.Locate(property)
}

// isTypeOf reports whether the type that a program writes may be the one that Pulumi
// resolves it to: aws:s3:Bucket is aws:s3/bucket:Bucket. An alias changes more than
// the middle, but neither the package nor that it is the resource of this name.
func isTypeOf(written, token string) bool {
	a, _, _ := strings.Cut(written, ":")
	b, _, _ := strings.Cut(token, ":")
	return a == b
}

// use is what a program uses of a package, and in which version.
type use struct {
	planprovider.Use
	version string
}

// uses returns what the program uses of each package.
func (y *YAML) uses() map[string]*use {
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
	if y == nil {
		return uses
	}
	for _, r := range y.program.Resources {
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
	for _, c := range y.program.Calls {
		u := of(c.Func)
		if u == nil || u.Resources[c.Func] != nil {
			continue
		}
		for _, a := range c.Args {
			u.Functions[c.Func] = append(u.Functions[c.Func], a.Name)
		}
	}
	for _, u := range uses {
		u.Reads = y.program.Reads
	}
	return uses
}

// attachVariable is the environment variable that names the ports of providers that
// run already.
const attachVariable = "PULUMI_DEBUG_PROVIDERS"

// serve lets the YAML host have the schemas of the program's packages, until ctx ends:
// it starts a plugin host of its own, which looks for the providers on the network
// unless they are named in the environment.
func (y *YAML) serve(ctx context.Context) error {
	if y == nil {
		return nil
	}
	var attached []string
	if given := os.Getenv(attachVariable); given != "" {
		attached = append(attached, given)
	}
	for name, use := range y.uses() {
		version := use.version
		if version == "" && name == "aws" {
			version = planprovider.NewestVersion()
		}
		port, _, err := planprovider.StartPackage(ctx, name, version, planprovider.Uses(use.Use))
		if err != nil {
			return fmt.Errorf("serving the schema of %s: %w", name, err)
		}
		attached = append(attached, fmt.Sprintf("%s:%d", name, port))
	}
	slices.Sort(attached)
	if err := os.Setenv(attachVariable, strings.Join(attached, ",")); err != nil {
		return fmt.Errorf("naming the providers to the language host: %w", err)
	}
	return nil
}
