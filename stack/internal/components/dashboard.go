package components

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// widget is a part of a dashboard, as CloudWatch's dashboard bodies have it. X,
// Y, Width and Height count cells of a grid that is 24 wide.
type widget struct {
	Type       string     `json:"type"`
	X          int        `json:"x"`
	Y          int        `json:"y"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Properties properties `json:"properties"`
}

type properties struct {
	Title       string       `json:"title"`
	Region      string       `json:"region,omitempty"`
	Metrics     [][]any      `json:"metrics,omitempty"`
	Stat        string       `json:"stat,omitempty"`
	Period      int          `json:"period,omitempty"`
	Annotations *annotations `json:"annotations,omitempty"`
	Alarms      []string     `json:"alarms,omitempty"`
}

// annotations are lines drawn across a graph.
type annotations struct {
	Horizontal []annotation `json:"horizontal"`
}

type annotation struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// Sizes of the dashboard's widgets: two graphs a row below the alarms.
const (
	alarmRowHeight = 3
	graphWidth     = 12
	graphHeight    = 6
)

// dashboard returns the dashboard's body: the alarms, then uploads against
// invocations, failures, durations and dead letters.
func dashboard(args *MonitoringArgs) pulumi.StringOutput {
	alarms := alarmARNs(args)
	names := []any{args.Source.Bucket.Bucket, args.Thumbnailer.Function.Name, args.DeadLetterQueue.Queue.Name}
	body := pulumi.All(names...).ApplyT(func(names []any) map[string]any {
		bucket, function, queue := names[0].(string), names[1].(string), names[2].(string)
		uploads := func(metric string) []any {
			return []any{"AWS/S3", metric, "BucketName", bucket, "FilterId", uploadsFilter}
		}
		lambda := func(metric string) []any { return []any{"AWS/Lambda", metric, "FunctionName", function} }
		sqs := func(metric string) []any { return []any{"AWS/SQS", metric, "QueueName", queue} }
		timeout := float64(args.Timeout) * 1000

		graphs := []properties{
			{
				Title: "Uploads and invocations", Stat: "Sum",
				Metrics: [][]any{uploads("PutRequests"), uploads("PostRequests"), lambda("Invocations")},
			},
			{
				Title: "Failed and throttled invocations", Stat: "Sum",
				Metrics: [][]any{lambda("Errors"), lambda("Throttles"), lambda("DestinationDeliveryFailures")},
			},
			{
				Title: "Longest invocation, in milliseconds", Stat: "Maximum",
				Metrics: [][]any{lambda("Duration")},
				Annotations: &annotations{Horizontal: []annotation{
					{Label: "timeout", Value: timeout}, {Label: "alarm", Value: timeout * slowShare},
				}},
			},
			{
				Title: "Dead letters, and age of the oldest in seconds", Stat: "Maximum",
				Metrics: [][]any{
					sqs("ApproximateNumberOfMessagesVisible"),
					append(sqs("ApproximateAgeOfOldestMessage"), map[string]any{"yAxis": "right"}),
				},
			},
		}
		widgets := []widget{{
			Type: "alarm", Width: 2 * graphWidth, Height: alarmRowHeight,
			Properties: properties{Title: "Alarms", Alarms: alarms},
		}}
		for i, graph := range graphs {
			graph.Region, graph.Period = args.Scope.Region, alarmPeriod
			widgets = append(widgets, widget{
				Type: "metric", X: i % 2 * graphWidth, Y: alarmRowHeight + i/2*graphHeight,
				Width: graphWidth, Height: graphHeight, Properties: graph,
			})
		}
		return map[string]any{"widgets": widgets}
	})
	return pulumi.JSONMarshal(body)
}

func alarmARNs(args *MonitoringArgs) []string {
	var arns []string
	for _, alarm := range alarms(args) {
		arns = append(arns, args.Scope.ARN("cloudwatch", "alarm:"+args.Scope.Name(alarm.role)))
	}
	return arns
}
