package readiness_test

import (
	"context"
	"errors"
	"image"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/readiness"
)

// waiting is longer than any thumbnail in these tests takes.
const waiting = 50 * time.Millisecond

// failures runs the checks of a stack and returns what was found, by the names
// of the checks that fail.
func failures(t *testing.T, stack readiness.Stack) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waiting)
	defer cancel()
	found := map[string]string{}
	reported := 0
	ready := readiness.Run(ctx, stack.Checks(), func(result readiness.Result) {
		reported++
		if result.OK {
			assert.Empty(t, result.Found+result.Remedy, result.Name)
			return
		}
		assert.NotEmpty(t, result.Remedy, result.Name)
		assert.NotContains(t, result.Found, "\n", result.Name)
		found[result.Name] = result.Found
	})
	assert.Len(t, stack.Checks(), reported)
	assert.Equal(t, len(found) == 0, ready)
	return found
}

func TestEveryCheckHoldsForTheFaultlessStack(t *testing.T) {
	t.Parallel()
	account := newAccount()
	assert.Empty(t, failures(t, account.stack()))
	assert.Empty(t, account.objects, "the round trip leaves nothing behind")
}

// Each fault is found by exactly the check for it.
func TestChecksFindFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change      func(*account, *readiness.Stack)
		check, want string
	}{
		"a validation failed": {
			func(_ *account, s *readiness.Stack) { s.Validations["keyRotates"] = false },
			"validations at deployment", "keyRotates does not hold",
		},
		"the key is to be deleted": {
			func(a *account, _ *readiness.Stack) { a.key = kmstypes.KeyStatePendingDeletion },
			"key: enabled and rotating", `state is "PendingDeletion", want "Enabled"`,
		},
		"the key does not rotate": {
			func(a *account, _ *readiness.Stack) { a.rotates = false },
			"key: enabled and rotating", `rotation is "false", want "true"`,
		},
		"a bucket has another key": {
			func(a *account, _ *readiness.Stack) {
				a.encryption["out"].Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID = aws.String("other")
			},
			"destination bucket: encryption", `key is "other", want "` + keyARN + `"`,
		},
		"a bucket has no bucket key": {
			func(a *account, _ *readiness.Stack) { a.encryption["in"].Rules[0].BucketKeyEnabled = nil },
			"source bucket: encryption", `bucket key is "false", want "true"`,
		},
		"the log bucket has no encryption": {
			func(a *account, _ *readiness.Stack) { a.encryption["logs"] = nil },
			"log bucket: encryption", "it has no default encryption",
		},
		"one suffix invokes nothing": {
			func(a *account, _ *readiness.Stack) { a.notification = a.notification[:1] },
			"source bucket: notification", "uploads/*.PNG does not invoke maker",
		},
		"a suffix invokes another function": {
			func(a *account, _ *readiness.Stack) {
				a.notification[0].LambdaFunctionArn = aws.String(functionARN + "2")
			},
			"source bucket: notification", "uploads/*.webp does not invoke maker",
		},
		"a notification is for another folder": {
			func(a *account, _ *readiness.Stack) {
				a.notification[0].Filter.Key.FilterRules[0].Value = aws.String("elsewhere/")
			},
			"source bucket: notification", "uploads/*.webp does not invoke maker",
		},
		"the queue is not encrypted": {
			func(a *account, _ *readiness.Stack) { delete(a.queue, "KmsMasterKeyId") },
			"dead-letter queue: encryption, retention and TLS", `key is "", want "` + keyARN + `"`,
		},
		"the queue forgets": {
			func(a *account, _ *readiness.Stack) { a.queue["MessageRetentionPeriod"] = "345600" },
			"dead-letter queue: encryption, retention and TLS", `retention is "345600", want "1209600"`,
		},
		"the queue lets plain text in": {
			func(a *account, _ *readiness.Stack) { a.queue["Policy"] = `{"Statement":[{"Effect":"Deny"}]}` },
			"dead-letter queue: encryption, retention and TLS", "its policy allows requests that are not encrypted",
		},
		"the queue has no policy": {
			func(a *account, _ *readiness.Stack) { delete(a.queue, "Policy") },
			"dead-letter queue: encryption, retention and TLS", "reading its policy",
		},
		"images failed": {
			func(a *account, _ *readiness.Stack) { a.queue["ApproximateNumberOfMessages"] = "3" },
			"dead-letter queue: empty", `number of messages is "3", want "0"`,
		},
		"the function cannot start": {
			func(a *account, _ *readiness.Stack) { a.function.State = lambdatypes.StateFailed },
			"function: active, with the code deployed", `state is "Failed", want "Active"`,
		},
		"the function has other code": {
			func(a *account, _ *readiness.Stack) { a.function.CodeSha256 = aws.String("b3RoZXI=") },
			"function: active, with the code deployed", `hash of the code is "b3RoZXI=", want "aGFzaA=="`,
		},
		"the function is not traced and logs text": {
			func(a *account, _ *readiness.Stack) { a.function.TracingConfig, a.function.LoggingConfig = nil, nil },
			"function: active, with the code deployed", `tracing is "PassThrough", want "Active"; log format is "Text", want "JSON"`,
		},
		"the function has no configuration": {
			func(a *account, _ *readiness.Stack) { a.function = nil },
			"function: active, with the code deployed", "it has no configuration",
		},
		"failed events go nowhere": {
			func(a *account, _ *readiness.Stack) { a.destinations.OnFailure = nil },
			"function: failure path", "it has no on-failure destination",
		},
		"failed events go elsewhere": {
			func(a *account, _ *readiness.Stack) { a.destinations.OnFailure.Destination = aws.String("elsewhere") },
			"function: failure path", `on-failure destination is "elsewhere"`,
		},
		"the topic is not encrypted": {
			func(a *account, _ *readiness.Stack) { a.topic = nil },
			"alarm topic: encryption", `key is ""`,
		},
		"the address has not confirmed": {
			func(a *account, _ *readiness.Stack) { a.subscribers = append(a.subscribers, "PendingConfirmation") },
			"alarm topic: subscription confirmed", "1 of 2 subscriptions are not confirmed",
		},
		"the address has unsubscribed": {
			func(a *account, _ *readiness.Stack) { a.subscribers = []string{"Deleted"} },
			"alarm topic: subscription confirmed", "nobody subscribes to the topic",
		},
		"an alarm is gone": {
			func(a *account, _ *readiness.Stack) { a.alarms = a.alarms[1:] },
			"alarms: all present, and connected to the topic", "maker-errors does not exist",
		},
		"an alarm is switched off": {
			func(a *account, _ *readiness.Stack) { a.alarms[0].ActionsEnabled = aws.Bool(false) },
			"alarms: all present, and connected to the topic", "maker-errors has its actions disabled",
		},
		"an alarm tells nobody": {
			func(a *account, _ *readiness.Stack) { a.alarms[1].AlarmActions = nil },
			"alarms: all present, and connected to the topic", "maker-idle does not publish to the topic",
		},
		"an alarm is raised": {
			func(a *account, _ *readiness.Stack) { a.alarms[1].StateValue = cloudwatchtypes.StateValueAlarm },
			"alarms: quiet", "maker-idle is raised",
		},
		"no thumbnail comes": {
			func(a *account, _ *readiness.Stack) { a.put = func(*account, string, image.Image) {} },
			"round trip", "thumbnail 200x200 of uploads/readiness-test.PNG: it does not exist after waiting for it",
		},
		"one thumbnail does not come": {
			func(a *account, s *readiness.Stack) { s.ThumbnailSizes = append(s.ThumbnailSizes, "64x64") },
			"round trip", "thumbnail 64x64 of uploads/readiness-test.PNG: it does not exist",
		},
		"the thumbnail is no JPEG": {
			func(a *account, _ *readiness.Stack) {
				a.put = func(a *account, key string, picture image.Image) {
					makeThumbnails(a, key, picture)
					a.objects["out/thumbnails/200x200/readiness-test.PNG"].Body = io.NopCloser(strings.NewReader("rubbish"))
				}
			},
			"round trip", "decoding it: invalid JPEG",
		},
		"the thumbnail has lost its shape": {
			func(a *account, _ *readiness.Stack) {
				a.put = func(a *account, key string, picture image.Image) {
					makeThumbnails(a, key, picture)
					a.write("thumbnails/200x200/readiness-test.PNG", image.NewGray(image.Rect(0, 0, 200, 200)))
				}
			},
			"round trip", "it has 200x200 pixels, want 200x150",
		},
		"the thumbnail is not encrypted": {
			func(a *account, _ *readiness.Stack) {
				a.put = func(a *account, key string, picture image.Image) {
					makeThumbnails(a, key, picture)
					object := a.objects["out/thumbnails/200x200/readiness-test.PNG"]
					object.ServerSideEncryption, object.SSEKMSKeyId, object.ContentType = types.ServerSideEncryptionAes256, nil, nil
				}
			},
			"round trip", `content type is "", want "image/jpeg"; encryption is "AES256", want "aws:kms"; key is "", want`,
		},
		"no format is one that Go writes": {
			func(a *account, s *readiness.Stack) {
				s.UploadSuffixes, a.notification = []string{".webp"}, a.notification[:1]
			},
			"round trip", "none of the upload suffixes .webp belongs to JPEG, PNG or GIF",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := newAccount()
			stack := account.stack()
			test.change(account, &stack)
			found := failures(t, stack)
			assert.Len(t, found, 1, "%v", found)
			assert.Contains(t, found[test.check], test.want)
			for key := range account.objects {
				assert.NotContains(t, key, "in/", "the upload is left behind")
			}
		})
	}
}

