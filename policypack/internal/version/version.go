// Package version is the version of the policy pack and of the binary.
package version

// Version is a semantic version, as PulumiPolicy.yaml carries it too.
const Version = "0.1.0"
