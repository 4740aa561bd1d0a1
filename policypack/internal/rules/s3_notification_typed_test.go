package rules_test

import (
	"fmt"
	"testing"
)

// notification is a program with a bucket, targets of each kind, and a
// notification with arguments in YAML's flow form.
func notification(args string) string {
	return `uploads: {type: aws:s3:BucketV2}
thumbnailer: {type: aws:lambda:Function}
arrived: {type: aws:sqs:Queue}
news: {type: aws:sns:Topic}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", ` + args + `}}`
}

// created is an entry of queues for the creation of objects.
func created(more string) string {
	return `{queueArn: "${arrived.arn}", events: ["s3:ObjectCreated:*"]` + more + `}`
}

func TestS3NotificationTyped(t *testing.T) {
	t.Parallel()
	const (
		function  = `lambdaFunctionArn: "${thumbnailer.arn}"`
		events    = `events: ["s3:ObjectCreated:*"]`
		topicARN  = "arn:aws:sns:us-east-1:123456789012:news"
		queueARN  = "arn:aws:sqs:us-east-1:123456789012:arrived"
		lambdaARN = "arn:aws:lambda:us-east-1:123456789012:function:thumbnailer"
	)
	testRule(t, "s3-notification-typed", []ruleCase{
		{
			name: "one entry of each kind",
			resources: notification(`lambdaFunctions: [{` + function + `, ` + events + `, filterPrefix: uploads/, filterSuffix: .jpg, id: a}],
    queues: [{queueArn: "${arrived.arn}", events: ["s3:ObjectRemoved:*"]}], topics: [{topicArn: "${news.arn}", events: ["s3:ObjectTagging:Put"]}]`),
			want: clean,
		},
		{name: "EventBridge alone", resources: notification(`eventbridge: true`), want: clean},
		{name: "known ARNs", resources: notification(`queues: [{queueArn: "` + queueARN + `", ` + events + `}]`), want: clean},
		{name: "an alias", resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "` + lambdaARN + `:live", ` + events + `}]`), want: clean},
		{
			name: "an alias of the program", resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "${live.arn}", `+events+`}]`) +
				"\nlive: {type: aws:lambda:Alias, properties: {name: live, functionName: \"${thumbnailer.name}\", functionVersion: \"7\"}}",
			want: clean,
		},
		{name: "another partition", resources: notification(`queues: [{queueArn: "arn:aws-cn:sqs:cn-north-1:123456789012:q", ` + events + `}]`), want: clean},
		{name: "a key of Pulumi's own", resources: notification(`queues: [{__defaults: [], queueArn: "` + queueARN + `", ` + events + `}]`), want: clean},
		{name: "a filter that is null", resources: notification(`queues: [` + created(`, filterPrefix: null, filter_suffix: null`) + `]`), want: clean},
		{
			name: "snake_case filter", resources: notification(`queues: [` + created(`, filter_prefix: uploads/`) + `]`),
			want: fires("n queues[0].filter_prefix"),
			says: "BucketNotification 'n' has an unknown key queues[0].filter_prefix, which is dropped or refused.\n  fix: write filterPrefix instead of filter_prefix",
		},
		{
			name:      "all keys in snake_case",
			resources: notification(`lambdaFunctions: [{lambda_function_arn: "${thumbnailer.arn}", ` + events + `, filter_prefix: a, filter_suffix: b}]`),
			want:      fires("n lambdaFunctions[0].filter_prefix", "n lambdaFunctions[0].filter_suffix", "n lambdaFunctions[0].lambda_function_arn"),
			says:      "write lambdaFunctionArn instead of lambda_function_arn",
		},
		{
			name: "a misspelt key in snake_case", resources: notification(`queues: [` + created(`, filter_sufix: .jpg`) + `]`),
			want: fires("n queues[0].filter_sufix"), says: "fix: write filterSuffix instead of filter_sufix",
		},
		{
			name: "a key of another kind of entry", resources: notification(`queues: [` + created(`, topicArn: x`) + `]`),
			want: fires("n queues[0].topicArn"),
		},
		{
			name: "a key that resembles none", resources: notification(`queues: [` + created(`, zzz: 1`) + `]`),
			want: fires("n queues[0].zzz"), says: "fix: remove queues[0].zzz; the keys are queueArn, events, filterPrefix, filterSuffix, id",
		},
		{
			name: "a list in snake_case", resources: notification(`lambda_functions: []`),
			want: fires("n lambda_functions"), says: "write lambdaFunctions instead of lambda_functions",
		},
		{name: "an argument that a newer provider may have", resources: notification(`skipDestinationValidation: true`), want: clean},
		{
			name: "a secret key", resources: notification(`queues: {"fn::secret": [` + created(`, `+hush+`: x`) + `]}`),
			want: fires("n queues[0].[secret]"),
		},
		{
			name: "no events", resources: notification(`queues: [{queueArn: "` + queueARN + `"}]`), want: fires("n queues[0].events"),
			says: "queues[0] of BucketNotification 'n' names no events: it never fires.",
		},
		{name: "empty events", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: []}]`), want: fires("n queues[0].events")},
		{
			name: "an event that S3 does not have", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: ["s3:ObjectCreate:*"]}]`),
			want: fires("n queues[0].events"),
			says: `queues[0] of BucketNotification 'n' waits for "s3:ObjectCreate:*", which is no S3 event.` + "\n  fix: set queues[0]: {events[0]: \"s3:ObjectCreated:*\"}",
		},
		{
			name: "an event that resembles none", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: [x]}]`),
			want: fires("n queues[0].events"), says: "choose which of S3's event types it is to wait for",
		},
		{
			name: "a secret event", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: [{"fn::secret": "s3:ObjectCreated:` + hush + `"}]}]`),
			want: fires("n queues[0].events"), says: "waits for [secret]",
		},
		{
			name: "events that are no list", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: "s3:ObjectCreated:*"}]`),
			want: fires("n queues[0].events"),
			says: `events in queues[0] of BucketNotification 'n' is "s3:ObjectCreated:*", which is not a list.` + "\n  fix: set queues[0]: {events: [\"s3:ObjectCreated:*\"]}",
		},
		{
			name: "secret events that are no list", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: {"fn::secret": "s3:ObjectCreated:` + hush + `"}}]`),
			want: fires("n queues[0].events"), says: "events in queues[0] of BucketNotification 'n' is [secret], which is not a list.",
		},
		{name: "unknown events", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: {"fn::unknown": 1}}]`), want: undecided("n")},
		{name: "an unknown event", resources: notification(`queues: [{queueArn: "` + queueARN + `", events: [{"fn::unknown": 1}]}]`), want: undecided("n")},
		{
			name: "empty filters", resources: notification(`queues: [` + created(`, filterPrefix: "", filterSuffix: ""`) + `]`),
			want: fires("n queues[0].filterPrefix", "n queues[0].filterSuffix"),
			says: "queues[0] of BucketNotification 'n' has an empty filterPrefix, which reads like a filter and is none.",
		},
		{
			name: "an empty filter in snake_case", resources: notification(`queues: [` + created(`, filter_prefix: ""`) + `]`),
			want: fires("n queues[0].filterPrefix", "n queues[0].filter_prefix"),
		},
		{name: "an unknown filter", resources: notification(`queues: [` + created(`, filterPrefix: {"fn::unknown": 1}`) + `]`), want: undecided("n")},
		{
			name: "no target", resources: notification(`lambdaFunctions: [{` + events + `}]`), want: fires("n lambdaFunctions[0]"),
			says: "lambdaFunctions[0] of BucketNotification 'n' has no lambdaFunctionArn: it goes nowhere.\n" +
				"  fix: set lambdaFunctions[0]: {lambdaFunctionArn: (the arn output of a function)}",
		},
		{name: "an empty target", resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "", ` + events + `}]`), want: fires("n lambdaFunctions[0]")},
		{
			name: "a topic for a queue", resources: notification(`queues: [{queueArn: "` + topicARN + `", ` + events + `}]`),
			want: fires("n queues[0].queueArn"), says: `sends to "` + topicARN + `", which is not the ARN of an SQS queue.`,
		},
		{name: "a queue for a topic", resources: notification(`topics: [{topicArn: "` + queueARN + `", ` + events + `}]`), want: fires("n topics[0].topicArn")},
		{name: "a queue for a function", resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "` + queueARN + `", ` + events + `}]`), want: fires("n lambdaFunctions[0].lambdaFunctionArn")},
		{
			name: "a layer for a function", want: fires("n lambdaFunctions[0].lambdaFunctionArn"),
			resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "arn:aws:lambda:us-east-1:123456789012:layer:a:1", ` + events + `}]`),
		},
		{
			name: "a function's name for its ARN", want: fires("n lambdaFunctions[0].lambdaFunctionArn"),
			resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "${thumbnailer.name}", ` + events + `}]`),
		},
		{
			name: "a topic of the program for a queue", resources: notification(`queues: [{queueArn: "${news.arn}", ` + events + `}]`),
			want: fires("n queues[0].queueArn"), preview: undecided("n"),
		},
		{
			name: "a FIFO queue", resources: notification(`queues: [{queueArn: "` + queueARN + `.fifo", ` + events + `}]`),
			want: fires("n queues[0].queueArn"), says: "S3 does not send to FIFO queues and topics.\n  fix: set queues[0]: {queueArn: (the arn output of an SQS queue that is not FIFO)}",
		},
		{
			name: "a FIFO queue of the program", want: fires("n queues[0].queueArn"), preview: undecided("n"),
			resources: notification(`queues: [{queueArn: "${fifo.arn}", `+events+`}]`) +
				"\nfifo: {type: aws:sqs:Queue, properties: {name: arrived.fifo, fifoQueue: true}}",
		},
		{
			name: "a secret target of the wrong kind", resources: notification(`queues: [{queueArn: {"fn::secret": "` + topicARN + hush + `"}, ` + events + `}]`),
			want: fires("n queues[0].queueArn"), says: "sends to [secret], which",
		},
		{name: "an unknown target", resources: notification(`queues: [{queueArn: {"fn::unknown": 1}, ` + events + `}]`), want: undecided("n")},
		{name: "an unknown entry", resources: notification(`queues: [{"fn::unknown": 1}]`), want: undecided("n")},
		{name: "an unknown list", resources: notification(`queues: {"fn::unknown": 1}`), want: undecided("n"), says: "queues of BucketNotification 'n' is not known yet"},
		{
			name: "an unknown list beside a wrong one", resources: notification(`queues: {"fn::unknown": 1}, topics: [{` + events + `}]`),
			want: fires("n topics[0]").and("n"),
		},
		{name: "only read", resources: `n: {type: aws:s3:BucketNotification, get: {bucket: theirs, queues: [{}]}}`, want: clean},
		{
			name: "two notifications of one bucket, by name", resources: notification(`eventbridge: true`) +
				"\nx: {type: aws:s3:BucketNotification, properties: {bucket: acme-logs}}\ny: {type: aws:s3:BucketNotification, properties: {bucket: acme-logs}}",
			want: fires("y bucket"),
			says: "BucketNotification 'y' and BucketNotification 'x' are for the same bucket: the one written last erases the other.\n" +
				"  fix: put the entries of both into one BucketNotification",
		},
		{
			name: "two notifications of one bucket, by id", want: fires("n2 bucket"), preview: undecided("uploads"),
			resources: notification(`eventbridge: true`) + "\nn2: {type: aws:s3:BucketNotification, properties: {bucket: \"${uploads.id}\"}}",
		},
		{
			name: "two notifications of two buckets", want: clean,
			resources: notification(`eventbridge: true`) + "\nlogs: {type: aws:s3:Bucket}\nn2: {type: aws:s3:BucketNotification, properties: {bucket: \"${logs.id}\"}}",
		},
		{
			name: "two notifications, one of them only read", want: clean,
			resources: notification(`eventbridge: true`) + "\nn2: {type: aws:s3:BucketNotification, get: {bucket: \"${uploads.id}\"}}",
		},
		{
			name: "two notifications of one secret bucket", want: fires("y bucket"),
			resources: `x: {type: aws:s3:BucketNotification, properties: {bucket: {"fn::secret": ` + hush + `}}}
