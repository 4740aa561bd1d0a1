package planprovider

import "github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"

// Use is what a program uses of a package.
type Use = schema.Use

// PackageSchema returns the package schema, as JSON, of a package in a version; "" stands for the newest that the
// plan provider knows. The type checker of Pulumi YAML asks for it. It carries the version that is asked for, but
// lacks what a newer version has added. It has what the program uses; for packages other than aws and random, it has
// nothing else.
func PackageSchema(pkg, version string, use Use) ([]byte, error) {
	if pkg == "aws" {
		return schema.PackageSpec(version, use)
	}
	return schema.OtherSpec(pkg, version, use)
}

// NewestVersion returns the newest version of pulumi-aws that the plan provider knows.
func NewestVersion() string { return schema.For("").Version() }
