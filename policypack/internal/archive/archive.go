// Package archive examines the code archive of a Lambda function and reports
// what is wrong with it. It trusts nothing that it reads: the list of files
// comes from the archive's directory, contents are read only as far as a
// question needs, and everything is counted against a Budget.
package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumi "github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

// Budget limits what examining one archive may cost.
type Budget struct {
	// Files limits the entries that are listed.
	Files int
	// Bytes limits the bytes read from disk plus those unpacked.
	Bytes int64
	// Time limits the time since Open.
	Time time.Duration
}

// Code is what a function's code argument deploys.
type Code struct {
	// Entries are the files in the order of the archive, and the folders that a
	// zip lists. Where Pulumi writes the zip, they are in the order it takes.
	Entries []Entry
	// Zip is the size in bytes of a file that is uploaded unchanged. It is 0 if
	// Pulumi writes the zip itself, which it does with constant dates and
	// without owners and modes.
	Zip int64

	files   map[string][]int // indexes into Entries, without folders
	meter   *meter
	closers []io.Closer
}

// Entry is a file of an archive, or a folder that a zip lists.
type Entry struct {
	// Name is its path from the archive's root, with slashes.
	Name string
	// Size is its length in bytes once unpacked, as the archive claims it.
	Size int64
	// Folder indicates whether the entry is a folder.
	Folder bool
	// Mode is the Unix mode; HasMode indicates whether the archive records one.
	Mode    fs.FileMode
	HasMode bool
	// Stamp is when the file was last changed, according to the entry.
	Stamp Stamp
	// Owned indicates whether the archive records the ids of the file's owner.
	Owned bool

	open func() (io.ReadCloser, error)
}

// Defect is an error that is the archive's own fault: Lambda refuses it. Its
// text completes a sentence that begins with "the code".
type Defect string

// Error returns the text of the defect.
func (d Defect) Error() string { return string(d) }

// Open lists what code, an archive or an asset, deploys. Relative paths are
// relative to dir. The error is a Defect if Lambda would refuse the archive; any
// other error means that the archive cannot be judged. The caller must close the
// result.
func Open(code resource.PropertyValue, dir string, budget Budget) (*Code, error) {
	c := &Code{files: map[string][]int{}, meter: newMeter(budget)}
	if err := c.addCode(code, dir); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if len(c.files) == 0 {
		return nil, errors.Join(Defect("is an empty archive"), c.Close())
	}
	return c, nil
}

// Close closes the files behind the archive.
func (c *Code) Close() error {
	var errs []error
	for _, closer := range c.closers {
		errs = append(errs, closer.Close())
	}
	c.closers = nil
	return errors.Join(errs...)
}

// Head returns the first n bytes of a file, or all of a shorter one.
func (c *Code) Head(e Entry, n int64) ([]byte, error) {
	reader, err := e.open()
	if err != nil {
		return nil, fmt.Errorf("opening %s in the archive: %w", quote(e.Name), reason(err))
	}
	defer reader.Close()
	var content bytes.Buffer
	_, err = io.Copy(&content, io.LimitReader(&meteredReader{reader, c.meter}, n))
	if err != nil {
		return nil, fmt.Errorf("reading %s in the archive: %w", quote(e.Name), reason(err))
	}
	return content.Bytes(), nil
}

// file returns the file with the given name and whether it exists. If a name
// occurs twice, it is the entry that is unpacked last.
func (c *Code) file(name string) (Entry, bool) {
	indexes := c.files[name]
	if len(indexes) == 0 {
		return Entry{}, false
	}
	return c.Entries[indexes[len(indexes)-1]], true
}

// unzipped returns the total size of the files, at most math.MaxInt64.
func (c *Code) unzipped() int64 {
	var sum int64
	for _, e := range c.Entries {
		if e.Size > math.MaxInt64-sum {
			return math.MaxInt64
		}
		sum += e.Size
	}
	return sum
}

func (c *Code) addCode(code resource.PropertyValue, dir string) error {
	switch {
	case code.IsArchive():
		return c.addArchive(code.ArchiveValue(), "", dir)
	case code.IsAsset() && code.AssetValue().IsPath():
		name, info, err := stat(code.AssetValue().Path, dir)
		if err != nil {
			return err
		}
		return c.addZip("", name, info, true)
	}
	return errors.New("it is neither an archive nor a file")
}

