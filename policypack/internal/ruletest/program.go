// Package ruletest makes graphs of small Pulumi YAML programs, so that rules
// can be tested on what a user would write. It supports the part of Pulumi YAML
// that the rules' examples use, and rejects the rest.
package ruletest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Phase is how much of the stack is known.
type Phase int

const (
	// Preview is a first preview: names that the program or auto-naming sets
	// are known; what AWS computes (ids, ARNs, URLs) is not.
	Preview Phase = iota
	// Deployed is a deployed stack: everything is known.
	Deployed
)

// This is the stack that every program here is deployed as. A resource that names
// another region, or whose provider does, is in that region.
const (
	Project      = "images"
	Stack        = "dev"
	Organization = "acme"
	Account      = "123456789012"
	Region       = "us-east-1"
)

type program struct {
	Name      string              `yaml:"name"`
	Runtime   string              `yaml:"runtime"`
	Resources map[string]declared `yaml:"resources"`
	Outputs   map[string]any      `yaml:"outputs"`
}

type declared struct {
	Type       string         `yaml:"type"`
	Properties map[string]any `yaml:"properties"`
	Get        map[string]any `yaml:"get"`
	Options    struct {
		Parent    string   `yaml:"parent"`
		DependsOn []string `yaml:"dependsOn"`
		Provider  string   `yaml:"provider"`
		Protect   bool     `yaml:"protect"`
		// Aliases are former names. The engine matches them with its state and
		// does not pass them to a policy pack.
		Aliases []any `yaml:"aliases"`
		// Import is the id of a resource that already exists, so that nothing
		// of it is unknown, even in a preview.
		Import string `yaml:"import"`
	} `yaml:"options"`
}

// Graph returns the graph of a Pulumi YAML program in a phase.
func Graph(text string, phase Phase) (*graph.Graph, error) {
	var p program
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("parsing the program: %w", err)
	}
	e := &evaluation{program: p, phase: phase, done: map[string]*graph.Resource{}}
	for _, name := range slices.Sorted(maps.Keys(p.Resources)) {
		if _, err := e.resource(name); err != nil {
			return nil, err
		}
	}
	outputs, _, err := e.object(p.Outputs)
	if err != nil {
		return nil, fmt.Errorf("outputs: %w", err)
	}
	resources := []*graph.Resource{{
		URN: stackURN, Type: graph.StackType, Name: Project + "-" + Stack,
		Inputs: resource.PropertyMap{}, Outputs: outputs,
	}}
	for _, name := range slices.Sorted(maps.Keys(e.done)) {
		resources = append(resources, native.Adapt(e.done[name]))
	}
	return graph.New(Project, Stack, Organization, resources), nil
}

const stackURN resource.URN = "urn:pulumi:" + Stack + "::" + Project + "::pulumi:pulumi:Stack::" + Project + "-" + Stack

// URN returns the URN of a resource of a program.
func URN(token, name string) resource.URN {
	return resource.URN("urn:pulumi:" + Stack + "::" + Project + "::" + fullToken(token) + "::" + name)
}

// fullToken converts Pulumi YAML's short form aws:s3:Bucket to the engine's
// aws:s3/bucket:Bucket.
func fullToken(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || strings.Contains(parts[1], "/") || parts[0] == "pulumi" || parts[0] == native.Package {
		return token
	}
	return parts[0] + ":" + parts[1] + "/" + strings.ToLower(parts[2][:1]) + parts[2][1:] + ":" + parts[2]
}

// evaluation evaluates resources one by one, each after those that it refers to.
type evaluation struct {
	program program
	phase   Phase
	done    map[string]*graph.Resource
	busy    []string
}

