package preview

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// output collects the engine's messages about a preview's failure.
type output struct {
	errors []diagnosed
	// printed is the standard error of the program and its compiler, which contains the reasons.
	printed strings.Builder
}

// nodeWarning matches a warning of Node.js itself, which is not a failure.
var nodeWarning = regexp.MustCompile("^(?:\\(node:\\d+\\) |\\(Use `node --trace-)")

// hostOnPath matches the engine's remark that a language host is not beside this binary.
var hostOnPath = regexp.MustCompile(`using pulumi-language-\S+ from \$PATH at `)

// diagnosed is an error about a resource, or about none.
type diagnosed struct {
	urn     resource.URN
	message string
}

// uninformative lists errors whose only information is that there were others.
var uninformative = []string{
	"an unhandled error occurred: Program exited with non-zero exit code",
	"error in compiling Go: unable to run `go build`", // which has said why
	"resource monitor shut down while waiting on step's done channel",
	"Error registering ", // of Pulumi YAML
	"error reading from server: EOF",
}

// announcement matches the heading of an exception that is printed elsewhere.
var announcement = regexp.MustCompile(`^Running program .*\n?$`)

// interrupted is all that remains of the traceback of a Python program that the engine has stopped because of another
// error.
const interrupted = "KeyboardInterrupt"

// diagnostic handles a message of the engine in this process.
func (r *run) diagnostic(d engine.DiagEventPayload) {
	if d.Severity == diag.Warning {
		if text := plain(d.Message); text != "" && !d.Ephemeral && !hostOnPath.MatchString(text) {
			r.warn(text)
		}
		return
	}
	r.output.add(d.URN, d.Severity, d.Message, d.Ephemeral)
}

// Failures returns the failures in the messages of an engine in another process. failed reports whether something
// failed; if not, only an error among the messages is a failure.
func (p *Program) Failures(messages []apitype.DiagnosticEvent, failed bool) []finding.Failure {
	var o output
	for _, d := range messages {
		o.add(resource.URN(d.URN), diag.Severity(d.Severity), d.Message, d.Ephemeral)
	}
	failures := o.failures(p, failed, "")
	finding.SortFailures(failures)
	return failures
}

// add records a message of the engine if it is about a failure and says more than that there was one.
func (o *output) add(urn resource.URN, severity diag.Severity, message string, ephemeral bool) {
	text := plain(message)
	withoutSeverity := strings.TrimPrefix(text, "error: ")
	switch {
	case ephemeral || text == "" || withoutSeverity == "preview failed":
	case severity == diag.Error:
		o.errors = append(o.errors, diagnosed{urn, withoutSeverity})
	case severity == diag.Infoerr && !nodeWarning.MatchString(text):
		o.printed.WriteString(text + "\n")
	}
}

// plain returns a message of the engine without colours.
func plain(message string) string { return strings.TrimRight(colors.Never.Colorize(message), " \r\n") }

// failures returns the failures: the informative errors together with what the program printed, without the stack
// frames that are not the program's own. failed reports whether something failed, since the YAML host does not report
// that with an error. install is the command that installs the program's packages.
func (o *output) failures(p *Program, failed bool, install string) []finding.Failure {
	if len(o.errors) == 0 && !failed {
		return nil
	}
	var failures []finding.Failure
	for _, e := range o.errors {
		message := withoutForeignFrames(e.message)
		vague := message == interrupted || announcement.MatchString(message) ||
			slices.ContainsFunc(uninformative, func(start string) bool { return strings.HasPrefix(message, start) })
		if vague && (len(o.errors) > 1 || o.printed.Len() > 0) {
			continue
		}
		if yaml := yamlErrors(e.message, p); len(yaml) > 0 {
			failures = append(failures, yaml...)
			continue
		}
		f := p.failure(nodeHeading.ReplaceAllString(message, ""), install)
		if e.urn != "" && e.urn.Type() != resource.RootStackType {
			f.URN = e.urn
		}
		failures = append(failures, f)
	}
	if yamlHeading.MatchString(o.printed.String()) && isYAML(p) {
		failures = append(failures, yamlErrors(o.printed.String(), p)...)
		o.printed.Reset()
	}
	printed := strings.TrimRight(withoutForeignFrames(o.printed.String()), "\n")
	if printed != "" && (printed != interrupted || len(failures) == 0) {
		failures = append(failures, p.failure(strings.TrimPrefix(printed, "error: "), install))
	}
	if len(failures) == 0 && len(o.errors) > 0 {
		failures = append(failures, finding.Failure{Message: o.errors[0].message})
	}
	return failures
}

