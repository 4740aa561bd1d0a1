package naming

// A table's stream is named after the time at which it was enabled.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
var dynamoDBTypes = map[string]templates{
	"aws:dynamodb/contributorInsights:ContributorInsights": {"id": "name:{tableName}/index:{indexName=}/{account}"},
	"aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex": {
		"arn": "arn:{partition}:dynamodb:{region}:{account}:table/{tableName}/index/{indexName}",
	},
	"aws:dynamodb/globalTable:GlobalTable": {
		"id": "{name}", "arn": "arn:{partition}:dynamodb::{account}:global-table/{name}",
	},
	"aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": {"id": "{tableName},{streamArn}"},
	"aws:dynamodb/resourcePolicy:ResourcePolicy":                           {"id": "{resourceArn}"},
	"aws:dynamodb/tag:Tag": {"id": "{resourceArn},{key}"},
	// The region in the ARN is that of the replica, which is the provider's.
	"aws:dynamodb/tableReplica:TableReplica": {
		"id":  "{globalTableArn.name}:{globalTableArn.regionIn}",
		"arn": "arn:{partition}:dynamodb:{region}:{account}:table/{globalTableArn.name}",
	},
	"aws:dynamodb/table:Table": {
		"id": "{name}", "arn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
	},
}
