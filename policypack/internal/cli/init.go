package cli

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
)

const (
	policyFile = "pipeguard-policy.json"
	schemaFile = "pipeguard-policy.schema.json"
)

// The workflows that init writes.
var (
	//go:embed ci/github.yml
	githubWorkflow []byte
	//go:embed ci/gitlab.yml
	gitlabWorkflow []byte
)

// previewing is the command in the workflows, for the program at the root of the
// repository.
const previewing = "pipeguard preview . --config " + policyFile

// newFile is a file that init writes.
type newFile struct {
	name string
	text []byte
}

func (a *app) initCommand() *cobra.Command {
	var profile, ci string
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a configuration, and a CI workflow with --ci",
		Long: "Writes " + policyFile + " and the JSON schema that describes it to DIR, by default the current folder; " +
			"with --ci also a workflow that checks each change, at the root of the repository that DIR is in. A file that " +
			"already exists is never changed: in that case nothing is written.\n\n" +
			"JSON has no comments, so the explanations are in \"$comment\". The schema's address is in the entry " +
			"\"pipeguard\", because the Pulumi CLI allows no strings beside the rules. For completion, point your editor's list of " +
			"JSON schemas (\"json.schemas\" in Visual Studio Code) to it.",
		Example: "  pipeguard init\n  pipeguard init infra --profile strict --ci github",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(fmt.Errorf("init takes one folder, not %d: %s", len(args), strings.Join(args, " ")))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if err := oneOf("--profile", profile, words(config.Profiles())); err != nil {
				return err
			}
			if ci != "" {
				if err := oneOf("--ci", ci, systems); err != nil {
					return err
				}
			}
			files, err := a.initialFiles(dir, strings.ToLower(profile))
			if err != nil {
				return err
			}
			if ci != "" {
				workflow, err := workflow(dir, strings.ToLower(ci))
				if err != nil {
					return err
				}
				files = append(files, workflow)
			}
			return a.writeNew(files)
		},
	}
	choice(cmd, &profile, "profile", "", string(config.Recommended), "`PROFILE` to start from", words(config.Profiles()))
	choice(cmd, &ci, "ci", "", "", "write a workflow for `SYSTEM`", systems)
	return cmd
}

// systems are the values of --ci.
var systems = []string{"github", "gitlab"}

// workflow returns the workflow that checks the program in dir. It is at the root of
// the repository: CI systems look nowhere else.
func workflow(dir, system string) (newFile, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return newFile{}, fmt.Errorf("finding the repository: %w", err)
	}
	program := inRepository(abs)
	root := dir
	if program != "." {
		root = filepath.Join(dir, strings.Repeat("../", strings.Count(program, "/")+1))
	}
	name, text := ".github/workflows/pipeguard.yml", githubWorkflow
	if system == "gitlab" {
		name, text = ".gitlab/pipeguard.gitlab-ci.yml", gitlabWorkflow
	}
	command := fmt.Sprintf("pipeguard preview %s --config %s", shellWord(program), shellWord(path.Join(program, policyFile)))
	return newFile{filepath.Join(root, filepath.FromSlash(name)), bytes.Replace(text, []byte(previewing), []byte(command), 1)}, nil
}

// shellWord returns s quoted as one word for a POSIX shell.
func shellWord(s string) string {
	plain := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-", r) }
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// initialFiles returns the configuration and its schema.
func (a *app) initialFiles(dir, profile string) ([]newFile, error) {
	schema, err := config.Schema(a.registry)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = writeJSON(&text, map[string]any{config.SettingsKey: map[string]any{
		"$schema": schemaFile,
		"$comment": []string{
			"Use it with pipeguard preview --config, or pulumi preview --policy-pack-config.",
			"profile: recommended (each rule at its default level), strict (all mandatory) or documented (the documented failures only, all mandatory).",
			"unknowns: ignore, advisory or mandatory; how to treat what a rule cannot judge before deployment.",
			"waivers: a list of {rule, urn, reason, expires}; urn is a pattern, expires a day as 2027-06-30.",
			"Rules have entries of their own beside this one: \"lambda-tracing\": \"advisory\", or an object of enforcementLevel and parameters.",
			"pipeguard rules lists the rules, pipeguard explain ID shows the parameters of one.",
		},
		"profile":  profile,
		"unknowns": config.Ignore,
		"waivers":  []any{},
	}})
	if err != nil {
		return nil, err
	}
	return []newFile{{filepath.Join(dir, policyFile), text.Bytes()}, {filepath.Join(dir, schemaFile), schema}}, nil
}

// writeNew writes files, or none of them if one already exists.
func (a *app) writeNew(files []newFile) (err error) {
	var written []string
	defer func() {
		if err != nil {
			for _, file := range written {
				_ = os.Remove(file)
			}
		}
	}()
	var present []string
	for _, f := range files {
		if _, err := os.Lstat(f.name); err == nil {
			present = append(present, f.name)
		}
	}
	if len(present) > 0 {
		return fmt.Errorf("%s already exists; nothing was written", strings.Join(present, " and "))
	}
	for _, f := range files {
		file := f.name
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		// Exclusive, because another process may have created the file in the meantime.
		out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		written = append(written, file)
		_, err = out.Write(f.text)
		if err := errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
	}
	for _, file := range written {
		if _, err := fmt.Fprintf(a.stdout, "wrote %s\n", file); err != nil {
			return fmt.Errorf("printing what was written: %w", err)
		}
	}
	return nil
}
