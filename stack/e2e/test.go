package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/corpus"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/declared"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/faults"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/lambdaemu"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/process"
	"github.com/pipeguard/pipeguard/stack/internal/redrive"
)

const (
	// hurry divides Lambda's delays between attempts of one and two minutes.
	hurry = 600
	// uploaders is how many uploads run at the same time.
	uploaders = 8
	// settle is how long nothing more must come after everything is done.
	settle = 2 * time.Second
)

// silent is for servers whose clients hang up on purpose.
var silent = log.New(io.Discard, "", 0)

// pipelineTest is one run.
type pipelineTest struct {
	options
	out      io.Writer
	start    time.Time
	pipeline declared.Pipeline
	uploads  []corpus.Upload

	s3        *s3.Client
	sqs       *sqs.Client
	queueURLs map[string]string
	toxiproxy faults.Toxiproxy
	gate      *faults.Gate
	router    *router
	function  *lambdaemu.Function
	log       *os.File
	login     credentials

	uploaded atomic.Int64
	mu       sync.Mutex
	attempts []lambdaemu.Attempt
	peakKiB  int
	starts   int
}

// test runs the whole test. The error wraps errBroken if the pipeline does not
// do what it should.
func test(ctx context.Context, o options, w *workspace, out io.Writer) error {
	t := &pipelineTest{options: o, out: out, start: time.Now(), login: newCredentials()}
	if err := t.setUp(ctx, w); err != nil {
		return err
	}
	if err := t.feed(ctx); err != nil {
		return err
	}
	first, err := t.letters(ctx)
	if err != nil {
		return err
	}
	if err := t.redrive(ctx); err != nil {
		return err
	}
	last, err := t.letters(ctx)
	if err != nil {
		return err
	}
	t.peakKiB, t.starts = t.function.Close()
	result, err := t.verify(ctx, first, last)
	if err != nil {
		return err
	}
	return result.report(out)
}

