package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

func (a *app) versionCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the version of this binary, which is also that of the policy pack; with --verbose also what it was built with.",
		Example: "  pipeguard version\n  pipeguard version --verbose",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			text := version.Version + "\n"
			if verbose {
				text += fmt.Sprintf("rules   %d\ngo      %s %s/%s\nparser  %s\n",
					len(a.registry.Rules()), runtime.Version(), runtime.GOOS, runtime.GOARCH, parser())
			}
			if _, err := fmt.Fprint(a.stdout, text); err != nil {
				return fmt.Errorf("printing the version: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "also print the number of rules, Go's version and the source parser")
	return cmd
}

// parser returns the module that parses source in this build. Which of the two it is
// depends on cgo, and they differ in speed only.
func parser() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/tree-sitter/go-tree-sitter", "github.com/odvcencio/gotreesitter":
			return module.Path + " " + module.Version
		}
	}
	return "unknown"
}
