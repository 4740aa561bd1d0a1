// Package stacktest runs Pulumi programs of this stack without an engine, and
// records what they register. Only tests use it.
package stacktest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
)

// Scope is where the programs appear to run.
var Scope = naming.Scope{
	Partition:    "aws",
	DNSSuffix:    "amazonaws.com",
	Region:       "eu-west-1",
	AccountID:    "123456789012",
	Organization: "acme",
	Project:      "image-pipeline",
	Stack:        "test",
}

// KeyARN is the ARN of any key that a program declares.
const KeyARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"

// Resource is a registered resource.
type Resource struct {
	// Type is the type token, Name the name in the program.
	Type, Name string
	// Parent is the parent's URN, or empty.
	Parent string
	// Inputs are the arguments as the engine would see them, as plain values.
	Inputs map[string]any
	// Protect indicates that the engine must not delete it.
	Protect bool
	// DependsOn are the URNs of what the program ordered before it.
	DependsOn []string
}

// Recorder replaces the engine and records what is registered.
type Recorder struct {
	mu        sync.Mutex
	resources []Resource
}

// Run runs the program with the given configuration, whose keys carry their
// namespace, and returns what it registered.
func Run(t *testing.T, config map[string]string, program pulumi.RunFunc) (*Recorder, error) {
	t.Helper()
	return run(program, func(info *pulumi.RunInfo) { info.Config = config })
}

// Preview does the work of Run for a preview, in which outputs that a resource
// does not have are unknown.
func Preview(t *testing.T, program pulumi.RunFunc) (*Recorder, error) {
	t.Helper()
	return run(program, func(info *pulumi.RunInfo) { info.DryRun = true })
}

func run(program pulumi.RunFunc, option pulumi.RunOption) (*Recorder, error) {
	recorder := &Recorder{}
	err := pulumi.RunErr(
		program, pulumi.WithMocksWithOrganization(Scope.Organization, Scope.Project, Scope.Stack, recorder), option,
	)
	return recorder, err
}

// Await returns the value of an output, which must be known. Call it in the
// program that the output belongs to.
func Await(ctx *pulumi.Context, output pulumi.Output) (any, error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return nil, fmt.Errorf("awaiting an output: %w", err)
	}
	if !result.Known {
		return nil, errors.New("awaiting an output: its value is unknown")
	}
	return result.Value, nil
}

// One returns the only resource of the type and name.
func (r *Recorder) One(t *testing.T, token, name string) Resource {
	t.Helper()
	var found []Resource
	for _, candidate := range r.Resources() {
		if candidate.Type == token && candidate.Name == name {
			found = append(found, candidate)
		}
	}
	require.Len(t, found, 1, "resources of type %s named %s", token, name)
	return found[0]
}

// Resources returns everything that was registered, sorted by type and name.
func (r *Recorder) Resources() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted := slices.Clone(r.resources)
	slices.SortFunc(sorted, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
	})
	return sorted
}

// Statements returns the statements of the policy document in an argument, by
// their Sid.
func (r Resource) Statements(t *testing.T, argument string) map[string]map[string]any {
	t.Helper()
	text, ok := r.Inputs[argument].(string)
	require.True(t, ok, "%s of %s is %v", argument, r.Name, r.Inputs[argument])
	var document struct {
		Version   string
		Statement []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	require.Equal(t, "2012-10-17", document.Version)
	statements := make(map[string]map[string]any, len(document.Statement))
	for _, statement := range document.Statement {
		statements[statement["Sid"].(string)] = statement
	}
	require.Len(t, statements, len(document.Statement), "statements of %s share a Sid", r.Name)
	return statements
}

// Call implements pulumi.MockResourceMonitor with the lookups of naming.Lookup.
func (r *Recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.NewPropertyMapFromMap(map[string]any{"accountId": Scope.AccountID}), nil
	case "aws:index/getRegion:getRegion":
		return resource.NewPropertyMapFromMap(map[string]any{"name": Scope.Region}), nil
	case "aws:index/getPartition:getPartition":
		return resource.NewPropertyMapFromMap(map[string]any{"partition": Scope.Partition, "dnsSuffix": Scope.DNSSuffix}), nil
	}
	return nil, fmt.Errorf("unexpected invoke of %s", args.Token)
}

// NewResource implements pulumi.MockResourceMonitor: the outputs are the
// arguments, and what AWS adds to them.
func (r *Recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	r.resources = append(r.resources, Resource{
		Type:      args.TypeToken,
		Name:      args.Name,
		Parent:    args.RegisterRPC.GetParent(),
		Inputs:    args.Inputs.Mappable(),
		Protect:   args.RegisterRPC.GetProtect(),
		DependsOn: args.RegisterRPC.GetDependencies(),
	})
	r.mu.Unlock()

	id, outputs := args.Name+"-id", args.Inputs.Copy()
	name := func(property string) string {
		if value, ok := args.Inputs[resource.PropertyKey(property)]; ok && value.IsString() {
			return value.StringValue()
		}
		return args.Name
	}
	set := func(property, value string) { outputs[resource.PropertyKey(property)] = resource.NewProperty(value) }
	switch args.TypeToken {
	case "aws:kms/key:Key":
		set("keyId", id)
		set("arn", KeyARN)
	case "aws:s3/bucketV2:BucketV2":
		id = name("bucket")
		set("arn", Scope.BucketARN(id))
		set("region", Scope.Region)
	case "aws:sqs/queue:Queue":
		id = "https://sqs.eu-west-1.amazonaws.com/123456789012/" + name("name")
		set("url", id)
		set("arn", Scope.ARN("sqs", name("name")))
	case "aws:sns/topic:Topic":
		id = Scope.ARN("sns", name("name"))
		set("arn", id)
	case "aws:lambda/function:Function":
		id = name("name")
		set("arn", Scope.ARN("lambda", "function:"+id))
		if hash, ok := args.Inputs["sourceCodeHash"]; ok {
			outputs["codeSha256"] = hash
		}
	case "aws:cloudwatch/metricAlarm:MetricAlarm":
		if _, ok := args.Inputs["actionsEnabled"]; !ok {
			outputs["actionsEnabled"] = resource.NewProperty(true) // the provider's default
		}
	case "aws:iam/role:Role":
		set("name", id)
		set("arn", "arn:aws:iam::123456789012:role/"+id)
	}
	return id, outputs, nil
}
