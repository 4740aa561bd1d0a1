package preview

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
)

// missingFile matches the engine's error for a missing asset or archive.
var missingFile = regexp.MustCompile(`failed to compute (?:asset|archive) hash at (\w+)[^:]*: (?:.*'([^']+)'.*|open ([^:\n]+|\w:[^:\n]+)): ` +
	`(?:no such file or directory|The system cannot find the \w+ specified\.)`)

// makers matches the ends of the names of functions that create assets and archives from a program's files.
var makers = regexp.MustCompile(`File(?:Archive|Asset)$`)

// missing returns the failure of a resource whose asset or archive is missing, with the place where the program names
// the file; false for other failures.
func (p *Program) missing(text string) (finding.Failure, bool) {
	m := missingFile.FindStringSubmatch(text)
	if m == nil {
		return finding.Failure{}, false
	}
	path := cmp.Or(m[2], m[3])
	shown := path
	if relative, err := filepath.Rel(p.Root, path); err == nil && filepath.IsLocal(relative) {
		shown = relative
	}
	return finding.Failure{
		Location: p.placeOfFile(path),
		Message: fmt.Sprintf("the program makes its %s of %s, which does not exist: build it, or put it there, before the preview",
			m[1], filepath.ToSlash(shown)),
	}, true
}

// placeOfFile returns where the program creates an asset or archive from a file.
func (p *Program) placeOfFile(path string) finding.Location {
	for _, call := range source.NewAside(p.Root, "Archive", "Asset").Program().Calls {
		if !makers.MatchString(call.Func) || len(call.Args) == 0 {
			continue
		}
		named, known := call.Args[0].Value.Literal()
		if !known {
			continue
		}
		if !filepath.IsAbs(named) {
			named = filepath.Join(p.WorkDir(), filepath.FromSlash(named))
		}
		if strings.EqualFold(filepath.Clean(named), filepath.Clean(path)) {
			return call.Location
		}
	}
	return finding.Location{}
}
