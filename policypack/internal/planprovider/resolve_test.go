package planprovider

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// resolvedModules are the modules whose types are resolved wherever possible, each by one of its types. Those of
// package cloudwatch are CloudWatch, CloudWatch Logs and EventBridge.
var resolvedModules = []string{
	"aws:apigateway/restApi:RestApi", "aws:apigatewayv2/api:Api", "aws:cloudfront/distribution:Distribution",
	"aws:cloudwatch/metricAlarm:MetricAlarm", "aws:dynamodb/table:Table", "aws:ec2/vpc:Vpc",
	"aws:ec2transitgateway/route:Route", "aws:ecr/repository:Repository", "aws:ecrpublic/repository:Repository",
	"aws:iam/role:Role", "aws:kms/key:Key", "aws:lambda/function:Function", "aws:s3/bucketObject:BucketObject",
	"aws:s3control/bucket:Bucket", "aws:s3outposts/endpoint:Endpoint", "aws:scheduler/schedule:Schedule",
	"aws:sns/topic:Topic", "aws:sqs/queue:Queue", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}

// These are the reasons why an id or an ARN does not follow from a resource's arguments.
const (
	made      = "AWS makes up the id, and the ARN has it"
	composed  = "the id has one that AWS makes up"
	hashed    = "the provider makes up the id, from a hash, the time or at random"
	undefined = "the provider's documentation does not say what the id is"
	differing = "the provider's versions differ"
)