// failure returns the failure that a text describes, with its place and how to fix it.
func (p *Program) failure(text, install string) finding.Failure {
	if f, ok := p.missing(text); ok {
		f.Location = cmp.Or(f.Location, place(text, p))
		return f
	}
	return finding.Failure{Message: withHint(text, p.hint(text, install)), Location: place(text, p)}
}

func withHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + "\n" + hint
}

// foreign matches stack frames whose path is not in the program itself.
var foreign = regexp.MustCompile(`site-packages/|node_modules/|(?:^|[\s(])node:|/lib/python3|pulumi-language-|<frozen |/go/pkg/mod/|/src/runtime/`)

// foreignRequire matches a line of Node.js's list of the files that required a missing module, if the file is not one
// of the program itself.
var foreignRequire = regexp.MustCompile(`^(?:- |\s+')\S*/node_modules/\S+$`)

// nodeHeading matches the heading of an exception in a Node.js program.
var nodeHeading = regexp.MustCompile(`^Running program '[^\n]*' failed with an unhandled exception:\n`)

// The forms of a stack frame, and of a compiler's message.
var (
	pythonFrame = regexp.MustCompile(`^\s*File "([^"]+)", line (\d+)`)
	nodeFrame   = regexp.MustCompile(`^\s+at (?:.*\()?((?:file://)?[^\s()]+):(\d+):(\d+)\)?( \{)?$`)
	goFrame     = regexp.MustCompile(`^\t(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?$`)
	compiled    = regexp.MustCompile(`^(?:\S+: )?((?:\.{0,2}/)?[\w./@-]+\.(?:go|ts|tsx|js|py|yaml|yml))(?::(\d+)(?::(\d+))?|\((\d+),(\d+)\))`)
)

// The forms of the YAML host's errors. It prints most of them with the source line, in which it underlines the culprit.
// For a file that it cannot read at all it prints one line for each place.
var (
	yamlHeading = regexp.MustCompile(`(?m)^(?:\x1b\[\d+m)?(?:(Error)|Warning)(?:\x1b\[0m)?: `)
	yamlPlace   = regexp.MustCompile(`(?m)^  on (.+) line (\d+).*:$\n?`)
	yamlSource  = regexp.MustCompile(`(?m)^ *\d+: (.*)\n?`)
	underline   = "\x1b[1;4m"
	escapes     = regexp.MustCompile(`\x1b\[[\d;]*m`)

	yamlLine = regexp.MustCompile(`(?m)^(?:failed to discover package requirements: |\s*\* |\s*-error: )?(\S+\.(?:yaml|json)):(\d+),(\d+)[-,\d]*: (.*?);?\s*$`)
)

func isYAML(p *Program) bool { return p.Project.Runtime.Name() == "yaml" }

// yamlErrors returns the errors of the YAML host in a text; none if the program is in another language or the text has
// none of the host's forms.
func yamlErrors(text string, p *Program) []finding.Failure {
	if !isYAML(p) {
		return nil
	}
	if p.template {
		text = compilerOutput.ReplaceAllLiteralString(text, p.File)
	}
	var failures []finding.Failure
	for _, m := range yamlLine.FindAllStringSubmatch(text, -1) {
		failures = append(failures, finding.Failure{Message: m[4], Location: p.locate(m[1], m[2], m[3])})
	}
	if len(failures) > 0 {
		return failures
	}
	headings := yamlHeading.FindAllStringSubmatchIndex(text, -1)
	if len(headings) == 0 && yamlPlace.MatchString(text) {
		return []finding.Failure{yamlFailure(text, p)}
	}
	for i, heading := range headings {
		end := len(text)
		if i+1 < len(headings) {
			end = headings[i+1][0]
		}
		if isError := heading[2] >= 0; isError {
			failures = append(failures, yamlFailure(text[heading[1]:end], p))
		}
	}
	return failures
}

