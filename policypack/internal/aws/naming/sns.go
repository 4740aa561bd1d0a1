package naming

const (
	topicARN       = "arn:{partition}:sns:{region}:{account}:{name}"
	applicationARN = "arn:{partition}:sns:{region}:{account}:app/{platform}/{name}"
)

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
var snsTypes = map[string]templates{
	"aws:sns/smsPreferences:SmsPreferences":             {"id": "aws_sns_sms_id"},
	"aws:sns/topic:Topic":                               {"id": topicARN, "arn": topicARN, "owner": "{account}"},
	"aws:sns/topicPolicy:TopicPolicy":                   {"id": "{arn}", "owner": "{arn.accountIn}"},
	"aws:sns/dataProtectionPolicy:DataProtectionPolicy": {"id": "{arn}"},
	"aws:sns/platformApplication:PlatformApplication":   {"id": applicationARN, "arn": applicationARN},
}