// open are the types of these modules that are not resolved, and why. Those of ec2, ec2transitgateway and vpc are not
// among them: EC2 generates the ids of all but the few that are resolved.
var open = map[string]string{
	"aws:appautoscaling/policy:Policy":                                              made,
	"aws:autoscaling/policy:Policy":                                                 made,
	"aws:secretsmanager/secret:Secret":                                              made,
	"aws:apigateway/account:Account":                                                differing,
	"aws:apigateway/apiKey:ApiKey":                                                  made,
	"aws:apigateway/authorizer:Authorizer":                                          made,
	"aws:apigateway/clientCertificate:ClientCertificate":                            made,
	"aws:apigateway/deployment:Deployment":                                          made,
	"aws:apigateway/documentationPart:DocumentationPart":                            made,
	"aws:apigateway/domainNameAccessAssociation:DomainNameAccessAssociation":        composed,
	"aws:apigateway/model:Model":                                                    made,
	"aws:apigateway/requestValidator:RequestValidator":                              made,
	"aws:apigateway/resource:Resource":                                              made,
	"aws:apigateway/restApi:RestApi":                                                made,
	"aws:apigateway/restApiPut:RestApiPut":                                          undefined,
	"aws:apigateway/usagePlan:UsagePlan":                                            made,
	"aws:apigateway/vpcLink:VpcLink":                                                made,
	"aws:apigatewayv2/api:Api":                                                      made,
	"aws:apigatewayv2/apiMapping:ApiMapping":                                        made,
	"aws:apigatewayv2/authorizer:Authorizer":                                        made,
	"aws:apigatewayv2/deployment:Deployment":                                        made,
	"aws:apigatewayv2/integration:Integration":                                      made,
	"aws:apigatewayv2/integrationResponse:IntegrationResponse":                      made,
	"aws:apigatewayv2/model:Model":                                                  made,
	"aws:apigatewayv2/route:Route":                                                  made,
	"aws:apigatewayv2/routeResponse:RouteResponse":                                  made,
	"aws:apigatewayv2/routingRule:RoutingRule":                                      made,
	"aws:apigatewayv2/vpcLink:VpcLink":                                              made,
	"aws:cloudfront/anycastIpList:AnycastIpList":                                    made,
	"aws:cloudfront/cachePolicy:CachePolicy":                                        made,
	"aws:cloudfront/connectionFunction:ConnectionFunction":                          made,
	"aws:cloudfront/connectionGroup:ConnectionGroup":                                made,
	"aws:cloudfront/continuousDeploymentPolicy:ContinuousDeploymentPolicy":          made,
	"aws:cloudfront/distribution:Distribution":                                      made,
	"aws:cloudfront/distributionTenant:DistributionTenant":                          made,
	"aws:cloudfront/fieldLevelEncryptionConfig:FieldLevelEncryptionConfig":          made,
	"aws:cloudfront/fieldLevelEncryptionProfile:FieldLevelEncryptionProfile":        made,
	"aws:cloudfront/keyGroup:KeyGroup":                                              made,
	"aws:cloudfront/keyValueStore:KeyValueStore":                                    made,
	"aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey":                              undefined,
	"aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive":          undefined,
	"aws:cloudfront/multitenantDistribution:MultitenantDistribution":                made,
	"aws:cloudfront/originAccessControl:OriginAccessControl":                        made,
	"aws:cloudfront/originAccessIdentity:OriginAccessIdentity":                      made,
	"aws:cloudfront/originRequestPolicy:OriginRequestPolicy":                        made,
	"aws:cloudfront/publicKey:PublicKey":                                            made,
	"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy":                    made,
	"aws:cloudfront/trustStore:TrustStore":                                          made,
	"aws:cloudfront/vpcOrigin:VpcOrigin":                                            made,
	"aws:cloudwatch/contributorManagedInsightRule:ContributorManagedInsightRule":    undefined,
	"aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector":                          made,
	"aws:cloudwatch/logDelivery:LogDelivery":                                        made,
	"aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy":      undefined,
	"aws:cloudwatch/logIndexPolicy:LogIndexPolicy":                                  undefined,
	"aws:cloudwatch/logS3TableIntegrationSource:LogS3TableIntegrationSource":        undefined,
	"aws:cloudwatch/logStorageTierPolicy:LogStorageTierPolicy":                      undefined,
	"aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter":                    hashed,
	"aws:cloudwatch/logTransformer:LogTransformer":                                  undefined,
	"aws:cloudwatch/otelEnrichment:OtelEnrichment":                                  undefined,
	"aws:cloudwatch/queryDefinition:QueryDefinition":                                made,
	"aws:dynamodb/tableExport:TableExport":                                          made,
	"aws:dynamodb/tableItem:TableItem":                                              undefined,
	"aws:ecr/accountSetting:AccountSetting":                                         undefined,
	"aws:ecr/pullTimeUpdateExclusion:PullTimeUpdateExclusion":                       undefined,
	"aws:iam/accessKey:AccessKey":                                                   made,
	"aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive":                         undefined,
	"aws:iam/groupPolicyAttachment:GroupPolicyAttachment":                           hashed,
	"aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive":       undefined,
	"aws:iam/organizationsFeatures:OrganizationsFeatures":                           undefined,
	"aws:iam/outboundWebIdentityFederation:OutboundWebIdentityFederation":           undefined,
	"aws:iam/rolePoliciesExclusive:RolePoliciesExclusive":                           undefined,
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                             hashed,
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive":         undefined,
	"aws:iam/securityTokenServicePreferences:SecurityTokenServicePreferences":       undefined,
	"aws:iam/serviceLinkedRole:ServiceLinkedRole":                                   composed,
	"aws:iam/serviceSpecificCredential:ServiceSpecificCredential":                   made,
	"aws:iam/signingCertificate:SigningCertificate":                                 made,
	"aws:iam/sshKey:SshKey":                                                         made,
	"aws:iam/userGroupMembership:UserGroupMembership":                               hashed,
	"aws:iam/userPoliciesExclusive:UserPoliciesExclusive":                           undefined,
	"aws:iam/userPolicyAttachment:UserPolicyAttachment":                             hashed,
	"aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive":         undefined,
	"aws:kms/ciphertext:Ciphertext":                                                 hashed,
	"aws:kms/customKeyStore:CustomKeyStore":                                         made,
	"aws:kms/externalKey:ExternalKey":                                               made,
	"aws:kms/grant:Grant":                                                           composed,
	"aws:kms/replicaExternalKey:ReplicaExternalKey":                                 made,
	"aws:kms/replicaKey:ReplicaKey":                                                 made,
	"aws:lambda/codeSigningConfig:CodeSigningConfig":                                made,
	"aws:lambda/functionRecursionConfig:FunctionRecursionConfig":                    undefined,
	"aws:lambda/functionScalingConfig:FunctionScalingConfig":                        undefined,
	"aws:lambda/invocation:Invocation":                                              hashed,
	"aws:lambda/layerVersionPermission:LayerVersionPermission":                      composed,
	"aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig":          differing,
	"aws:lambda/runtimeManagementConfig:RuntimeManagementConfig":                    undefined,
	"aws:s3/bucketAbac:BucketAbac":                                                  undefined,
	"aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration":                undefined,
	"aws:s3/filesAccessPoint:FilesAccessPoint":                                      made,
	"aws:s3/filesFileSystem:FilesFileSystem":                                        made,
	"aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy":                            undefined,
	"aws:s3/filesMountTarget:FilesMountTarget":                                      made,
	"aws:s3/filesSynchronizationConfiguration:FilesSynchronizationConfiguration":    undefined,
	"aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy":                    undefined,
	"aws:s3control/accessGrant:AccessGrant":                                         made,
	"aws:s3control/accessGrantsLocation:AccessGrantsLocation":                       made,
	"aws:s3control/directoryBucketAccessPointScope:DirectoryBucketAccessPointScope": undefined,
	"aws:s3control/multiRegionAccessPointRoutes:MultiRegionAccessPointRoutes":       undefined,
	"aws:s3outposts/endpoint:Endpoint":                                              made,
	"aws:sns/topicSubscription:TopicSubscription":                                   made,
}

