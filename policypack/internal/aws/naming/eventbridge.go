package naming

// A rule's id and ARN contain the name of its bus unless that is the default one. The ARNs of connections and API
// destinations end in a random part.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
var eventBridgeTypes = map[string]templates{
	"aws:cloudwatch/eventApiDestination:EventApiDestination": {"id": "{name}"},
	"aws:cloudwatch/eventArchive:EventArchive": {
		"id": "{name}", "arn": "arn:{partition}:events:{region}:{account}:archive/{name}",
	},
	"aws:cloudwatch/eventBus:EventBus": {
		"id": "{name}", "arn": "arn:{partition}:events:{region}:{account}:event-bus/{name}",
	},
	"aws:cloudwatch/eventBusPolicy:EventBusPolicy":   {"id": "{eventBusName=default}"},
	"aws:cloudwatch/eventConnection:EventConnection": {"id": "{name}"},
	"aws:cloudwatch/eventEndpoint:EventEndpoint": {
		"id": "{name}", "arn": "arn:{partition}:events:{region}:{account}:endpoint/{name}",
	},
	"aws:cloudwatch/eventPermission:EventPermission": {"id": "{eventBusName.customBus}/{statementId}|{statementId}"},
	"aws:cloudwatch/eventRule:EventRule": {
		"id": "{eventBusName.customBus}/{name}|{name}",
		"arn": "arn:{partition}:events:{region}:{account}:rule/{eventBusName.name.customBus}/{name}|" +
			"arn:{partition}:events:{region}:{account}:rule/{name}",
	},
	"aws:cloudwatch/eventTarget:EventTarget": {
		"id": "{eventBusName.customBus}-{rule}-{targetId}|{rule}-{targetId}",
	},
}