func (e *evaluation) resource(name string) (*graph.Resource, error) {
	if r := e.done[name]; r != nil {
		return r, nil
	}
	d, ok := e.program.Resources[name]
	if !ok {
		return nil, fmt.Errorf("there is no resource %q", name)
	}
	if slices.Contains(e.busy, name) {
		return nil, fmt.Errorf("resource %q refers to itself", name)
	}
	e.busy = append(e.busy, name)
	defer func() { e.busy = e.busy[:len(e.busy)-1] }()

	r := &graph.Resource{
		URN: URN(d.Type, name), Type: graph.Canonical(fullToken(d.Type)), Name: name,
		Parent: stackURN, Protect: d.Options.Protect,
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{},
	}
	for _, reference := range append(slices.Clone(d.Options.DependsOn), d.Options.Parent) {
		if reference == "" {
			continue
		}
		other, err := e.resource(strings.TrimSuffix(strings.TrimPrefix(reference, "${"), "}"))
		if err != nil {
			return nil, fmt.Errorf("options of %s: %w", name, err)
		}
		if reference == d.Options.Parent {
			r.Parent = other.URN
		} else {
			r.Dependencies = append(r.Dependencies, other.URN)
		}
	}
	r.Provider = resource.PropertyMap{} // the default provider, with nothing configured
	if d.Options.Provider != "" {
		provider, err := e.resource(strings.TrimSuffix(strings.TrimPrefix(d.Options.Provider, "${"), "}"))
		if err != nil {
			return nil, fmt.Errorf("options of %s: %w", name, err)
		}
		r.Provider = provider.Inputs
	}
	given := d.Properties
	if d.Get != nil {
		given = d.Get
	}
	args, deps, err := e.object(given)
	if err != nil {
		return nil, fmt.Errorf("properties of %s: %w", name, err)
	}
	for key, urns := range deps {
		r.PropertyDependencies[key] = urns
		r.Dependencies = append(r.Dependencies, urns...)
	}
	slices.Sort(r.Dependencies)
	r.Dependencies = slices.Compact(r.Dependencies)
	if d.Get == nil {
		r.Inputs = args
		autoName(r)
	}
	r.Outputs = args.Copy()
	known := *e
	if d.Options.Import != "" {
		known.phase = Deployed
	}
	known.computeAny(r)
	if d.Get != nil {
		maps.Copy(r.Outputs, args) // what is read exists already, including its id
	}
	e.done[name] = r
	return r, nil
}

// autoName gives a resource the physical name that the provider would generate.
func autoName(r *graph.Resource) {
	t, args := native.Adapt(r).Type, r.Inputs
	key, prefix := resource.PropertyKey("name"), resource.PropertyKey("namePrefix")
	if t == graph.Bucket {
		key, prefix = "bucket", "bucketPrefix"
	}
	named := []graph.Type{
		graph.Bucket, graph.Function, graph.Queue, graph.Topic, graph.Role, graph.Policy,
		graph.MetricAlarm, graph.EventRule, graph.EventBus, "aws:cloudwatch/logGroup:LogGroup",
	}
	if form, ok := native.FormOf(r.Type); ok {
		key, prefix = resource.PropertyKey(form.Roots(string(key))[0]), resource.PropertyKey(form.Roots(string(prefix))[0])
	}
	if !args.HasValue(key) && !args.HasValue(prefix) && slices.Contains(named, t) {
		args[key] = resource.NewProperty(r.Name + "-1a2b3c4")
	}
}

// locate returns where a resource is: its own region or that of its provider, with
// the partition and the domain of that region.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func locate(r *graph.Resource) (region, partition, domain string) {
	region = Region
	for _, of := range []resource.PropertyValue{r.Provider["region"], r.Inputs["region"]} {
		if of.IsString() {
			region = of.StringValue()
		}
	}
	switch {
	case strings.HasPrefix(region, "cn-"):
		return region, "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return region, "aws-us-gov", "amazonaws.com"
	}
	return region, "aws", "amazonaws.com"
}

// computeAny adds the outputs that AWS computes, as the program spells them.
func (e *evaluation) computeAny(r *graph.Resource) {
	form, ok := native.FormOf(r.Type)
	if !ok {
		e.compute(r)
		return
	}
	adapted := native.Adapt(r)
	e.compute(adapted)
	r.Outputs = form.Outputs(adapted.Outputs)
}