func (t *pipelineTest) say(format string, args ...any) {
	fmt.Fprintf(t.out, "%5.1fs  %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...))
}

// setUp starts what the stack declares.
func (t *pipelineTest) setUp(ctx context.Context, w *workspace) error {
	preview, err := t.readPreview(ctx, w)
	if err != nil {
		return err
	}
	if t.pipeline, err = declared.Read(preview); err != nil {
		return err
	}
	f := t.pipeline.Function
	t.say("declared: %d buckets, %d notifications, function %s (%s, %s, %d MiB), %d retries, dead letters to %s",
		len(t.pipeline.Buckets), len(t.pipeline.Notifications), f.Name, f.Architecture, f.Timeout, f.MemorySize, f.Retries,
		deadLetterQueue(f))
	if deadLetterQueue(f) == "" {
		return fmt.Errorf("%w: the function has neither an on-failure destination nor a dead-letter queue", errBroken)
	}
	code, err := unpack(ctx, w, t.options, f.Code, f.Architecture)
	if err != nil {
		return err
	}
	if t.uploads, err = corpus.Make(t.options.uploads, t.filters()); err != nil {
		return err
	}
	t.say("made %d uploads; starting MinIO, fauxqs and toxiproxy", t.options.uploads)
	return t.startServers(ctx, w, code)
}

func deadLetterQueue(f declared.Function) string {
	if f.OnFailure != "" {
		return f.OnFailure
	}
	return f.DeadLetterTarget
}

// readPreview previews the program, unless a preview is given.
func (t *pipelineTest) readPreview(ctx context.Context, w *workspace) ([]byte, error) {
	if t.preview != "" {
		return os.ReadFile(t.preview)
	}
	t.say("previewing %s", t.program)
	log, err := w.log("preview")
	if err != nil {
		return nil, err
	}
	file := w.path("preview.json")
	// The servers here belong to the account that package declared uses.
	policy := file + ".policy"
	answers := fmt.Sprintf(`{"pipeguard": {"answers": {"account": %q}}}`, declared.Account)
	if err := os.WriteFile(policy, []byte(answers), 0o600); err != nil {
		return nil, fmt.Errorf("pinning the account: %w", err)
	}
	err = process.Run(ctx, process.Command{
		Name:   "the preview",
		Args:   []string{filepath.Join(t.root, "bin", "pipeguard"), "preview", t.program, "--unknowns", "keep", "--config", policy, "--save", file},
		Env:    os.Environ(),
		Dir:    t.root,
		Output: log,
	})
	if err != nil {
		output, _ := os.ReadFile(log.Name()) // its output, if any
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	return os.ReadFile(file)
}

func (t *pipelineTest) filters() []corpus.Filter {
	var filters []corpus.Filter
	for _, n := range t.pipeline.Notifications {
		filters = append(filters, corpus.Filter{Prefix: n.Prefix, Suffix: n.Suffix})
	}
	return filters
}

// startServers starts the servers and the function, and connects them: the
// function talks to S3 through toxiproxy and the gate, this test directly.
func (t *pipelineTest) startServers(ctx context.Context, w *workspace, code string) error {
	// The function needs the address of the gate, which needs the server's, which
	// needs the router's: the router gets its function last.
	t.router = newRouter(t.pipeline.Region, func(event json.RawMessage) { t.function.Send(event) })
	webhook, err := serve(w, t.router)
	if err != nil {
		return err
	}
	minio, err := startMinIO(ctx, w, t.root, t.pipeline.Region, t.pipeline.KeyName, "http://"+webhook+"/", t.login)
	if err != nil {
		return err
	}
	fauxqs, err := startFauxqs(ctx, w, t.root)
	if err != nil {
		return err
	}
	toxiproxy, err := startToxiproxy(ctx, w, t.root, t.seed)
	if err != nil {
		return err
	}
	allowed, err := faults.Policies(t.pipeline.Function.Policies)
	if err != nil {
		return err
	}
	t.gate = faults.NewGate(&url.URL{Scheme: "http", Host: minio}, allowed, t.seed)
	gate, err := serve(w, t.gate)
	if err != nil {
		return err
	}
	t.toxiproxy = faults.Toxiproxy{URL: "http://" + toxiproxy}
	front, err := t.toxiproxy.Proxy(ctx, "s3", gate)
	if err != nil {
		return err
	}
	for _, toxic := range faults.Weather {
		if err := t.toxiproxy.Add(ctx, "s3", toxic); err != nil {
			return err
		}
	}
	t.s3, t.sqs = newS3(minio, t.pipeline.Region, t.login), newSQS(fauxqs, t.pipeline.Region, t.login)
	if t.queueURLs, err = createQueues(ctx, t.sqs, t.pipeline.Queues); err != nil {
		return err
	}
	if t.log, err = w.log("function"); err != nil {
		return err
	}
	t.startFunction(ctx, code, "http://"+front)
	w.onClose(func() error { t.function.Close(); return nil })
	return createBuckets(ctx, t.s3, t.pipeline)
}

func (t *pipelineTest) startFunction(ctx context.Context, code, s3Endpoint string) {
	f := t.pipeline.Function
	env := []string{
		// This is what Lambda sets ("Defined runtime environment variables",
		// AWS Lambda Developer Guide) ...
		"_HANDLER=" + f.Handler, "LAMBDA_TASK_ROOT=" + code, "TZ=:UTC", "LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin", "LD_LIBRARY_PATH=" + code + ":" + code + "/lib",
		"AWS_REGION=" + t.pipeline.Region, "AWS_DEFAULT_REGION=" + t.pipeline.Region,
		"AWS_ACCESS_KEY_ID=" + t.login.id, "AWS_SECRET_ACCESS_KEY=" + t.login.secret,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.MemorySize),
		"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		// ... and where S3 is.
		"AWS_ENDPOINT_URL_S3=" + s3Endpoint,
	}
	for name, value := range f.Environment {
		env = append(env, name+"="+value)
	}
	concurrency := t.concurrency
	if f.Concurrency >= 0 {
		concurrency = min(concurrency, f.Concurrency)
	}
	t.function = lambdaemu.New(ctx, lambdaemu.Options{
		Program: lambdaemu.Program{
			ARN: f.ARN, Bootstrap: filepath.Join(code, "bootstrap"), Dir: code, Env: env,
			Timeout: f.Timeout, MemorySize: f.MemorySize, Log: t.log,
		},
		Concurrency:     concurrency,
		Retries:         f.Retries,
		MaximumEventAge: f.MaximumEventAge,
		Hurry:           hurry,
		OnAttempt: func(a lambdaemu.Attempt) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.attempts = append(t.attempts, a)
		},
		OnDeadLetter: deadLetters{t.sqs, t.queueURLs, f}.send,
	})
}

