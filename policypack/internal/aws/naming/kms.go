package naming

// The id of a key is random, so that only its aliases have ARNs that are known beforehand.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN
var kmsTypes = map[string]templates{
	"aws:kms/alias:Alias": {
		"id":           "{name}",
		"arn":          "arn:{partition}:kms:{region}:{account}:{name}",
		"targetKeyArn": "{targetKeyId.arn}|arn:{partition}:kms:{region}:{account}:key/{targetKeyId.plain}",
	},
	// The plan provider makes up the id of a key, as an argument that programs cannot give.
	"aws:kms/key:Key":             {"id": "{keyId}", "keyId": "{keyId}", "arn": "arn:{partition}:kms:{region}:{account}:key/{keyId}"},
	"aws:kms/keyPolicy:KeyPolicy": {"id": "{keyId}"},
}
