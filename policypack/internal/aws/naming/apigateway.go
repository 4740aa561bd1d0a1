package naming

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The ids of APIs are random. Names of resources below an API follow from its id once that is known, as it is when the
// API exists already.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
var apiGatewayTypes = map[string]templates{
	"aws:apigateway/basePathMapping:BasePathMapping": {
		"id": "{domainName}/{basePath=}/{domainNameId}|{domainName}/{basePath=}",
	},
	"aws:apigateway/documentationVersion:DocumentationVersion": {"id": "{restApiId}/{version}"},
	"aws:apigateway/integration:Integration":                   {"id": "agi-{restApi}-{resourceId}-{httpMethod}"},
	"aws:apigateway/integrationResponse:IntegrationResponse":   {"id": "agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}"},
	"aws:apigateway/methodSettings:MethodSettings":             {"id": "{restApi}-{stageName}-{methodPath}"},
	"aws:apigateway/response:Response":                         {"id": "aggr-{restApiId}-{responseType}"},
	"aws:apigateway/restApiPolicy:RestApiPolicy":               {"id": "{restApiId}"},
	"aws:apigateway/usagePlanKey:UsagePlanKey":                 {"id": "{keyId}"},
	"aws:apigateway/method:Method":                             {"id": "agm-{restApi}-{resourceId}-{httpMethod}"},
	"aws:apigateway/methodResponse:MethodResponse":             {"id": "agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}"},
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

var apiGatewayFunctions = map[string][]function{"aws:apigateway/domainName:DomainName": {publicDomain}}

// publicDomain returns the outputs that name a public domain name. A private one also has an id of its own, and both
// together form the resource's id.
func publicDomain(a *arguments) resource.PropertyMap {
	switch configuration, p := a.value("endpointConfiguration"); {
	case p == unknown, p == known && !configuration.IsObject():
		return nil
	case p == known:
		configured := &arguments{inputs: configuration.ObjectValue()}
		kinds, p := configured.value("types")
		if p == unknown || p == known && (!kinds.IsArray() || slices.ContainsFunc(kinds.ArrayValue(), isPrivate)) {
			return nil
		}
	}
	return a.expandAll(templates{
		"id": "{domainName}", "arn": "arn:{partition}:apigateway:{region}::/domainnames/{domainName}",
	})
}

func isPrivate(kind resource.PropertyValue) bool {
	return !kind.IsString() || kind.StringValue() == "PRIVATE"
}
