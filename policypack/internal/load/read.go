package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Kind is what a Stack was read from.
type Kind string

const (
	// Preview is what `pulumi preview --json` prints: the stack as it will be.
	Preview Kind = "preview"
	// Export is what `pulumi stack export` prints, or the state file of a
	// self-managed backend: the stack as it was last deployed.
	Export Kind = "export"
)

// Stack is the result of Read.
type Stack struct {
	Kind Kind
	// Graph has no Organization, unless the text is a checkpoint: the others do
	// not contain it.
	Graph *graph.Graph
	// Notes are sentences for whoever reads the findings, such as what was
	// skipped.
	Notes []string
}

// Problem is a reason why a text cannot be read.
type Problem string

// These are the problems that a text can have.
const (
	// Empty is a text that contains only white space.
	Empty Problem = "empty"
	// NotJSON is a text that breaks the rules of JSON.
	NotJSON Problem = "not JSON"
	// Truncated is JSON that ends too early.
	Truncated Problem = "truncated"
	// OtherKind is JSON that is neither a preview nor an export.
	OtherKind Problem = "neither a preview nor an export"
	// WrongVersion is an export in a format that is not supported.
	WrongVersion Problem = "wrong version"
	// TooLarge is a text that would take more memory than is reasonable.
	TooLarge Problem = "too large"
	// Malformed is a preview or an export that contains something Pulumi does
	// not write.
	Malformed Problem = "malformed"
	// Incomplete is a preview that lacks resources of the stack, so that rules
	// would miss some defects and report others without cause.
	Incomplete Problem = "incomplete"
)

// fix describes what to do about each problem.
var fix = map[Problem]string{
	Empty:        "pulumi prints its errors on stderr: see the messages there; " + makeOne,
	NotJSON:      makeOne,
	Truncated:    "create it again, with " + commands,
	OtherKind:    makeOne,
	WrongVersion: "export the stack again with a current Pulumi CLI: `pulumi stack export --file export.json`",
	TooLarge:     "check the program's folder with `pipeguard preview` instead",
	Malformed:    "create it again, without editing it, with " + commands,
}

const (
	commands = "`pulumi preview --json --show-sames > preview.json` or `pulumi stack export --file export.json`"
	makeOne  = "create one with " + commands
)

// Error describes why a text cannot be read. It quotes nothing from the text,
// which may contain secrets.
type Error struct {
	Problem Problem
	// Offset is the byte at which the problem shows, counted from 0; it is
	// negative if there is no such place.
	Offset int64
	// Message describes the problem and Fix what to do about it. If Fix is
	// empty, that of the Problem applies.
	Message, Fix string
}

// Error returns one line: the problem, its place, and what to do about it.
func (e *Error) Error() string {
	advice := e.Fix
	if advice == "" {
		advice = fix[e.Problem]
	}
	if e.Offset < 0 {
		return fmt.Sprintf("%s: %s; %s", e.Problem, e.Message, advice)
	}
	return fmt.Sprintf("%s, at byte %d: %s; %s", e.Problem, e.Offset, e.Message, advice)
}

// noOffset is the Offset of a problem of the whole.
const noOffset = -1

// Read reads the output of `pulumi preview --json` or `pulumi stack export`,
// which it distinguishes by their content. The text is streamed: memory grows
// with its resources, and is bounded.
//
// The error is an *Error if the text is at fault, and otherwise what r returned.
// If only the end of a preview shows that it is Incomplete, the Stack has what
// was read.
func Read(r io.Reader) (*Stack, error) {
	doc := document{
		decoder: newDecoder(r), resources: map[resource.URN]*graph.Resource{}, providers: map[resource.URN]resource.URN{},
	}
	doc.start()
	doc.members(doc.member)
	readAll := doc.err == nil
	doc.finish()
	if doc.err != nil && (!readAll || !doc.is(Incomplete)) {
		return nil, doc.err
	}
	all := make([]*graph.Resource, 0, len(doc.resources))
	for _, r := range doc.resources {
		if provider := doc.resources[doc.providers[r.URN]]; provider != nil {
			r.Provider = provider.Inputs
		}
		all = append(all, native.Adapt(r))
	}
	var project, stack string
	if len(all) > 0 { // all belong to one stack
		project, stack = string(all[0].URN.Project()), string(all[0].URN.Stack())
	} else {
		doc.note("the stack has no resources")
	}
	return &Stack{Kind: doc.kind, Graph: graph.New(project, stack, doc.organization, all), Notes: doc.notes}, doc.err
}

// is reports whether the error so far is the given problem.
func (d *document) is(p Problem) bool {
	var e *Error
	return errors.As(d.err, &e) && e.Problem == p
}

