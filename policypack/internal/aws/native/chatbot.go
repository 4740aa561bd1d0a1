package native

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Chatbot.html
var chatbotKinds = map[graph.Type]kind{
	"aws-native:chatbot:SlackChannelConfiguration": {
		to:        graph.SlackChannelConfiguration,
		arguments: append(renamed("slackTeamId slackWorkspaceId", "userAuthorizationRequired userRoleRequired"), tags),
	},
	"aws-native:chatbot:MicrosoftTeamsChannelConfiguration": {
		to: graph.TeamsChannelConfiguration,
		arguments: append(renamed(
			"channelId teamsChannelId", "channelName teamsChannelName", "tenantId teamsTenantId",
			"userAuthorizationRequired userRoleRequired"), tags),
	},
}
