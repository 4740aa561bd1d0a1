package aws

// The ids of APIs are random. What is below an API follows from its id once that is known, which is so when the
// API exists already.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
var apiGatewayTypes = map[string]templates{
	"aws:apigateway/basePathMapping:BasePathMapping": {
		"id": "{domainName}/{basePath=}/{domainNameId}|{domainName}/{basePath=}",
	},
	"aws:apigateway/integration:Integration":                 {"id": "agi-{restApi}-{resourceId}-{httpMethod}"},
	"aws:apigateway/integrationResponse:IntegrationResponse": {"id": "agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}"},
	"aws:apigateway/methodSettings:MethodSettings":           {"id": "{restApi}-{stageName}-{methodPath}"},
	"aws:apigateway/response:Response":                       {"id": "aggr-{restApiId}-{responseType}"},
	"aws:apigateway/restApiPolicy:RestApiPolicy":             {"id": "{restApiId}"},
	"aws:apigateway/usagePlanKey:UsagePlanKey":               {"id": "{keyId}"},
	"aws:apigateway/method:Method":                           {"id": "agm-{restApi}-{resourceId}-{httpMethod}"},
	"aws:apigateway/methodResponse:MethodResponse":           {"id": "agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}"},
	"aws:apigateway/stage:Stage": {
		"id":           "ags-{restApi}-{stageName}",
		"arn":          "arn:{partition}:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
		"executionArn": "arn:{partition}:execute-api:{region}:{account}:{restApi}/{stageName}",
		"invokeUrl":    "https://{restApi}.execute-api.{region}.{dnsSuffix}/{stageName}",
	},
	"aws:apigatewayv2/domainName:DomainName": {
		"id": "{domainName}", "arn": "arn:{partition}:apigateway:{region}::/domainnames/{domainName}",
	},
	"aws:apigatewayv2/stage:Stage": {
		"id": "{name}", "arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
	},
}
