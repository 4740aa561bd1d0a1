package aws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Function is a Lambda function.
type Function struct{ object }

// Functions returns the functions, managed or not.
func (s *Stack) Functions() []*Function { return s.functions() }

// FunctionOf returns a function by its own arguments alone, for rules that judge a resource without its stack.
func FunctionOf(r *graph.Resource) *Function { return &Function{object{Resource: r}} }

// SendsTraces reports whether the function sends traces to X-Ray for all requests, not only for those that the caller
// traces.
func (f *Function) SendsTraces() answer.Answer {
	return f.Arg("tracingConfig").Get("mode").Equals("Active")
}

// ReservesConcurrency reports whether the function has reserved concurrency. The provider's -1 means none.
func (f *Function) ReservesConcurrency() answer.Answer {
	return f.Arg("reservedConcurrentExecutions").AtLeast(0)
}

// Lambda's defaults for the limits, in seconds and MB.
const (
	defaultTimeout = 3
	defaultMemory  = 128
)

// Limit is how much of something a function may use, and the path of the argument that sets it.
type Limit struct {
	Property string
	// Chosen reports whether the program sets the limit, rather than using a default.
	Chosen answer.Answer
}

// Limits returns the function's limits on time, memory and storage.
func (f *Function) Limits() []Limit {
	return []Limit{
		{"timeout", f.chooses("timeout", defaultTimeout)},
		{"memorySize", f.chooses("memorySize", defaultMemory)},
		{"ephemeralStorage.size", f.Arg("ephemeralStorage").Get("size").AtLeast(1)},
	}
}

// Mapped returns the function that an event source mapping invokes, directly or through an alias, and the queue that it
// reads from; each is nil if it is not in the stack. It also reports whether the events may come from a queue of the
// stack.
func (s *Stack) Mapped(mapping *graph.Resource) (f *Function, queue *Queue, maybe bool) {
	name := mapping.Ref("functionName")
	function := s.resolveOne(mapping, name, graph.Function)
	if alias := s.resolveOne(mapping, name, graph.FunctionAlias); function == nil && alias != nil {
		function = s.resolveOne(alias, alias.Ref("functionName"), graph.Function)
	}
	if function != nil {
		f = &Function{object{function, s}}
	}
	source := s.Resolve(mapping, mapping.Ref("eventSourceArn"), graph.Queue)
	if linked := source.Linked(); len(linked) == 1 {
		queue = &Queue{object{linked[0], s}}
	}
	return f, queue, source.Open || len(source.Possible) > 0
}

// Timeout returns how many seconds the function may run, or false while that is not known.
func (f *Function) Timeout() (seconds float64, known bool) {
	return f.Arg("timeout").NumberOr(defaultTimeout)
}

// Variables returns the environment variables of the function.
func (f *Function) Variables() graph.Value { return f.Arg("environment").Get("variables") }

// HasSecretVariables reports whether an environment variable of the function is known to be secret.
func (f *Function) HasSecretVariables() bool {
	variables := f.Variables()
	return variables.Secret() ||
		slices.ContainsFunc(variables.Keys(), func(name string) bool { return variables.Get(name).Secret() })
}

// startVariables are environment variables that change what a runtime starts, or where it looks for code.
var startVariables = []string{
	"AWS_LAMBDA_EXEC_WRAPPER", "CLASSPATH", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "RUBYLIB",
}

// StartVariable returns an environment variable that changes what the runtime starts, or "".
func (f *Function) StartVariable() string {
	for _, name := range f.Variables().Keys() {
		if slices.Contains(startVariables, name) {
			return name
		}
	}
	return ""
}

// Architecture returns the instruction set architecture of the function, or "" while it is not known.
func (f *Function) Architecture() string {
	given := f.Arg("architectures")
	name, _ := given.At(0).Str()
	switch {
	case given.HasUnknown() || given.Secret():
		return ""
	case len(given.Items()) == 0:
		return "x86_64"
	}
	return name
}

// MayHaveLayers reports whether the function has layers, or may have some.
func (f *Function) MayHaveLayers() bool {
	layers := f.Arg("layers")
	return layers.Unknown() || len(layers.Items()) > 0
}

