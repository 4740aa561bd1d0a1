// Package tree reads the files of a program's folder, within a budget.
package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// Budget bounds what reading a program may cost.
type Budget struct {
	// Files is the maximum number of source files.
	Files int
	// Bytes is the maximum number of bytes that are read.
	Bytes int64
	// Time is the maximum total time.
	Time time.Duration
}

// maxFile is the size, in bytes, of the largest file that is read. Source written by people is smaller, and generated
// or bundled code is not meant for rules.
const maxFile = 2 << 20

// maxFileTime bounds the time spent on one file.
const maxFileTime = time.Second

// skipped lists the folders that contain third-party or generated code.
var skipped = []string{
	".git", ".hg", ".svn", ".pulumi", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".terraform",
	"__pycache__", "__pypackages__", "bower_components", "cdk.out", "coverage", "dist", "node_modules", "site-packages",
	"testdata", "vendor", "venv", ".venv", "virtualenv", ".virtualenv",
}

// Tree holds the source files of one folder. It reads each file once, never reads outside the folder, and keeps to the
// budget. It is not safe for concurrent use.
type Tree struct {
	fsys     fs.FS
	close    func() error
	budget   Budget
	now      func() time.Time
	deadline time.Time
	files    []string
	isFile   map[string]bool
	content  map[string][]byte
	read     int64
	gaps     []fact.Gap
	gapFor   map[string]bool
	// parsed holds the results of parsing files; see Once.
	parsed map[string]any
}

// Open lists the source files below dir that have one of the extensions (".py"). The caller must close the tree. Gaps
// lists what the budget excludes.
func Open(dir string, budget Budget, endings ...string) (*Tree, error) {
	// A root keeps reads inside the folder: it refuses symbolic links that lead out of it.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the program's folder: %w", err)
	}
	t := New(root.FS(), budget, endings...)
	t.close = root.Close
	return t, nil
}

// New returns the tree of a file system.
func New(fsys fs.FS, budget Budget, endings ...string) *Tree {
	t := &Tree{
		fsys: fsys, budget: budget, now: time.Now, deadline: time.Now().Add(budget.Time), close: func() error { return nil },
		isFile: map[string]bool{}, content: map[string][]byte{}, gapFor: map[string]bool{}, parsed: map[string]any{},
	}
	t.list(endings)
	return t
}

// Close releases the folder.
func (t *Tree) Close() error { return t.close() }

var errBudget = errors.New("budget")

func (t *Tree) list(endings []string) {
	_ = fs.WalkDir(t.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case t.Left() <= 0:
			t.Gap(".", t.OutOfTime())
			return errBudget
		case err != nil:
			t.Gap(name, "could not be listed: "+reason(err))
			return fs.SkipDir
		case entry.IsDir() && name != "." && t.skips(name):
			return fs.SkipDir
		case !entry.Type().IsRegular() || !slices.Contains(endings, path.Ext(name)):
			return nil // also symbolic links: what they name inside the folder is listed there
		case len(t.files) == t.budget.Files:
			t.Gap(".", fmt.Sprintf("has more than %d source files, the limit of maxFiles", t.budget.Files))
			return errBudget
		}
		t.files = append(t.files, name)
		t.isFile[name] = true
		return nil
	})
}

func (t *Tree) skips(dir string) bool {
	if slices.Contains(skipped, path.Base(dir)) {
		return true
	}
	// A virtual environment may have any name; this file marks it (PEP 405).
	_, err := fs.Stat(t.fsys, path.Join(dir, "pyvenv.cfg"))
	return err == nil
}

// Files returns the source files, relative to the folder, with slashes, sorted.
func (t *Tree) Files() []string { return t.files }

// Has reports whether name is one of the source files.
func (t *Tree) Has(name string) bool { return t.isFile[name] }

// Exists reports whether there is a file or folder with a name, source or not.
func (t *Tree) Exists(name string) bool {
	_, err := fs.Stat(t.fsys, path.Clean(name))
	return err == nil
}

// Left returns how much time is left.
func (t *Tree) Left() time.Duration { return t.deadline.Sub(t.now()) }

// Now returns the time on the budget's clock.
func (t *Tree) Now() time.Time { return t.now() }

