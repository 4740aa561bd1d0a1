package ruletest

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/tools/txtar"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Case is a small program with the findings that one rule must report for it, in both phases.
//
// The cases of a rule are a txtar archive that is named after it, such as s3_versioning.txtar. Each file in it is a
// case: its name describes the case, and its content is the resources of a Pulumi YAML program, followed by its outputs,
// if any, under the key outputs. Comments are the expectations:
//
//	-- no versioning, and a policy that is not known --
//	# params: {"allowS3ManagedKey": true}
//	# stack want `no output "validations"`
//	uploads: {type: aws:s3:Bucket} # want `has no versioning` fix `declare an aws\.s3\.BucketVersioning`
//	# want@deployed policy `opens it to everyone`
//	# not evaluated@preview `the policy of .* is not known yet`
//	policy:
//	  type: aws:s3:BucketPolicy
//
// A comment is at the end of the line that a resource begins on, or on lines of its own above it; one that begins with
// "stack" is about the stack as a whole. "want" is a violation: of the argument that it names, if any, with a message
// and a fix that the regular expressions match. "not evaluated" is a reason why there is no verdict. An expectation for
// only one phase names it after @: preview or deployed. The rule must report nothing else.
type Case struct {
	// Rule is the id of the rule, and Name describes the case.
	Rule, Name string
	// Program is the whole program in Pulumi YAML.
	Program string
	// Params are the parameters of the rule; nil for the defaults.
	Params map[string]any

	wants []want
}

// want is one expectation.
type want struct {
	line      int
	resource  string
	violation bool
	phase     string
	property  string
	message   *regexp.Regexp
	fix       *regexp.Regexp
}

var (
	caseResource = regexp.MustCompile(`^"?([\w-]+)"?:(?:\s|$)`)
	caseParams   = regexp.MustCompile(`^# params: (.*)$`)
	caseWant     = regexp.MustCompile(`# (stack )?(want|not evaluated)(?:@(preview|deployed))? ` +
		`(?:([^\s"` + "`" + `]+|"[^"]*") )?(` + "`[^`]*`" + `|"(?:[^"\\]|\\.)*")(?: fix (` + "`[^`]*`" + `|"(?:[^"\\]|\\.)*"))?`)
	caseMark = regexp.MustCompile(`# (stack )?(want|not evaluated)`)
)

