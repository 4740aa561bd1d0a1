package preview

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// isYAMLFile reports whether a file is YAML by its name, rather than JSON.
func isYAMLFile(file string) bool { return filepath.Ext(file) != ".json" }

// document returns the top of a YAML file; nil if the file is empty.
func document(file string, text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		invalid := yamlprogram.Invalid(file, err)
		return nil, fmt.Errorf("%s: %s", invalid.Location, invalid.Text)
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, nil //nolint:nilnil // there is neither a document nor an error
	}
	if problem := yamlprogram.Problem(file, doc.Content[0]); problem != nil {
		return nil, fmt.Errorf("%s: %s", problem.Location, problem.Text)
	}
	return doc.Content[0], nil
}

// problem returns an error at a node of a file.
func problem(file string, n *yaml.Node, format string, args ...any) error {
	at := finding.Location{File: file, Line: n.Line, Column: n.Column}
	return fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
}

// entries returns the keys of a mapping, with their values, in their order.
func entries(n *yaml.Node) [][2]*yaml.Node {
	var all [][2]*yaml.Node
	if n = target(n); n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, [2]*yaml.Node{n.Content[i], target(n.Content[i+1])})
		}
	}
	return all
}

// target returns what an alias stands for, and other nodes as they are.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// kind returns what kind of node n is, without its content.
func kind(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		return "a mapping"
	}
	if n.Kind == yaml.SequenceNode {
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "a text"
}

// projectProblem returns what is wrong with a project file that Pulumi cannot read,
// or that names no runtime. err is what Pulumi says of it.
func projectProblem(file string, text []byte, err error) error {
	const noRuntime = "%s: the key runtime is missing: name the language of the program, as runtime: python"
	switch {
	case isYAMLFile(file):
	case err == nil:
		return fmt.Errorf(noRuntime, file)
	default:
		return fmt.Errorf("%s: %w", file, oneLine(err))
	}
	root, broken := document(file, text)
	switch {
	case broken != nil:
		return broken
	case root == nil:
		return fmt.Errorf("%s is empty: it must have at least the keys name and runtime, as name: shop and runtime: python", file)
	case root.Kind != yaml.MappingNode:
		return problem(file, root, "it is %s: it must be a mapping with at least the keys name and runtime", kind(root))
	}
	byName := map[string]*yaml.Node{}
	for _, e := range entries(root) {
		byName[e[0].Value] = e[1]
	}
	name, runtime := byName["name"], byName["runtime"]
	switch {
	case name == nil || kind(name) == "empty":
		return fmt.Errorf("%s: the key name is missing: give the project a name, as name: %s", file, filepath.Base(filepath.Dir(file)))
	case kind(name) != "a text":
		return problem(file, name, "name is %s, must be a text", kind(name))
	case runtime == nil || kind(runtime) == "empty" || runtime.Kind == yaml.ScalarNode && runtime.Value == "":
		return fmt.Errorf(noRuntime, file)
	case runtime.Kind != yaml.MappingNode && kind(runtime) != "a text":
		return problem(file, runtime, "runtime is %s, must be the name of a language, or a mapping with name and options", kind(runtime))
	}
	for _, e := range entries(runtime) {
		if e[0].Value == "options" && e[1].Kind != yaml.MappingNode {
			return problem(file, e[1], "runtime.options is %s, must be a mapping", kind(e[1]))
		}
	}
	if err == nil {
		return problem(file, runtime, "runtime names no language: write it as name: python")
	}
	return fmt.Errorf("%s: %w", file, oneLine(err))
}

// Of Pulumi's errors: the name of the file, which we put at the start, and how many
// of them follow.
var (
	pulumisFile  = regexp.MustCompile(`could not (?:validate|unmarshal) '[^']*': `)
	pulumisCount = regexp.MustCompile(`\d+ errors? occurred:\s*\* `)
)

// oneLine returns one of Pulumi's errors as a single line, without the values that it quotes, which may be secrets.
func oneLine(err error) error {
	text := pulumisCount.ReplaceAllString(pulumisFile.ReplaceAllString(err.Error(), ""), "")
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n\t* ", "; ")
	return errors.New(strings.Join(strings.Fields(quoted.ReplaceAllString(text, "…")), " "))
}

// quoted matches a value as the YAML library quotes it.
var quoted = regexp.MustCompile("`[^`]*`")

