package load

import "fmt"

// These versions of exports hold resources in the form that state reads.
// Version 4 is version 3 with a list of features, which no rule needs.
const (
	oldestExport = 3
	newestExport = 4
)

// deployment reads a member of a deployment: the state of a stack.
func (d *document) deployment(name string) {
	switch name {
	case "resources":
		d.list(name, d.deployed)
	case "pending_operations":
		d.list(name, func() {
			d.pending++
			d.skip()
		})
	default:
		d.skip()
	}
}

// deployed reads a resource of an export.
func (d *document) deployed() {
	at := d.offset()
	s := d.state()
	if d.err != nil || s == nil || s.deleting {
		return
	}
	if d.resources[s.urn] != nil {
		if s.recreated {
			return
		}
		d.refuse(&Error{
			Problem: Malformed, Offset: at, Message: "a second resource with the same URN",
			Fix: "`pulumi state repair` repairs the stack's state",
		})
		return
	}
	d.add(s, s.resource())
}

func (d *document) finishExport() {
	switch {
	case !d.hasVersion:
		d.refuse(&Error{Problem: WrongVersion, Offset: noOffset, Message: "the export does not contain its version"})
	case d.version < oldestExport || d.version > newestExport:
		d.refuse(&Error{
			Problem: WrongVersion, Offset: noOffset,
			Message: fmt.Sprintf("this is an export of version %g; pipeguard reads %d and %d", d.version, oldestExport, newestExport),
		})
	}
	if d.pending > 0 {
		d.note("a deployment was interrupted: the state of the resources it was working on is not known: %d", d.pending)
	}
}
