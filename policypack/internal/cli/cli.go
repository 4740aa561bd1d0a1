// Package cli is pipeguard's command line, one file per command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// The exit codes of every command. One that a signal has ended exits with 128 and the
// signal's number, as shells have it.
const (
	ExitClean      = 0
	ExitFailure    = 1
	ExitUsage      = 2
	ExitViolations = 3
)

var (
	// ErrReported marks an error whose text the user has seen already.
	ErrReported = errors.New("reported")

	errUsage      = errors.New("usage")
	errViolations = errors.New("violations")
)

// ExitCode returns the exit code that an error of Run stands for.
func ExitCode(err error) int {
	interrupted := (*signalError)(nil)
	switch {
	case errors.As(err, &interrupted):
		if number, ok := interrupted.signal.(syscall.Signal); ok {
			return 128 + int(number)
		}
	case err == nil:
		return ExitClean
	case errors.Is(err, errUsage):
		return ExitUsage
	case errors.Is(err, errViolations):
		return ExitViolations
	}
	return ExitFailure
}

// signalError is the error of a command that a signal has ended.
type signalError struct{ signal os.Signal }

func (*signalError) Error() string { return "the preview was interrupted" }

// app is the state that the commands share.
type app struct {
	registry *rule.Registry
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
}

// Run runs the command that args name. See ExitCode for what its error means.
func Run(ctx context.Context, registry *rule.Registry, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{registry: registry, stdin: stdin, stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "pipeguard",
		Short: "Checks Pulumi programs for the defects of S3 to Lambda pipelines",
		Long: "pipeguard stops the usual defects of S3 to Lambda pipelines before they are deployed.\n\n" +
			"With the Pulumi CLI:  pulumi preview --policy-pack \"$(command -v pipeguard)\"\n" +
			"Without an account:   pipeguard preview [DIR]\n" +
			"In a review:          pulumi preview --json --show-sames | pipeguard check - --program DIR\n" +
			"As a Go vet tool:     go vet -vettool=\"$(command -v pipeguard)\" ./...\n\n" +
			"Exit codes: 0 clean, 1 failure, 2 wrong usage, 3 violations.",
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()))
	})
	root.AddCommand(
		a.previewCommand(), a.checkCommand(), a.baselineCommand(),
		a.rulesCommand(), a.explainCommand(), a.initCommand(), a.versionCommand(), a.fillTemplateCommand(),
	)
	refuseUnknown(root)
	return root.ExecuteContext(ctx)
}

// refuseUnknown makes cobra's built-in commands reject unknown arguments, for which they would otherwise show a help
// text and succeed.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if found, _, err := root.Find(args); err != nil || found == root {
					return knownCommand(root, args)
				}
				return nil
			}
		case "completion":
			var shells []string
			for _, shell := range cmd.Commands() {
				shells = append(shells, shell.Name())
				shell.Args = noArguments
			}
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if len(args) == 0 {
					return nil
				}
				return oneOf("completion", args[0], shells)
			}
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// knownCommand rejects arguments that are neither commands nor flags.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q; see pipeguard --help", args[0])
	if like := root.SuggestionsFor(args[0]); len(like) > 0 {
		err = fmt.Errorf("there is no command %q; did you mean %s?", args[0], strings.Join(like, " or "))
	}
	return usageError(err)
}

// usageError marks an error as one in how the command was called.
func usageError(err error) error {
	return &markedError{err, errUsage}
}

// markedError is an error of a kind that decides the exit code.
type markedError struct {
	error
	kind error
}

func (e *markedError) Unwrap() []error { return []error{e.error, e.kind} }
