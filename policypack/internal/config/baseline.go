package config

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Baseline is a record of the findings that existed when it was made. A finding
// is recognised by its fingerprint, which edits elsewhere do not change.
type Baseline struct {
	// known counts the findings by defect: see finding.Defect.
	known map[string]int
}

// baselineFile is a Baseline on disk. Everything but the fingerprints is for
// people to read.
type baselineFile struct {
	Version  int             `json:"version"`
	Findings []baselineEntry `json:"findings"`
}

type baselineEntry struct {
	Rule        string `json:"rule"`
	Resource    string `json:"resource,omitempty"`
	Property    string `json:"property,omitempty"`
	File        string `json:"file,omitempty"`
	Fingerprint string `json:"fingerprint"`
}

// Version 2 has the fingerprints of reports.
const baselineVersion = 2

// Split returns the findings that are not in the record, and those that are, as waived. Of
// identical findings it waives as many as the record holds, in the given order.
func (b *Baseline) Split(fs []finding.Finding) (left []finding.Finding, known []finding.Waived) {
	held := maps.Clone(b.known)
	for _, f := range fs {
		defect := finding.Defect(f.Fingerprint)
		if held[defect] == 0 {
			left = append(left, f)
			continue
		}
		held[defect]--
		known = append(known, finding.Waived{
			Finding: f, Reason: "it existed when the baseline was made", By: finding.ByBaseline,
		})
	}
	return left, known
}

// ReadBaseline reads a record.
func ReadBaseline(file string) (*Baseline, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the baseline: %w", err)
	}
	var content baselineFile
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w; recreate it with pipeguard baseline",
			file, syntaxError(text, "what pipeguard baseline writes", err))
	}
	if content.Version != baselineVersion {
		return nil, fmt.Errorf("reading the baseline %s: it is of version %d, not %d; recreate it with pipeguard baseline",
			file, content.Version, baselineVersion)
	}
	b := &Baseline{known: map[string]int{}}
	for i, entry := range content.Findings {
		if entry.Fingerprint == "" {
			return nil, fmt.Errorf("reading the baseline %s: findings[%d] has no fingerprint; recreate it with pipeguard baseline", file, i)
		}
		b.known[finding.Defect(entry.Fingerprint)]++
	}
	return b, nil
}

// WriteBaseline writes a record of the findings, in a stable order.
func WriteBaseline(w io.Writer, findings []finding.Finding) error {
	content := baselineFile{Version: baselineVersion, Findings: []baselineEntry{}}
	findings = slices.Clone(findings)
	finding.Sort(findings)
	for _, f := range findings {
		content.Findings = append(content.Findings, baselineEntry{
			Rule: f.Rule, Resource: string(f.URN), Property: f.Property, File: f.Location.File, Fingerprint: f.Fingerprint,
		})
	}
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return nil
}
