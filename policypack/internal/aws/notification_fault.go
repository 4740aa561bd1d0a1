package aws

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// NotificationFault is a mistake in an argument of a notification.
type NotificationFault struct {
	Kind NotificationFaultKind
	// Path is the path of the argument, Key its name, and Value its value.
	Path, Key string
	Value     graph.Value
	// Index is the index of the faulty event in the list at Path.
	Index int
	// Entry is the faulty entry; the zero entry for the notification itself.
	Entry NotificationEntry
	// Given is Path as the program spells it, which may be in snake_case.
	Given string
	// Meant is what was most likely meant instead, if that is clear, and Known are the valid choices.
	Meant string
	Known []string
}

// NotificationFaultKind is a kind of mistake in an argument of a notification.
type NotificationFaultKind int

// The kinds of faults. NotificationUnsettled means that an argument is not known yet.
const (
	NotificationUnsettled NotificationFaultKind = iota
	// UnknownKey is an argument that notifications do not have. It is dropped or rejected.
	UnknownKey
	// EventsNoList is a string in place of a list of events, NoEvents an empty list, and UnknownEvent an event that S3
	// does not have.
	EventsNoList
	NoEvents
	UnknownEvent
	EmptyFilter
	NoTarget
	// WrongTarget is a target of another kind than the list is for, and FIFOTarget one that S3 does not send to.
	WrongTarget
	FIFOTarget
)

// Faults returns the mistakes in the arguments of the notification.
func (n *Notification) Faults() []NotificationFault {
	known := []string{"bucket", "eventbridge", "region"}
	for _, kind := range TargetKinds {
		known = append(known, kind.List)
	}
	var all []NotificationFault
	arguments := graph.NewValue(resource.NewProperty(n.Inputs))
	for _, key := range slices.Sorted(maps.Keys(n.Inputs)) {
		// A newer provider may have arguments that are not known here, so report only what looks like a misspelling.
		if f, ok := unknownKey(arguments, "", string(key), known); ok && f.Meant != "" {
			all = append(all, f)
		}
	}
	for _, kind := range TargetKinds {
		if v := n.Arg(kind.List); v.Unknown() {
			all = append(all, NotificationFault{Kind: NotificationUnsettled, Path: kind.List})
		}
	}
	for _, e := range n.Entries() {
		for _, f := range e.faults() {
			f.Entry = e
			all = append(all, f)
		}
	}
	return all
}

func (e NotificationEntry) faults() []NotificationFault {
	if e.Value.Unknown() {
		return []NotificationFault{{Kind: NotificationUnsettled, Path: e.Path}}
	}
	var all []NotificationFault
	for _, key := range e.Value.Keys() {
		if f, ok := unknownKey(e.Value, e.Path+".", key, []string{e.Kind.Argument, "events", "filterPrefix", "filterSuffix", "id"}); ok {
			all = append(all, f)
		}
	}
	all = append(all, e.eventFaults()...)
	for _, filter := range []string{"filterPrefix", "filterSuffix"} {
		f := NotificationFault{Kind: EmptyFilter, Path: e.Path + "." + filter, Given: e.Path + "." + e.spelling(filter), Key: filter}
		switch e.Get(filter).Equals("") {
		case answer.Unknown:
			f.Kind = NotificationUnsettled
			fallthrough
		case answer.Yes:
			all = append(all, f)
		case answer.No:
		}
	}
	return append(all, e.targetFaults()...)
}

// unknownKey returns the fault that an object has a key that is not among the known ones. Keys that begin with two
// underscores are Pulumi's own.
func unknownKey(object graph.Value, path, key string, known []string) (NotificationFault, bool) {
	if slices.Contains(known, key) || strings.HasPrefix(key, "__") || object.Get(key).Absent() {
		return NotificationFault{}, false
	}
	f := NotificationFault{Kind: UnknownKey, Path: path + key, Key: key, Known: known, Meant: text.Closest(text.CamelCase(key), known)}
	if object.Secret() {
		f.Path, f.Key, f.Meant = path+"[secret]", "", ""
	}
	return f, true
}

func (e NotificationEntry) eventFaults() []NotificationFault {
	events := e.Get("events")
	fault := func(kind NotificationFaultKind, v graph.Value) NotificationFault {
		return NotificationFault{Kind: kind, Path: e.Path + ".events", Key: "events", Value: v}
	}
	switch {
	case events.Unknown():
		return []NotificationFault{fault(NotificationUnsettled, events)}
	case events.Known() && !events.IsList():
		return []NotificationFault{fault(EventsNoList, events)}
	case len(events.Items()) == 0:
		return []NotificationFault{fault(NoEvents, events)}
	}
	var all []NotificationFault
	for i, event := range events.Items() {
		name, known := event.Str()
		switch {
		case event.Unknown():
			all = append(all, fault(NotificationUnsettled, event))
		case !known || !slices.Contains(S3Events, name):
			f := fault(UnknownEvent, event)
			f.Index = i
			if !event.Secret() {
				f.Meant = text.Closest(strings.Replace(name, "ObjectDeleted", "ObjectRemoved", 1), S3Events)
			}
			all = append(all, f)
		}
	}
	return all
}

func (e NotificationEntry) targetFaults() []NotificationFault {
	target := e.Get(e.Kind.Argument)
	arn, _ := target.Str()
	_, named := graph.NameIn(arn)
	f := NotificationFault{Path: e.Path + "." + e.Kind.Argument, Key: e.Kind.Argument, Value: target}
	switch {
	case target.IsGiven() == answer.No:
		f.Kind, f.Path = NoTarget, e.Path
	case target.Unknown():
		return nil // it is judged with the stack, where its source may be known
	case arn == "": // not a string
		return nil
	case !named || !graph.IsARN(arn, e.Kind.Service):
		f.Kind = WrongTarget
	case strings.HasSuffix(arn, ".fifo"):
		f.Kind = FIFOTarget
	default:
		return nil
	}
	return []NotificationFault{f}
}

// IsTargetOpen reports whether nothing is known about the target: its ARN is unknown and comes from no resource of the
// stack, or from one that S3 may not send to.
func (e NotificationEntry) IsTargetOpen() bool {
	target := e.Target()
	linked := e.Notification.stack.Resolve(e.Notification.Resource, target, e.Kind.Types...).Linked()
	return target.Value.Unknown() && (len(linked) == 0 || slices.ContainsFunc(linked, isFIFO))
}