// NamesImageByDigest reports whether the function refers to its image by digest, which no push can change. It is true
// for a function without an image, which refers to none by tag.
func (f *Function) NamesImageByDigest() answer.Answer {
	uri, _ := f.Arg("imageUri").Str()
	if strings.Contains(uri, "@sha256:") {
		return answer.Yes
	}
	return -f.Arg("imageUri").IsGiven()
}

// contentHash matches a part of a key that is derived from the content.
var contentHash = regexp.MustCompile(`[0-9a-f]{16,}`)

// NamesObjectByVersion reports whether the function refers to its code in S3 by version, or by a key that is derived
// from the content. A version that is not known yet counts, and a function without code in S3 needs none.
func (f *Function) NamesObjectByVersion() answer.Answer {
	name, _ := f.Arg("s3Key").Str()
	if f.Arg("s3ObjectVersion").IsGiven() != answer.No || contentHash.MatchString(name) {
		return answer.Yes
	}
	return -f.Arg("s3Key").IsGiven()
}

// MayLackObjectVersion reports whether the version of the function's code in S3 is unknown and comes from no object of
// the stack, so that there may turn out to be none.
func (f *Function) MayLackObjectVersion() bool {
	version := f.Ref("s3ObjectVersion")
	return version.Value.Unknown() &&
		len(f.stack.Resolve(f.Resource, version, graph.BucketObject, graph.BucketObjectv2).Linked()) == 0
}

// Role returns the role of the function, or nil if it has no role of this stack, or may have one of several. Without a
// stack, it returns the resource that the argument is computed from, of which only the identity is known.
func (f *Function) Role() *graph.Resource {
	if f.stack == nil {
		return f.comesFrom("role", graph.Role)
	}
	return f.stack.resolveOne(f.Resource, f.Ref("role"), graph.Role)
}

// CodeObject returns the S3 object that the function's key is computed from, as Role does without a stack, or nil if
// there is none.
func (f *Function) CodeObject() *graph.Resource {
	return f.comesFrom("s3Key", graph.BucketObject, graph.BucketObjectv2)
}

// aliases returns the aliases of the function.
func (f *Function) aliases() []*graph.Resource {
	return f.stack.Attached(graph.FunctionAlias, graph.Function).Linked(f.Resource)
}

// comesFrom returns the resource of one of the types that an argument is computed from, or nil. Only its identity is
// known.
func (o object) comesFrom(argument string, types ...graph.Type) *graph.Resource {
	for _, urn := range o.PropertyDependencies[resource.PropertyKey(argument)] {
		if t := graph.Canonical(string(urn.Type())); slices.Contains(types, t) {
			return &graph.Resource{URN: urn, Type: t, Name: urn.Name()}
		}
	}
	return nil
}

// resolveOne returns the resource that a Ref refers to, or nil if it refers to none or may refer to several.
func (s *Stack) resolveOne(r *graph.Resource, ref graph.Ref, want ...graph.Type) *graph.Resource {
	if linked := s.Resolve(r, ref, want...).Linked(); len(linked) == 1 {
		return linked[0]
	}
	return nil
}

// defaultsKey is where the provider records which arguments in an object it filled in itself. The engine hides this
// record from policy packs, but an exported state contains it.
const defaultsKey = "__defaults"

// gives reports whether the program itself gave an argument, as far as the provider's record shows.
func (o object) gives(argument string) answer.Answer {
	filledIn := func(v graph.Value) bool { return v.Is(argument) }
	if slices.ContainsFunc(o.Arg(defaultsKey).Items(), filledIn) {
		return answer.No
	}
	switch v := o.Arg(argument); {
	case v.Unknown():
		return answer.Unknown
	case v.Absent():
		return answer.No
	default:
		return answer.Yes
	}
}

// chooses reports what gives does, for a number that the provider fills in if the program does not give it. Without the
// provider's record, a number that equals the default may come from either of them.
func (o object) chooses(argument string, byDefault float64) answer.Answer {
	if n, known := o.Arg(argument).Number(); known && n == byDefault && o.Arg(defaultsKey).Absent() {
		return min(o.gives(argument), answer.Unknown)
	}
	return o.gives(argument)
}
