package naming

// The id of a key is random, so that only the ARNs of its aliases are known in advance.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN
var kmsTypes = map[string]templates{
	"aws:kms/alias:Alias": {
		"id":           "{name}",
		"arn":          "arn:{partition}:kms:{region}:{account}:{name}",
		"targetKeyArn": "{targetKeyId.arn}|arn:{partition}:kms:{region}:{account}:key/{targetKeyId.plain}",
	},
	// The plan provider invents the id of a key, and passes it as an argument that programs cannot set.
	"aws:kms/key:Key":             {"id": "{keyId}", "keyId": "{keyId}", "arn": "arn:{partition}:kms:{region}:{account}:key/{keyId}"},
	"aws:kms/keyPolicy:KeyPolicy": {"id": "{keyId}"},
}
