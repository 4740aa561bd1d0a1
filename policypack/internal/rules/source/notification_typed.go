package source

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var notificationTyped = rule.OfProgram(&rule.Rule{
	ID:    "source-notification-typed",
	Title: "A BucketNotification gets the SDK's typed arguments.",
	Rationale: "In a plain dict, a pulumi.Map or an `any` nothing checks the names: a key that is misspelled or in the " +
		"wrong case is dropped or refused only at deployment, and the function is never called, or is called for every " +
		"object because its filter was lost.",
	Remediation: "Write aws.s3.BucketNotificationLambdaFunctionArgs in Python, " +
		"s3.BucketNotificationLambdaFunctionArgs in Go, and in TypeScript an object that the compiler checks.",
	Limitations: "Values that functions return or that are changed after their making: those are \"not evaluated\". " +
		"Programs in other languages than Python, TypeScript, JavaScript and Go. YAML has no typed arguments: there the " +
		"host's type checker refuses a wrong key, and s3-notification-typed judges the entries.",
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.BucketNotification},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketnotification/",
		"https://www.pulumi.com/docs/iac/languages-sdks/python/#inputs-and-outputs",
	},
	Keywords:    []string{"BucketNotification", "bucketNotification"},
	JudgeSource: judgeNotification,
})

// notificationTargets are the arguments of a BucketNotification that list
// targets, and the SDK's class for an element of each.
var notificationTargets = []struct{ argument, class string }{
	{"lambdaFunctions", "BucketNotificationLambdaFunction"},
	{"queues", "BucketNotificationQueue"},
	{"topics", "BucketNotificationTopic"},
}

// notificationKeys are the keys of a target.
var notificationKeys = []string{"events", "filterPrefix", "filterSuffix", "id", "lambdaFunctionArn", "queueArn", "topicArn"}

func judgeNotification(program *fact.Facts) []rule.SourceVerdict {
	var all []rule.SourceVerdict
	for _, call := range program.Calls {
		notification, ok := aws.DeclaredBy(call)
		if !ok || notification.Type != graph.BucketNotification || call.Language == fact.YAML {
			continue
		}
		// What a typed argument is to hold is in the program's own values, which no edit can write.
		say := func(a answer.Answer, what, class string, at ...finding.Argument) {
			all = append(all, rule.SourceVerdict{Call: call, Type: notification.Type, Name: notification.Name, Verdict: rule.Verdict{
				Answer: a, Message: what + ".", Reason: what, Fix: fix.Advise("write " + typedForm(call, class)), Arguments: at,
			}})
		}
		if notification.IsUntyped {
			say(answer.No, notification.String()+" is declared by its type token, so nothing checks its arguments", "BucketNotification")
			continue
		}
		if object := notification.Object; isAny(object) || isCast(call, object) {
			say(answer.No, "the arguments of "+notification.String()+" are of type "+shortType(object.Type)+
				" by declaration or cast, so nothing checks them", "BucketNotification")
			continue
		}
		for _, target := range notificationTargets {
			if value, ok := notification.Argument(target.argument); ok {
				why, key, undecided := untyped(call, value)
				switch {
				case why != "":
					say(answer.No, target.argument+" of "+notification.String()+" is given "+why, target.class,
						notification.At(target.argument+"."+key))
				case undecided && call.Language != fact.Go: // Go's compiler allows nothing else
					say(answer.Unknown, "what is given to "+target.argument+" of "+notification.String()+" is not known", target.class)
				}
			}
		}
	}
	return all
}

