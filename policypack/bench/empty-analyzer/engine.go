//go:build engine

package main

// What pipeguard links and a policy pack alone does not: the start of an
// analyzer that has Pulumi's engine in it as well is the least that pipeguard's
// own can cost.
import _ "github.com/pulumi/pulumi/pkg/v3/engine"
