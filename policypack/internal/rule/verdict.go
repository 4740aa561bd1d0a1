package rule

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Verdict is a rule's verdict on one resource. The zero Verdict is Unknown, so that a rule that returns nothing does
// not pass; OK states that everything is as the rule requires.
type Verdict struct {
	Answer answer.Answer
	// Resource is the one at fault; nil for the resource that was judged.
	Resource *graph.Resource
	// Property is the path of the argument at fault; empty when it is the resource as a whole.
	Property string
	// Message is, for No, what is wrong: a sentence that names the resource.
	Message string
	// Reason is, for Unknown, what is not known: the start of a sentence, without a full stop.
	Reason string
	// Fix is, for No, how to put it right.
	Fix fix.Fix
	// Place is where in the source it is wrong, and Snippet that line, for rules that judge source.
	Place   finding.Location
	Snippet string
	// Arguments are, for a fault in a source line, the arguments of resources that it is a fault in, where a rule on
	// resources sees the same.
	Arguments []finding.Argument
}

// OK is the verdict that a resource is as the rule asks.
var OK = Verdict{Answer: answer.Yes}

// Violation returns the verdict that an argument of a resource, or the resource as a whole, is wrong.
func Violation(r *graph.Resource, property, message string, f fix.Fix) Verdict {
	return Verdict{Answer: answer.No, Resource: r, Property: property, Message: message, Fix: f}
}

// NotEvaluated returns the verdict that it is not known whether a resource is as the rule asks, and why.
func NotEvaluated(r *graph.Resource, reason string) Verdict {
	return Verdict{Answer: answer.Unknown, Resource: r, Reason: reason}
}

// With returns the verdict with another answer: its message and fix are for No, and its reason for Unknown.
func (v Verdict) With(a answer.Answer) Verdict {
	v.Answer = a
	return v
}

// Verdicts is what a judge returns: one verdict, or any number of them, of which none at all is OK.
type Verdicts interface{ Verdict | []Verdict }

// Declared is an object of the model that a program declares or only reads.
type Declared interface {
	comparable
	// Declaration returns the resource that declares the object.
	Declaration() *graph.Resource
}

// EachResource returns a check of every single resource of the rule's types.
func EachResource[V Verdicts](judge func(p *Pass, r *graph.Resource) V) func(*Pass, *graph.Resource) {
	return func(p *Pass, r *graph.Resource) { reportAll(p, r, judge(p, r)) }
}

// EachManaged returns a check of the resources of the types that the program declares, as parts of the stack.
func EachManaged[V Verdicts](judge func(p *Pass, r *graph.Resource) V, types ...graph.Type) func(*Pass) {
	return func(p *Pass) {
		for _, r := range p.Graph.Managed(types...) {
			reportAll(p, r, judge(p, r))
		}
	}
}

// Each returns a check of the objects that the program declares, as parts of the stack.
func Each[T Declared, V Verdicts](objects func(*aws.Stack) []T, judge func(p *Pass, object T) V) func(*Pass) {
	return func(p *Pass) {
		for _, object := range objects(p.Stack) {
			if r := object.Declaration(); r.Managed() {
				reportAll(p, r, judge(p, object))
			}
		}
	}
}

// OfStack returns a check of the stack itself, by the resource that has its outputs: nil if that is not part of what is
// checked.
func OfStack[V Verdicts](judge func(p *Pass, stack *graph.Resource) V) func(*Pass) {
	return func(p *Pass) {
		var stack *graph.Resource
		if all := p.Graph.All(graph.StackType); len(all) > 0 {
			stack = all[0]
		}
		reportAll(p, stack, judge(p, stack))
	}
}