// untyped returns what is wrong with the targets of a notification: what they are, in place of the SDK's typed form, and
// the key that is wrong, if it is one. It reports whether this is not known.
func untyped(call *fact.Call, v fact.Value) (why, key string, undecided bool) {
	// A Python list says nothing of its elements, which are judged one by one.
	if isAny(v) && (call.Language != fact.Python || v.Kind != fact.List) {
		return "a value of type " + shortType(v.Type), "", false
	}
	switch v.Kind {
	case fact.List:
		// Of a list whose elements are computed, one is known, as of a comprehension.
		undecided = v.Open && len(v.Items) == 0
		for _, item := range v.Items {
			why, key, unknown := untyped(call, item)
			if why != "" {
				return why, key, false
			}
			undecided = undecided || unknown
		}
		return "", "", undecided
	case fact.Dict:
		why, key := untypedDict(call, v)
		return why, key, false
	case fact.Result:
		if call.Language == fact.TypeScript && slices.Contains([]string{"map", "flatMap", "filter", "concat"}, v.Call.Method()) {
			return "", "", false // the compiler infers these
		}
		return "", "", !strings.HasSuffix(v.Call.Method(), "Args") && !strings.HasSuffix(v.Call.Method(), "Array")
	case fact.Scalar:
		return "", "", false // None, null or nil: as good as not given
	case fact.Unknown, fact.Text, fact.Bytes, fact.Closure:
	}
	return "", "", !sdkType.MatchString(v.Type)
}

// sdkType are the SDKs' types of a target, alone or in a list.
var sdkType = regexp.MustCompile(`BucketNotification(LambdaFunction|Queue|Topic)(Args(Dict)?|Array|Input)?\b`)

func untypedDict(call *fact.Call, v fact.Value) (why, key string) {
	switch {
	case v.Checked:
		return "", ""
	case call.Language == fact.Python:
		return "a plain dict", ""
	case call.Language == fact.Go:
		return "a " + shortType(v.Type), ""
	case v.Type != "":
		return "an object cast to " + shortType(v.Type), ""
	}
	// Plain JavaScript has no typed form; there the keys must be right.
	for _, field := range v.Fields {
		if field.Key != fact.Hole && !slices.Contains(notificationKeys, field.Key) {
			return "the key " + field.Key + ", which " + rightKey(field.Key), field.Key
		}
	}
	return "", ""
}

func rightKey(key string) string {
	if right := text.SchemaName(key); slices.Contains(notificationKeys, right) {
		return "is spelled " + right
	}
	if right := text.Closest(key, notificationKeys); right != "" {
		return "does not exist (" + right + " does)"
	}
	return "does not exist"
}

// anyType matches types that switch type checking off.
var anyType = regexp.MustCompile(
	`^(typing\.)?(Any|List\[Any\]|Dict\[.*Any\]|Mapping\[.*Any\])$|^(builtins\.)?(dict|list|object)$|^(dict|list|Dict|List|Sequence)\[.*\b(Any|dict|object)\b.*\]$` +
		`|^any(\[\])?$|^object$|^unknown$|^Record<.*\bany>(\[\])?$|^Array<any>$` +
		`|^interface\s*\{\}$|^map\[string\](any|interface\s*\{\})$|^\[\](any|interface\s*\{\}|map\[string\](any|interface\s*\{\}))$` +
		`|pulumi/sdk/v3/go/pulumi\.(Map|MapArray|Array|Any|AnyOutput|MapOutput|ArrayOutput)$`)

func isAny(v fact.Value) bool { return !v.Checked && anyType.MatchString(v.Type) }

// isCast reports whether an object is cast to the type that is asked for.
func isCast(call *fact.Call, v fact.Value) bool {
	return call.Language == fact.TypeScript && v.Kind == fact.Dict && !v.Checked && v.Type != ""
}

// shortType returns a type without the path of its package.
func shortType(t string) string {
	if t == "" {
		return "plain map"
	}
	return path.Base(t)
}

// typedForm returns the typed form to write in the language of the call.
func typedForm(call *fact.Call, class string) string {
	switch {
	case call.Language == fact.Python && class == "BucketNotification":
		return "aws.s3.BucketNotification with its arguments by name"
	case call.Language == fact.Python:
		return "aws.s3." + class + "Args(...) for each of its elements"
	case call.Language == fact.Go && class == "BucketNotification":
		return "s3.NewBucketNotification with &s3.BucketNotificationArgs{...}"
	case call.Language == fact.Go:
		return "s3." + class + "Array{&s3." + class + "Args{...}}"
	case strings.HasSuffix(call.Location.File, "s") && path.Ext(call.Location.File) != ".ts" && class != "BucketNotification":
		return "the keys " + strings.Join(notificationKeys[:3], ", ") + " and the target's ARN"
	default:
		return "new aws.s3.BucketNotification with an object literal and no cast, so that the compiler checks it"
	}
}