// ParseCases returns the cases in an archive of that file name.
func ParseCases(name string, archive []byte) ([]Case, error) {
	id := strings.ReplaceAll(strings.TrimSuffix(path.Base(name), ".txtar"), "_", "-")
	var cases []Case
	for _, file := range txtar.Parse(archive).Files {
		c := Case{Rule: id, Name: file.Name}
		if err := c.parse(string(file.Data)); err != nil {
			return nil, fmt.Errorf("%s: case %q: %w", name, file.Name, err)
		}
		if slices.ContainsFunc(cases, func(other Case) bool { return other.Name == c.Name }) {
			return nil, fmt.Errorf("%s: there are two cases %q", name, c.Name)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (c *Case) parse(text string) error {
	resources, outputs, _ := strings.Cut("\n"+text, "\noutputs:\n")
	c.Program = "name: images\nruntime: yaml\nresources:\n  " + strings.ReplaceAll(strings.TrimSpace(resources), "\n", "\n  ") + "\n"
	if outputs != "" {
		c.Program += "outputs:\n" + outputs
	}
	var above []want
	for i, line := range strings.Split(text, "\n") {
		if m := caseParams.FindStringSubmatch(line); m != nil {
			if err := json.Unmarshal([]byte(m[1]), &c.Params); err != nil {
				return fmt.Errorf("line %d: parsing the parameters: %w", i+1, err)
			}
		}
		found, err := wantsIn(line, i+1)
		if err != nil {
			return err
		}
		m := caseResource.FindStringSubmatch(line)
		switch {
		case m != nil:
			for _, w := range append(above, found...) {
				w.resource = m[1]
				c.wants = append(c.wants, w)
			}
			above = nil
		case strings.HasPrefix(line, "#"):
			for _, w := range found {
				if w.resource != "" {
					c.wants = append(c.wants, w) // the stack's
				} else {
					above = append(above, w)
				}
			}
		case len(found) > 0:
			return fmt.Errorf("line %d: the expectation is neither at nor above the line that a resource begins on", i+1)
		}
	}
	if len(above) > 0 {
		return fmt.Errorf("line %d: no resource follows the expectation", above[0].line)
	}
	return nil
}

// wantsIn returns what the comments of one line ask for.
func wantsIn(line string, number int) ([]want, error) {
	var all []want
	matches := caseWant.FindAllStringSubmatch(line, -1)
	if len(matches) != len(caseMark.FindAllString(line, -1)) {
		return nil, fmt.Errorf("line %d: want: # want ARGUMENT `MESSAGE` fix `FIX`, or # not evaluated `REASON`", number)
	}
	for _, m := range matches {
		w := want{line: number, violation: m[2] == "want", phase: m[3], property: strings.Trim(m[4], `"`)}
		if m[1] != "" {
			w.resource = stackURN.Name()
		}
		var err error
		if w.message, err = pattern(m[5]); err == nil && m[6] != "" {
			w.fix, err = pattern(m[6])
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, w)
	}
	return all, nil
}

// pattern returns the regular expression that a string literal of Go holds.
func pattern(literal string) (*regexp.Regexp, error) {
	text, err := strconv.Unquote(literal)
	if err != nil {
		return nil, fmt.Errorf("%s is not a string literal: %w", literal, err)
	}
	return regexp.Compile(text)
}

// Fires reports whether the case asks for a violation in some phase.
func (c Case) Fires() bool {
	return slices.ContainsFunc(c.wants, func(w want) bool { return w.violation })
}

// Compare returns how what the rule said in a phase differs from what it is to say; nothing if it does not.
func (c Case) Compare(phase Phase, findings []finding.Finding, notEvaluated []finding.NotEvaluated) []string {
	var differences []string
	findings, notEvaluated = slices.Clone(findings), slices.Clone(notEvaluated)
	for _, w := range c.wants {
		if w.phase != "" && (w.phase == "preview") != (phase == Preview) {
			continue
		}
		if w.violation {
			i := slices.IndexFunc(findings, w.matches)
			if i >= 0 {
				findings = slices.Delete(findings, i, i+1)
				continue
			}
		} else if i := slices.IndexFunc(notEvaluated, w.matchesReason); i >= 0 {
			notEvaluated = slices.Delete(notEvaluated, i, i+1)
			continue
		}
		differences = append(differences, fmt.Sprintf("line %d: %s is not reported for %s", w.line, w, w.resource))
	}
	for _, f := range findings {
		differences = append(differences, fmt.Sprintf("unexpected, for %s: want %s %s fix %s", nameOf(f.URN), f.Property, f.Message, f.Fix))
	}
	for _, n := range notEvaluated {
		differences = append(differences, fmt.Sprintf("unexpected, for %s: not evaluated %s", nameOf(n.URN), n.Reason))
	}
	return differences
}

func (w want) String() string {
	if w.violation {
		return strings.TrimSpace("want "+w.property) + " `" + w.message.String() + "`"
	}
	return "not evaluated `" + w.message.String() + "`"
}

func (w want) matches(f finding.Finding) bool {
	return nameOf(f.URN) == w.resource && f.Property == w.property && w.message.MatchString(f.Message) &&
		(w.fix == nil || w.fix.MatchString(f.Fix))
}

func (w want) matchesReason(n finding.NotEvaluated) bool {
	return nameOf(n.URN) == w.resource && w.message.MatchString(n.Reason)
}

// nameOf returns the name of a resource, and that of the stack where there is none.
func nameOf(urn resource.URN) string {
	if urn == "" {
		return stackURN.Name()
	}
	return urn.Name()
}
