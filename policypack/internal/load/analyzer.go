// Package load builds a graph from what the engine and the CLI provide.
package load

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// AnalyzerResource converts a resource that Analyze gets: its arguments, before
// it is created. One of aws-native is adapted.
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

// provider returns the configuration of a resource's provider, or nil if the
// engine does not provide it.
func provider(r plugin.AnalyzerResource) resource.PropertyMap {
	switch {
	case r.Provider == nil:
		return nil
	case r.Provider.Properties == nil:
		return resource.PropertyMap{}
	}
	return r.Provider.Properties
}

// AnalyzerStackResource converts a resource that AnalyzeStack gets: its outputs
// and dependencies. inputs are the arguments that Analyze saw for the same URN,
// or nil if Analyze saw none because the engine only reads the resource. One of aws-native
// is adapted.
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
