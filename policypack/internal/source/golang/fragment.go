package golang

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// usual maps package names in a fragment of a program to the packages that they usually refer to.
var usual = map[string]string{
	"aws":      "github.com/aws/aws-sdk-go-v2/aws",
	"bufio":    "bufio",
	"bytes":    "bytes",
	"context":  "context",
	"errors":   "errors",
	"exec":     "os/exec",
	"filepath": "path/filepath",
	"fmt":      "fmt",
	"gzip":     "compress/gzip",
	"http":     "net/http",
	"io":       "io",
	"ioutil":   "io/ioutil",
	"lambda":   "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda",
	"local":    "github.com/pulumi/pulumi-command/sdk/go/command/local",
	"manager":  "github.com/aws/aws-sdk-go-v2/feature/s3/manager",
	"os":       "os",
	"path":     "path",
	"pulumi":   pulumiSDK,
	"s3":       "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3",
	"strings":  "strings",
	"syscall":  "syscall",
	"tar":      "archive/tar",
	"zip":      "archive/zip",
}

// s3Client matches names that exist in the S3 client but not in the S3 resources.
var s3Client = regexp.MustCompile(`\bs3\.(\w+(Input|Output)\b|NewFromConfig|Client\b|New\()`)

// programContext matches methods that only the context of a Pulumi program has.
var programContext = regexp.MustCompile(`\bctx\.(Export|Register\w*)\(`)

// wrappings turn a fragment into a file, whether it is a file, declarations, statements or arguments. The prefix is on
// the first line, so that line numbers stay the same.
var wrappings = []struct{ before, after string }{
	{"", ""},
	{"package p; ", ""},
	{"package p; func _() { ", "\n}"},
	{"package p; var _ = p{ ", "\n}"},
}

// fragments reads each entry file in isolation.
func (l *loader) fragments() {
	for _, entry := range l.request.Entry {
		names := l.folders[entry]
		if l.tree.Has(entry) {
			names = []string{entry}
		}
		for _, name := range names {
			if f := l.fragment(name); f != nil {
				l.parsed[name] = f.syntax
				l.dropHugeConstants()
				if l.parsed[name] != nil {
					l.checkFiles(path.Join(l.importPath(path.Dir(name)), path.Base(name)), []*file{f})
				}
			}
		}
	}
}

func (l *loader) fragment(name string) *file {
	src := l.tree.Read(name)
	if src == nil || !tree.Mentions(src, l.request.Keywords) {
		return nil
	}
	var best *file
	var fewest int
	var reason string
	for _, w := range wrappings {
		if l.tree.Left() <= 0 {
			l.tree.Gap(name, l.tree.OutOfTime())
			return nil
		}
		whole := slices.Concat([]byte(w.before), src, []byte(w.after))
		syntax, err := parser.ParseFile(l.fset, name, whole, parseMode)
		if syntax == nil || syntax.Name == nil {
			continue
		}
		wrong := countErrors(err)
		if best == nil || wrong < fewest {
			best, fewest = &file{name: name, src: src, syntax: syntax, prefix: len(w.before)}, wrong
			if err != nil {
				reason = parseError(err)
			}
		}
		if wrong == 0 {
			break
		}
	}
	switch {
	case best == nil:
		l.tree.Gap(name, "could not be parsed")
		return nil
	case !l.admit(name, best.syntax):
		return nil
	case fewest > 0:
		l.tree.Gap(name, reason)
	}
	if len(best.syntax.Imports) == 0 {
		addUsual(best.syntax, src)
	}
	return best
}

// addUsual gives package names and the program's context their usual meaning. Names that the fragment declares itself
// take precedence.
func addUsual(f *ast.File, src []byte) {
	imports := &ast.GenDecl{Tok: token.IMPORT}
	for name, importPath := range usual {
		if name == "s3" && s3Client.Match(src) {
			importPath = "github.com/aws/aws-sdk-go-v2/service/s3"
		}
		imports.Specs = append(imports.Specs, &ast.ImportSpec{
			Name: ast.NewIdent(name),
			Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(importPath)},
		})
	}
	f.Decls = append([]ast.Decl{imports}, f.Decls...)
	if programContext.Match(src) {
		f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{
			Names: []*ast.Ident{ast.NewIdent("ctx")},
			Type:  &ast.StarExpr{X: &ast.SelectorExpr{X: ast.NewIdent("pulumi"), Sel: ast.NewIdent("Context")}},
		}}})
	}
}

// countErrors returns the number of errors that a parser found.
func countErrors(err error) int {
	var list scanner.ErrorList
	if errors.As(err, &list) {
		return len(list)
	}
	if err != nil {
		return 1
	}
	return 0
}
