package load

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// step reads what a preview does to a resource, and applies it: later steps see
// what earlier ones left.
func (d *document) step() {
	var op string
	var before, after *state
	at := d.offset()
	d.object("step", func(name string) {
		switch name {
		case "op":
			op = d.name(name)
		case "oldState":
			before = d.state()
		case "newState":
			after = d.state()
		default:
			d.skip()
		}
	})
	if d.err != nil {
		return
	}
	switch op {
	case "delete", "discard":
		// What an earlier replacement left behind has the URN of its successor.
		if before != nil && !before.deleting {
			delete(d.resources, before.urn)
		}
		return
	case "delete-replaced", "discard-replaced", "remove-pending-replace":
		return
	case "refresh":
		if after == nil {
			after = before
		}
	case "same":
		d.same++
	}
	if after == nil {
		d.refuse(&Error{
			Problem: Incomplete, Offset: at, Message: "a step that does not say what happens to the resource",
			Fix: makeOne,
		})
		return
	}
	r := after.resource()
	r.OutputsPending = true
	switch {
	case before == nil || !after.custom:
		// The outputs of a component, or of the stack, come after its step.
	case op == "same":
		r.Outputs, r.OutputsPending = before.resource().Outputs, false
	case op == "update":
		keepIdentity(r.Outputs, before.outputs)
	}
	d.add(after, r)
}

// keepIdentity copies the outputs that no update in place changes: other
// resources may use them to name the resource.
func keepIdentity(to, from resource.PropertyMap) {
	for _, name := range []resource.PropertyKey{"id", "arn", "url", "invokeArn"} {
		if _, has := to[name]; has {
			continue
		}
		if v, has := from[name]; has {
			to[name] = v
		}
	}
}

// diagnostic counts the errors of a preview. Their messages may contain anything.
func (d *document) diagnostic() {
	d.object("diagnostic", func(name string) {
		if name != "severity" {
			d.skip()
			return
		}
		if d.name(name) == "error" {
			d.failures++
		}
	})
}

func (d *document) finishPreview() {
	hidden := d.sameInSummary - d.same
	switch {
	case d.failures > 0:
		d.refuse(&Error{
			Problem: Incomplete, Offset: noOffset, Message: "the preview failed, so it may lack resources",
			Fix: "see the errors among its diagnostics, and fix the program",
		})
	case !d.finished:
		d.refuse(&Error{
			Problem: Incomplete, Offset: noOffset, Message: "the preview was interrupted: it has no summary",
			Fix: "create it again: " + makeOne,
		})
	case hidden > 0:
		d.refuse(&Error{
			Problem: Incomplete, Offset: noOffset,
			Message: fmt.Sprintf("the preview leaves out resources that do not change: %d", hidden),
			Fix:     "create it again with `pulumi preview --json --show-sames > preview.json`",
		})
	}
}
