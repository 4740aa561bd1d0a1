package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/redrive"
)

var now = time.UnixMilli(1_700_000_000_000)

// event returns the event that S3 sends for an upload.
func event(key string) string {
	return `{"Records":[{"s3":{"bucket":{"name":"in"},"object":{"key":"` + key + `"}}}]}`
}

// record returns the record that Lambda sends for an event that it gave up on.
func record(key string) string {
	return `{"version":"1.0","requestContext":{"condition":"RetriesExhausted","approximateInvokeCount":3},
		"requestPayload":` + event(key) + `,"responsePayload":{"errorType":"error","errorMessage":"corrupt image"}}`
}

// pipeline is a queue of messages and a function. As in SQS, a message that was
// received is hidden until it is shown again.
type pipeline struct {
	bodies  map[string]string
	sent    map[string]time.Time
	order   []string
	hidden  map[string]bool
	invoked []string

	onInvoke  func(payload string) error
	deleteErr error
}

func newPipeline(bodies ...string) *pipeline {
	p := &pipeline{bodies: map[string]string{}, sent: map[string]time.Time{}, hidden: map[string]bool{}}
	for _, body := range bodies {
		p.add(body, now.Add(-time.Hour))
	}
	return p
}

func (p *pipeline) add(body string, sent time.Time) {
	id := fmt.Sprintf("m%d", len(p.order)+1)
	p.order = append(p.order, id)
	p.bodies[id], p.sent[id] = body, sent
}

// waiting returns the messages that a reader would receive.
func (p *pipeline) waiting() (ids []string) {
	for _, id := range p.order {
		if _, there := p.bodies[id]; there && !p.hidden[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *pipeline) ReceiveMessage(_ context.Context, input *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if aws.ToString(input.QueueUrl) != "queue" {
		return nil, errors.New("no such queue")
	}
	output := &sqs.ReceiveMessageOutput{}
	for _, id := range p.waiting() {
		if len(output.Messages) == int(input.MaxNumberOfMessages) {
			break
		}
		p.hidden[id] = true
		output.Messages = append(output.Messages, types.Message{
			MessageId: aws.String(id), ReceiptHandle: aws.String(id), Body: aws.String(p.bodies[id]),
			Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(p.sent[id].UnixMilli(), 10)},
		})
	}
	return output, nil
}

func (p *pipeline) DeleteMessage(_ context.Context, input *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	if p.deleteErr != nil {
		return nil, p.deleteErr
	}
	delete(p.bodies, aws.ToString(input.ReceiptHandle))
	return &sqs.DeleteMessageOutput{}, nil
}

func (p *pipeline) ChangeMessageVisibility(ctx context.Context, input *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error) {
	if input.VisibilityTimeout == 0 && ctx.Err() == nil {
		delete(p.hidden, aws.ToString(input.ReceiptHandle))
	}
	return &sqs.ChangeMessageVisibilityOutput{}, ctx.Err()
}

func (p *pipeline) Invoke(ctx context.Context, input *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	if aws.ToString(input.FunctionName) != "maker" || input.InvocationType != lambdatypes.InvocationTypeEvent {
		return nil, errors.New("not an asynchronous invocation of the function")
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if p.onInvoke != nil {
		if err := p.onInvoke(string(input.Payload)); err != nil {
			return nil, err
		}
	}
	p.invoked = append(p.invoked, string(input.Payload))
	return &lambda.InvokeOutput{StatusCode: 202}, nil
}

func run(t *testing.T, p *pipeline, change func(*redrive.Redriver)) (redrive.Summary, string, error) {
	t.Helper()
	var log strings.Builder
	redriver := &redrive.Redriver{
		Queue: p, Function: p, QueueURL: "queue", FunctionName: "maker", Log: &log, Now: func() time.Time { return now },
	}
	if change != nil {
		change(redriver)
	}
	summary, err := redriver.Run(t.Context())
	return summary, log.String(), err
}

func TestRunGivesEveryEventBackAsItWas(t *testing.T) {
	t.Parallel()
	var bodies, events []string
	for i := range 25 {
		key := fmt.Sprintf("uploads/%d+%%C3%%A9.jpg", i)
		bodies, events = append(bodies, record(key)), append(events, event(key))
	}
	p := newPipeline(bodies...)
	summary, log, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 25}, summary)
	assert.Equal(t, events, p.invoked)
	assert.Empty(t, p.bodies)
	assert.Contains(t, log, `redriven "s3://in/uploads/0+%C3%A9.jpg" after 3 attempts ("RetriesExhausted"): "corrupt image"`+"\n")
}

