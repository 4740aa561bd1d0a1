package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3NotificationTyped = &rule.Rule{
	ID:    "s3-notification-typed",
	Title: "A bucket has one BucketNotification, and each entry of it is complete and well-formed.",
	Rationale: "A misspelt key is dropped without a word, an entry without events or target never fires, an empty " +
		"filter matches every object, overlapping filters are refused, and of two notification resources the last " +
		"one written erases the other.",
	Remediation: "Declare one BucketNotification per bucket with typed entries: a target, events such as " +
		"s3:ObjectCreated:*, and filterPrefix and filterSuffix that are left out or not empty.",
	Limitations: "Keys that a language SDK corrects or drops before they reach the engine: only the program's source shows " +
		"those. Two notifications of one bucket while the bucket's name is not known.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.BucketNotification},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketnotification/",
	},
	CheckResource: func(p *rule.Pass, notification *graph.Resource) {
		known := []string{"bucket", "eventbridge", "region"}
		for _, kind := range notificationKinds {
			known = append(known, kind.list)
		}
		for _, key := range sortedKeys(notification.Inputs) {
			// A newer provider may know arguments that are not known here, so
			// only what looks like a misspelling counts.
			if name := string(key); closest(camelCase(name), known) != "" {
				misspelt(p, notification, "", name, graph.NewValue(resource.NewProperty(notification.Inputs)), known)
			}
		}
		for _, kind := range notificationKinds {
			if notification.Arg(kind.list).Unknown() {
				p.NotEvaluated(notification, "%s of %s is not known yet", kind.list, notification)
			}
		}
		for _, e := range entries(notification) {
			checkEntry(p, notification, e)
		}
	},
	CheckStack: func(p *rule.Pass) {
		notifications := p.Graph.Managed(graph.BucketNotification)
		for _, notification := range notifications {
			checkTargets(p, notification)
			checkOverlaps(p, notification)
		}
		checkOwners(p, notifications)
	},
}

// checkOwners finds buckets with more than one notification resource.
func checkOwners(p *rule.Pass, notifications []*graph.Resource) {
	owner := map[string]*graph.Resource{}
	for _, notification := range notifications {
		name, known := notification.Arg("bucket").Str()
		if !known {
			continue
		}
		if other := owner[name]; other != nil {
			p.Report(notification, "bucket", notification.String()+" and "+other.String()+
				" are for the same bucket: the one written last erases the other.",
				"put the entries of both into one BucketNotification")
		} else {
			owner[name] = notification
		}
	}
	if len(notifications) > 1 {
		for _, notification := range notifications {
			if isOpen(notification, "bucket") {
				p.NotEvaluated(notification, "whether the bucket of %s has another notification is not known yet", notification)
			}
		}
	}
	owners := p.Graph.Referrers(notifications, graph.Arg("bucket"), graph.Bucket)
	for _, bucket := range p.Graph.All(graph.Bucket) {
		linked := owners.Linked(bucket)
		if len(linked) > 1 && len(owners.Certain(bucket)) < 2 {
			p.NotEvaluated(bucket, "%s may have more than one notification (%s): their bucket is not known yet",
				bucket, names(linked))
		}
	}
}

// notificationKind is one list of a BucketNotification.
type notificationKind struct {
	list, target string
	wants        []graph.Type
	// service is the service in the target's ARN.
	service string
}

var notificationKinds = []notificationKind{
	{"lambdaFunctions", "lambdaFunctionArn", []graph.Type{graph.Function, graph.FunctionAlias}, "lambda"},
	{"queues", "queueArn", []graph.Type{graph.Queue}, "sqs"},
	{"topics", "topicArn", []graph.Type{graph.Topic}, "sns"},
}

// entry is one item of such a list, however its keys are spelt.
type entry struct {
	kind  notificationKind
	path  string
	value graph.Value
}

func entries(notification *graph.Resource) []entry {
	var all []entry
	for _, kind := range notificationKinds {
		for i, item := range notification.Arg(kind.list).Items() {
			all = append(all, entry{kind, kind.list + "[" + strconv.Itoa(i) + "]", item})
		}
	}
	return all
}

// get is a member under its right name or its snake_case spelling, which the
// provider takes too.
func (e entry) get(name string) graph.Value {
	for _, key := range e.value.Keys() {
		if camelCase(key) == name {
			return e.value.Get(key)
		}
	}
	return e.value.Get(name)
}

