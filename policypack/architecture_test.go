package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	module   = "github.com/pipeguard/pipeguard/"
	internal = module + "policypack/internal/"
)

// goList runs `go list` offline in the repository's root and returns its lines.
// Packages are named by folder where there is a wildcard: for one in an import
// path, go looks into every module of that name, also such that no build needs
// and nothing has downloaded.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return strings.Fields(string(out))
}

// under are the packages below any of the prefixes.
func withPrefix(packages []string, prefixes ...string) []string {
	found := []string{}
	for _, p := range packages {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(p+"/", prefix) }) {
			found = append(found, p)
		}
	}
	return found
}

func TestTheThreeAreasNeverImportEachOther(t *testing.T) {
	t.Parallel()
	areas := []string{"policypack", "stack", "lambda"}
	for _, area := range areas {
		t.Run(area, func(t *testing.T) {
			t.Parallel()
			deps := goList(t, "-deps", "-test", "./"+area+"/...")
			require.NotEmpty(t, withPrefix(deps, module+area+"/"))
			for _, other := range areas {
				if other != area {
					assert.Empty(t, withPrefix(deps, module+other+"/"))
				}
			}
		})
	}
}

func TestWhatTheBinariesLink(t *testing.T) {
	t.Parallel()
	const awsSDK = "github.com/pulumi/pulumi-aws/"
	tests := map[string]struct {
		program   string
		links     []string
		linksNone []string
	}{
		// A preview that names the folder links it each time.
		"the pack": {
			module + "policypack",
			[]string{internal + "analyzer/", internal + "rules/"},
			[]string{
				internal + "cli/", internal + "planprovider/", internal + "ruletest/", awsSDK,
				"github.com/pulumi/pulumi/pkg/", "github.com/aws/aws-sdk-go-v2/service/", "testing/",
			},
		},
		// The one that users install is to stay small and start at once.
		"pipeguard": {
			module + "policypack/cmd/pipeguard",
			[]string{internal + "analyzer/", internal + "cli/", internal + "planprovider/", internal + "rules/"},
			[]string{
				internal + "ruletest/", awsSDK, "github.com/aws/aws-sdk-go-v2/service/",
				"github.com/aws/aws-sdk-go-v2/config/", "testing/",
				// The engine is inside, but neither Pulumi's command line nor its backends.
				"github.com/pulumi/pulumi/pkg/v3/cmd/", "github.com/pulumi/pulumi/pkg/v3/backend/",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deps := goList(t, "-deps", test.program)
			for _, linked := range test.links {
				assert.NotEmpty(t, withPrefix(deps, linked), linked)
			}
			assert.Empty(t, withPrefix(deps, test.linksNone...))
		})
	}
}

// Rules are literals, which reports and configurations only read: whoever reads them is
// not to pay for the parsers that judging takes.
func TestWhoeverOnlyReadsRulesLinksNoParser(t *testing.T) {
	t.Parallel()
	grammars := []string{"github.com/tree-sitter/", "github.com/odvcencio/gotreesitter/", internal + "source/syntax/"}
	parsers := append([]string{
		internal + "source/golang/", internal + "source/python/", internal + "source/typescript/",
		internal + "source/yamlprogram/",
	}, grammars...)
	for name, linksNone := range map[string][]string{
		"internal/rule":   parsers,
		"internal/config": parsers,
		"internal/report": parsers,
		"cmd/gendocs":     parsers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deps := goList(t, "-deps", module+"policypack/"+name)
			require.NotEmpty(t, withPrefix(deps, internal+"source/fact/"), "the types of what rules read are there")
			assert.Empty(t, withPrefix(deps, linksNone...))
		})
	}
	require.NotEmpty(t, withPrefix(goList(t, "-deps", module+"policypack/internal/source"), grammars...),
		"the reader of source links some, so that the names above are right")
}

// mayImport are the packages of policypack/internal that one of them may
// import itself. One that is not listed is at the top: no other imports it.
var mayImport = map[string][]string{
	"answer":       {},
	"archive":      {},
	"aws":          {"answer", "aws", "finding", "graph", "source", "standin", "text"},
	"check":        {"aws", "config", "finding", "fix", "graph", "rule", "source"},
	"config":       {"finding", "rule"},
	"credential":   {"answer", "graph", "text"},
	"docs":         {"fix", "rule", "rules"},
	"finding":      {"fix"},
	"fix":          {"fix", "graph", "text"},
	"graph":        {"answer", "standin"},
	"load":         {"aws", "finding", "graph"},
	"packaging":    {"answer", "source", "text"},
	"process":      {},
	"planprovider": {"aws", "graph", "planprovider", "standin", "version"},
	"pythonenv":    {},
	"report":       {"finding", "graph", "rule"},
	"rule":         {"answer", "archive", "aws", "finding", "fix", "graph", "source", "text"},
	"rules":        {"answer", "archive", "aws", "credential", "finding", "fix", "graph", "packaging", "rule", "rules", "source", "text", "upload"},
	"ruletest":     {"aws", "finding", "fix", "graph"},
	"source":       {"finding", "source"},
	"standin":      {},
	"text":         {},
	"terminal":     {},
	"upload":       {"source"},
	"vet":          {"answer", "fix", "rule", "source"},
	"version":      {},
	"analyzer":     {"check", "config", "finding", "graph", "load", "rule", "version"},
}

func TestPackagesImportOnlyWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	// name is the first folder below internal/.
	name := func(pkg string) string {
		first, _, _ := strings.Cut(strings.TrimPrefix(pkg, internal), "/")
		return first
	}
	lines := goList(t, "-f", `{{.ImportPath}}{{range .Imports}},{{.}}{{end}}`, "./policypack/internal/...")
	require.NotEmpty(t, lines)
	for _, line := range lines {
		packages := strings.Split(line, ",")
		importer := name(packages[0])
		allowed, listed := mayImport[importer]
		for _, imported := range withPrefix(packages[1:], internal) {
			_, known := mayImport[name(imported)]
			assert.True(t, known || importer == "cli" && name(imported) != "ruletest",
				"%s imports %s, which is at the top", packages[0], imported)
			if listed {
				assert.Contains(t, allowed, name(imported), "%s imports %s", packages[0], imported)
			}
		}
	}
}
