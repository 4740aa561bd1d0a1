// Package naming computes what AWS and its Terraform provider derive from a resource's arguments: ids, ARNs, URLs and
// domain names, as far as AWS documents them as functions of the arguments and the resource's location.
//
// Each file covers one service. It has a table of templates by resource type, in which a new type or output is one more
// line, and functions for the few outputs that a template cannot express. The types are those of pulumi-aws v5 to v7,
// which share their tokens except for the suffix V2 in S3.
//
// The ARNs are those of the Service Authorization Reference. The ids are what the provider's source code makes of a
// resource; a test compares them with the SDKs' examples of `pulumi import`. Left out is everything that the provider's
// versions do not agree on, and everything that these documents do not cover.
package naming

import (
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// templates are the templates of a type's outputs by the outputs' names; "id" is the resource's id.
//
// In a template, {name} stands for the argument of that name, {name=x} for the argument or x if it is absent, and
// {name.filter} for what a filter makes of it. {partition}, {region}, {account} and {dnsSuffix} come from the location.
// Alternatives are separated by |; the first one whose arguments are all given is used.
type templates map[string]string

// function computes outputs that no template can express. It leaves out those that are not known.
type function func(*arguments) resource.PropertyMap

// types are the templates of every type by its token without V2.
var types = merge(
	apiGatewayTypes, cloudFrontTypes, cloudWatchTypes, dynamoDBTypes, ec2Types, ecrTypes, eventBridgeTypes, iamTypes,
	kmsTypes, lambdaTypes, otherTypes, s3Types, schedulerTypes, snsTypes, sqsTypes,
)

// functions are the functions of the types that need one.
var functions = merge(apiGatewayFunctions, cloudWatchFunctions, lambdaFunctions, s3Functions)

// defaults returns a function for arguments that have a default in the Terraform provider, which then becomes an
// output. It does not cover arguments with a default in AWS alone, which the provider leaves out.
func defaults(values resource.PropertyMap) function {
	return func(a *arguments) resource.PropertyMap {
		outputs := resource.PropertyMap{}
		for name, value := range values {
			if _, p := a.value(string(name)); p == absent {
				outputs[name] = value
			}
		}
		return outputs
	}
}

func merge[V any](tables ...map[string]V) map[string]V {
	all := map[string]V{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// Outputs returns the outputs of a resource, including its id, that follow from its arguments and its location. An
// output that depends on an unknown argument is left out; one that depends on a secret is secret. A region argument,
// which pulumi-aws has since v7, overrides the region of the location.
func Outputs(token string, inputs resource.PropertyMap, at Location) resource.PropertyMap {
	token = string(graph.Canonical(token))
	outputs := resource.PropertyMap{}
	for name, template := range types[token] {
		a := &arguments{inputs: inputs, at: at}
		if s, ok := a.expand(template); ok {
			outputs[resource.PropertyKey(name)] = a.mark(resource.NewProperty(s))
		}
	}
	for _, f := range functions[token] {
		a := &arguments{inputs: inputs, at: at}
		for name, value := range f(a) {
			outputs[name] = a.mark(value)
		}
	}
	return outputs
}

// ARN returns the ARN of a resource of a stack as far as it is known. If the stack does not show it, it is computed
// from the resource's arguments, with the hole for each part that they do not show. It is "" for a type whose ARN does
// not follow from them.
func ARN(r *graph.Resource, hole string) string {
	if own, ok := r.Property("arn").Str(); ok && own != "" {
		return own
	}
	template, _, _ := strings.Cut(types[string(r.Type)]["arn"], "|")
	return templateField.ReplaceAllStringFunc(template, func(field string) string {
		parts := templateField.FindStringSubmatch(field)
		name, filtered, fallback := parts[1], parts[2] != "", strings.TrimPrefix(parts[3], "=")
		switch name {
		case "partition", "account", "dnsSuffix":
			return hole
		case "region":
			if region := r.Region(); region.Name != "" && !region.Open {
				return region.Name
			}
			return hole
		}
		switch s, known := r.Property(name).Str(); {
		case known && s != "" && !filtered:
			return s
		case fallback != "" && r.Setting(name).Absent():
			return fallback
		default:
			return hole
		}
	})
}
