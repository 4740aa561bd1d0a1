package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Set is the rules of one folder, with their examples.
type Set struct {
	Rules []*Rule
	// Examples has, in the folder examples, for each rule a program that it stops and one that it passes: Pulumi YAML
	// (s3_versioning.bad.yaml) for rules that judge resources, Python for those that judge source. A rule that says
	// nothing under its default parameters has others for its examples (s3_versioning.params.json).
	Examples fs.FS
}

// Example returns a program beside a rule: kind is "bad" or "good". Its language is "yaml" or "python".
func (s Set) Example(id, kind string) (text, language string, ok bool) {
	for ending, language := range map[string]string{".yaml": "yaml", ".py": "python"} {
		if text, err := fs.ReadFile(s.Examples, example(id, kind+ending)); err == nil {
			return string(text), language, true
		}
	}
	return "", "", false
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
