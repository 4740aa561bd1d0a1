package planprovider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// A call is a call of a function, or a read, with its place.
type call struct {
	*config
	args    resource.PropertyMap
	account string
}

// location returns where the call is made: in the region among its arguments, which pulumi-aws v7 has, or else in
// that of the provider.
func (c *call) location() naming.Location {
	region := text(c.args, "region")
	if region == "" {
		region = c.region()
	}
	return naming.Locate(region, c.account)
}

// A function returns the results that it knows for certain.
type function func(c *call) (map[string]any, error)

// functions are the functions that can be answered without AWS: from the arguments alone, from the
// configuration or with the values of fixed.go.
var functions = map[string]function{
	"aws:iam/getPolicyDocument:getPolicyDocument":         getPolicyDocument,
	"aws:index/arnBuild:arnBuild":                         arnBuild,
	"aws:index/arnParse:arnParse":                         arnParse,
	"aws:index/getArn:getArn":                             getArn,
	"aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
	"aws:index/getCallerIdentity:getCallerIdentity":       getCallerIdentity,
	"aws:index/getDefaultTags:getDefaultTags":             getDefaultTags,
	"aws:index/getPartition:getPartition":                 getPartition,
	"aws:index/getRegion:getRegion":                       getRegion,
	"aws:index/getRegions:getRegions":                     getRegions,
	"aws:index/getServicePrincipal:getServicePrincipal":   getServicePrincipal,
	"aws:s3/getCanonicalUserId:getCanonicalUserId":        getCanonicalUserID,
	"aws:ssm/getParameter:getParameter":                   getParameter,
}

// Invoke answers every function: with what is known for certain, with what the user has set, and with stand-ins
// for the rest. The engine accepts no unknown values from a function.
func (p *provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	token := req.GetTok()
	args, err := unmarshal(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of %s: %w", token, err)
	}
	f, module, err := p.schema.Function(token)
	if errors.Is(err, schema.ErrUnknown) {
		key, message := token, fmt.Sprintf("the plan provider does not know the function %s; it returns the arguments", token)
		if p.schema.IsLenient() {
			key, message = versionWarning, newerWarning(p.schema, "the function "+token)
		}
		p.engine.warnOnce(ctx, key, "", message)
		return p.options.answerUnknown(token, args)
	}
	if err != nil {
		return nil, err
	}
	c := checker{table: p.schema, language: p.options.language, module: module, subject: token}
	c.check(args, f.Inputs)
	p.engine.warnOnce(ctx, versionWarning, "", c.warning())
	if len(c.failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: c.failures}, nil
	}

	call := &call{config: configOf(ctx), args: args, account: p.account()}
	results, err := exact(token, call)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, fmt.Errorf("answering %s: %w", token, err).Error())
	}
	pinned := p.options.answers.function(token, args)
	c = checker{table: p.schema, language: p.options.language, module: module, subject: "the answer for " + token}
	for _, name := range slices.Sorted(maps.Keys(pinned)) {
		known, ok := resolve(string(name), f.Outputs)
		if !ok && !p.schema.IsLenient() {
			c.fail("", fmt.Sprintf("%s has no result %s%s", token, name, c.suggestion(string(name), f.Outputs)))
			continue
		}
		c.value(string(name), pinned[name], f.Outputs[known])
		results[resource.PropertyKey(known)] = pinned[name]
	}
	if len(c.failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: c.failures}, nil
	}
	m := newMaker(token, call, module)
	m.untyped = slices.Contains(untypedLanguages, p.options.language)
	m.fill(results, f)
	if m.used {
		p.options.log.Add(standin.Entry{Kind: standin.Function, Name: token, Detail: describe(args)})
	}
	markSecrets(token, results, args.ContainsSecrets())
	marshalled, err := marshal(results)
	if err != nil {
		return nil, fmt.Errorf("writing the results of %s: %w", token, err)
	}
	return &pulumirpc.InvokeResponse{Return: marshalled}, nil
}

// exact returns the arguments, which AWS's functions echo as far as they are known, and what else is known for certain about a function's
// result. If a function rejects its arguments because of a stand-in among them, they count as unknown.
func exact(token string, c *call) (resource.PropertyMap, error) {
	results := resource.PropertyMap{}
	for name, value := range withoutInternal(c.args) {
		if !value.IsNull() && !value.ContainsUnknowns() {
			results[resource.PropertyKey(camelCase(string(name)))] = value
		}
	}
	f, ok := functions[token]
	if !ok {
		return results, nil
	}
	added, err := f(c)
	if err != nil {
		if hasStandIn(resource.NewProperty(c.args)) {
			return results, nil
		}
		return nil, err
	}
	for name, value := range added {
		v, ok := value.(resource.PropertyValue)
		if !ok {
			v = resource.NewPropertyValue(value)
		}
		results[resource.PropertyKey(name)] = v
	}
	return results, nil
}

// account returns the account that the stack is planned for.
func (p *provider) account() string {
	if p.options.account != "" {
		return p.options.account
	}
	return fixedAccount
}

