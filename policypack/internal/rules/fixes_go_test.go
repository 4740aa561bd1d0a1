package rules_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// goChecker type-checks Go programs against the sources of one version of the AWS SDK, of which it reads the
// declarations only: compiling the SDK's packages takes minutes.
type goChecker struct {
	files  *token.FileSet
	prefix string // of the SDK's import paths
	folder string // of the SDK's module
	others types.Importer

	mu       sync.Mutex
	packages map[string]*types.Package
}

func newGoChecker(t *testing.T, major int) *goChecker {
	t.Helper()
	c := &goChecker{
		files: token.NewFileSet(), packages: map[string]*types.Package{},
		prefix: fmt.Sprintf("github.com/pulumi/pulumi-aws/sdk/v%d", major),
	}
	// The module that names the SDKs of all versions.
	cmd := exec.Command("go", "mod", "download", "-json", c.prefix)
	cmd.Dir = filepath.Join("..", "planprovider", "internal", "schema", "gen", "sdks")
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	var module struct{ Dir string }
	require.NoError(t, json.Unmarshal(out, &module))
	c.folder = module.Dir

	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "github.com/pulumi/pulumi/sdk/v3/go/pulumi")
	var said bytes.Buffer
	list.Stderr = &said
	out, err = list.Output()
	require.NoError(t, err, said.String())
	compiled := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		compiled[name] = file
	}
	c.others = importer.ForCompiler(c.files, "gc", func(name string) (io.ReadCloser, error) {
		if compiled[name] == "" {
			return nil, fmt.Errorf("%s is not compiled", name)
		}
		return os.Open(compiled[name])
	})
	return c
}

// Import returns a package of the SDK from its source, and any other one as it is compiled.
func (c *goChecker) Import(name string) (*types.Package, error) {
	rest, ok := strings.CutPrefix(name, c.prefix+"/")
	if !ok {
		return c.others.Import(name)
	}
	if p := c.packages[name]; p != nil {
		return p, nil
	}
	matches, err := filepath.Glob(filepath.Join(c.folder, filepath.FromSlash(rest), "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, match := range matches {
		if strings.HasSuffix(match, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(c.files, match, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	// Its own helpers import what is not compiled here, and no declaration of a resource needs.
	config := types.Config{Importer: c, IgnoreFuncBodies: true, Error: func(error) {}}
	c.packages[name], _ = config.Check(name, c.files, files, nil)
	return c.packages[name], nil
}

// check returns what is wrong with a program.
func (c *goChecker) check(name, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := parser.ParseFile(c.files, name+".go", text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	config := types.Config{Importer: c}
	_, err = config.Check(path.Join("example", name), c.files, []*ast.File{file}, nil)
	return err
}

// programs returns the examples of the rules that judge resources, and their bad examples as fixed, by names.
func programs(t *testing.T) map[string]*fix.Program {
	t.Helper()
	all := map[string]*fix.Program{}
	for _, id := range fixable(t) {
		for _, kind := range []string{"bad", "good"} {
			program, err := fix.ParseYAML(rules.Examples(id, kind)[fix.YAML])
			require.NoError(t, err, id)
			all[id+" "+kind] = program
		}
		if p := applied(t, id, ruletest.Preview); p != nil {
			all[id+" fixed"] = p.after
		}
	}
	return all
}

func TestGoProgramsOfTheExamplesCompile(t *testing.T) {
	t.Parallel()
	examples := programs(t)
	for _, major := range []int{5, 6, 7} {
		t.Run(fmt.Sprintf("pulumi-aws %d", major), func(t *testing.T) {
			t.Parallel()
			checker := newGoChecker(t, major)
			for name, p := range examples {
				text := p.Text(fix.Dialect{Language: fix.Go, Major: major})
				err := checker.check(name, text)
				if p.Typed() {
					assert.NoError(t, err, "%s:\n%s", name, text)
				} else {
					assert.ErrorContains(t, err, "unknown field", name)
				}
			}
			assert.Error(t, checker.check("wrong", strings.Replace(
				examples["s3-versioning fixed"].Text(fix.Dialect{Language: fix.Go, Major: major}), "Bucket:", "Buckets:", 1)))
		})
	}
}
