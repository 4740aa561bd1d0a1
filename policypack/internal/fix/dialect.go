package fix

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Dialect is how a program spells a fix: its language, and the version of pulumi-aws that it uses.
type Dialect struct {
	Language Language
	// Major is the major version of pulumi-aws; 0 when it is not known.
	Major int
}

// Language is a language of programs, by the name that a project file has for its runtime.
type Language string

// The languages that fixes are spelt in. In any other, arguments have Pulumi's own names.
const (
	Go     Language = "go"
	Bun    Language = "bun"
	NodeJS Language = "nodejs"
	Python Language = "python"
	YAML   Language = "yaml"
)

// Newest is the newest major version of pulumi-aws.
const Newest = 7

// Languages returns the languages that fixes are spelt in.
func Languages() []Language { return []Language{Go, Python, NodeJS, YAML} }

// Name returns what readers call the language.
func (l Language) Name() string {
	switch l {
	case Go:
		return "Go"
	case NodeJS:
		return "TypeScript"
	case Python:
		return "Python"
	case YAML:
		return "Pulumi YAML"
	default:
		return string(l)
	}
}

// Fence returns what a fenced block of Markdown calls the language.
func (l Language) Fence() string {
	if l == NodeJS {
		return "typescript"
	}
	return string(l)
}

// hasV2 reports whether the class of a type has the suffix V2. Since pulumi-aws 7 no current class has.
func (d Dialect) hasV2(t graph.Type) bool {
	return d.Major > 0 && d.Major < Newest && slices.Contains(arguments().V2, t)
}

// class returns the module and the class of a resource that is to be declared: s3 and BucketVersioningV2.
func (d Dialect) class(t graph.Type) (module, class string) {
	_, rest, _ := strings.Cut(string(t), ":")
	module, _, _ = strings.Cut(rest, "/")
	class = t.Short()
	if d.hasV2(t) {
		class += "V2"
	}
	return module, class
}

// nested returns the class of an object in the arguments of a resource, as BucketLifecycleConfigurationV2Rule.
func (d Dialect) nested(t graph.Type, object string) string {
	if d.Major >= Newest || d.Major == 0 {
		return object
	}
	// Version 7 tells nested types from the resources that it has named like them by this ending.
	object = strings.TrimSuffix(object, "Type")
	if rest, ok := strings.CutPrefix(object, t.Short()); ok && d.hasV2(t) {
		return t.Short() + "V2" + rest
	}
	return object
}

// dialectOf returns the dialect for a fix. When the version is not known, the resources that it concerns show whether
// it is one before 7.
func dialectOf(d Dialect, rs []*graph.Resource) Dialect {
	for _, r := range rs {
		if d.Major == 0 && r.URN.IsValid() && strings.HasSuffix(string(r.URN.Type()), "V2") {
			d.Major = 6
		}
	}
	return d
}