// compute adds the outputs that AWS computes: unknown in a preview.
func (e *evaluation) compute(r *graph.Resource) {
	name, known := r.PhysicalName().Str()
	if !known {
		name = r.Name + "-5d6e7f8" // as the provider makes it from a prefix
	}
	region, partition, domain := locate(r)
	service, _, _ := strings.Cut(strings.TrimPrefix(string(r.Type), "aws:"), "/")
	id, arn := name, "arn:"+partition+":"+service+":"+region+":"+Account+":"+name
	switch r.Type {
	case graph.Bucket:
		arn = "arn:" + partition + ":s3:::" + name
		r.Outputs["region"] = e.computed(region)
	case graph.Function:
		arn = "arn:" + partition + ":lambda:" + region + ":" + Account + ":function:" + name
	case graph.Queue:
		id = "https://sqs." + region + "." + domain + "/" + Account + "/" + name
		r.Outputs["url"] = e.computed(id)
	case graph.Topic:
		id = arn
		r.Outputs["owner"] = e.computed(Account)
	case graph.Role, graph.Policy:
		arn = "arn:" + partition + ":iam::" + Account + ":" + strings.ToLower(r.Type.Short()) + "/" + name
	case graph.Key:
		r.Outputs["keyId"] = e.computed(id)
		arn = "arn:" + partition + ":kms:" + region + ":" + Account + ":key/" + name
	case graph.LogGroup:
		arn = "arn:" + partition + ":logs:" + region + ":" + Account + ":log-group:" + name
	case graph.EventRule:
		arn = "arn:" + partition + ":events:" + region + ":" + Account + ":rule/" + name
	case graph.EventBus:
		arn = "arn:" + partition + ":events:" + region + ":" + Account + ":event-bus/" + name
	case graph.MetricAlarm, graph.CompositeAlarm:
		arn = "arn:" + partition + ":cloudwatch:" + region + ":" + Account + ":alarm:" + name
	case graph.FunctionAlias:
		function, _ := r.Arg("functionName").Str()
		if inner, ok := graph.NameIn(function); ok {
			function = inner
		}
		arn = "arn:" + partition + ":lambda:" + region + ":" + Account + ":function:" + function + ":" + name
	default: // as most services have it
	}
	r.Outputs["id"], r.Outputs["arn"] = e.computed(id), e.computed(arn)
	if r.Type == "random:index/randomId:RandomId" {
		r.Outputs["hex"] = e.computed("9f8e7d6c")
	}
}

func (e *evaluation) computed(s string) resource.PropertyValue {
	if e.phase == Preview {
		return unknown
	}
	return resource.NewProperty(s)
}

var unknown = resource.MakeComputed(resource.NewProperty(""))

func (e *evaluation) object(m map[string]any) (
	resource.PropertyMap, map[resource.PropertyKey][]resource.URN, error,
) {
	out := resource.PropertyMap{}
	deps := map[resource.PropertyKey][]resource.URN{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v, urns, err := e.value(m[name])
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		out[resource.PropertyKey(name)] = v
		if len(urns) > 0 {
			deps[resource.PropertyKey(name)] = urns
		}
	}
	return out, deps, nil
}

// value evaluates an expression, and returns the resources that it comes from.
func (e *evaluation) value(v any) (resource.PropertyValue, []resource.URN, error) {
	switch v := v.(type) {
	case nil:
		return resource.NewNullProperty(), nil, nil
	case bool:
		return resource.NewProperty(v), nil, nil
	case int:
		return resource.NewProperty(float64(v)), nil, nil
	case float64:
		return resource.NewProperty(v), nil, nil
	case string:
		return e.interpolate(v)
	case []any:
		var items []resource.PropertyValue
		var deps []resource.URN
		for _, item := range v {
			pv, urns, err := e.value(item)
			if err != nil {
				return resource.PropertyValue{}, nil, err
			}
			items, deps = append(items, pv), append(deps, urns...)
		}
		return resource.NewProperty(items), deps, nil
	case map[string]any:
		for name, arg := range v {
			function, isCall := strings.CutPrefix(name, "fn::")
			if isCall && len(v) > 1 {
				return resource.PropertyValue{}, nil, fmt.Errorf("%s has other keys beside it", name)
			}
			if isCall {
				return e.call(function, arg)
			}
		}
		object, byKey, err := e.object(v)
		var deps []resource.URN
		for _, urns := range byKey {
			deps = append(deps, urns...)
		}
		slices.Sort(deps)
		return resource.NewProperty(object), slices.Compact(deps), err
	}
	return resource.PropertyValue{}, nil, fmt.Errorf("not a Pulumi YAML expression: %v (%T)", v, v)
}

