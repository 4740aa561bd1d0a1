package naming

const realtimeLogARN = "arn:{partition}:cloudfront::{account}:realtime-log-config/{name}"

// CloudFront is global. Its distributions, policies and access controls have random ids.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
var cloudFrontTypes = map[string]templates{
	"aws:cloudfront/function:Function":                             {"id": "{name}", "arn": "arn:{partition}:cloudfront::{account}:function/{name}"},
	"aws:cloudfront/monitoringSubscription:MonitoringSubscription": {"id": "{distributionId}"},
	"aws:cloudfront/realtimeLogConfig:RealtimeLogConfig":           {"id": realtimeLogARN, "arn": realtimeLogARN},
}
