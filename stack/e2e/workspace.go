package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// workspace is the folder of one run, and the processes that work in it.
type workspace struct {
	dir string
	// stops stop what was started, last first.
	stops []func() error
	guard *exec.Cmd
	// alive is closed by the system at the latest when this program dies.
	alive io.Closer
}

// newWorkspace makes a folder in the place for temporary files. If this program
// is killed, a guard that outlives it removes the folder.
func newWorkspace() (*workspace, error) {
	dir, err := os.MkdirTemp("", "pipeguard-e2e-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to work in: %w", err)
	}
	// The guard waits for the end of its input, which is this program's end,
	// and a little for the end of the servers, which write to the folder.
	guard := exec.Command("sh", "-c", `cat; for i in 1 2 3 4 5; do rm -rf "$1" && break; sleep 1; done`, "guard", dir)
	guard.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it must survive when this group is killed
	alive, err := guard.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guarding %s: %w", dir, err)
	}
	if err := guard.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("guarding %s: %w", dir, err), os.RemoveAll(dir))
	}
	return &workspace{dir: dir, guard: guard, alive: alive}, nil
}

// path returns the path of a file or folder in the workspace.
func (w *workspace) path(name string) string { return filepath.Join(w.dir, name) }

// mkdir makes a folder in the workspace.
func (w *workspace) mkdir(name string) (string, error) {
	return w.path(name), os.Mkdir(w.path(name), 0o700)
}

// log makes a file for the output of a process.
func (w *workspace) log(name string) (*os.File, error) {
	file, err := os.Create(w.path(name + ".log"))
	if err != nil {
		return nil, err
	}
	w.onClose(file.Close)
	return file, nil
}

// onClose registers f to be called when the workspace is closed.
func (w *workspace) onClose(f func() error) { w.stops = append(w.stops, f) }

// close stops what was started, and removes the folder.
func (w *workspace) close() error {
	var errs []error
	for i := len(w.stops) - 1; i >= 0; i-- {
		errs = append(errs, w.stops[i]())
	}
	errs = append(errs, w.alive.Close(), w.guard.Wait())
	return errors.Join(errs...)
}
