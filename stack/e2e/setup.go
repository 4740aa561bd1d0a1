package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/declared"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/lambdaemu"
)

func newS3(address, region string, login credentials) *s3.Client {
	return s3.New(s3.Options{
		Region:       region,
		BaseEndpoint: aws.String("http://" + address),
		UsePathStyle: true,
		Credentials:  login.provider(),
	})
}

func newSQS(address, region string, login credentials) *sqs.Client {
	return sqs.New(sqs.Options{
		Region:       region,
		BaseEndpoint: aws.String("http://" + address),
		Credentials:  login.provider(),
	})
}

func (c credentials) provider() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret}, nil
	})
}

// createBuckets creates the declared buckets, with their versioning, encryption
// and notifications.
func createBuckets(ctx context.Context, client *s3.Client, pipeline declared.Pipeline) error {
	for _, bucket := range pipeline.Buckets {
		name := aws.String(bucket.Name)
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name}); err != nil {
			return fmt.Errorf("creating bucket %s: %w", bucket.Name, err)
		}
		if bucket.Versioned {
			_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
				Bucket:                  name,
				VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
			})
			if err != nil {
				return fmt.Errorf("setting the versioning of %s: %w", bucket.Name, err)
			}
		}
		if bucket.KeyARN != "" {
			_, err := client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
				Bucket: name,
				ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
					Rules: []s3types.ServerSideEncryptionRule{{
						ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{
							SSEAlgorithm:   s3types.ServerSideEncryptionAwsKms,
							KMSMasterKeyID: aws.String(bucket.KeyARN),
						},
					}},
				},
			})
			if err != nil {
				return fmt.Errorf("setting the encryption of %s: %w", bucket.Name, err)
			}
		}
		if err := notify(ctx, client, bucket.Name, pipeline); err != nil {
			return fmt.Errorf("setting the notifications of %s: %w", bucket.Name, err)
		}
	}
	return nil
}

// notify makes the server send what the bucket's notification declares. For
// MinIO, a webhook is a queue.
func notify(ctx context.Context, client *s3.Client, bucket string, pipeline declared.Pipeline) error {
	var queues []s3types.QueueConfiguration
	for _, n := range pipeline.Notifications {
		if n.Bucket != bucket {
			continue
		}
		var events []s3types.Event
		for _, event := range n.Events {
			events = append(events, s3types.Event(event))
		}
		var rules []s3types.FilterRule
		if n.Prefix != "" {
			rules = append(rules, s3types.FilterRule{Name: s3types.FilterRuleNamePrefix, Value: aws.String(n.Prefix)})
		}
		if n.Suffix != "" {
			rules = append(rules, s3types.FilterRule{Name: s3types.FilterRuleNameSuffix, Value: aws.String(n.Suffix)})
		}
		queues = append(queues, s3types.QueueConfiguration{
			QueueArn: aws.String("arn:minio:sqs:" + pipeline.Region + ":" + webhookID + ":webhook"),
			Events:   events,
			Filter:   &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{FilterRules: rules}},
		})
	}
	if len(queues) == 0 {
		return nil
	}
	_, err := client.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket:                    aws.String(bucket),
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: queues},
	})
	return err
}

// createQueues creates the declared queues and returns their URLs by their ARNs.
func createQueues(ctx context.Context, client *sqs.Client, queues []declared.Queue) (map[string]string, error) {
	urls := map[string]string{}
	for _, queue := range queues {
		attributes := map[string]string{}
		if queue.Retention > 0 {
			attributes["MessageRetentionPeriod"] = strconv.Itoa(int(queue.Retention.Seconds()))
		}
		created, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(queue.Name), Attributes: attributes})
		if err != nil {
			return nil, fmt.Errorf("creating queue %s: %w", queue.Name, err)
		}
		urls[queue.ARN] = aws.ToString(created.QueueUrl)
	}
	return urls, nil
}

// deadLetters sends the events that failed for good to where the stack declares.
type deadLetters struct {
	client   *sqs.Client
	urls     map[string]string
	function declared.Function
}

