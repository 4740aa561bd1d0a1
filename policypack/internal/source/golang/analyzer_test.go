package golang

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// exported are the compiler's files of types, by package: of the standard
// library, and of SDKs that this module uses.
var exported = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-f", "{{.ImportPath}} {{.Export}}",
		"std", "github.com/aws/aws-sdk-go-v2/service/s3", pulumiSDK)
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return files, nil
})

// compiled imports packages as the compiler sees them. It is for one goroutine.
func compiled(t *testing.T) types.Importer {
	t.Helper()
	files, err := exported()
	require.NoError(t, err)
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(files[path])
	})
}

func TestTheAnalyzerFindsWithFullTypesWhatReadFindsWithStubs(t *testing.T) {
	t.Parallel()
	const repository = "../../../../"
	tests := map[string]struct {
		dir string
		// args: the arguments are alike too, which takes a program that uses only
		// what there are stubs of, and exports nothing.
		args bool
	}{
		"a program with stubs for all":  {"testdata/std", true},
		"a build script":                {repository + "testdata/source/go/packaging-clean/tools/pack", true},
		"a package that uses much else": {repository + "lambda/internal/codezip", false},
	}
	for name, test := range tests {
		dir := test.dir
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fset, info := token.NewFileSet(), newInfo()
			names, err := filepath.Glob(filepath.Join(dir, "*.go"))
			require.NoError(t, err)
			var files []*ast.File
			for _, name := range names {
				if !strings.HasSuffix(name, "_test.go") {
					f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
					require.NoError(t, err)
					files = append(files, f)
				}
			}
			config := types.Config{Importer: compiled(t)}
			pkg, err := config.Check("example.com/x", fset, files, info)
			require.NoError(t, err)
			result, err := Analyzer.Run(&analysis.Pass{
				Analyzer: Analyzer, Fset: fset, Files: files, Pkg: pkg, TypesInfo: info, ReadFile: os.ReadFile,
			})
			require.NoError(t, err)
			full := result.(*fact.Facts)

			small := tree.New(os.DirFS(dir), tree.Budget{Files: 10, Bytes: 1 << 20, Time: time.Minute}, Endings...)
			read := Read(small, fact.Request{Entry: []string{"."}, Keywords: []string{""}, Module: "example.com/x"})
			assert.Empty(t, small.Gaps())

			require.NotEmpty(t, full.Calls)
			assert.Equal(t, shown(full.Calls, dir, test.args), shown(read.Calls, dir, test.args))
			assert.Len(t, read.Comments, len(full.Comments))
		})
	}
}

// shown returns the calls as text, with files named relative to dir.
func shown(calls []*fact.Call, dir string, args bool) []string {
	var all []string
	for _, c := range calls {
		var b strings.Builder
		b.WriteString(c.Location.String() + " " + c.In + " " + c.Func)
		for _, a := range c.Args {
			if !args {
				break
			}
			b.WriteString("\n  " + a.Name + " ")
			show(&b, a.Value)
		}
		all = append(all, strings.ReplaceAll(b.String(), dir+"/", ""))
	}
	return all
}

var kinds = []string{"unknown", "text", "bytes", "scalar", "list", "dict", "result", "closure"}

func show(b *strings.Builder, v fact.Value) {
	b.WriteString(kinds[v.Kind] + " " + v.Text + " " + v.Type + " " + strings.Join(v.Uses, ",") + " " + v.Location.String())
	if v.Open {
		b.WriteString(" open")
	}
	if v.Checked {
		b.WriteString(" checked")
	}
	if v.Seeks {
		b.WriteString(" seeks")
	}
	if v.Call != nil {
		b.WriteString(" of " + v.Call.Func)
	}
	for _, item := range v.Items {
		b.WriteString("; ")
		show(b, item)
	}
	for _, f := range v.Fields {
		b.WriteString("; " + f.Key + ": ")
		show(b, f.Value)
	}
}

func TestStubsDeclareWhatTheirPackagesDo(t *testing.T) {
	t.Parallel()
	imports := compiled(t)
	packages, err := stubs()
	require.NoError(t, err)
	require.NotEmpty(t, packages)
	for path, stub := range packages {
		switch path {
		case "github.com/aws/aws-sdk-go/service/s3", "github.com/aws/aws-sdk-go/service/s3/s3manager",
			"github.com/aws/aws-sdk-go-v2/feature/s3/manager":
			continue // not among this module's dependencies
		}
		pkg, err := imports.Import(path)
		require.NoError(t, err, path)
		assert.Equal(t, pkg.Name(), stub.Name())
		for _, name := range stub.Scope().Names() {
			want, got := pkg.Scope().Lookup(name), stub.Scope().Lookup(name)
			if !assert.NotNil(t, want, path+"."+name) {
				continue
			}
			assert.IsType(t, want, got, path+"."+name)
			if strings.Contains(path, ".") {
				continue // the SDKs' types are many more than the stubs have
			}
			if declared, ok := got.(*types.TypeName); ok {
				sameMembers(t, want.Type(), declared.Type())
				continue
			}
			if constant, ok := got.(*types.Const); ok {
				assert.Equal(t, want.(*types.Const).Val().ExactString(), constant.Val().ExactString(), path+"."+name)
			}
			assert.Equal(t, described(want.Type()), described(got.Type()), path+"."+name)
		}
	}
}

// sameMembers asserts that what a stub's type has is what the type has.
func sameMembers(t *testing.T, want, got types.Type) {
	t.Helper()
	if s, ok := got.Underlying().(*types.Struct); ok {
		for field := range s.Fields() {
			member, _, _ := types.LookupFieldOrMethod(want, true, field.Pkg(), field.Name())
			if assert.NotNil(t, member, "%s.%s", got, field.Name()) {
				assert.Equal(t, described(member.Type()), described(field.Type()), "%s.%s", got, field.Name())
			}
		}
	}
	if types.IsInterface(got) {
		return
	}
	if named, ok := types.Unalias(got).(*types.Named); ok {
		for method := range named.Methods() {
			member, _, _ := types.LookupFieldOrMethod(want, true, nil, method.Name())
			if assert.NotNil(t, member, "%s.%s", got, method.Name()) {
				assert.Equal(t, described(member.Type()), described(method.Type()), "%s.%s", got, method.Name())
			}
		}
	}
}

// described returns a type without the names of parameters, which are nobody's
// business.
func described(t types.Type) string {
	signature, ok := t.(*types.Signature)
	if !ok {
		return types.TypeString(t, nil)
	}
	var parts []string
	for _, tuple := range []*types.Tuple{signature.Params(), signature.Results()} {
		for v := range tuple.Variables() {
			parts = append(parts, described(v.Type()))
		}
		parts = append(parts, "|")
	}
	return fmt.Sprint(parts, signature.Variadic())
}
