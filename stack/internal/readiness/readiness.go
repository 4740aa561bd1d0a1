// Package readiness checks a deployed stack: its live resources, as AWS
// describes them, and then the pipeline itself, with an image of its own.
package readiness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/stack/internal/outputs"
)

// Check is one requirement.
type Check struct {
	// Name describes what is checked, such as "source bucket: versioning".
	Name string
	// Remedy describes what to do if the check fails.
	Remedy string
	// Run checks the requirement. The error describes what it found instead.
	Run func(context.Context) error
}

// Result is the result of a check.
type Result struct {
	// Name is the check's.
	Name string `json:"name"`
	// OK is true if the requirement is met.
	OK bool `json:"ok"`
	// Found describes what was found instead, in one line; empty if the requirement is met.
	Found string `json:"found,omitempty"`
	// Remedy describes what to do; empty if the requirement is met.
	Remedy string `json:"remedy,omitempty"`
	// Milliseconds is how long the check took.
	Milliseconds int64 `json:"milliseconds"`
}

// Stack is a deployed stack, with the clients to reach it.
type Stack struct {
	outputs.Outputs
	Clients

	// Poll is the time between two attempts to read a thumbnail.
	Poll time.Duration
	// ID names the image of the round trip. Another run must not use the same.
	ID string
}

// Checks returns all the checks, in the order in which they build on one
// another: the round trip, whose failure explains nothing else, comes last.
func (s Stack) Checks() []Check {
	checks := []Check{{
		Name:   "validations at deployment",
		Remedy: "run `pulumi up` again, and read what it reports about these checks",
		Run:    s.validations,
	}}
	checks = append(checks, s.keyChecks()...)
	checks = append(checks, s.bucketChecks()...)
	checks = append(checks, s.queueChecks()...)
	checks = append(checks, s.functionChecks()...)
	checks = append(checks, s.alarmChecks()...)
	return append(checks, Check{
		Name: "round trip",
		Remedy: "look for the image in the function's log and in the dead-letter queue; if neither has it, look at " +
			"the source bucket's notification and the function's permission",
		Run: s.roundTrip,
	})
}

// Run runs the checks one after the other, reports each as it ends, and returns
// whether all succeeded. When ctx ends, so do the remaining checks, each with
// the reason.
func Run(ctx context.Context, checks []Check, report func(Result)) bool {
	ready := true
	for _, check := range checks {
		start := time.Now()
		err := check.Run(ctx)
		result := Result{Name: check.Name, OK: err == nil, Milliseconds: time.Since(start).Milliseconds()}
		if err != nil {
			ready = false
			result.Found, result.Remedy = oneLine(err), check.Remedy
		}
		report(result)
	}
	return ready
}

// oneLine returns the text of an error on one line, including joined errors and
// whatever a server put into its messages.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r < ' ' }), "; ")
}

func (s Stack) validations(context.Context) error {
	var errs []error
	for _, name := range sortedKeys(s.Validations) {
		if !s.Validations[name] {
			errs = append(errs, fmt.Errorf("%s does not hold", name))
		}
	}
	return errors.Join(errs...)
}

// want returns an error if a value differs from the expected one.
func want[T comparable](what string, got, wanted T) error {
	if got == wanted {
		return nil
	}
	return fmt.Errorf("%s is %q, want %q", what, fmt.Sprint(got), fmt.Sprint(wanted))
}
