package source

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// ConfigType is the type that a program reads a configuration value as.
type ConfigType string

// The types of configuration values. Only a project file declares a ConfigArray; programs read it as an object.
const (
	ConfigString  ConfigType = "string"
	ConfigNumber  ConfigType = "number"
	ConfigBoolean ConfigType = "boolean"
	ConfigObject  ConfigType = "object"
	ConfigArray   ConfigType = "array"
)

// ConfigKey is a configuration value that a program requires.
type ConfigKey struct {
	// Namespace is the package that the key belongs to, such as "aws"; empty for
	// the project's own keys.
	Namespace string
	Key       string
	Type      ConfigType
	// Secret reports whether the program reads it as a secret.
	Secret bool
	// Conditional reports whether the program may run without reading it: the call is in a branch or in a function that
	// may not run, or the program may handle its error.
	Conditional bool
	// Location is where the program reads it first, or the project file declares it.
	Location finding.Location
}

// String returns the key as `pulumi config set` takes it.
func (k ConfigKey) String() string {
	if k.Namespace == "" {
		return k.Key
	}
	return k.Namespace + ":" + k.Key
}

// requireWords lists words of which a file that requires configuration contains at least one.
var requireWords = []string{"require", "Require", ".Try", "Config"}

// RequiredConfig returns the configuration that the program in dir requires, sorted by name: what its source reads with
// a require call, and what its project file declares without a value. It is up to the caller to determine whether a
// stack or the project file sets a value. The gaps are reads that cannot be determined, such as those of a computed
// key, and files that could not be read.
func RequiredConfig(dir string) ([]ConfigKey, []fact.Gap) {
	s := NewAside(dir, requireWords...)
	program := s.Program()
	keys, gaps := slices.Clone(s.declared), slices.Clone(program.Gaps)
	types := conversions(program)
	for _, call := range program.Calls {
		key, why := requiredBy(call)
		if t := types[call.Location]; t != "" && key.Type == ConfigString {
			key.Type = t
		}
		switch {
		case why != "":
			gaps = append(gaps, fact.Gap{File: finding.Location{File: call.Location.File, Line: call.Location.Line}.String(), Reason: why})
		case key.Key != "" && !call.Uncalled:
			key.Conditional = key.Conditional || !program.Certain(call)
			if key.Namespace == s.project {
				key.Namespace = ""
			}
			keys = append(keys, key)
		}
	}
	return mergeKeys(keys), gaps
}

// converters maps the functions that convert a text, in any language, to the resulting type.
var converters = map[string]ConfigType{
	"int": ConfigNumber, "float": ConfigNumber, "Number": ConfigNumber, "parseInt": ConfigNumber, "parseFloat": ConfigNumber,
	"Number.parseInt": ConfigNumber, "Number.parseFloat": ConfigNumber,
	"strconv.Atoi": ConfigNumber, "strconv.ParseInt": ConfigNumber, "strconv.ParseFloat": ConfigNumber,
	"strconv.ParseBool": ConfigBoolean, "json.loads": ConfigObject, "JSON.parse": ConfigObject,
}

// conversions returns the types that a program converts the results of calls to, by the location of the call.
func conversions(program *fact.Facts) map[finding.Location]ConfigType {
	types := map[finding.Location]ConfigType{}
	for _, call := range program.Calls {
		t, ok := converters[call.Func]
		if !ok || len(call.Args) == 0 {
			continue
		}
		if v := call.Args[0].Value; v.Kind == fact.Result {
			types[v.Call.Location] = t
		}
	}
	return types
}

// mergeKeys merges the reads of each key into one.
func mergeKeys(keys []ConfigKey) []ConfigKey {
	slices.SortStableFunc(keys, func(a, b ConfigKey) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Key, b.Key))
	})
	var merged []ConfigKey
	for _, k := range keys {
		last := len(merged) - 1
		if last < 0 || merged[last].String() != k.String() {
			merged = append(merged, k)
			continue
		}
		m := &merged[last]
		m.Secret, m.Conditional = m.Secret || k.Secret, m.Conditional && k.Conditional
		if m.Type == ConfigString {
			m.Type = k.Type // every value can be read as text
		}
	}
	return merged
}

// requirers match the functions that fail without a value, and capture the name
// of the function.
var requirers = map[fact.Language]*regexp.Regexp{
	fact.Python:     regexp.MustCompile(`^(?:pulumi\.Config\(\)|\?)\.(require(?:_secret)?(?:_(?:bool|int|float|object))?)$`),
	fact.TypeScript: regexp.MustCompile(`^(?:@pulumi/pulumi\.Config\(\)|\?)\.(require(?:Secret)?(?:Boolean|Number|Object)?)$`),
	fact.Go: regexp.MustCompile(
		`^\(?\*?github\.com/pulumi/pulumi/sdk/v\d+/go/pulumi/config\.(?:Config\)\.|New\(\)\.)?((?:Require|Try)(?:Secret)?(?:Bool|Int|Float64|Object)?)$`),
}