// addArchive adds the files of a under the folder prefix.
func (c *Code) addArchive(a *pulumi.Archive, prefix, dir string) error {
	switch {
	case a.IsPath():
		return c.addPath(a.Path, prefix, dir)
	case a.IsURI():
		return errors.New("it is downloaded from a URL")
	case !a.IsAssets():
		return errors.New("its content is not known yet")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Assets)) {
		var err error
		inside := path.Join(".", prefix, name) // never empty: the path of the whole code
		switch member := a.Assets[name].(type) {
		case *asset.Asset:
			err = c.addAsset(member, inside, dir)
		case *pulumi.Archive:
			err = c.addArchive(member, inside, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addAsset adds one file that Pulumi puts into the archive.
func (c *Code) addAsset(a *asset.Asset, name, dir string) error {
	switch {
	case a.IsText():
		return c.add(Entry{Name: name, Size: int64(len(a.Text)), open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(a.Text)), nil
		}})
	case a.IsPath():
		full, info, err := stat(a.Path, dir)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", quote(a.Path))
		}
		return c.add(Entry{Name: name, Size: info.Size(), open: func() (io.ReadCloser, error) { return os.Open(full) }})
	}
	// A file whose content is elsewhere still has its name.
	return c.add(Entry{Name: name, open: func() (io.ReadCloser, error) {
		return nil, errors.New("its content is not in a local file")
	}})
}

// addPath adds what a FileArchive names. Pulumi distinguishes the kinds of
// archives by their extensions, and uploads a .zip unchanged if it is the whole
// of the code.
func (c *Code) addPath(given, prefix, dir string) error {
	name, info, err := stat(given, dir)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return c.addFolder(prefix, name)
	case strings.HasSuffix(name, ".zip"), strings.HasSuffix(name, ".jar"):
		return c.addZip(prefix, name, info, prefix == "" && strings.HasSuffix(name, ".zip"))
	case strings.HasSuffix(name, ".tar"), strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		return fmt.Errorf("%s is a tar archive, which is not examined", quote(given))
	}
	return fmt.Errorf("%s is neither a folder nor a kind of archive that Pulumi knows", quote(given))
}

func (c *Code) add(e Entry) error {
	if err := c.meter.file(); err != nil {
		return err
	}
	// Where Pulumi joins several sources, the first of two files with the same
	// name wins; only a zip that is uploaded unchanged can contain both.
	if !e.Folder && c.Zip == 0 && len(c.files[e.Name]) > 0 {
		return nil
	}
	if !e.Folder {
		c.files[e.Name] = append(c.files[e.Name], len(c.Entries))
	}
	c.Entries = append(c.Entries, e)
	return nil
}

// stat returns a path of the program as a path from here, and what it is.
func stat(given, dir string) (string, fs.FileInfo, error) {
	name := given
	if !filepath.IsAbs(name) {
		if dir == "" {
			return "", nil, fmt.Errorf("the path that %s is relative to is not known", quote(given))
		}
		name = filepath.Join(dir, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", quote(given), reason(err))
	}
	return name, info, nil
}

// reason returns the error without the path that package os puts before it, which
// differs from machine to machine.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// quote quotes a name, which may contain anything.
func quote(name string) string {
	const longest = 100
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return fmt.Sprintf("%q", name)
}

// meter counts what examining an archive costs.
type meter struct {
	budget   Budget
	files    int
	bytes    int64
	deadline time.Time
}

func newMeter(b Budget) *meter { return &meter{budget: b, deadline: time.Now().Add(b.Time)} }

func (m *meter) file() error {
	if m.files++; m.files > m.budget.Files {
		return fmt.Errorf("it has more than %d files", m.budget.Files)
	}
	return m.read(0)
}

func (m *meter) read(n int) error {
	if m.bytes += int64(n); m.bytes > m.budget.Bytes {
		return fmt.Errorf("more than %d MB would have to be read", m.budget.Bytes>>20)
	}
	if time.Now().After(m.deadline) {
		return fmt.Errorf("it takes longer than %v", m.budget.Time)
	}
	return nil
}

// meteredReader counts the bytes read.
type meteredReader struct {
	io.Reader
	meter *meter
}

func (r *meteredReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if over := r.meter.read(n); over != nil {
		return 0, over
	}
	return n, err
}

// meteredReaderAt counts the bytes read.
type meteredReaderAt struct {
	io.ReaderAt
	meter *meter
}

func (r *meteredReaderAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, at)
	if over := r.meter.read(n); over != nil {
		return 0, over
	}
	return n, err
}