// document is the text as a whole, while it is read.
type document struct {
	*decoder
	// kind is empty until a member reveals it.
	kind      Kind
	resources map[resource.URN]*graph.Resource
	// providers are the resources' providers, which may follow the resources.
	providers map[resource.URN]resource.URN
	notes     []string

	// other is what the text is instead of a preview or an export, if a member
	// reveals it.
	other string
	// Of an export:
	version    float64
	hasVersion bool
	pending    int
	// organization is the one in a checkpoint.
	organization string
	// Of a preview: how many steps leave their resource unchanged, and how many
	// the summary counts. failures counts its errors.
	same, sameInSummary int
	finished            bool
	failures            int
}

// add records a resource of a state.
func (d *document) add(s *state, r *graph.Resource) {
	d.resources[s.urn] = r
	if i := strings.LastIndex(s.provider, resource.URNNameDelimiter); i >= 0 {
		d.providers[s.urn] = resource.URN(s.provider[:i]) // its id follows
	}
}

func (d *document) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// start finds the start of the JSON, which lines of text may precede: warnings
// of pulumi if stderr goes to the same file, or commands that make prints.
func (d *document) start() {
	d.slide(windowSize)
	text := d.window[d.pos:d.end]
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		d.refuse(&Error{
			Problem: NotJSON, Offset: d.offset(), Message: "the text is UTF-16, as PowerShell's > writes it",
			Fix: "pipe the output to `Out-File -Encoding utf8` instead",
		})
		return
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		d.refuse(&Error{Problem: NotJSON, Offset: d.offset(), Message: "the file is compressed", Fix: "unpack it with gunzip"})
		return
	}
	d.pos += len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff")))
	if d.atEnd() {
		d.fail(Empty, "there is nothing in it")
	}
	if d.err != nil || d.window[d.pos] == '{' {
		return
	}
	text = d.window[d.pos:d.end]
	if list := bytes.TrimLeft(text, "[ \t\r\n"); text[0] == '[' && (len(list) == 0 || bytes.IndexByte([]byte(`{"]`), list[0]) >= 0) {
		d.fail(OtherKind, "the text is a JSON list")
		return
	}
	at := bytes.Index(text, []byte("\n{"))
	if at < 0 {
		d.fail(NotJSON, "the text does not start with {")
		return
	}
	d.note("%d lines before the JSON are skipped", bytes.Count(text[:at+1], []byte("\n")))
	d.pos += at + 1
}

// others describes other kinds of texts, by a member at their top level.
var others = map[string]string{
	"sequence":          "a log of engine events: unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW",
	"resourcePlans":     "an update plan, of --save-plan",
	"nameTable":         "a file for `pulumi import`",
	"manifest":          "the inner part of an export: the whole is {\"version\": 3, \"deployment\": …}",
	"runs":              "a SARIF report",
	"terraform_version": "a state or plan of Terraform",
	"dependencies":      "a package.json, or the like",
}

// member reads a top-level member.
func (d *document) member(name string) {
	switch name {
	case "version":
		// In previews it is missing, and in other files it is a string.
		if c := d.peek(); c == '"' || c == 'n' {
			d.skip()
			return
		}
		d.version, d.hasVersion = d.number(), true
	case "deployment":
		d.kind = Export
		d.object(name, d.deployment)
	case "checkpoint":
		d.kind = Export
		d.object(name, func(name string) {
			switch name {
			case "stack":
				// organization/project/stack, or the stack alone
				if parts := strings.Split(d.name(name), "/"); len(parts) == 3 {
					d.organization = parts[0]
				}
			case "latest":
				d.object(name, d.deployment)
			default:
				d.skip()
			}
		})
	case "steps":
		d.kind = Preview
		d.list(name, d.step)
	case "changeSummary":
		d.kind, d.finished = Preview, true
		d.object(name, func(name string) {
			n := d.number()
			if name == "same" {
				d.sameInSummary = int(n)
			}
		})
	case "diagnostics":
		d.list(name, d.diagnostic)
	default:
		if other, known := others[name]; known {
			d.other = other
		}
		d.skip()
	}
}

// finish checks the whole, at the end of the text.
func (d *document) finish() {
	if d.err != nil {
		return
	}
	switch {
	case d.kind == "" && d.other != "":
		d.refuse(&Error{Problem: OtherKind, Offset: noOffset, Message: "this is " + d.other})
	case d.kind == "":
		d.refuse(&Error{Problem: OtherKind, Offset: noOffset, Message: "this is JSON of another kind"})
	case d.kind == Export:
		d.finishExport()
	default:
		d.finishPreview()
	}
	if !d.atEnd() {
		if d.window[d.pos] == '{' {
			d.fail(OtherKind, "another JSON document follows the first")
		}
		d.note("text after the JSON is skipped")
	}
	if d.tooLong > 0 {
		d.note("values longer than %d MiB are not read, and treated as unknown: %d", maxString>>20, d.tooLong)
	}
}
