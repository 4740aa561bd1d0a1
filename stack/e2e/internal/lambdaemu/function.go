// Package lambdaemu does what AWS Lambda does for an asynchronous function: it
// keeps the events, runs the function's own executable under the runtime API,
// tries failed events again, and passes on those that failed for good.
package lambdaemu

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// retryDelays are how long Lambda waits before the second and the third attempt
// at a failed event ("How Lambda handles errors and retries with asynchronous
// invocation", AWS Lambda Developer Guide).
var retryDelays = []time.Duration{time.Minute, 2 * time.Minute}

// DeadLetter is an event that the function failed on for good.
type DeadLetter struct {
	// Event is the event itself.
	Event json.RawMessage
	// Record is what an on-failure destination gets.
	Record []byte
	// RequestID is the event's request id, the same for all attempts.
	RequestID string
	// Attempts is how often the function was tried.
	Attempts int
	// Last is the result of the last attempt.
	Last Result
}

// Attempt describes one invocation.
type Attempt struct {
	// Event is what the function received.
	Event json.RawMessage
	// Number counts from 1.
	Number int
	// Received is when the event arrived, Ended when the attempt did.
	Received, Ended time.Time
	Result
}

// Options describe how Lambda treats a function.
type Options struct {
	// Program is the program to run.
	Program Program
	// Concurrency is how many invocations run at the same time, 1 or more.
	Concurrency int
	// Retries is how often a failed event is tried again.
	Retries int
	// MaximumEventAge is how long after its arrival an event is still tried.
	MaximumEventAge time.Duration
	// Hurry divides the delay before another attempt: 600 makes a minute a
	// tenth of a second.
	Hurry int
	// OnAttempt is called for each attempt, OnDeadLetter for each event that
	// failed for good. Both are called concurrently.
	OnAttempt    func(Attempt)
	OnDeadLetter func(context.Context, DeadLetter) error
}

// Function is a function that receives events.
type Function struct {
	options      Options
	ctx          context.Context
	cancel       context.CancelFunc
	environments chan *environment
	work         sync.WaitGroup

	closing         sync.Once
	peakKiB, starts int

	mu      sync.Mutex
	pending int
	events  int
	errs    []error
}

// New returns a function that is ready for events. Close ends it.
func New(ctx context.Context, options Options) *Function {
	f := &Function{options: options, environments: make(chan *environment, options.Concurrency)}
	f.ctx, f.cancel = context.WithCancel(ctx)
	for range options.Concurrency {
		f.environments <- &environment{program: options.Program}
	}
	return f
}

// Send accepts an event, and returns immediately.
func (f *Function) Send(event json.RawMessage) {
	f.mu.Lock()
	f.pending++
	f.events++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", f.events)
	f.mu.Unlock()
	f.work.Go(func() {
		defer func() {
			f.mu.Lock()
			f.pending--
			f.mu.Unlock()
		}()
		f.process(id, event, time.Now())
	})
}

// Pending returns how many events have neither succeeded nor become dead letters.
func (f *Function) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pending
}

// Errs returns the dead letters that could not be passed on: events that are lost.
func (f *Function) Errs() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.errs
}

// Close ends the function's processes, and returns the maximum memory of the
// largest, in KiB, and how many were started.
func (f *Function) Close() (peakKiB, starts int) {
	f.closing.Do(func() {
		f.cancel()
		f.work.Wait()
		for range f.options.Concurrency {
			e := <-f.environments
			e.stop()
			f.peakKiB, f.starts = max(f.peakKiB, e.peakKiB), f.starts+e.cold
		}
	})
	return f.peakKiB, f.starts
}

// process tries an event until it succeeds, has been tried often enough, or is
// too old.
func (f *Function) process(id string, event json.RawMessage, received time.Time) {
	var last Result
	attempts, condition := 0, "RetriesExhausted"
	for ; attempts <= f.options.Retries; attempts++ {
		if attempts > 0 && !f.wait(retryDelays[min(attempts, len(retryDelays))-1]) {
			return
		}
		e, ok := f.acquire()
		if !ok {
			return
		}
		if time.Since(received) > f.options.MaximumEventAge {
			f.environments <- e
			condition = "EventAgeExceeded"
			break
		}
		last = e.invoke(f.ctx, id, event)
		f.environments <- e
		if f.ctx.Err() != nil {
			return
		}
		f.options.OnAttempt(Attempt{Event: event, Number: attempts + 1, Received: received, Ended: time.Now(), Result: last})
		if last.FunctionError == "" {
			return
		}
	}
	letter := DeadLetter{
		Event:     event,
		Record:    f.record(id, event, condition, attempts, last),
		RequestID: id,
		Attempts:  attempts,
		Last:      last,
	}
	if err := f.options.OnDeadLetter(f.ctx, letter); err != nil {
		f.mu.Lock()
		f.errs = append(f.errs, fmt.Errorf("sending the dead letter of request %s: %w", id, err))
		f.mu.Unlock()
	}
}

func (f *Function) wait(delay time.Duration) bool {
	select {
	case <-time.After(delay / time.Duration(f.options.Hurry)):
		return true
	case <-f.ctx.Done():
		return false
	}
}

func (f *Function) acquire() (*environment, bool) {
	select {
	case e := <-f.environments:
		return e, true
	case <-f.ctx.Done():
		return nil, false
	}
}

// record returns the invocation record that a destination gets ("Capturing records of
// Lambda asynchronous invocations", AWS Lambda Developer Guide).
func (f *Function) record(id string, event json.RawMessage, condition string, attempts int, last Result) []byte {
	type object = map[string]any
	record := object{
		"version":   "1.0",
		"timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"requestContext": object{
			"requestId":              id,
			"functionArn":            f.options.Program.ARN + ":$LATEST",
			"condition":              condition,
			"approximateInvokeCount": attempts,
		},
		"requestPayload": event,
	}
	if attempts > 0 {
		record["responseContext"] = object{"statusCode": 200, "executedVersion": "$LATEST", "functionError": last.FunctionError}
		if json.Valid(last.Payload) {
			record["responsePayload"] = json.RawMessage(last.Payload)
		}
	}
	body, _ := json.Marshal(record) // both raw messages are valid JSON
	return body
}