y: {type: aws:s3:BucketNotification, properties: {bucket: {"fn::secret": ` + hush + `}}}`,
		},
	})
}

func TestS3NotificationTypedFindsOverlaps(t *testing.T) {
	t.Parallel()
	overlap := fires("n queues[1]")
	const put, removed, all = "s3:ObjectCreated:Put", "s3:ObjectRemoved:*", "s3:ObjectCreated:*"
	var cases []ruleCase
	for name, c := range map[string]struct {
		events  [2]string
		filters [2]string
		want    *verdict
	}{
		"the same event, no filters":              {[2]string{put, put}, [2]string{}, overlap},
		"a wildcard and what it covers":           {[2]string{all, put}, [2]string{}, overlap},
		"what a wildcard covers and the wildcard": {[2]string{put, all}, [2]string{}, overlap},
		"two events":                        {[2]string{put, "s3:ObjectCreated:Post"}, [2]string{}, clean},
		"two families":                      {[2]string{all, removed}, [2]string{}, clean},
		"families of one beginning":         {[2]string{"s3:LifecycleExpiration:*", "s3:LifecycleTransition"}, [2]string{}, clean},
		"a filter and none":                 {[2]string{all, all}, [2]string{"", "filterPrefix: a/"}, overlap},
		"two prefixes":                      {[2]string{all, all}, [2]string{"filterPrefix: a/", "filterPrefix: b/"}, clean},
		"a prefix inside another":           {[2]string{all, all}, [2]string{"filterPrefix: a/", "filterPrefix: a/b/"}, overlap},
		"two suffixes":                      {[2]string{all, all}, [2]string{"filterSuffix: .jpg", "filterSuffix: .png"}, clean},
		"a suffix inside another":           {[2]string{all, all}, [2]string{"filterSuffix: .jpg", "filterSuffix: g"}, overlap},
		"a suffix that begins like another": {[2]string{all, all}, [2]string{"filterSuffix: .jpg", "filterSuffix: .jp"}, clean},
		"one prefix, two suffixes":          {[2]string{all, all}, [2]string{"filterPrefix: a/, filterSuffix: .jpg", "filterPrefix: a/, filterSuffix: .png"}, clean},
		"two prefixes, one suffix":          {[2]string{all, all}, [2]string{"filterPrefix: a/, filterSuffix: .jpg", "filterPrefix: b/, filterSuffix: .jpg"}, clean},
		"a prefix and a suffix":             {[2]string{all, all}, [2]string{"filterPrefix: a/", "filterSuffix: .jpg"}, overlap},
		"an unknown prefix":                 {[2]string{all, all}, [2]string{"filterPrefix: a/", `filterPrefix: {"fn::unknown": 1}`}, undecided("n")},
		"an unknown prefix, two suffixes": {
			[2]string{all, all},
			[2]string{"filterPrefix: a/, filterSuffix: .jpg", `filterSuffix: .png, filterPrefix: {"fn::unknown": 1}`},
			undecided("n"),
		},
		"an unknown prefix and none": {
			[2]string{all, all},
			[2]string{"", `filterPrefix: {"fn::unknown": 1}`},
			fires("n queues[1]").and("n"),
		},
	} {
		entry := func(i int) string {
			return fmt.Sprintf(`{queueArn: "${arrived.arn}", events: [%q], %s}`, c.events[i], c.filters[i])
		}
		cases = append(cases, ruleCase{
			name: name, want: c.want,
			resources: notification("queues: [" + entry(0) + ", " + entry(1) + "]"),
		})
	}
	cases = append(
		cases,
		ruleCase{
			name: "entries of two kinds", want: fires("n queues[0]"),
			resources: notification(`lambdaFunctions: [{lambdaFunctionArn: "${thumbnailer.arn}", events: ["s3:ObjectCreated:*"]}], queues: [` + created("") + `]`),
			says: "queues[0] and lambdaFunctions[0] of BucketNotification 'n' match the same objects for the same event: S3 refuses that.\n" +
				"  fix: set queues[0]: {filterPrefix: (a prefix that none of the other's keys have)}; make their filterPrefix or filterSuffix exclude each other, or merge the two",
		},
		ruleCase{
			name: "unknown events beside a known one", want: undecided("n"),
			resources: notification(`queues: [{queueArn: "${arrived.arn}", events: {"fn::unknown": 1}}, ` + created("") + `]`),
		},
		ruleCase{
			name: "two secret filters", want: fires("n queues[1]"),
			resources: notification(`queues: [` + created(`, filterPrefix: {"fn::secret": `+hush+`}`) + `, ` + created(`, filterPrefix: {"fn::secret": `+hush+`}`) + `]`),
		},
	)
	testRule(t, "s3-notification-typed", cases)
}
