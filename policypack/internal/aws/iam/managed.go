package iam

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// ManagedAsOf is the date, in ISO format, of the AWS managed policies in the table. AWS adds permissions to them now
// and then.
const ManagedAsOf = "2026-05-01"

// logsWrite is how every policy for a Lambda execution role begins.
var logsWrite = []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}

// managed are the AWS managed policies that roles of event-driven pipelines commonly have, by path and name. The
// versions are those of ManagedAsOf, from
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
var managed = map[string]Document{
	"service-role/AWSLambdaBasicExecutionRole": document(allow(logsWrite...)),
	"service-role/AWSLambdaVPCAccessExecutionRole": document(
		allow(logsWrite...),
		allow(
			"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
			"ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
		),
	),
	"service-role/AWSLambdaSQSQueueExecutionRole": document(
		allow(logsWrite...),
		allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
	),
	"service-role/AWSLambdaDynamoDBExecutionRole": document(
		allow(logsWrite...),
		allow("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
	),
	"service-role/AWSLambdaKinesisExecutionRole": document(
		allow(logsWrite...),
		allow(
			"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
			"kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard",
		),
	),
	"AWSLambdaExecute": document(
		allow("logs:*").restrictTo("arn:*:logs:*:*:*"), allow("s3:GetObject", "s3:PutObject").restrictTo("arn:*:s3:::*"),
	),
	"CloudWatchLambdaInsightsExecutionRolePolicy": document(
		allow("logs:CreateLogGroup"),
		allow("logs:CreateLogStream", "logs:PutLogEvents").restrictTo("arn:*:logs:*:*:log-group:/aws/lambda-insights:*"),
	),
	"AWSXRayDaemonWriteAccess": document(allow(
		"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
		"xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries",
	)),
	"AmazonS3ReadOnlyAccess": document(allow(
		"s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*",
	)),
	"AmazonS3FullAccess":  document(allow("s3:*", "s3-object-lambda:*")),
	"AmazonSQSFullAccess": document(allow("sqs:*")),
	// Some actions of sms-voice are allowed on the condition that SNS makes the request.
	"AmazonSNSFullAccess": document(allow("sns:*"), mayAllow("sms-voice:*")),
	"CloudWatchLogsFullAccess": document(allow(
		"logs:*", "cloudwatch:GenerateQuery", "cloudwatch:GenerateQueryResultsSummary",
		"observabilityadmin:GetS3TableIntegration", "observabilityadmin:ListS3TableIntegrations",
		"observabilityadmin:ListTelemetryPipelines",
	)),
	"AdministratorAccess": document(allow("*")),
	"PowerUserAccess": document(
		allowExcept("iam:*", "organizations:*", "account:*"),
		allow(
			"account:GetAccountInformation", "account:GetGovCloudAccountInformation", "account:GetPrimaryEmail",
			"account:ListRegions", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
			"organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization",
		),
	),
	// ReadOnlyAccess lists thousands of actions. Here are those of the services that pipelines use; of any other
	// service it may allow some.
	"ReadOnlyAccess": document(
		allow(
			"cloudwatch:Describe*", "cloudwatch:GenerateQuery", "cloudwatch:GenerateQueryResultsSummary",
			"cloudwatch:Get*", "cloudwatch:List*",
			"events:Describe*", "events:List*", "events:Test*",
			"kms:Describe*", "kms:Get*", "kms:List*",
			"lambda:Get*", "lambda:List*",
			"logs:Describe*", "logs:FilterLogEvents", "logs:Get*", "logs:ListAggregateLogGroupSummaries",
			"logs:ListAnomalies", "logs:ListEntitiesForLogGroup", "logs:ListIntegrations",
			"logs:ListLogAnomalyDetectors", "logs:ListLogDeliveries", "logs:ListLogGroupsForEntity",
			"logs:ListLogGroupsForQuery", "logs:ListScheduledQueries", "logs:ListSourcesForS3TableIntegration",
			"logs:ListTagsForResource", "logs:ListTagsLogGroup", "logs:StartLiveTail", "logs:StartQuery",
			"logs:StopLiveTail", "logs:StopQuery", "logs:TestMetricFilter",
			"s3:DescribeJob", "s3:Get*", "s3:List*",
			"scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListScheduleGroups",
			"scheduler:ListSchedules", "scheduler:ListTagsForResource",
			"sns:Check*", "sns:Get*", "sns:List*",
			"sqs:Get*", "sqs:List*", "sqs:Receive*",
			"xray:BatchGet*", "xray:CancelTraceRetrieval", "xray:Get*", "xray:ListResourcePolicies",
			"xray:ListRetrievedTraces", "xray:ListTagsForResource", "xray:StartTraceRetrieval",
		),
		mayAllowExcept(
			"cloudwatch:*", "events:*", "kms:*", "lambda:*", "logs:*", "s3:*", "scheduler:*", "sns:*", "sqs:*", "xray:*",
		),
	),
}

func document(statements ...Statement) Document { return Document{statements: statements} }

// allow returns a statement that allows the actions on every resource, as most statements in the table do.
func allow(actions ...string) Statement {
	lower := make([]string, len(actions))
	for i, action := range actions {
		lower[i] = strings.ToLower(action)
	}
	return Statement{
		effect:    "Allow",
		actions:   Element{Patterns: actions, folded: lower},
		resources: Element{Patterns: []string{"*"}},
	}
}

// restrictTo returns the statement restricted to some resources. Their partition is the policy's, since AWS publishes
// one in each.
func (s Statement) restrictTo(pattern string) Statement {
	s.resources.Patterns = []string{pattern}
	return s
}

func allowExcept(actions ...string) Statement {
	s := allow(actions...)
	s.actions.Not = true
	return s
}

func mayAllow(actions ...string) Statement {
	s := allow(actions...)
	s.conditions = []condition{{open: true}}
	return s
}

func mayAllowExcept(actions ...string) Statement {
	s := allowExcept(actions...)
	s.conditions = []condition{{open: true}}
	return s
}

// managedName returns the path and name from the ARN of an AWS managed policy, such as
// `service-role/AWSLambdaBasicExecutionRole`, or false for any other string. The partition does not matter, since AWS
// publishes these policies in all of them.
func managedName(s string) (string, bool) {
	a, err := arn.Parse(s)
	if err != nil || a.Service != "iam" || a.AccountID != "aws" {
		return "", false
	}
	return strings.CutPrefix(a.Resource, "policy/")
}
