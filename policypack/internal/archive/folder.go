package archive

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	pulumi "github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

// addFolder adds the files of a folder, in the order in which Pulumi packs them.
// A link that leads out of the folder is listed and never followed.
func (c *Code) addFolder(prefix, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", reason(err))
	}
	c.closers = append(c.closers, root)
	return c.addSubfolder(root, prefix, ".")
}

func (c *Code) addSubfolder(root *os.Root, prefix, folder string) error {
	members, err := c.list(root, folder)
	if err != nil {
		return fmt.Errorf("listing %s: %w", quote(folder), reason(err))
	}
	for _, member := range members {
		name := path.Join(folder, member.Name())
		switch {
		case member.Name() == pulumi.BookkeepingDir: // Pulumi leaves it out
		case member.IsDir():
			err = c.addSubfolder(root, prefix, name)
		default:
			err = c.addMember(root, prefix, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list returns the entries of a folder, sorted, and never more than the budget allows.
func (c *Code) list(root *os.Root, folder string) ([]fs.DirEntry, error) {
	opened, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	// One more than the budget has left makes add stop.
	members, err := opened.ReadDir(max(c.meter.budget.Files-c.meter.files, 0) + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.SortFunc(members, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return members, c.meter.file() // a tree of empty folders takes time, too
}

// addMember adds a file of a folder, or the target of a link in it.
func (c *Code) addMember(root *os.Root, prefix, name string) error {
	e := Entry{Name: path.Join(prefix, name)}
	info, err := root.Stat(name)
	switch {
	case err != nil:
		e.open = func() (io.ReadCloser, error) { return nil, reason(err) }
	case info.IsDir(): // Pulumi does not follow links to folders
		return nil
	case !info.Mode().IsRegular():
		e.open = func() (io.ReadCloser, error) { return nil, errors.New("it is not a regular file") }
	default:
		e.Size = info.Size()
		e.open = func() (io.ReadCloser, error) { return root.Open(name) }
	}
	return c.add(e)
}
