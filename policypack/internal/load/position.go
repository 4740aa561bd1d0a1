package load

import (
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// installed lists folders that hold third-party code inside a program's own folder.
var installed = []string{"node_modules", "site-packages", "vendor"}

// Location returns the place that a source position names, as the engine writes
// it: project:///main.go#26 or project:///main.go#26,5, relative to the folder
// of Pulumi.yaml. It returns the zero Location for a place outside of that
// folder, where the path describes a machine rather than the program, and for
// one in an installed package: the Node.js SDK also reports paths of modules.
func Location(position string) finding.Location {
	// Most positions are in the SDK, and their beginning is enough to recognise them.
	if !strings.HasPrefix(position, "project:///") || strings.HasPrefix(position, "project:///../") {
		return finding.Location{}
	}
	u, err := url.Parse(position)
	if err != nil {
		return finding.Location{}
	}
	file := path.Clean(strings.TrimLeft(strings.ReplaceAll(u.Path, `\`, "/"), "/"))
	if !fs.ValidPath(file) || file == "." || hasDrive(file) || strings.HasPrefix(file, "file:/") ||
		slices.ContainsFunc(strings.Split(file, "/"), func(dir string) bool { return slices.Contains(installed, dir) }) {
		return finding.Location{}
	}
	line, column, _ := strings.Cut(u.Fragment, ",")
	return finding.Location{File: file, Line: positive(line), Column: positive(column)}
}

// Position returns a place as the engine writes it: the reverse of Location.
func Position(l finding.Location) string {
	place := strconv.Itoa(l.Line)
	if l.Column > 0 {
		place += "," + strconv.Itoa(l.Column)
	}
	return "project://" + (&url.URL{Path: "/" + l.File}).EscapedPath() + "#" + place
}

// hasDrive reports whether the path starts with a drive of Windows.
func hasDrive(file string) bool { return len(file) > 1 && file[1] == ':' }

// positive returns the number that the text holds, or 0.
func positive(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
