package redrive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// letter is a dead letter: Lambda's record of an invocation that it gave up on.
// The AWS Lambda Developer Guide has an example under "Capturing records of
// Lambda asynchronous invocations".
type letter struct {
	RequestContext struct {
		// Condition is RetriesExhausted or EventAgeExceeded.
		Condition string `json:"condition"`
		// ApproximateInvokeCount is how often the function was tried.
		ApproximateInvokeCount int `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	// RequestPayload is the event.
	RequestPayload json.RawMessage `json:"requestPayload"`
	// ResponsePayload is the function's last answer; none if it was not tried.
	ResponsePayload struct {
		ErrorMessage string `json:"errorMessage"`
	} `json:"responsePayload"`
}

// errNoEvent marks a message that contains no event to invoke a function with.
var errNoEvent = errors.New("message contains no event")

// parse reads a message. One without a record around it, as a function's own
// deadLetterConfig sends, is treated as the event itself. The error wraps
// errNoEvent.
func parse(body string) (letter, error) {
	var parsed letter
	if err := json.Unmarshal([]byte(body), &parsed); err != nil {
		return letter{}, fmt.Errorf("%w: %w", errNoEvent, err)
	}
	if parsed.RequestPayload == nil {
		parsed.RequestPayload = json.RawMessage(body)
	}
	if len(parsed.objects()) == 0 {
		return letter{}, fmt.Errorf("%w: it names no object", errNoEvent)
	}
	return parsed, nil
}

// objects returns the addresses of the objects in the event, with their keys
// encoded as S3 sends them.
func (l letter) objects() []string {
	var event struct {
		Records []struct {
			S3 struct {
				Bucket struct {
					Name string `json:"name"`
				} `json:"bucket"`
				Object struct {
					Key string `json:"key"`
				} `json:"object"`
			} `json:"s3"`
		}
	}
	if json.Unmarshal(l.RequestPayload, &event) != nil {
		return nil
	}
	var addresses []string
	for _, record := range event.Records {
		if record.S3.Object.Key != "" {
			addresses = append(addresses, "s3://"+record.S3.Bucket.Name+"/"+record.S3.Object.Key)
		}
	}
	return addresses
}

// String describes on one line what failed and why. Text from others, such as
// error messages, is quoted: it may contain anything that a terminal would act
// on.
func (l letter) String() string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%+q", strings.Join(l.objects(), " "))
	if count := l.RequestContext.ApproximateInvokeCount; count > 0 {
		fmt.Fprintf(&text, " after %d attempts", count)
	}
	if l.RequestContext.Condition != "" {
		fmt.Fprintf(&text, " (%+q)", l.RequestContext.Condition)
	}
	if l.ResponsePayload.ErrorMessage != "" {
		fmt.Fprintf(&text, ": %+q", l.ResponsePayload.ErrorMessage)
	}
	return text.String()
}