func TestRunTakesAnEventWithoutARecordAroundIt(t *testing.T) {
	t.Parallel()
	p := newPipeline(event("uploads/a.jpg"))
	summary, _, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 1}, summary)
	assert.Equal(t, []string{event("uploads/a.jpg")}, p.invoked)
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"), record("uploads/b.jpg"), "rubbish")
	summary, log, err := run(t, p, func(r *redrive.Redriver) { r.DryRun = true })
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 2, Kept: 1}, summary)
	assert.Empty(t, p.invoked)
	assert.Equal(t, []string{"m1", "m2", "m3"}, p.waiting(), "every message is there, and to be seen")
	assert.Contains(t, log, `would redrive "s3://in/uploads/b.jpg"`)
}

func TestRunKeepsWhatItCannotRedrive(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"not JSON":               {"rubbish", "message contains no event"},
		"a record without event": {`{"requestPayload":{}}`, "message contains no event: it names no object"},
		"an event of another kind": {
			`{"requestPayload":{"Records":[{"eventSource":"aws:sns"}]}}`, "message contains no event: it names no object",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(test.body, record("uploads/good.jpg"))
			summary, log, err := run(t, p, nil)
			require.NoError(t, err)
			assert.Equal(t, redrive.Summary{Redriven: 1, Kept: 1}, summary)
			assert.Equal(t, []string{"m1"}, p.waiting())
			assert.Contains(t, log, "kept     message m1: "+test.want)
		})
	}
}

func TestRunKeepsAnEventThatTheFunctionDoesNotAccept(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"), record("uploads/b.jpg"))
	p.onInvoke = func(payload string) error {
		if strings.Contains(payload, "a.jpg") {
			return errors.New("throttled")
		}
		return nil
	}
	summary, log, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 1, Kept: 1}, summary)
	assert.Equal(t, []string{"m1"}, p.waiting())
	assert.Contains(t, log, `invoking maker for "s3://in/uploads/a.jpg"`)
}

func TestRunSaysWhenAnEventIsRedrivenAndStillInTheQueue(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"))
	p.deleteErr = errors.New("denied")
	summary, log, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Kept: 1}, summary)
	assert.Len(t, p.invoked, 1)
	assert.Contains(t, log, "which is redriven: denied")
}

// An event that fails again immediately must not go round forever.
func TestRunLeavesWhatComesAfterItsStart(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"))
	p.onInvoke = func(string) error {
		p.add(record("uploads/a.jpg"), now.Add(time.Second))
		return nil
	}
	summary, _, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 1}, summary)
	assert.Len(t, p.invoked, 1)
	assert.Equal(t, []string{"m2"}, p.waiting())
}

func TestRunStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"), record("uploads/b.jpg"), record("uploads/c.jpg"))
	summary, _, err := run(t, p, func(r *redrive.Redriver) { r.Limit = 2 })
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 2}, summary)
	assert.Equal(t, []string{"m3"}, p.waiting())
}

func TestRunPutsBackWhatItHoldsWhenInterrupted(t *testing.T) {
	t.Parallel()
	p := newPipeline(record("uploads/a.jpg"), record("uploads/b.jpg"))
	ctx, cancel := context.WithCancel(t.Context())
	p.onInvoke = func(string) error { cancel(); return nil }
	var log strings.Builder
	redriver := &redrive.Redriver{
		Queue: p, Function: p, QueueURL: "queue", FunctionName: "maker", Log: &log, Now: func() time.Time { return now },
	}
	summary, err := redriver.Run(ctx)
	require.NoError(t, err)
	assert.Equal(t, redrive.Summary{Redriven: 1, Kept: 1}, summary)
	assert.Equal(t, []string{"m2"}, p.waiting())
}

func TestRunFailsWithoutTheQueue(t *testing.T) {
	t.Parallel()
	_, _, err := run(t, newPipeline(), func(r *redrive.Redriver) { r.QueueURL = "gone" })
	require.EqualError(t, err, "receiving from the dead-letter queue: no such queue")
}

func TestLogIsOneLineAMessageWhateverItHolds(t *testing.T) {
	t.Parallel()
	p := newPipeline(`{"requestPayload":` + event(`a\u001b[2J\nb`) + `,"responsePayload":{"errorMessage":"x\ny"}}`)
	_, log, err := run(t, p, nil)
	require.NoError(t, err)
	assert.Equal(t, "redriven \"s3://in/a\\x1b[2J\\nb\": \"x\\ny\"\n", log)
}
