package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

type Notification struct{ object }

type NotificationEntry struct {
	Notification *Notification
	Path         string
	Value        graph.Value
}

func (e NotificationEntry) Get(name string) graph.Value {
	for _, key := range e.Value.Keys() {
		if text.CamelCase(key) == name {
			return e.Value.Get(key)
		}
	}
	return e.Value.Get(name)
}

func (n *Notification) Bucket() *Bucket {
	if r := n.stack.one(n.Resource, n.Ref("bucket"), graph.Bucket); r != nil {
		return &Bucket{object{r, n.stack}}
	}
	return nil
}

func (e NotificationEntry) CreatesObjects() answer.Answer {
	events := e.Get("events")
	if events.Unknown() {
		return answer.Unknown
	}
	tells := answer.No
	for _, event := range events.Items() {
		name, _ := event.Str()
		switch {
		case strings.HasPrefix(name, "s3:ObjectCreated:"):
			return answer.Yes
		case event.Unknown():
			tells = answer.Unknown
		}
	}
	return tells
}

func (s *Stack) notifiedBy() map[*graph.Resource][]NotificationEntry {
	found := map[*graph.Resource][]NotificationEntry{}
	for _, r := range s.Managed(graph.BucketNotification) {
		n := &Notification{object{r, s}}
		for i, item := range r.Arg("lambdaFunctions").Items() {
			e := NotificationEntry{n, "lambdaFunctions[" + strconv.Itoa(i) + "]", item}
			f := s.one(r, graph.Ref{Property: "lambdaFunctions", Value: e.Get("lambdaFunctionArn")}, graph.Function)
			if f != nil && n.Bucket() != nil {
				found[f] = append(found[f], e)
			}
		}
	}
	return found
}

var outputNameWords = []string{"DEST", "DESTINATION", "OUTPUT", "TARGET", "THUMBNAIL", "THUMBNAILS", "RESULT", "RESULTS", "PROCESSED"}

func (f *Function) Destinations() (found []*graph.Resource, open []string) {
	variables := f.Variables()
	for _, name := range variables.Keys() {
		words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r == '_' || r == '-' })
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(outputNameWords, w) }) {
			target := f.stack.Resolve(f.Resource, graph.Ref{Property: "environment", Value: variables.Get(name)}, graph.Bucket)
			found = append(found, target.Certain...)
			if target.Open {
				open = append(open, name)
			}
		}
	}
	return found, open
}
