// Package redrive gives the events in the dead-letter queue another try.
//
// SQS itself can move messages back only to the queue they came from, and
// Lambda's dead letters came from none. So each is received from the queue,
// passed to the function as S3 once passed it, and deleted once Lambda has
// accepted it.
package redrive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Queue has the methods of SQS that redriving needs.
type Queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error)
}

// Function has the methods of Lambda that redriving needs.
type Function interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

const (
	// batch is the maximum number of messages that SQS returns at a time.
	batch = 10
	// waitSeconds makes SQS ask all of its servers: without it, a queue with
	// few messages may appear empty.
	waitSeconds = 2
	// hideSeconds is how long a received message stays hidden from other
	// readers, and from the next receive of this one.
	hideSeconds = 5 * 60
	// cleanUpTime limits how long putting messages back may take.
	cleanUpTime = 10 * time.Second
)

// Redriver moves dead letters from a queue back to a function.
type Redriver struct {
	Queue    Queue
	Function Function
	// QueueURL and FunctionName name the two.
	QueueURL, FunctionName string
	// DryRun reports what would be done, and puts every message back.
	DryRun bool
	// Limit is the maximum number of events to redrive; 0 is all of them.
	Limit int
	// Log receives one line for each message.
	Log io.Writer
	// Now returns the time; it is time.Now except in tests.
	Now func() time.Time
}

// Summary counts the messages by what happened to them.
type Summary struct {
	// Redriven counts the events that the function has again. In a dry run, it would have them.
	Redriven int
	// Kept counts the messages that are still in the queue because something failed.
	Kept int
}

// Run redrives the messages that are in the queue when it starts. It leaves
// later ones alone: an event that fails again would go round forever. The error
// concerns the queue; what goes wrong with a single message is logged, and
// counted as kept.
func (r *Redriver) Run(ctx context.Context) (summary Summary, err error) {
	start := r.Now()
	var putBack []types.Message
	defer func() {
		// Even an interrupt must not leave messages hidden unnecessarily.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		err = errors.Join(err, r.show(ctx, putBack))
	}()

	seen := map[string]bool{}
	for {
		messages, err := r.receive(ctx)
		if err != nil {
			return summary, err
		}
		news := false
		for _, message := range messages {
			id := aws.ToString(message.MessageId)
			news = news || !seen[id]
			if seen[id] || sentAfter(message, start) || r.Limit > 0 && summary.Redriven == r.Limit {
				putBack = append(putBack, message)
			} else if err := r.redrive(ctx, message); err != nil {
				summary.Kept++
				putBack = append(putBack, message)
				fmt.Fprintf(r.Log, "kept     message %s: %v\n", id, err)
			} else {
				summary.Redriven++
				if r.DryRun {
					putBack = append(putBack, message)
				}
			}
			seen[id] = true
		}
		if !news || r.Limit > 0 && summary.Redriven == r.Limit {
			return summary, nil
		}
	}
}

func (r *Redriver) receive(ctx context.Context) ([]types.Message, error) {
	output, err := r.Queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    aws.String(r.QueueURL),
		MaxNumberOfMessages:         batch,
		WaitTimeSeconds:             waitSeconds,
		VisibilityTimeout:           hideSeconds,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, fmt.Errorf("receiving from the dead-letter queue: %w", err)
	}
	return output.Messages, nil
}

// sentAfter reports whether a message was sent after the given time.
func sentAfter(message types.Message, start time.Time) bool {
	milliseconds, err := strconv.ParseInt(message.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	return err == nil && time.UnixMilli(milliseconds).After(start)
}

// redrive passes one message back to the function. It deletes the message last:
// if anything fails before, the event is still in the queue, and an event that
// is handled twice makes the same thumbnails twice.
func (r *Redriver) redrive(ctx context.Context, message types.Message) error {
	letter, err := parse(aws.ToString(message.Body))
	if err != nil {
		return err
	}
	if r.DryRun {
		fmt.Fprintf(r.Log, "would redrive %s\n", letter)
		return nil
	}
	_, err = r.Function.Invoke(ctx, &lambda.InvokeInput{
		FunctionName:   aws.String(r.FunctionName),
		InvocationType: lambdatypes.InvocationTypeEvent,
		Payload:        letter.RequestPayload,
	})
	if err != nil {
		return fmt.Errorf("invoking %s for %s: %w", r.FunctionName, letter, err)
	}
	_, err = r.Queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(r.QueueURL), ReceiptHandle: message.ReceiptHandle,
	})
	if err != nil {
		return fmt.Errorf("deleting the message of %s, which is redriven: %w", letter, err)
	}
	fmt.Fprintf(r.Log, "redriven %s\n", letter)
	return nil
}

// show makes messages visible again immediately.
func (r *Redriver) show(ctx context.Context, messages []types.Message) error {
	var errs []error
	for _, message := range messages {
		_, err := r.Queue.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(r.QueueURL), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0,
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("putting message %s back: %w", aws.ToString(message.MessageId), err))
		}
	}
	return errors.Join(errs...)
}
