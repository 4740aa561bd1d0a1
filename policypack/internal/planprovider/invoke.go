package planprovider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
)

// A function answers an invocation with the results to add to the arguments, which AWS's functions echo.
type function func(c *config, args resource.PropertyMap) (map[string]any, error)

// functions are the functions that can be answered without AWS: from the arguments alone, from the
// configuration or with the values of fixed.go.
var functions = map[string]function{
	"aws:iam/getPolicyDocument:getPolicyDocument":         getPolicyDocument,
	"aws:index/getArn:getArn":                             getArn,
	"aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
	"aws:index/getCallerIdentity:getCallerIdentity":       getCallerIdentity,
	"aws:index/getDefaultTags:getDefaultTags":             getDefaultTags,
	"aws:index/getPartition:getPartition":                 getPartition,
	"aws:index/getRegion:getRegion":                       getRegion,
	"aws:index/getRegions:getRegions":                     getRegions,
	"aws:index/getServicePrincipal:getServicePrincipal":   getServicePrincipal,
	"aws:s3/getCanonicalUserId:getCanonicalUserId":        getCanonicalUserID,
}

// Invoke answers a function that needs no AWS account, and fails for the others.
func (p *provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	token := req.GetTok()
	f, ok := functions[token]
	if !ok {
		return nil, status.Errorf(codes.FailedPrecondition,
			"the plan provider has no answer for the function %s, which asks AWS; %s", token, realProvider)
	}
	function, module, err := p.schema.Function(token)
	if err != nil {
		return nil, err
	}
	args, err := unmarshal(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", token, err)
	}
	c := checker{table: p.schema, module: module, subject: token}
	c.check(args, function.Inputs)
	p.engine.warnOnce(ctx, versionWarning, "", c.warning())
	if len(c.failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: c.failures}, nil
	}
	added, err := f(configOf(ctx), args)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, fmt.Errorf("answering %s: %w", token, err).Error())
	}
	results := withoutInternal(args)
	for name, value := range added {
		v, ok := value.(resource.PropertyValue)
		if !ok {
			v = resource.NewPropertyValue(value)
		}
		if args.ContainsSecrets() && !v.IsSecret() {
			v = resource.MakeSecret(v)
		}
		results[resource.PropertyKey(name)] = v
	}
	marshalled, err := marshal(results)
	if err != nil {
		return nil, fmt.Errorf("writing the results of %s: %w", token, err)
	}
	return &pulumirpc.InvokeResponse{Return: marshalled}, nil
}

func getCallerIdentity(c *config, _ resource.PropertyMap) (map[string]any, error) {
	arn := fmt.Sprintf("arn:%s:iam::%s:user/%s", aws.PartitionOf(c.region()).Name, fixedAccount, fixedUser)
	return map[string]any{"accountId": fixedAccount, "arn": arn, "id": fixedAccount, "userId": fixedUserID}, nil
}

func getRegion(c *config, args resource.PropertyMap) (map[string]any, error) {
	name := text(args, "name")
	if endpoint := text(args, "endpoint"); name == "" && endpoint != "" {
		// ec2.eu-west-1.amazonaws.com
		if parts := strings.Split(endpoint, "."); len(parts) > 1 {
			name = parts[1]
		}
	}
	if name == "" {
		name = c.region()
	}
	description := regions[name]
	if description == "" {
		description = name
	}
	endpoint := fmt.Sprintf("ec2.%s.%s", name, aws.PartitionOf(name).DNSSuffix)
	return map[string]any{"name": name, "id": name, "description": description, "endpoint": endpoint}, nil
}

func getRegions(c *config, _ resource.PropertyMap) (map[string]any, error) {
	names := slices.Sorted(maps.Keys(regions))
	return map[string]any{"names": names, "id": aws.PartitionOf(c.region()).Name}, nil
}

func getPartition(c *config, _ resource.PropertyMap) (map[string]any, error) {
	p := aws.PartitionOf(c.region())
	return map[string]any{
		"partition": p.Name, "id": p.Name, "dnsSuffix": p.DNSSuffix, "reverseDnsPrefix": p.ReverseDNSPrefix,
	}, nil
}

func getAvailabilityZones(c *config, args resource.PropertyMap) (map[string]any, error) {
	region := c.region()
	var names, ids []string
	for i, name := range zoneNames(region) {
		id := zoneIDs(region)[i]
		if !slices.Contains(texts(args, "excludeNames"), name) && !slices.Contains(texts(args, "excludeZoneIds"), id) {
			names, ids = append(names, name), append(ids, id)
		}
	}
	return map[string]any{"names": names, "zoneIds": ids, "groupNames": []string{region}, "id": region}, nil
}

func getArn(_ *config, args resource.PropertyMap) (map[string]any, error) {
	arn := text(args, "arn")
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return nil, fmt.Errorf("%q is not an ARN", arn)
	}
	return map[string]any{
		"id": arn, "partition": parts[1], "service": parts[2], "region": parts[3], "account": parts[4],
		"resource": parts[5],
	}, nil
}

func getServicePrincipal(c *config, args resource.PropertyMap) (map[string]any, error) {
	service, region := text(args, "serviceName"), text(args, "region")
	if region == "" {
		region = c.region()
	}
	// Of the services' principals in the partitions that package aws knows, only a few in China end otherwise.
	const suffix = "amazonaws.com"
	return map[string]any{
		"id":     fmt.Sprintf("%s.%s.%s", service, region, suffix),
		"name":   fmt.Sprintf("%s.%s", service, suffix),
		"region": region, "suffix": suffix,
	}, nil
}

func getDefaultTags(c *config, _ resource.PropertyMap) (map[string]any, error) {
	return map[string]any{"id": aws.PartitionOf(c.region()).Name, "tags": c.defaultTags()}, nil
}

func getCanonicalUserID(*config, resource.PropertyMap) (map[string]any, error) {
	return map[string]any{"id": fixedCanonicalUserID, "displayName": fixedUser}, nil
}

// argument returns an argument in either spelling, null if it is absent.
func argument(args resource.PropertyMap, name string) resource.PropertyValue {
	for key, value := range args {
		if camelCase(string(key)) == name {
			value, _ = reveal(value)
			return value
		}
	}
	return resource.NewNullProperty()
}

// text returns a string argument, "" if it is absent or unknown.
func text(args resource.PropertyMap, name string) string {
	s, _ := scalar(argument(args, name))
	return s
}

// texts returns the strings of a list argument.
func texts(args resource.PropertyMap, name string) []string {
	var list []string
	if value := argument(args, name); value.IsArray() {
		for _, v := range value.ArrayValue() {
			if s, ok := scalar(v); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// scalar returns a string, a number or a boolean as the string that AWS is sent for it.
func scalar(value resource.PropertyValue) (string, bool) {
	value, _ = reveal(value)
	switch {
	case value.IsString():
		return value.StringValue(), true
	case value.IsBool():
		return strconv.FormatBool(value.BoolValue()), true
	case value.IsNumber():
		return strconv.FormatFloat(value.NumberValue(), 'f', -1, 64), true
	}
	return "", false
}
