package source

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// ParseErrors returns the first syntax error in each file of the program and of the handlers read so far. The rest of
// such a file counts as far as it can be read.
func (s *Source) ParseErrors() []finding.Failure {
	s.open()
	var failures []finding.Failure
	for _, e := range s.broken {
		failures = append(failures, finding.Failure{Message: e.Text, Location: e.Location})
	}
	finding.SortFailures(failures)
	return failures
}

// addBroken records syntax errors, once for each file: the program and its handlers may share files.
func (s *Source) addBroken(errors []fact.ParseError) {
	for _, e := range errors {
		same := func(known fact.ParseError) bool { return known.Location.File == e.Location.File }
		if !slices.ContainsFunc(s.broken, same) {
			s.broken = append(s.broken, e)
		}
	}
}
