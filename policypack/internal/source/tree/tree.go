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
	// Files is how many source files are looked at.
	Files int
	// Bytes is how much of them is read.
	Bytes int64
	// Time is how long all of it takes.
	Time time.Duration
}

// maxFile is the size of the largest file that is read, in bytes. Source that
// people write is smaller; what generators and bundlers write is not for rules.
const maxFile = 2 << 20

// maxFileTime is how long one file may take.
const maxFileTime = time.Second

// skipped are folders that hold code of others, or made by tools.
var skipped = []string{
	".git", ".hg", ".svn", ".pulumi", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".terraform",
	"__pycache__", "__pypackages__", "bower_components", "cdk.out", "coverage", "dist", "node_modules", "site-packages",
	"testdata", "vendor", "venv", ".venv", "virtualenv", ".virtualenv",
}

// Tree is the source files of one folder. It reads each file once, never
// outside the folder, and keeps account of the budget. It is for one goroutine.
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
	// parsed is what was made of the files; see Once.
	parsed map[string]any
}

// Open lists the source files below dir that have one of the endings (".py").
// Close the tree when done. What the budget leaves out is in Gaps.
func Open(dir string, budget Budget, endings ...string) (*Tree, error) {
	// A root keeps the reader inside the folder: it refuses symbolic links
	// that lead out of it.
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

// Has reports whether name is one of Files.
func (t *Tree) Has(name string) bool { return t.isFile[name] }

// Exists reports whether there is a file or folder of that name, source or not.
func (t *Tree) Exists(name string) bool {
	_, err := fs.Stat(t.fsys, path.Clean(name))
	return err == nil
}

// Left returns how much of the time is left.
func (t *Tree) Left() time.Duration { return t.deadline.Sub(t.now()) }

// Now returns the time by the clock that the budget goes by.
func (t *Tree) Now() time.Time { return t.now() }

// UseClock makes another clock the one that the budget goes by, from now on.
func (t *Tree) UseClock(now func() time.Time) {
	t.now, t.deadline = now, now().Add(t.budget.Time)
}

// FileTime returns how long parsing the next file may take.
func (t *Tree) FileTime() time.Duration { return min(t.Left(), maxFileTime) }

// OutOfTime returns the reason for a gap when no time is left.
func (t *Tree) OutOfTime() string {
	return fmt.Sprintf("takes longer to read than %v, the limit of maxSeconds", t.budget.Time)
}

// Read returns the content of a file, or nil when it cannot be had: then Gaps says
// why. Any file of the folder can be read, not just those in Files.
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

// Once returns what parse makes of a file, which it is asked for once: the program and
// its handlers may share files.
func Once[T any](t *Tree, name string, parse func() T) T {
	if v, ok := t.parsed[name].(T); ok {
		return v
	}
	v := parse()
	t.parsed[name] = v
	return v
}

// Gap notes that something could not be read, once for each file.
func (t *Tree) Gap(name, reason string) {
	if !t.gapFor[name] {
		t.gapFor[name] = true
		t.gaps = append(t.gaps, fact.Gap{File: name, Reason: reason})
	}
}

// Gaps returns what could not be read so far.
func (t *Tree) Gaps() []fact.Gap { return t.gaps }

// reason returns an error without the path, which the caller names already.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

// Mentions reports whether src holds one of the words. It is the cheap look that
// spares parsing what cannot matter.
func Mentions(src []byte, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(src, []byte(w)) })
}

// MaxAside is how many bytes of the files that no rule reads are parsed, only to say
// whether they can be: all of the usual program, but not so much of a large one that
// it takes longer than the rules do.
const MaxAside = 256 << 10

// Reach returns the files that can be come to from the entry, which is among them:
// sorted. imports are the files of the tree that a file imports.
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

// Snippet returns line number n of src, counting from 1, trimmed and shortened as
// fact.Call has it.
func Snippet(src []byte, n int) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(line(src, n)), "\uFFFD"))
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:197], "") + "…"
	}
	return text
}

// Indentation returns how many bytes of white space Snippet takes from the beginning
// of line number n.
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