// source returns the name of the bucket that uploads go to.
func (t *pipelineTest) source() string { return t.pipeline.Notifications[0].Bucket }

// feed uploads everything and waits until the pipeline is done with it.
func (t *pipelineTest) feed(ctx context.Context) error {
	t.say("uploading, with faults")
	progress, stop := context.WithCancel(ctx)
	var printing sync.WaitGroup
	printing.Go(func() { t.progress(progress) })
	defer func() {
		stop()
		printing.Wait()
	}()

	work := make(chan corpus.Upload)
	var workers sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for range uploaders {
		workers.Go(func() {
			for upload := range work {
				if err := t.upload(ctx, upload); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, upload := range t.uploads {
		for range upload.Times {
			work <- upload
		}
	}
	close(work)
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return t.await(ctx)
}

func (t *pipelineTest) upload(ctx context.Context, upload corpus.Upload) error {
	_, err := t.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(t.source()), Key: aws.String(upload.Key), Body: bytes.NewReader(upload.Body),
	})
	if err != nil {
		return fmt.Errorf("uploading %q: %w", upload.Key, err)
	}
	t.uploaded.Add(1)
	return nil
}

// await waits until every event has come and is finished, and nothing follows.
func (t *pipelineTest) await(ctx context.Context) error {
	quiet := time.Now()
	last := -1
	for time.Since(quiet) < settle {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d events and %d invocations: %w", t.missing(), t.function.Pending(), ctx.Err())
		}
		t.mu.Lock()
		attempts := len(t.attempts)
		t.mu.Unlock()
		if attempts != last || t.function.Pending() > 0 || t.missing() > 0 {
			last, quiet = attempts, time.Now()
		}
	}
	return nil
}

// missing returns how many events have not come yet.
func (t *pipelineTest) missing() int {
	missing := 0
	for _, upload := range t.uploads {
		if upload.Kind != corpus.Bystander {
			missing += max(0, upload.Times-t.router.count(object{t.source(), upload.Key}))
		}
	}
	return missing
}

// progress reports the progress every few seconds.
func (t *pipelineTest) progress(ctx context.Context) {
	for {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return
		}
		t.mu.Lock()
		succeeded, failed := 0, 0
		for _, attempt := range t.attempts {
			if attempt.FunctionError == "" {
				succeeded++
			} else {
				failed++
			}
		}
		t.mu.Unlock()
		t.say("%d uploaded, %d events to come, %d invocations succeeded, %d failed, %d events pending",
			t.uploaded.Load(), t.missing(), succeeded, failed, t.function.Pending())
	}
}

// letters reads the dead-letter queue.
func (t *pipelineTest) letters(ctx context.Context) ([]letter, error) {
	return readLetters(ctx, t.sqs, t.queueURLs[deadLetterQueue(t.pipeline.Function)])
}

// redrive ends the faults and does the work of `make redrive`: images that were
// given up because of them get their thumbnails, and the others come back.
func (t *pipelineTest) redrive(ctx context.Context) error {
	t.gate.Clear()
	if err := t.toxiproxy.Clear(ctx); err != nil {
		return err
	}
	var said bytes.Buffer
	redriver := redrive.Redriver{
		Queue:        t.sqs,
		Function:     invoker{t.function},
		QueueURL:     t.queueURLs[deadLetterQueue(t.pipeline.Function)],
		FunctionName: t.pipeline.Function.Name,
		Log:          &said,
		Now:          time.Now,
	}
	summary, err := redriver.Run(ctx)
	if err != nil {
		return fmt.Errorf("redriving: %w\n%s", err, said.Bytes())
	}
	t.say("without faults: redrove %d dead letters, kept %d", summary.Redriven, summary.Kept)
	return t.await(ctx)
}

// invoker implements Lambda's Invoke for the only function.
type invoker struct{ function *lambdaemu.Function }

// Invoke implements redrive.Function.
func (i invoker) Invoke(_ context.Context, input *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	i.function.Send(input.Payload)
	return &lambda.InvokeOutput{StatusCode: 202}, nil
}