// mainProblem returns what is wrong with the folder or file that the project file specifies as the program.
func (p *Program) mainProblem(file string, text []byte) error {
	if _, err := os.Stat(filepath.Join(p.Root, p.Project.Main)); p.Project.Main == "" || err == nil {
		return nil
	}
	at := finding.Location{File: file}
	if isYAMLFile(file) {
		if root, err := document(file, text); root != nil && err == nil {
			for _, e := range entries(root) {
				if e[0].Value == "main" {
					at.Line, at.Column = e[1].Line, e[1].Column
				}
			}
		}
	}
	return fmt.Errorf("%s: main is %s, which does not exist: build it, or name the folder of the program", at, p.Project.Main)
}

// settingsProblem returns what is wrong with the file of a stack of a project. It
// quotes no values: they may be secrets.
func settingsProblem(project, file string, text []byte) error {
	root, err := document(file, text)
	switch {
	case root == nil || err != nil:
		return err
	case root.Kind != yaml.MappingNode:
		return problem(file, root, "it is %s: it must be a mapping, with the stack's values below the key config", kind(root))
	}
	for _, e := range entries(root) {
		switch key, value := e[0].Value, e[1]; key {
		case "config":
			err = configProblem(project, file, value)
		case "encryptionsalt":
			if kind(value) != "empty" && !isSalt(value) {
				err = problem(file, value, "encryptionsalt is broken: it must be as Pulumi wrote it, v1:SALT:CHECK; without it nobody can decrypt "+
					"the stack's secrets")
			}
		case "encryptedkey", "secretsprovider":
			if value.Kind != yaml.ScalarNode {
				err = problem(file, value, "%s is %s, must be a text", key, kind(value))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// configProblem returns what is wrong with the values of a stack.
func configProblem(project, file string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode && kind(n) != "empty" {
		return problem(file, n, "config is %s, must be a mapping of keys to values", kind(n))
	}
	seen := map[config.Key]*yaml.Node{}
	for _, e := range entries(n) {
		name := e[0].Value
		if !strings.Contains(name, ":") {
			name = project + ":" + name
		}
		key, err := config.ParseKey(name)
		if err != nil {
			return problem(file, e[0], "%q is no configuration key: it must be NAME, or PACKAGE:NAME as aws:region", e[0].Value)
		}
		if before := seen[key]; before != nil {
			return problem(file, e[0], "the key config.%s is already set in line %d, as %s", e[0].Value, before.Line, before.Value)
		}
		seen[key] = e[0]
		if err := secretProblem(file, e[0].Value, e[1]); err != nil {
			return err
		}
	}
	return nil
}

// secretProblem returns what is wrong with the first broken secret in a value. key is the path to the value.
func secretProblem(file, key string, n *yaml.Node) error {
	n = target(n)
	if n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			if err := secretProblem(file, fmt.Sprintf("%s[%d]", key, i), item); err != nil {
				return err
			}
		}
	}
	for _, e := range entries(n) {
		if name := e[0].Value; len(n.Content) != 2 || name != "secure" || kind(e[1]) == "true or false" { // which is a setting of that name
			if err := secretProblem(file, key+"."+name, e[1]); err != nil {
				return err
			}
			continue
		}
		switch {
		case kind(e[1]) != "a text":
			return problem(file, e[1], "the secret %s is %s, must be the text that Pulumi encrypted it to: set it anew with pulumi config set --secret",
				key, kind(e[1]))
		case !isCiphertext(e[1].Value):
			return problem(file, e[1], "the secret %s is not encrypted, or damaged: set it anew with pulumi config set --secret", key)
		}
	}
	return nil
}

// isCiphertext reports whether a text has the form of an encrypted value: in base64,
// or in Pulumi's own form, v1:NONCE:VALUE.
func isCiphertext(text string) bool {
	parts := strings.Split(strings.Join(strings.Fields(text), ""), ":")
	if len(parts) == 3 && parts[0] == "v1" {
		return isBase64(parts[1]) && isBase64(parts[2])
	}
	return len(parts) == 1 && isBase64(parts[0])
}

// isSalt reports whether a node is a salt, including the text with which Pulumi verifies a passphrase.
func isSalt(n *yaml.Node) bool {
	version, rest, _ := strings.Cut(strings.TrimSpace(n.Value), ":")
	salt, check, _ := strings.Cut(rest, ":")
	return n.Kind == yaml.ScalarNode && version == "v1" && isBase64(salt) && isCiphertext(check)
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil && text != ""
}
