package native

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
var kmsKinds = map[graph.Type]kind{
	"aws-native:kms:Key": {
		to: graph.Key,
		arguments: append(renamed(
			"customerMasterKeySpec keySpec", "deletionWindowInDays pendingWindowInDays", "isEnabled enabled", "policy keyPolicy"),
			member{name: "customKeyStoreId", native: "origin", as: otherOrigin}, tags),
		outputs: renamed("id id", "arn arn", "keyId keyId"),
	},
	"aws-native:kms:Alias": {
		to: graph.KeyAlias, arguments: renamed("name aliasName"), outputs: renamed("id id"),
	},
}

// otherOrigin converts the origin of a key's material to the key store that is not KMS's own. KMS does not rotate a key
// with imported material either, for which pulumi-aws has a separate resource.
var otherOrigin = &conversion{
	adapt: func(v graph.Value) graph.Value {
		if v.Is("AWS_KMS") {
			return graph.Value{}
		}
		return v
	},
	restore: func(v, _ graph.Value) graph.Value {
		if v.Unknown() {
			return v
		}
		return graph.NewValue(resource.NewProperty("AWS_CLOUDHSM"))
	},
}
