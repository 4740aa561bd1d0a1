// Package bundle writes archives of folders.
package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
)

// Write zips a folder into a file.
func Write(file, folder string) error {
	out, err := os.Create(file) //nolint:gosec // the program names the file
	if err != nil {
		return fmt.Errorf("making %s: %w", file, err)
	}
	archive := zip.NewWriter(out)
	return errors.Join(archive.AddFS(os.DirFS(folder)), archive.Close(), out.Close())
}