func checkEntry(p *rule.Pass, notification *graph.Resource, e entry) {
	if e.value.Unknown() {
		p.NotEvaluated(notification, "%s of %s is not known yet", e.path, notification)
		return
	}
	for _, key := range e.value.Keys() {
		misspelt(p, notification, e.path+".", key, e.value, []string{e.kind.target, "events", "filterPrefix", "filterSuffix", "id"})
	}
	checkEvents(p, notification, e)
	for _, filter := range []string{"filterPrefix", "filterSuffix"} {
		if e.get(filter).Is("") {
			p.Report(notification, e.path+"."+filter, e.path+" of "+notification.String()+" has an empty "+filter+
				", which reads like a filter and is none.",
				"leave "+filter+" out, or set it to what the objects' keys share")
		} else if e.get(filter).Unknown() {
			p.NotEvaluated(notification, "%s.%s of %s is not known yet", e.path, filter, notification)
		}
	}
	target := e.get(e.kind.target)
	arn, known := target.Str()
	_, named := graph.NameIn(arn)
	switch {
	case target.Absent() || known && arn == "":
		p.Report(notification, e.path, e.path+" of "+notification.String()+" has no "+e.kind.target+": it goes nowhere.",
			"set "+e.kind.target+" to the arn output of "+wanted(e.kind))
	case known && (!named || !graph.IsARN(arn, e.kind.service)):
		p.Report(notification, e.path+"."+e.kind.target, e.path+" of "+notification.String()+" sends to "+target.Show()+
			", which is not the ARN of "+wanted(e.kind)+".", "set "+e.kind.target+" to the arn output of "+wanted(e.kind))
	case known && strings.HasSuffix(arn, ".fifo"):
		p.Report(notification, e.path+"."+e.kind.target, e.path+" of "+notification.String()+" sends to "+target.Show()+
			": S3 does not send to FIFO queues and topics.", "set "+e.kind.target+" to the arn output of "+wanted(e.kind)+
			" that is not FIFO")
	}
}

// misspelt reports a key of an object that is not among the known ones. Keys
// that begin with two underscores are Pulumi's own.
func misspelt(p *rule.Pass, notification *graph.Resource, path, key string, of graph.Value, known []string) {
	if slices.Contains(known, key) || strings.HasPrefix(key, "__") || of.Get(key).Absent() {
		return
	}
	fix := "remove it; the keys are " + strings.Join(known, ", ")
	if of.Secret() {
		key = "[secret]"
	} else if right := closest(camelCase(key), known); right != "" {
		fix = "write " + right
		// What Python's SDK knows it translates, so there a misspelt key is the only one in snake_case.
		if inPython := strings.Join(words(right), "_"); strings.Contains(key, "_") && key != inPython {
			fix += ", or in Python " + inPython + ","
		}
		fix += " instead of " + key
	}
	p.Report(notification, path+key, notification.String()+" has an unknown key "+path+key+", which is dropped or refused.", fix)
}

func checkEvents(p *rule.Pass, notification *graph.Resource, e entry) {
	events := e.get("events")
	if events.Unknown() {
		p.NotEvaluated(notification, "%s.events of %s is not known yet", e.path, notification)
		return
	}
	if events.Known() && !events.IsList() {
		p.Report(notification, e.path+".events", "events in "+e.path+" of "+notification.String()+" is "+events.Show()+
			", which is not a list.", `write a list, as ["s3:ObjectCreated:*"]`)
		return
	}
	if len(events.Items()) == 0 {
		p.Report(notification, e.path+".events", e.path+" of "+notification.String()+" names no events: it never fires.",
			`set events, as ["s3:ObjectCreated:*"]`)
	}
	for _, event := range events.Items() {
		name, known := event.Str()
		switch {
		case event.Unknown():
			p.NotEvaluated(notification, "an event in %s of %s is not known yet", e.path, notification)
		case !known || !slices.Contains(s3Events, name):
			fix := `use one of S3's event types, as "s3:ObjectCreated:*"`
			if right := closest(strings.Replace(name, "ObjectDeleted", "ObjectRemoved", 1), s3Events); right != "" && !event.Secret() {
				fix = "write " + strconv.Quote(right)
			}
			p.Report(notification, e.path+".events", e.path+" of "+notification.String()+" waits for "+event.Show()+
				", which is no S3 event.", fix)
		}
	}
}

// checkTargets says which targets nothing is known of: neither their ARN nor
// the resource that it comes from.
func checkTargets(p *rule.Pass, notification *graph.Resource) {
	for _, e := range entries(notification) {
		target := e.get(e.kind.target)
		if !target.Unknown() {
			continue
		}
		ref := graph.Ref{Property: e.kind.list, Value: target}
		linked := p.Graph.Resolve(notification, ref, e.kind.wants...).Linked()
		if len(linked) == 0 || slices.ContainsFunc(linked, isFIFO) {
			p.NotEvaluated(notification, "the target of %s of %s is not known yet", e.path, notification)
		}
	}
}

func wanted(kind notificationKind) string {
	return map[string]string{"lambda": "a function", "sqs": "an SQS queue", "sns": "an SNS topic"}[kind.service]
}