// yamlFailure returns one error that the YAML host shows with its line of source.
func yamlFailure(text string, p *Program) finding.Failure {
	var f finding.Failure
	if place := yamlPlace.FindStringSubmatch(text); place != nil {
		column := ""
		if source := yamlSource.FindStringSubmatch(text); source != nil {
			if at := strings.Index(source[1], underline); at >= 0 {
				column = strconv.Itoa(at + 1)
			}
		}
		f.Location = p.locate(place[1], place[2], column)
		text = yamlSource.ReplaceAllString(yamlPlace.ReplaceAllString(text, ""), "")
	}
	f.Message = strings.TrimSpace(escapes.ReplaceAllString(text, ""))
	return f
}

// traceback is the first line of a Python traceback.
const traceback = "Traceback (most recent call last):"

// withoutForeignFrames returns a text without the stack frames of Pulumi and of other packages, without the heading of
// a traceback that has no other frames, and without colours.
func withoutForeignFrames(text string) string {
	var kept []string
	skipping := false
	for _, line := range strings.Split(escapes.ReplaceAllString(text, ""), "\n") {
		if foreignRequire.MatchString(line) {
			continue
		}
		node := nodeFrame.FindStringSubmatch(line)
		switch {
		case pythonFrame.MatchString(line):
			skipping = foreign.MatchString(line)
		case node != nil:
			if foreign.MatchString(line) {
				if opening := node[4]; opening != "" && len(kept) > 0 {
					kept[len(kept)-1] += opening // the error's properties follow the last frame
				}
				continue
			}
			skipping = false
		case goFrame.MatchString(line) && foreign.MatchString(line):
			kept = kept[:max(len(kept)-1, 0)] // the line before it names the function
			continue
		case skipping && !strings.HasPrefix(line, "    "):
			skipping = false // the source lines of a frame are indented deeper than it
		}
		if skipping {
			continue
		}
		if last := len(kept) - 1; last >= 0 && strings.TrimSpace(kept[last]) == traceback && !pythonFrame.MatchString(line) {
			kept = kept[:last]
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

// place returns the place in the program where an error occurred according to a text: the last frame of a Python
// traceback, the first frame of a Node.js one, or the position in a compiler's message.
func place(text string, p *Program) finding.Location {
	var found finding.Location
	for _, line := range strings.Split(text, "\n") {
		if m := pythonFrame.FindStringSubmatch(line); m != nil {
			if l := p.locate(m[1], m[2], ""); l.File != "" {
				found = l
			}
			continue
		}
		if found.File != "" {
			continue
		}
		if m := goFrame.FindStringSubmatch(line); m != nil {
			found = p.locate(m[1], m[2], "")
		} else if m := nodeFrame.FindStringSubmatch(line); m != nil {
			found = p.locate(m[1], m[2], m[3])
		} else if m := compiled.FindStringSubmatch(line); m != nil {
			found = p.locate(m[1], m[2]+m[4], m[3]+m[5])
		}
	}
	return found
}

// locate returns a place in a file of the program's, relative to its root.
func (p *Program) locate(file, line, column string) finding.Location {
	file = strings.TrimPrefix(file, "file://")
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.WorkDir(), file)
	}
	relative, err := filepath.Rel(p.Root, file)
	if err != nil || strings.HasPrefix(relative, "..") || foreign.MatchString(file) {
		return finding.Location{}
	}
	l := finding.Location{File: filepath.ToSlash(relative)}
	l.Line, _ = strconv.Atoi(line)
	l.Column, _ = strconv.Atoi(column)
	return l
}