// answerUnknown answers a function that the provider does not know: with its arguments and with
// what the user has set.
func (o *standIns) answerUnknown(token string, args resource.PropertyMap) (*pulumirpc.InvokeResponse, error) {
	results := withoutInternal(args)
	maps.Copy(results, o.answers.function(token, args))
	if !results.HasValue("id") {
		results["id"] = resource.NewProperty(standin.Text(token, describe(args), "id"))
		o.log.Add(standin.Entry{Kind: standin.Function, Name: token, Detail: describe(args)})
	}
	markSecrets(token, results, args.ContainsSecrets())
	marshalled, err := marshal(results)
	if err != nil {
		return nil, fmt.Errorf("writing the results of %s: %w", token, err)
	}
	return &pulumirpc.InvokeResponse{Return: marshalled}, nil
}

// getParameter returns the value of a public parameter that names a recommended machine image: a JSON object, which
// programs parse. It knows nothing of other parameters.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
// https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
func getParameter(c *call) (map[string]any, error) {
	name := text(c.args, "name")
	if !strings.HasPrefix(name, "/aws/service/") || !strings.HasSuffix(name, "/recommended") {
		return nil, nil
	}
	image := map[string]string{}
	for _, key := range []string{
		"schema_version", "image_id", "image_name", "os", "release_version", "ecs_agent_version", "ecs_runtime_version",
	} {
		image[key] = standin.Text("parameter", name, key)
	}
	value, err := json.Marshal(image)
	if err != nil {
		return nil, fmt.Errorf("writing the value of %s: %w", name, err)
	}
	return map[string]any{"value": string(value)}, nil
}

func getCallerIdentity(c *call) (map[string]any, error) {
	arn := fmt.Sprintf("arn:%s:iam::%s:user/%s", c.location().Partition.Name, c.account, fixedUser)
	return map[string]any{"accountId": c.account, "arn": arn, "id": c.account, "userId": fixedUserID}, nil
}

// getRegion returns the region asked for: by region since v7, by name before, or by its endpoint.
func getRegion(c *call) (map[string]any, error) {
	name := cmp.Or(text(c.args, "region"), text(c.args, "name"))
	if endpoint := text(c.args, "endpoint"); name == "" && endpoint != "" {
		// ec2.eu-west-1.amazonaws.com
		if parts := strings.Split(endpoint, "."); len(parts) > 1 {
			name = parts[1]
		}
	}
	if name == "" {
		name = c.region()
	}
	description := cmp.Or(regions[name], name)
	endpoint := fmt.Sprintf("ec2.%s.%s", name, naming.PartitionOf(name).DNSSuffix)
	return map[string]any{
		"name": name, "region": name, "id": name, "description": description, "endpoint": endpoint,
	}, nil
}

func getRegions(c *call) (map[string]any, error) {
	names := slices.Sorted(maps.Keys(regions))
	return map[string]any{"names": names, "id": c.location().Partition.Name}, nil
}

func getPartition(c *call) (map[string]any, error) {
	p := c.location().Partition
	return map[string]any{
		"partition": p.Name, "id": p.Name, "dnsSuffix": p.DNSSuffix, "reverseDnsPrefix": p.ReverseDNSPrefix,
	}, nil
}

func getAvailabilityZones(c *call) (map[string]any, error) {
	region := c.location().Region
	var names, ids []string
	for i, name := range zoneNames(region) {
		id := zoneIDs(region)[i]
		if !slices.Contains(texts(c.args, "excludeNames"), name) && !slices.Contains(texts(c.args, "excludeZoneIds"), id) {
			names, ids = append(names, name), append(ids, id)
		}
	}
	return map[string]any{"names": names, "zoneIds": ids, "groupNames": []string{region}, "id": region}, nil
}

func getArn(c *call) (map[string]any, error) {
	results, err := arnParse(c)
	if err != nil {
		return nil, err
	}
	results["id"], results["account"] = text(c.args, "arn"), results["accountId"]
	return results, nil
}

func arnParse(c *call) (map[string]any, error) {
	arn := text(c.args, "arn")
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return nil, fmt.Errorf("%q is not an ARN", arn)
	}
	return map[string]any{
		"partition": parts[1], "service": parts[2], "region": parts[3], "accountId": parts[4], "resource": parts[5],
	}, nil
}

func arnBuild(c *call) (map[string]any, error) {
	parts := []string{"arn"}
	for _, name := range []string{"partition", "service", "region", "accountId", "resource"} {
		parts = append(parts, text(c.args, name))
	}
	return map[string]any{"result": strings.Join(parts, ":")}, nil
}

func getServicePrincipal(c *call) (map[string]any, error) {
	service, region := text(c.args, "serviceName"), c.location().Region
	// Of the service principals in the partitions that package naming knows, only a few in China end otherwise.
	const suffix = "amazonaws.com"
	return map[string]any{
		"id":     fmt.Sprintf("%s.%s.%s", service, region, suffix),
		"name":   fmt.Sprintf("%s.%s", service, suffix),
		"region": region, "suffix": suffix,
	}, nil
}

func getDefaultTags(c *call) (map[string]any, error) {
	return map[string]any{"id": c.location().Partition.Name, "tags": c.defaultTags()}, nil
}

func getCanonicalUserID(*call) (map[string]any, error) {
	return map[string]any{"id": fixedCanonicalUserID, "displayName": fixedUser}, nil
}

// argument returns an argument in either spelling, or null if it is absent.
func argument(args resource.PropertyMap, name string) resource.PropertyValue {
	for key, value := range args {
		if camelCase(string(key)) == name {
			value, _ = reveal(value)
			return value
		}
	}
	return resource.NewNullProperty()
}

// text returns a string argument, or "" if it is absent or unknown.
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

// scalar returns a string, a number or a boolean as the string that AWS gets for it.
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
