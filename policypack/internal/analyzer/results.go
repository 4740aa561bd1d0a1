package analyzer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
)

// ResultsEnv is the environment variable that names a file to which the pack
// appends what its rules say, one JSON document a line: `pipeguard preview` makes
// its report of them. The engine passes on violations only, and those as text.
const ResultsEnv = "PIPEGUARD_RESULTS"

// results is a part of what the rules said.
type results struct {
	check.Result
	// Whole says that this is about the stack as a whole, which comes last.
	Whole bool
}

// record appends to the file of results, if one is asked for. A file that cannot
// be written must not fail an analysis: its reader will miss the last part.
func (p *pack) record(part results) {
	if p.observer != nil {
		p.observer.add(part)
		return
	}
	if p.results == "" {
		return
	}
	line, err := json.Marshal(part)
	if err != nil {
		return
	}
	p.recording.Lock()
	defer p.recording.Unlock()
	f, err := os.OpenFile(p.results, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.Write(append(line, '\n'))
	_ = f.Close()
}

// ReadResults is what a pack has written to the file that ResultsEnv named.
// whole says that it judged the stack as a whole, not only single resources.
func ReadResults(file string) (all check.Result, whole bool, err error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return all, false, nil // the engine asked the pack nothing
	}
	if err != nil {
		return all, false, fmt.Errorf("reading the policy pack's results: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing is written
	lines := json.NewDecoder(bufio.NewReader(f))
	for {
		var part results
		if err := lines.Decode(&part); errors.Is(err, io.EOF) {
			all.Sort()
			return all, whole, nil
		} else if err != nil {
			return all, whole, fmt.Errorf("reading the policy pack's results: %w", err)
		}
		all.Add(part.Result)
		whole = whole || part.Whole
	}
}