// Remediate returns a remediation of single resources by the safe fixes of what a judge says of them. It changes none of
// which something would remain to be fixed.
func Remediate[V Verdicts](judge func(p *Pass, r *graph.Resource) V) func(*Pass, *graph.Resource) resource.PropertyMap {
	return func(p *Pass, r *graph.Resource) resource.PropertyMap {
		var all fix.Fix
		for _, v := range verdicts(judge(p, r)) {
			switch {
			case v.Answer != answer.No:
			case v.Fix.Applicability != fix.Safe || !v.Fix.Changes(r):
				return nil
			case all.IsZero():
				all = v.Fix
			default:
				all = all.And(v.Fix)
			}
		}
		if all.IsZero() {
			return nil
		}
		fixed, err := all.Apply(r)
		if err != nil {
			return nil // a value that it needs is not known yet
		}
		return fixed
	}
}

// verdicts returns what a judge said as a list.
func verdicts[V Verdicts](said V) []Verdict {
	switch said := any(said).(type) {
	case Verdict:
		return []Verdict{said}
	case []Verdict:
		return said
	}
	return nil
}

// reportAll reports a judge's verdicts on a resource.
func reportAll[V Verdicts](p *Pass, judged *graph.Resource, said V) {
	for _, v := range verdicts(said) {
		p.report(judged, v)
	}
}

// report reports one verdict. Identical verdicts on the same resource, such as a block that two buckets share, are
// reported once.
func (p *Pass) report(judged *graph.Resource, v Verdict) {
	if v.Resource == nil {
		v.Resource = judged
	}
	about := reported{v.Resource, v.Property, v.Message, v.Reason, v.Place}
	if v.Answer == answer.Yes || p.reported[about] {
		return
	}
	p.reported[about] = true
	if v.Answer == answer.Unknown {
		p.notEvaluated(v.Resource, v.Reason)
		return
	}
	p.violated(v.Resource, finding.Finding{
		Property: v.Property, Message: v.Message, Location: v.Place, Snippet: v.Snippet, InSource: v.Place != finding.Location{},
		Arguments: v.Arguments,
		Edits:     v.Fix, Fix: v.Fix.Text(p.dialect(v.Resource), v.Resource),
	})
}

// dialect returns how the program spells a fix of a resource: its provider has the version of the SDK.
func (p *Pass) dialect(r *graph.Resource) fix.Dialect {
	d := fix.Dialect{Language: p.Language}
	if r != nil && r.Spelling == nil {
		version, _ := graph.NewValue(resource.NewProperty(r.Provider)).Get("version").Str()
		major, _, _ := strings.Cut(version, ".")
		d.Major, _ = strconv.Atoi(major) // 0 for none
	}
	return d
}

// reported identifies a verdict that has been reported.
type reported struct {
	resource                  *graph.Resource
	property, message, reason string
	place                     finding.Location
}

// EachSetting returns a check of one setting of every bucket that the program declares. One place that gives it rightly
// is enough; missing judges a bucket for which no place gives it. Their messages are the end of a sentence that begins
// with the resource.
func EachSetting(
	kind aws.SettingKind, judge func(p *Pass, s aws.Setting) Verdict, missing func(p *Pass, b *aws.Bucket) Verdict,
) func(*Pass) {
	return Each((*aws.Stack).Buckets, func(p *Pass, b *aws.Bucket) Verdict {
		given, maybe := b.Settings(kind)
		best := Verdict{Answer: answer.No}
		for i, s := range given {
			v := judge(p, s)
			if v.Resource == nil {
				v.Resource = s.Resource
			}
			if i == 0 || v.Answer > best.Answer {
				best = v
			}
		}
		if len(given) == 0 {
			best = missing(p, b)
		}
		if best.Answer == answer.Yes {
			return OK
		}
		if best.Resource != nil && !best.Resource.Managed() {
			best.Resource, best.Property = b.Resource, "" // the program only reads the setting
		}
		if best.Resource == nil {
			best.Resource = b.Resource
		}
		if best.Answer == answer.No && maybe != nil {
			return NotEvaluated(b.Resource, maybe.String()+" may be that of "+b.String()+": its bucket is not known yet")
		}
		best.Message = best.Resource.String() + " " + best.Message + "."
		return best
	})
}