// configTypes maps the suffixes of the functions' names to types.
var configTypes = map[string]ConfigType{
	"bool": ConfigBoolean, "boolean": ConfigBoolean, "int": ConfigNumber, "float": ConfigNumber, "float64": ConfigNumber,
	"number": ConfigNumber, "object": ConfigObject,
}

// requiredBy returns the key that a call requires (none for other calls) or why it cannot be determined.
func requiredBy(c *fact.Call) (key ConfigKey, why string) {
	require := requirers[c.Language]
	if require == nil {
		return ConfigKey{}, ""
	}
	m := require.FindStringSubmatch(c.Func)
	if m == nil {
		return ConfigKey{}, ""
	}
	// A function of a package takes the context first.
	position := 0
	method := c.Language != fact.Go || strings.Contains(c.Func, ")")
	if !method {
		position = 1
	}
	name, ok := c.Arg("key", position)
	if strings.HasPrefix(c.Func, "?") {
		// Anything may have a method of that name, but one of these is certainly meant.
		if _, known := name.Literal(); !ok || !known || len(c.Args) != 1 {
			return ConfigKey{}, ""
		}
		return ConfigKey{}, "requires configuration of a namespace that is not known"
	}
	text, known := name.Literal()
	if !ok || !known || text == "" {
		return ConfigKey{}, "requires configuration by a key that is computed"
	}
	key = ConfigKey{Key: text, Type: ConfigString, Location: c.Location, Conditional: strings.HasPrefix(m[1], "Try")}
	lower := strings.ToLower(strings.ReplaceAll(m[1], "_", ""))
	key.Secret = strings.Contains(lower, "secret")
	for ending, t := range configTypes {
		if strings.HasSuffix(lower, ending) {
			key.Type = t
		}
	}
	if method {
		if key.Namespace, known = namespaceOf(c); !known {
			return ConfigKey{}, "requires configuration of a namespace that is not known"
		}
	} else if namespace, rest, qualified := strings.Cut(text, ":"); qualified {
		key.Namespace, key.Key = namespace, rest
	}
	return key, ""
}

// namespaceOf returns the namespace of the Config object that a method is called on, or false if it is unknown.
func namespaceOf(c *fact.Call) (string, bool) {
	if c.Receiver == nil {
		return "", false
	}
	position := 0
	if c.Language == fact.Go {
		position = 1
	}
	v, ok := c.Receiver.Arg("name", position)
	switch {
	case !ok, v.Kind == fact.Scalar, v.MadeBy("pulumi.get_project", "@pulumi/pulumi.getProject"):
		return "", true
	case c.Language == fact.Go && v.Kind == fact.Result && strings.HasSuffix(v.Call.Func, "Context).Project"):
		return "", true
	}
	name, ok := v.Literal()
	return strings.TrimSuffix(name, ":config"), ok
}

// declaredConfig returns the keys that the configuration of a project file, or of
// a YAML program, declares without a value
// (https://www.pulumi.com/docs/iac/concepts/projects/project-file/).
func declaredConfig(file string, block *yaml.Node) []ConfigKey {
	if block.Kind != yaml.MappingNode {
		return nil
	}
	var keys []ConfigKey
	for i := 0; i+1 < len(block.Content); i += 2 {
		name, declaration := block.Content[i], resolveAlias(block.Content[i+1])
		if declaration.Kind != yaml.MappingNode {
			continue // the short form of a value
		}
		key := ConfigKey{
			Key: name.Value, Type: ConfigString,
			Location: finding.Location{File: file, Line: name.Line, Column: name.Column},
		}
		if namespace, rest, qualified := strings.Cut(name.Value, ":"); qualified {
			key.Namespace, key.Key = namespace, rest
		}
		set := false
		for j := 0; j+1 < len(declaration.Content); j += 2 {
			v := resolveAlias(declaration.Content[j+1])
			switch declaration.Content[j].Value {
			case "value", "default":
				set = true
			case "secret":
				key.Secret = v.Value == "true"
			case "type":
				key.Type = declaredType(v.Value)
			}
		}
		if !set {
			keys = append(keys, key)
		}
	}
	return keys
}

// declaredType returns a type by its name in a project file or a YAML program.
func declaredType(name string) ConfigType {
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(lower, "list<") || lower == "array":
		return ConfigArray
	case strings.HasPrefix(lower, "number") || lower == "integer" || lower == "int":
		return ConfigNumber
	case strings.HasPrefix(lower, "bool"):
		return ConfigBoolean
	case lower == "object":
		return ConfigObject
	}
	return ConfigString
}

// resolveAlias returns the target of an alias, and other nodes unchanged.
func resolveAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
