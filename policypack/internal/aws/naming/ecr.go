package naming

// A public repository is global, and its URL contains an alias that AWS assigns to the account.
//
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_service-with-iam.html
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
var ecrTypes = map[string]templates{
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                             {"id": "{repository}", "registryId": "{account}"},
	"aws:ecr/pullThroughCacheRule:PullThroughCacheRule":                   {"id": "{ecrRepositoryPrefix}", "registryId": "{account}"},
	"aws:ecr/registryPolicy:RegistryPolicy":                               {"id": "{account}", "registryId": "{account}"},
	"aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": {"id": "{account}", "registryId": "{account}"},
	"aws:ecr/replicationConfiguration:ReplicationConfiguration":           {"id": "{account}", "registryId": "{account}"},
	"aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate":       {"id": "{prefix}", "registryId": "{account}"},
	"aws:ecrpublic/repositoryPolicy:RepositoryPolicy":                     {"id": "{repositoryName}", "registryId": "{account}"},
	"aws:ecr/repository:Repository": {
		"id":            "{name}",
		"arn":           "arn:{partition}:ecr:{region}:{account}:repository/{name}",
		"registryId":    "{account}",
		"repositoryUrl": "{account}.dkr.ecr.{region}.{dnsSuffix}/{name}",
	},
	"aws:ecr/repositoryPolicy:RepositoryPolicy": {"id": "{repository}", "registryId": "{account}"},
	"aws:ecrpublic/repository:Repository": {
		"id":         "{repositoryName}",
		"arn":        "arn:{partition}:ecr-public::{account}:repository/{repositoryName}",
		"registryId": "{account}",
	},
}
