package preview

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// Places are the known locations of a program's resources, in files below its root. The analyzer's protocol does not
// provide them.
type Places map[resource.URN]finding.Location

// placed is a position in the source, as the engine writes it.
type placed struct {
	SourcePosition string `json:"sourcePosition"`
}

// ReadPlaces reads the places of resources from what `pulumi preview --json` prints.
func (p *Program) ReadPlaces(r io.Reader) (Places, error) {
	var digest struct {
		Steps []struct {
			URN      resource.URN `json:"urn"`
			NewState *struct {
				placed
				Custom     bool     `json:"custom"`
				StackTrace []placed `json:"stackTrace"`
			} `json:"newState"`
		} `json:"steps"`
	}
	if err := json.NewDecoder(r).Decode(&digest); err != nil {
		return nil, fmt.Errorf("reading the preview's places: %w", err)
	}
	l := p.newLocator()
	for _, step := range digest.Steps {
		if s := step.NewState; s != nil {
			positions := []string{s.SourcePosition}
			for _, frame := range s.StackTrace {
				positions = append(positions, frame.SourcePosition)
			}
			l.add(step.URN, s.Custom, positions)
		}
	}
	return l.all(), nil
}

// locator determines where a program declares its resources.
type locator struct {
	program *Program
	places  Places
	// open holds the resources whose places the engine does not know.
	open map[resource.URN]bool
}

func (p *Program) newLocator() *locator {
	return &locator{program: p, places: Places{}, open: map[resource.URN]bool{}}
}

// add records the engine's positions of a resource, nearest first.
func (l *locator) add(urn resource.URN, custom bool, positions []string) {
	for _, position := range positions {
		if place := load.Location(inProgram(position, l.program.Root)); place.File != "" {
			l.places[urn] = place
			delete(l.open, urn)
			return
		}
	}
	if _, known := l.places[urn]; !known && custom && urn.Type().Package() != "pulumi" {
		l.open[urn] = true
	}
}

// all returns the places, including those that are only found in the source.
func (l *locator) all() Places {
	if len(l.open) == 0 { // as in most programs
		return l.places
	}
	declared := l.program.declarations()
	for urn := range l.open {
		if place := declared(urn); place.File != "" {
			l.places[urn] = place
		}
	}
	return l.places
}

// moduleURL matches the place of an ECMAScript module, which Node.js identifies by a URL. The SDK mistakes that for the
// name of a file below the program's folder.
var moduleURL = regexp.MustCompile(`^project:///(?:.*/)?file:/+([^#]+)(#.*)$`)

// inProgram returns the place of a module relative to the program in root, and other
// places as they are.
func inProgram(position, root string) string {
	m := moduleURL.FindStringSubmatch(position)
	if m == nil {
		return position
	}
	file, err := url.PathUnescape(m[1])
	if err != nil {
		return position
	}
	if filepath.VolumeName(filepath.FromSlash(file)) == "" {
		file = "/" + file
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // as Node.js names its modules
	}
	relative, err := filepath.Rel(root, filepath.FromSlash(file))
	if err != nil {
		return position
	}
	return (&url.URL{Scheme: "project", Path: "/" + filepath.ToSlash(relative)}).String() + m[2]
}
