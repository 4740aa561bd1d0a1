// Package load makes a graph of what the engine and the CLI hand over.
package load

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// AnalyzerResource is a resource as Analyze gets it: its arguments, before it
// is created. One of aws-native is adapted.
func AnalyzerResource(r plugin.AnalyzerResource) *graph.Resource {
	inputs := r.Properties
	if inputs == nil {
		inputs = resource.PropertyMap{}
	}
	return native.Adapt(&graph.Resource{
		URN:       r.URN,
		Type:      graph.Canonical(string(r.Type)),
		Name:      r.Name,
		Inputs:    inputs,
		Parent:    r.Options.Parent,
		Provider:  provider(r),
		Component: r.Provider == nil,
		Protect:   r.Options.Protect,
	})
}

// provider is the configuration of a resource's provider; nil when the engine
// does not tell.
func provider(r plugin.AnalyzerResource) resource.PropertyMap {
	switch {
	case r.Provider == nil:
		return nil
	case r.Provider.Properties == nil:
		return resource.PropertyMap{}
	}
	return r.Provider.Properties
}

// AnalyzerStackResource is a resource as AnalyzeStack gets it: its outputs and
// dependencies. One of aws-native is adapted. inputs are the arguments that Analyze saw for the same URN; nil
// when Analyze saw none, because the engine only reads the resource.
func AnalyzerStackResource(r plugin.AnalyzerStackResource, inputs resource.PropertyMap) *graph.Resource {
	return native.Adapt(&graph.Resource{
		URN:                  r.URN,
		Type:                 graph.Canonical(string(r.Type)),
		Name:                 r.Name,
		Inputs:               inputs,
		Outputs:              r.Properties,
		Parent:               r.Parent,
		Dependencies:         r.Dependencies,
		PropertyDependencies: r.PropertyDependencies,
		Provider:             provider(r.AnalyzerResource),
		Component:            r.Provider == nil,
		Protect:              r.Options.Protect,
	})
}
