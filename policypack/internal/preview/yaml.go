package preview

import (
	"context"
	"fmt"
	"os"
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
		for _, a := range c.Args {
			u.Functions[c.Func] = append(u.Functions[c.Func], a.Name)
		}
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

// attachVariable is the environment variable that names the ports of providers that
// run already.
const attachVariable = "PULUMI_DEBUG_PROVIDERS"

// serveSchemas lets the YAML host have the schemas of the program's packages, until
// ctx ends: it starts a plugin host of its own, which looks for the providers on the
// network unless they are named in the environment. restore puts the environment back
// as it was, for plugins that are to be looked for by this process after the host has
// started.
func serveSchemas(ctx context.Context, program *yamlprogram.Program) (restore func() error, err error) {
	var attached []string
	given, set := os.LookupEnv(attachVariable)
	if given != "" {
		attached = append(attached, given)
	}
	for name, use := range usesOf(program) {
		port, _, err := planprovider.StartPackage(ctx, name, use.version, planprovider.Uses(use.Use))
		if err != nil {
			return nil, fmt.Errorf("serving the schema of %s: %w", name, err)
		}
		attached = append(attached, fmt.Sprintf("%s:%d", name, port))
	}
	slices.Sort(attached)
	if err := os.Setenv(attachVariable, strings.Join(attached, ",")); err != nil {
		return nil, fmt.Errorf("naming the providers to the language host: %w", err)
	}
	return func() error {
		if !set {
			return os.Unsetenv(attachVariable)
		}
		return os.Setenv(attachVariable, given)
	}, nil
}