func TestEveryTypeIsResolvedOrKnownNotTo(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, version := range []string{"5", "6", "7"} {
		table := schema.For(version)
		for _, of := range resolvedModules {
			_, module, err := table.Resource(of)
			if strings.HasPrefix(of, "aws:vpc/") && version == "5" {
				require.ErrorIs(t, err, schema.ErrUnknown)
				continue
			}
			require.NoError(t, err)
			for token, r := range module.Resources {
				met[token] = true
				why, isOpen := open[token]
				isOpen = isOpen || slices.Contains([]string{"ec2", "ec2transitgateway", "vpc"}, schema.ModuleOf(token))
				if isOpen {
					assert.False(t, why != "" && isResolved(token, r), "%s is resolved in version %s; it need not be in the list", token, version)
				} else {
					assert.True(t, isResolved(token, r), "%s is not resolved in version %s", token, version)
				}
			}
		}
	}
	for _, token := range judgedTypes(t) {
		met[token] = true
		for _, version := range []string{"5", "6", "7"} {
			if r, _, err := schema.For(version).Resource(token); err == nil && open[token] == "" {
				assert.True(t, isResolved(token, r), "%s, which rules look at, is not resolved in version %s", token, version)
			}
		}
	}
	for token := range open {
		assert.True(t, met[token], "there is no type %s", token)
	}
}

// judgedTypes returns the types that the rules and what is below them name.
func judgedTypes(t *testing.T) []string {
	t.Helper()
	var tokens []string
	for _, folder := range []string{"graph", "aws", "aws/iam", "rules/*"} {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			if !strings.HasSuffix(file, "_test.go") {
				for _, match := range typeToken.FindAllStringSubmatch(string(source), -1) {
					tokens = append(tokens, match[1])
				}
			}
		}
	}
	require.Greater(t, len(tokens), 50)
	return tokens
}

var typeToken = regexp.MustCompile(`"(aws:\w+/\w+:\w+)"`)

// isResolved reports whether the id or an ARN of a resource with all of its arguments is known.
func isResolved(token string, r *schema.Resource) bool {
	inputs := resource.PropertyMap{"keyId": resource.NewProperty("x")} // keys get theirs from [keyIdentity]
	for name, kind := range r.Inputs {
		value := "x"
		if strings.HasSuffix(strings.ToLower(name), "arn") {
			value = "arn:aws:s3:eu-west-1:123456789012:x/y"
		}
		if kind.Kind() == schema.String || kind.Kind() == schema.Any {
			inputs[resource.PropertyKey(name)] = resource.NewProperty(value)
		}
	}
	if details, ok := r.Inputs["details"]; ok && details.IsRequired() {
		inputs["details"] = resource.NewProperty(resource.PropertyMap{"name": resource.NewProperty("x")})
	}
	for name := range naming.Outputs(token, inputs, naming.Locate("eu-west-1", naming.ExampleAccount)) {
		if name == "id" || strings.HasSuffix(strings.ToLower(string(name)), "arn") {
			return true
		}
	}
	return false
}