// UseClock replaces the budget's clock.
func (t *Tree) UseClock(now func() time.Time) {
	t.now, t.deadline = now, now().Add(t.budget.Time)
}

// FileTime returns the time limit for parsing the next file.
func (t *Tree) FileTime() time.Duration { return min(t.Left(), maxFileTime) }

// OutOfTime returns the reason for a gap that is due to a lack of time.
func (t *Tree) OutOfTime() string {
	return fmt.Sprintf("takes longer to read than %v, the limit of maxSeconds", t.budget.Time)
}

// Read returns the content of a file, or nil if it cannot be read: then Gaps says why. Any file of the folder can be
// read, not just those in Files.
func (t *Tree) Read(name string) []byte {
	if src, ok := t.content[name]; ok {
		return src
	}
	src, why := t.load(name)
	if why != "" {
		t.Gap(name, why)
		src = nil
	}
	t.content[name] = src
	return src
}

func (t *Tree) load(name string) (src []byte, why string) {
	if t.Left() <= 0 {
		return nil, t.OutOfTime()
	}
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, "could not be read: " + reason(err)
	}
	defer f.Close() //nolint:errcheck // nothing is written
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, "could not be read: " + reason(err)
	case !info.Mode().IsRegular():
		return nil, "is no regular file"
	case info.Size() > maxFile:
		return nil, fmt.Sprintf("is larger than %d MB", maxFile>>20)
	case t.read+info.Size() > t.budget.Bytes:
		return nil, fmt.Sprintf("is beyond the %d MB of source that maxMegabytes allows", t.budget.Bytes>>20)
	}
	src, err = io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, "could not be read: " + reason(err)
	}
	t.read += int64(len(src))
	if bytes.IndexByte(src, 0) >= 0 {
		return nil, "is binary"
	}
	return src, ""
}

// Once returns the result of parse for a file, which is called once per file: the program and its handlers may share
// files.
func Once[T any](t *Tree, name string, parse func() T) T {
	if v, ok := t.parsed[name].(T); ok {
		return v
	}
	v := parse()
	t.parsed[name] = v
	return v
}

// Gap records that something could not be read, once for each file.
func (t *Tree) Gap(name, reason string) {
	if !t.gapFor[name] {
		t.gapFor[name] = true
		t.gaps = append(t.gaps, fact.Gap{File: name, Reason: reason})
	}
}

// Gaps returns what could not be read so far, with the reasons.
func (t *Tree) Gaps() []fact.Gap { return t.gaps }

// reason returns the text of an error without the path, which the caller already names.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

// Mentions reports whether src contains one of the words. It is a cheap check that saves parsing files that cannot
// matter.
func Mentions(src []byte, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(src, []byte(w)) })
}

// MaxAside bounds how many bytes of files that no rule reads are parsed just to find syntax errors: enough for all of a
// typical program, but not so much of a large one that it takes longer than the rules.
const MaxAside = 256 << 10

// Reach returns the files that can be reached from the entry, including the entry, sorted. imports returns the files of
// the tree that a file imports.
func Reach(entry []string, imports func(file string) []string) []string {
	reached := map[string]bool{}
	queue := slices.Clone(entry)
	for len(queue) > 0 {
		file := queue[0]
		queue = queue[1:]
		if !reached[file] {
			reached[file] = true
			queue = append(queue, imports(file)...)
		}
	}
	var files []string
	for file := range reached {
		files = append(files, file)
	}
	slices.Sort(files)
	return files
}

// Snippet returns line n of src, counting from 1, trimmed and shortened as in fact.Call.
func Snippet(src []byte, n int) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(line(src, n)), "\uFFFD"))
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:197], "") + "…"
	}
	return text
}

// Indentation returns how many bytes of white space Snippet removes from the start of line n.
func Indentation(src []byte, n int) int {
	text := line(src, n)
	return len(text) - len(bytes.TrimLeftFunc(text, unicode.IsSpace))
}

func line(src []byte, n int) []byte {
	for ; n > 1; n-- {
		_, after, found := bytes.Cut(src, []byte("\n"))
		if !found {
			return nil
		}
		src = after
	}
	text, _, _ := bytes.Cut(src, []byte("\n"))
	return text
}
