package lambdaemu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/process"
)

// initTimeout is how long a function may take to ask for its first event.
const initTimeout = 10 * time.Second

// Program is the function's code and the environment that Lambda runs it in.
type Program struct {
	// ARN is the function's ARN.
	ARN string
	// Bootstrap is the path of the archive's executable, unpacked.
	Bootstrap string
	// Dir is the folder that the archive is unpacked in.
	Dir string
	// Env is the whole environment, except for AWS_LAMBDA_RUNTIME_API.
	Env []string
	// Timeout is the longest that one invocation may take.
	Timeout time.Duration
	// MemorySize is the memory that it may take, in MiB. If it takes more, the
	// execution environment is killed.
	MemorySize int
	// Log receives what the function writes.
	Log *os.File
}

// Result is the result of one attempt.
type Result struct {
	// Payload is the function's answer: its result, or its error as JSON.
	Payload []byte
	// FunctionError is empty for a success, otherwise "Unhandled".
	FunctionError string
	// ErrorType and ErrorMessage describe the failure.
	ErrorType, ErrorMessage string
	// Duration is how long the function took from receiving the event.
	Duration time.Duration
}

// environment is one execution environment: the function's process, which is
// started when the first event comes and again after it has died.
type environment struct {
	program Program
	api     *runtimeAPI
	process *process.Process
	peakKiB int
	cold    int
}

// invoke runs the function once. Whatever goes wrong with it is the result.
func (e *environment) invoke(ctx context.Context, id string, payload []byte) Result {
	if e.process == nil {
		if err := e.start(); err != nil {
			return broken("Runtime.InvalidEntrypoint", err.Error())
		}
	}
	next := &invocation{
		id:      id,
		payload: payload,
		timeout: e.program.Timeout,
		started: make(chan time.Time, 1),
		answer:  make(chan Result, 1),
	}
	initialized, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	started, ok := e.api.offer(initialized, next, e.process.Done())
	if !ok {
		result := broken("Runtime.ExitError", "the function did not ask for an event")
		select {
		case result = <-e.api.initError:
		default:
		}
		e.stop()
		return result
	}

	var result Result
	timeout := time.NewTimer(time.Until(started.Add(e.program.Timeout)))
	defer timeout.Stop()
	select {
	case result = <-next.answer:
	case <-e.process.Done():
		result = broken("Runtime.ExitError", fmt.Sprintf("the function's process ended: %v", e.process.Err()))
	case <-timeout.C:
		result = broken("Sandbox.Timedout", fmt.Sprintf("Task timed out after %.2f seconds", e.program.Timeout.Seconds()))
	case <-ctx.Done():
		result = broken("Canceled", ctx.Err().Error())
	}
	result.Duration = time.Since(started)

	// The kernel keeps the high-water mark, so that asking afterwards is enough.
	e.peakKiB = max(e.peakKiB, residentPeak(e.process.PID()))
	if e.peakKiB > e.program.MemorySize<<10 {
		result = broken("Runtime.OutOfMemory", fmt.Sprintf("the function took %d KiB of its %d MiB", e.peakKiB, e.program.MemorySize))
	}
	switch result.ErrorType {
	case "Runtime.ExitError", "Sandbox.Timedout", "Runtime.OutOfMemory", "Canceled":
		e.stop()
	}
	return result
}

// broken returns the result of an attempt that the function itself did not end.
func broken(errorType, message string) Result {
	payload, _ := json.Marshal(map[string]string{"errorType": errorType, "errorMessage": message}) // strings can be marshaled
	return Result{Payload: payload, FunctionError: "Unhandled", ErrorType: errorType, ErrorMessage: message}
}

func (e *environment) start() error {
	api, err := serveRuntime(e.program.ARN)
	if err != nil {
		return fmt.Errorf("serving the runtime API: %w", err)
	}
	e.process, err = process.Start(process.Command{
		Name:   "the function",
		Args:   []string{e.program.Bootstrap},
		Env:    append([]string{"AWS_LAMBDA_RUNTIME_API=" + api.address}, e.program.Env...),
		Dir:    e.program.Dir,
		Output: e.program.Log,
	})
	if err != nil {
		api.close()
		return err
	}
	e.api = api
	e.cold++
	return nil
}

func (e *environment) stop() {
	if e.process == nil {
		return
	}
	e.process.Kill()
	e.api.close()
	e.process = nil
}

// residentPeak returns the maximum memory that a process had, in KiB, or 0 if
// the system does not reveal it.
func residentPeak(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	peak, _ := strconv.Atoi(string(fields[0])) // 0 if it is not a number
	return peak
}
