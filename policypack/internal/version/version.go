// Package version holds the version of the policy pack and of the binary.
package version

// Version is a semantic version; PulumiPolicy.yaml carries the same.
const Version = "0.1.0"
