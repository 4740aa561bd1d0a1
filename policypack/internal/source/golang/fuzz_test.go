package golang_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// FuzzRead holds that no source makes the reader panic or hang, and that what it
// tells has a place in the file.
func FuzzRead(f *testing.F) {
	require.NoError(f, fs.WalkDir(os.DirFS("../../../../testdata/source/go"), ".", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			src, err := os.ReadFile("../../../../testdata/source/go/" + name)
			f.Add(string(src), strings.HasPrefix(name, "fragments"))
			return err
		}
		return err
	}))
	f.Add(doubling(60), false)
	f.Add("package main\nvar a, b = f(b), f(a)\nfunc f(x any) any { return f(x) }\n", false)
	f.Add("package main\nimport . \"os\"\nimport \"C\"\nimport \"example.com/x\"\ntype t[p t[p]] struct{ t[p] }\n", false)
	f.Fuzz(func(t *testing.T, src string, fragment bool) {
		fsys := fstest.MapFS{"go.mod": {Data: []byte(module)}, "a.go": {Data: []byte(src)}}
		tree := tree.New(fsys, tree.Budget{Files: 10, Bytes: 1 << 20, Time: 10 * time.Second}, golang.Endings...)
		facts := golang.Read(tree, fact.Request{Entry: []string{"."}, Keywords: everything, Fragment: fragment})
		lines := strings.Count(src, "\n") + 1
		for _, c := range facts.Calls {
			assert.NotEmpty(t, c.Func)
			assert.Equal(t, "a.go", c.Location.File)
			// The second line of the end is what a fragment is closed with.
			assert.LessOrEqual(t, c.Location.Line, lines+1)
		}
	})
}
