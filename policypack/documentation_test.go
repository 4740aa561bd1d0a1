package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources returns the files of the repository with one of the extensions, by
// their slash-separated paths from its root: what is written by hand or
// generated, not what is built or installed.
func sources(t *testing.T, extensions ...string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"bin", "build", "dist", ".git", "node_modules"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if slices.Contains(extensions, filepath.Ext(file)) {
			found = append(found, file)
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

var (
	// markdownLink matches a link or an image; its group is the target.
	markdownLink = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	// notInAnchors matches what GitHub leaves out of the anchor of a heading.
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestRelativeLinksInMarkdownResolve(t *testing.T) {
	t.Parallel()
	links := 0
	for _, file := range sources(t, ".md") {
		text, err := os.ReadFile(filepath.Join("..", file))
		require.NoError(t, err)
		for _, match := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			target, err := url.Parse(match[1])
			require.NoError(t, err, file)
			if target.Scheme != "" {
				continue
			}
			links++
			name := filepath.Join("..", filepath.Dir(file), target.Path)
			if target.Path == "" {
				name = filepath.Join("..", file)
			}
			_, err = os.Stat(name)
			if !assert.NoError(t, err, "%s links to %s", file, match[1]) || target.Fragment == "" {
				continue
			}
			page, err := os.ReadFile(name)
			require.NoError(t, err)
			assert.Contains(t, anchors(string(page)), target.Fragment, "%s links to %s", file, match[1])
		}
	}
	assert.Greater(t, links, 100)
}

// anchors returns the anchors that GitHub gives the headings of a page.
func anchors(page string) []string {
	var found []string
	for line := range strings.Lines(page) {
		heading := strings.TrimLeft(line, "#")
		if heading == line || !strings.HasPrefix(heading, " ") {
			continue
		}
		kept := notInAnchors.ReplaceAllString(strings.TrimSpace(heading), "")
		found = append(found, strings.ReplaceAll(strings.ToLower(kept), " ", "-"))
	}
	return found
}

var (
	// avoided matches what a native speaker would not write in a comment or a message.
	avoided = regexp.MustCompile(`(?i)\b(mend(s|ed|ing)?|blind(ness)?|lets? in|(is|are|be) told|says (that|whether|if))\b`)
	// notVerbs are second words of comments that describe a function rather than what it does.
	notVerbs = []string{"is", "are", "says", "tells"}
)

// keepsConventions reports whether a file must keep to the conventions of language.
func keepsConventions(file string) bool {
	return file != "policypack/documentation_test.go" && !strings.Contains(file, "testdata/")
}

func TestTextsAvoidUnidiomaticWords(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t, ".go", ".md", ".sh", ".yml") {
		if !keepsConventions(file) {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", file))
		require.NoError(t, err)
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			assert.Empty(t, avoided.FindString(line), "%s:%d: %s", file, number, line)
		}
	}
}

func TestCommentsOfFunctionsBeginWithAVerb(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t, ".go") {
		if !keepsConventions(file) {
			continue
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, filepath.Join("..", file), nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			words := strings.Fields(function.Doc.Text())
			if len(words) > 1 && words[0] == function.Name.Name {
				assert.NotContains(t, notVerbs, words[1], "%s: the comment of %s says what it is, not what it does",
					files.Position(function.Pos()), function.Name.Name)
			}
		}
	}
}