// call evaluates one of Pulumi YAML's built-in functions, or fn::unknown, which
// is this package's own: an output that is not computed yet, whatever the phase.
func (e *evaluation) call(function string, arg any) (resource.PropertyValue, []resource.URN, error) {
	v, deps, err := e.value(arg)
	if err != nil {
		return v, deps, err
	}
	text := ""
	if v.IsString() {
		text = v.StringValue()
	}
	switch function {
	case "unknown":
		return unknown, deps, nil
	case "secret":
		return resource.MakeSecret(v), deps, nil
	case "toJSON":
		if v.ContainsUnknowns() {
			return unknown, deps, nil
		}
		encoded, err := json.Marshal(v.Mappable())
		return resource.NewProperty(string(encoded)), deps, err
	case "stringAsset":
		return resource.NewProperty(&asset.Asset{Text: text}), deps, nil
	case "fileAsset":
		return resource.NewProperty(&asset.Asset{Path: text}), deps, nil
	case "remoteAsset":
		return resource.NewProperty(&asset.Asset{URI: text}), deps, nil
	case "fileArchive":
		return resource.NewProperty(&archive.Archive{Path: text}), deps, nil
	case "remoteArchive":
		return resource.NewProperty(&archive.Archive{URI: text}), deps, nil
	case "assetArchive":
		members := map[string]any{}
		for key, member := range v.ObjectValue() {
			switch {
			case member.IsAsset():
				members[string(key)] = member.AssetValue()
			case member.IsArchive():
				members[string(key)] = member.ArchiveValue()
			default:
				return v, deps, fmt.Errorf("member %s of an archive is neither asset nor archive", key)
			}
		}
		return resource.NewProperty(&archive.Archive{Assets: members}), deps, nil
	}
	return v, deps, fmt.Errorf("the function fn::%s is not supported here", function)
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

func (e *evaluation) interpolate(s string) (resource.PropertyValue, []resource.URN, error) {
	matches := reference.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return resource.NewProperty(s), nil, nil
	}
	var text strings.Builder
	var deps []resource.URN
	known, secret, end := true, false, 0
	for _, m := range matches {
		v, urns, err := e.lookUp(s[m[2]:m[3]])
		if err != nil {
			return v, nil, err
		}
		deps = append(deps, urns...)
		if m[0] == 0 && m[1] == len(s) {
			return v, deps, nil
		}
		if v.IsSecret() {
			v, secret = v.SecretValue().Element, true
		}
		text.WriteString(s[end:m[0]])
		switch {
		case v.IsString():
			text.WriteString(v.StringValue())
		case v.IsComputed():
			known = false
		default:
			return v, nil, fmt.Errorf("%s: only strings can be part of a text here", s[m[0]:m[1]])
		}
		end = m[1]
	}
	text.WriteString(s[end:])
	v := resource.NewProperty(text.String())
	if !known {
		v = unknown
	}
	if secret {
		v = resource.MakeSecret(v)
	}
	return v, deps, nil
}

// lookUp evaluates what is inside ${…}: a property of a resource, or one of
// Pulumi's own variables.
func (e *evaluation) lookUp(path string) (resource.PropertyValue, []resource.URN, error) {
	switch path {
	case "pulumi.project":
		return resource.NewProperty(Project), nil, nil
	case "pulumi.stack":
		return resource.NewProperty(Stack), nil, nil
	case "pulumi.organization":
		return resource.NewProperty(Organization), nil, nil
	}
	name, property, hasProperty := strings.Cut(path, ".")
	r, err := e.resource(name)
	if err != nil {
		return resource.PropertyValue{}, nil, fmt.Errorf("${%s}: %w", path, err)
	}
	if !hasProperty {
		return resource.PropertyValue{}, nil, fmt.Errorf("${%s}: name a property of it", path)
	}
	v, ok := r.Outputs[resource.PropertyKey(property)]
	if !ok {
		return resource.PropertyValue{}, nil, fmt.Errorf("${%s}: there is no such property", path)
	}
	return v, []resource.URN{r.URN}, nil
}
