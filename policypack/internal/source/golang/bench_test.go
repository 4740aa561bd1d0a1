package golang_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// words are some that rules look for.
var words = []string{"exec.", "zip.", "BucketNotification", "PutObject", "NewCommand", "pipeguard:ignore"}

// largeProgram has 1,000 files of 10 kB each, in packages of that many, all of
// which the entry point imports. 20 files run a process.
func largeProgram(perPackage int) fstest.MapFS {
	const files, matter, size = 1000, 20, 10_000
	program := fstest.MapFS{"go.mod": {Data: []byte("module example.com/large\n")}}
	var imports strings.Builder
	for i := range files {
		pkg := fmt.Sprintf("p%d", i/perPackage)
		if i%perPackage == 0 {
			fmt.Fprintf(&imports, "\t_ \"example.com/large/%s\"\n", pkg)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "package %s\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\n", pkg)
		if i%(files/matter) == 0 {
			b.Reset()
			fmt.Fprintf(&b, "package %s\n\nimport (\n\t\"fmt\"\n\t\"os/exec\"\n\t\"strings\"\n)\n\nfunc init() { exec.Command(\"pip\", \"install\").Run() }\n", pkg)
		}
		for n := 0; b.Len() < size; n++ {
			fmt.Fprintf(&b, `
// Settings%[1]d holds what the queue of that number is made of.
type Settings%[1]d struct {
	Name    string
	Workers int
	Labels  map[string]string
}

// Describe lists the labels, the longest first.
func (s *Settings%[1]d) Describe(limit int) ([]string, error) {
	var lines []string
	for key, value := range s.Labels {
		if len(lines) >= limit {
			return nil, fmt.Errorf("%%s has more than %%d labels", s.Name, limit)
		}
		line := strings.ToUpper(key) + "=" + strings.TrimSpace(value)
		lines = append(lines, fmt.Sprintf("%%-20s %%s", s.Name, line))
	}
	return lines, nil
}
`, i*100+n)
		}
		program[fmt.Sprintf("%s/f%d.go", pkg, i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	program["main.go"] = &fstest.MapFile{Data: []byte("package main\n\nimport (\n" + imports.String() + ")\n\nfunc main() {}\n")}
	return program
}

// The design allows 1 s on one core for a program of this size.
func BenchmarkRead(b *testing.B) {
	for _, perPackage := range []int{10, 50, 1000} {
		program := largeProgram(perPackage)
		b.Run(fmt.Sprintf("files_per_package=%d", perPackage), func(b *testing.B) {
			for b.Loop() {
				t := tree.New(program, tree.Budget{Files: 5000, Bytes: 64 << 20, Time: time.Minute}, golang.Endings...)
				facts := golang.Read(t, fact.Request{Entry: []string{"."}, Keywords: words})
				require.Empty(b, t.Gaps())
				require.GreaterOrEqual(b, len(facts.Files), 20)
			}
		})
	}
}
