package naming

const (
	activityARN     = "arn:{partition}:states:{region}:{account}:activity:{name}"
	stateMachineARN = "arn:{partition}:states:{region}:{account}:stateMachine:{name}"
	streamARN       = "arn:{partition}:kinesis:{region}:{account}:stream/{name}"
)

// otherTypes are the types of services with only a few types that are named by their arguments. The secrets of Secrets
// Manager are not among them: their ARNs end in a random part.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var otherTypes = map[string]templates{
	"aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {
		"chatConfigurationArn": "arn:{partition}:chatbot::{account}:chat-configuration/slack-channel/{configurationName}",
	},
	"aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": {
		"chatConfigurationArn": "arn:{partition}:chatbot::{account}:chat-configuration/microsoft-teams-channel/{configurationName}",
	},
	"aws:cloudtrail/trail:Trail": {
		"arn": "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}", "homeRegion": "{region}",
	},
	"aws:kinesis/stream:Stream": {"id": streamARN, "arn": streamARN},
	"aws:pipes/pipe:Pipe":       {"id": "{name}", "arn": "arn:{partition}:pipes:{region}:{account}:pipe/{name}"},
	"aws:sfn/activity:Activity": {"id": activityARN, "arn": activityARN},
	"aws:sfn/stateMachine:StateMachine": {
		"id": stateMachineARN, "arn": stateMachineARN,
	},
	"aws:ssm/parameter:Parameter": {
		"id": "{name}", "arn": "arn:{partition}:ssm:{region}:{account}:parameter/{name.relative}",
	},
}
