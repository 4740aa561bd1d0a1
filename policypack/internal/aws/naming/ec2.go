package naming

// The ids of nearly everything in EC2 are random, and the ARNs contain them; only the owner is known.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
var ec2Types = map[string]templates{
	"aws:ec2/internetGateway:InternetGateway": {"ownerId": "{account}"},
	"aws:ec2/subnet:Subnet":                   {"ownerId": "{account}"},
	"aws:ec2/keyPair:KeyPair": {
		"id": "{keyName}", "arn": "arn:{partition}:ec2:{region}:{account}:key-pair/{keyName}",
	},
	"aws:ec2/networkAcl:NetworkAcl": {"ownerId": "{account}"},
	"aws:ec2/placementGroup:PlacementGroup": {
		"id": "{name}", "arn": "arn:{partition}:ec2:{region}:{account}:placement-group/{name}",
	},
	"aws:ec2/routeTable:RouteTable":       {"ownerId": "{account}"},
	"aws:ec2/securityGroup:SecurityGroup": {"ownerId": "{account}"},
	"aws:ec2/vpc:Vpc":                     {"ownerId": "{account}"},
}