// These settings are those of every bucket.
func TestChecksFindFaultsInEachBucket(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*account)
		buckets []string
		want    string
	}{
		"public access blocked": {
			func(a *account) { a.block.IgnorePublicAcls = nil },
			[]string{"source", "destination", "log"},
			`IgnorePublicAcls is "false", want "true"`,
		},
		"versioning": {
			func(a *account) { a.versioning = "" },
			[]string{"source", "destination", "log"},
			`status is "", want "Enabled"`,
		},
		"TLS only": {
			func(a *account) { a.bucketPolicy = strings.Replace(tlsOnly, "Deny", "Allow", 1) },
			[]string{"source", "destination", "log"},
			"its policy allows requests that are not encrypted",
		},
		"access logs": {
			func(a *account) { a.logging = nil },
			[]string{"source", "destination"},
			"access is not logged",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := newAccount()
			test.change(account)
			found := failures(t, account.stack())
			assert.Len(t, found, len(test.buckets))
			for _, bucket := range test.buckets {
				assert.Equal(t, test.want, found[bucket+" bucket: "+name])
			}
		})
	}
	account := newAccount()
	account.block = nil
	assert.Equal(t, "it has no public access block", failures(t, account.stack())["log bucket: public access blocked"])
}

func TestEveryCheckReportsThatItMayNotLook(t *testing.T) {
	t.Parallel()
	account := newAccount()
	account.denied = errors.New("access denied\nrequest id 1")
	stack := account.stack()
	found := failures(t, stack)
	// Only the validations are known without asking AWS.
	assert.Len(t, found, len(stack.Checks())-1)
	for name, text := range found {
		assert.Contains(t, text, "access denied; request id 1", name)
	}
}

func TestRoundTripOfAnInterruptedRunRemovesItsImage(t *testing.T) {
	t.Parallel()
	a := newAccount()
	ctx, cancel := context.WithCancel(t.Context())
	a.put = func(*account, string, image.Image) { cancel() }
	checks := a.stack().Checks()
	err := checks[len(checks)-1].Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, a.objects)
}
