//go:build engine

package main

// This is what pipeguard links and a policy pack alone does not: the start of
// an analyzer that also contains Pulumi's engine is the least that pipeguard's
// start can take.
import _ "github.com/pulumi/pulumi/pkg/v3/engine"
