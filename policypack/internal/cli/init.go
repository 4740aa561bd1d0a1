package cli

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

// newFile is a file that init writes; its name has slashes.
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
			"with --ci also a workflow that checks each change. A file that is there already is never touched: then " +
			"nothing is written.\n\n" +
			"JSON has no comments, so what there is to say stands in \"$comment\". The schema's address is in the entry " +
			"\"pipeguard\", as the Pulumi CLI takes no text beside the rules. For completion, point your editor's list of " +
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
			files, err := a.initialFiles(strings.ToLower(profile))
			if err != nil {
				return err
			}
			switch strings.ToLower(ci) {
			case "":
			case "github":
				files = append(files, newFile{".github/workflows/pipeguard.yml", githubWorkflow})
			case "gitlab":
				files = append(files, newFile{".gitlab/pipeguard.gitlab-ci.yml", gitlabWorkflow})
			default:
				return oneOf("--ci", ci, []string{"github", "gitlab"})
			}
			return a.writeNew(dir, files)
		},
	}
	choice(cmd, &profile, "profile", string(config.Recommended), "`PROFILE` to start from", words(config.Profiles()))
	choice(cmd, &ci, "ci", "", "write a workflow for `SYSTEM`", []string{"github", "gitlab"})
	return cmd
}

// initialFiles are the configuration and its schema.
func (a *app) initialFiles(profile string) ([]newFile, error) {
	schema, err := config.Schema(a.registry)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = writeJSON(&text, map[string]any{config.SettingsKey: map[string]any{
		"$schema": schemaFile,
		"$comment": []string{
			"Use it with pipeguard preview --config, or pulumi preview --policy-pack-config.",
			"profile: recommended (each rule at its default level), strict (all mandatory) or documented (the documented failures only).",
			"unknowns: ignore, advisory or mandatory; what becomes of what a rule cannot judge before deployment.",
			"waivers: a list of {rule, urn, reason, expires}; urn is a pattern, expires a day as 2027-06-30.",
			"Beside this entry, rules have theirs: \"lambda-tracing\": \"advisory\", or an object of enforcementLevel and parameters.",
			"pipeguard rules lists the rules, pipeguard explain ID shows the parameters of one.",
		},
		"profile":  profile,
		"unknowns": config.Ignore,
		"waivers":  []any{},
	}})
	if err != nil {
		return nil, err
	}
	return []newFile{{policyFile, text.Bytes()}, {schemaFile, schema}}, nil
}

// writeNew writes files below dir, or none when one of them is there already.
func (a *app) writeNew(dir string, files []newFile) (err error) {
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
		file := filepath.Join(dir, filepath.FromSlash(f.name))
		if _, err := os.Lstat(file); err == nil {
			present = append(present, file)
		}
	}
	if len(present) > 0 {
		return fmt.Errorf("there is already %s; nothing was written", strings.Join(present, " and "))
	}
	for _, f := range files {
		file := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		// Exclusively: somebody else may have been faster.
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
			return fmt.Errorf("telling what was written: %w", err)
		}
	}
	return nil
}
