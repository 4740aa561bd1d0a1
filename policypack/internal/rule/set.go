package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
)

// Set is the rules of one folder, with their examples.
type Set struct {
	Rules []*Rule
	// Examples has, in the folder examples, for each rule a program that it stops and one that it passes: Pulumi YAML
	// (s3_versioning.bad.yaml) for rules that judge resources, from which the documentation makes the same program in
	// the other languages; Python for those that judge source, and the same in TypeScript (.ts) and Go (.go.txt) where
	// that can be written. A rule that says nothing under its default parameters has others for its examples
	// (s3_versioning.params.json).
	Examples fs.FS
}

// exampleEndings are how the files of examples end.
var exampleEndings = map[fix.Language]string{fix.Go: ".go.txt", fix.NodeJS: ".ts", fix.Python: ".py", fix.YAML: ".yaml"}

// Programs returns the examples of a kind beside a rule, by their languages.
func (s Set) Programs(id, kind string) map[fix.Language]string {
	texts := map[fix.Language]string{}
	for language, ending := range exampleEndings {
		if text, err := fs.ReadFile(s.Examples, example(id, kind+ending)); err == nil {
			texts[language] = string(text)
		}
	}
	return texts
}

// ExampleParams returns the parameters under which the examples of a rule are judged; nil when that is the defaults.
func (s Set) ExampleParams(id string) (map[string]any, error) {
	text, err := fs.ReadFile(s.Examples, example(id, "params.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var params map[string]any
	if err == nil {
		err = json.Unmarshal(text, &params)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the parameters of the examples of %s: %w", id, err)
	}
	return params, nil
}

func example(id, rest string) string {
	return "examples/" + strings.ReplaceAll(id, "-", "_") + "." + rest
}
