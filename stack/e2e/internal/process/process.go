// Package process runs the servers and functions of the end-to-end test, and
// leaves none of them behind.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end after it was asked to.
const grace = 5 * time.Second

// Process is a running program. It leads a process group of its own, so that
// its children end with it, and the kernel ends it when this program dies,
// however that happens.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	once sync.Once
}

// Command describes a program to start.
type Command struct {
	// Name is the program's name in messages.
	Name string
	// Args are the program's path and arguments.
	Args []string
	// Env is its whole environment: nothing is inherited.
	Env []string
	// Dir is its working directory.
	Dir string
	// Output receives what it writes to standard output and standard error. It
	// has to be a file, to which the process then writes directly, or nil.
	Output *os.File
	// Stdout receives standard output alone, if that differs.
	Stdout io.Writer
}

// Start starts a program.
func Start(command Command) (*Process, error) {
	cmd := exec.Command(command.Args[0], command.Args[1:]...)
	cmd.Env, cmd.Dir = command.Env, command.Dir
	if command.Output != nil {
		cmd.Stdout, cmd.Stderr = command.Output, command.Output
	}
	if command.Stdout != nil {
		cmd.Stdout = command.Stdout
	}
	cmd.SysProcAttr = attributes()
	if err := launch(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Name, err)
	}
	p := &Process{name: command.Name, cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Run starts a program and waits for its end. If the context is done first, it
// stops the program.
func Run(ctx context.Context, command Command) error {
	p, err := Start(command)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.Stop())
	}
	if p.err != nil {
		return fmt.Errorf("running %s: %w", command.Name, p.err)
	}
	return nil
}

// PID returns the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done returns a channel that is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns how the process ended, once Done is closed.
func (p *Process) Err() error { return p.err }

// Kill ends the process and its children immediately.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Stop asks the process to end, and kills it with its children if it does not
// end within five seconds.
func (p *Process) Stop() error {
	p.once.Do(func() {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
		// This ends its children, too: the group outlives its leader.
		p.signal(syscall.SIGKILL)
	})
	select {
	case <-p.done:
		return nil
	case <-time.After(grace):
		return fmt.Errorf("%s (process %d) does not end", p.name, p.PID())
	}
}

// signal sends a signal to the group. An error means that nobody is left in it.
func (p *Process) signal(s syscall.Signal) { _ = syscall.Kill(-p.PID(), s) }

// launches are started one by one, by a thread that never ends: for the kernel,
// a process's parent is the thread that started it, and is dead once that
// thread is.
var launches = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func launch(cmd *exec.Cmd) error {
	result := make(chan error)
	launches() <- func() { result <- cmd.Start() }
	return <-result
}