// send implements lambdaemu.Options.OnDeadLetter. An event without a declared
// place is lost, as with Lambda: the verification reports it.
func (d deadLetters) send(ctx context.Context, letter lambdaemu.DeadLetter) error {
	var errs []error
	if url, ok := d.urls[d.function.OnFailure]; ok {
		_, err := d.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: ascii(letter.Record)})
		errs = append(errs, err)
	}
	if url, ok := d.urls[d.function.DeadLetterTarget]; ok {
		text := func(value string) sqstypes.MessageAttributeValue {
			return sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
		_, err := d.client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl:    aws.String(url),
			MessageBody: ascii(letter.Event),
			MessageAttributes: map[string]sqstypes.MessageAttributeValue{
				"RequestID":    text(letter.RequestID),
				"ErrorCode":    text("200"),
				"ErrorMessage": text(strconv.QuoteToASCII(letter.Last.ErrorMessage)),
			},
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// letter is a message of the dead-letter queue.
type letter struct {
	objects []object
	// attempts and errorType are known only from an on-failure destination's
	// record.
	attempts  int
	errorType string
}

// hidden is how long a received message stays hidden, in seconds: long enough
// to read the queue, and no longer, in case an answer gets lost.
const hidden = 20

// readLetters reads all messages of a queue, and leaves them there.
func readLetters(ctx context.Context, client *sqs.Client, url string) ([]letter, error) {
	receipts := map[string]*string{}
	var letters []letter
	for {
		received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(url), MaxNumberOfMessages: 10, VisibilityTimeout: hidden, WaitTimeSeconds: 1,
		})
		if err != nil {
			return nil, fmt.Errorf("reading the dead-letter queue: %w", err)
		}
		for _, message := range received.Messages {
			id := aws.ToString(message.MessageId)
			if _, again := receipts[id]; !again {
				parsed, err := parseLetter(aws.ToString(message.Body))
				if err != nil {
					return nil, err
				}
				letters = append(letters, parsed)
			}
			receipts[id] = message.ReceiptHandle
		}
		if len(received.Messages) > 0 {
			continue
		}
		stored, err := countMessages(ctx, client, url)
		if err != nil {
			return nil, err
		}
		if stored <= len(letters) {
			break
		}
	}
	for _, receipt := range receipts {
		_, err := client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(url), ReceiptHandle: receipt, VisibilityTimeout: 0,
		})
		if err != nil {
			return nil, fmt.Errorf("putting a dead letter back: %w", err)
		}
	}
	return letters, nil
}

// countMessages counts a queue's messages, including hidden ones.
func countMessages(ctx context.Context, client *sqs.Client, url string) (int, error) {
	names := []sqstypes.QueueAttributeName{
		sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	}
	output, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("counting the dead letters: %w", err)
	}
	total := 0
	for _, name := range names {
		n, err := strconv.Atoi(output.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("counting the dead letters: %w", err)
		}
		total += n
	}
	return total, nil
}

// ascii writes JSON in ASCII. SQS accepts all of Unicode, but fauxqs refuses
// what lies beyond its first 65536 characters, such as emoji.
func ascii(message []byte) *string {
	var text strings.Builder
	for _, r := range string(message) {
		switch high, low := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			text.WriteRune(r)
		case high == unicode.ReplacementChar:
			fmt.Fprintf(&text, `\u%04x`, r)
		default:
			fmt.Fprintf(&text, `\u%04x\u%04x`, high, low)
		}
	}
	return aws.String(text.String())
}

func parseLetter(body string) (letter, error) {
	var record struct {
		RequestContext struct {
			ApproximateInvokeCount int `json:"approximateInvokeCount"`
		} `json:"requestContext"`
		RequestPayload  json.RawMessage `json:"requestPayload"`
		ResponsePayload struct {
			ErrorType string `json:"errorType"`
		} `json:"responsePayload"`
	}
	if err := json.Unmarshal([]byte(body), &record); err != nil {
		return letter{}, fmt.Errorf("reading a dead letter: %w", err)
	}
	if record.RequestPayload == nil {
		record.RequestPayload = json.RawMessage(body)
	}
	objects, err := objectsOf(record.RequestPayload)
	if err != nil {
		return letter{}, fmt.Errorf("reading a dead letter: %w", err)
	}
	return letter{objects, record.RequestContext.ApproximateInvokeCount, record.ResponsePayload.ErrorType}, nil
}
