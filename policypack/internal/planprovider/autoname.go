package planprovider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// nameStyle describes how the physical name of a type's resources is derived from their names in the program.
// The rules are those of the real provider (pulumi-aws, provider/resources.go).
type nameStyle struct {
	property  string
	max       int    // the longest name in characters, before prefix and suffix; 0: any length
	separator string // between the resource's name and the random characters
	random    int    // how many random characters; 0: none
	letters   bool   // the random characters are letters, not hexadecimal digits
	lower     bool   // the resource's name is lower-cased
	prefix    string // put before the name unless it is already there
	fifo      string // the argument that, when true, makes the name end in .fifo
}

// byName is the style of types with an optional argument `name`, unless namings has another one. Where the
// real provider does not fill in the name, the SDK requires it, so those types do not get here.
var byName = nameStyle{property: "name", max: 255, separator: "-", random: 7}

var namings = map[string]nameStyle{
	"aws:s3/bucket:Bucket":                              {property: "bucket", max: 63, separator: "-", random: 7, lower: true},
	"aws:s3/bucketV2:BucketV2":                          {property: "bucket", max: 63, separator: "-", random: 7, lower: true},
	"aws:s3/bucketObject:BucketObject":                  {property: "key"},
	"aws:s3/bucketObjectv2:BucketObjectv2":              {property: "key"},
	"aws:lambda/function:Function":                      {property: "name", max: 64, separator: "-", random: 7},
	"aws:lambda/permission:Permission":                  {property: "statementId", max: 100, separator: "-", random: 7},
	"aws:iam/role:Role":                                 {property: "name", max: 64, separator: "-", random: 7},
	"aws:kms/alias:Alias":                               {property: "name", max: 238, separator: "-", random: 7, prefix: "alias/"},
	"aws:sqs/queue:Queue":                               {property: "name", max: 80, separator: "-", random: 7, fifo: "fifoQueue"},
	"aws:sns/topic:Topic":                               {property: "name", max: 80, separator: "-", random: 7, fifo: "fifoTopic"},
	"aws:cloudwatch/eventRule:EventRule":                {property: "name", max: 64, separator: "-", random: 7},
	"aws:cloudwatch/eventTarget:EventTarget":            {property: "targetId", max: 255, separator: "-", random: 7},
	"aws:lb/loadBalancer:LoadBalancer":                  {property: "name", max: 32, separator: "-", random: 7},
	"aws:lb/targetGroup:TargetGroup":                    {property: "name", max: 32, separator: "-", random: 7},
	"aws:alb/loadBalancer:LoadBalancer":                 {property: "name", max: 32, separator: "-", random: 7},
	"aws:alb/targetGroup:TargetGroup":                   {property: "name", max: 32, separator: "-", random: 7},
	"aws:elb/loadBalancer:LoadBalancer":                 {property: "name", max: 32, separator: "-", random: 7},
	"aws:athena/database:Database":                      {property: "name", max: 255, separator: "_", random: 7},
	"aws:backup/restoreTestingPlan:RestoreTestingPlan":  {property: "name", max: 255, separator: "_", random: 7},
	"aws:codedeploy/deploymentConfig:DeploymentConfig":  {property: "deploymentConfigName", max: 100, separator: "_", random: 7},
	"aws:ec2/keyPair:KeyPair":                           {property: "keyName", max: 255, separator: "-", random: 7},
	"aws:efs/fileSystem:FileSystem":                     {property: "creationToken", max: 255, separator: "-", random: 7},
	"aws:eks/nodeGroup:NodeGroup":                       {property: "nodeGroupName", max: 255, separator: "-", random: 7},
	"aws:eks/fargateProfile:FargateProfile":             {property: "fargateProfileName", max: 255, separator: "-", random: 7},
	"aws:elasticache/cluster:Cluster":                   {property: "clusterId", max: 50, separator: "-", random: 7, lower: true},
	"aws:elasticache/replicationGroup:ReplicationGroup": {property: "replicationGroupId", max: 40, separator: "-", random: 7, lower: true},
	"aws:elasticbeanstalk/environment:Environment":      {property: "name", max: 40, separator: "-", random: 7},
	"aws:elasticsearch/domain:Domain":                   {property: "domainName", max: 28, separator: "-", random: 7, lower: true},
	"aws:glue/catalogDatabase:CatalogDatabase":          {property: "name", separator: "_", random: 8, letters: true, lower: true},
	"aws:glue/catalogTable:CatalogTable":                {property: "name", separator: "_", random: 8, letters: true, lower: true},
	"aws:iot/topicRule:TopicRule":                       {property: "name", separator: "_"},
	"aws:lex/bot:Bot":                                   {property: "name", separator: "_", random: 8, letters: true},
	"aws:lex/botAlias:BotAlias":                         {property: "name", separator: "_", random: 8, letters: true},
	"aws:lex/intent:Intent":                             {property: "name", separator: "_", random: 8, letters: true},
	"aws:lex/slotType:SlotType":                         {property: "name", separator: "_", random: 8, letters: true},
	"aws:mq/broker:Broker":                              {property: "brokerName", max: 55, separator: "-", random: 7},
	"aws:msk/cluster:Cluster":                           {property: "clusterName", max: 255, separator: "-", random: 7},
	"aws:msk/serverlessCluster:ServerlessCluster":       {property: "clusterName", max: 255, separator: "-", random: 7},
	"aws:opensearch/domain:Domain":                      {property: "domainName", max: 255, separator: "-", random: 7},
	"aws:rds/instance:Instance":                         {property: "identifier", max: 255, random: 7},
}

// namingOf returns how resources of a type are named, if the provider names them at all.
func namingOf(token string, types schema.Object) (nameStyle, bool) {
	n, ok := namings[token]
	if !ok {
		n = byName
	}
	t, ok := types[n.property]
	return n, ok && t == schema.String
}

// autoname fills in the physical name of a resource in inputs unless the program names it itself, in full or by
// a prefix. It returns the properties that it filled in, in the form that the inputs hold under defaultsKey.
func autoname(
	urn resource.URN, inputs, olds resource.PropertyMap, types schema.Object, req *pulumirpc.CheckRequest,
) (resource.PropertyValue, error) {
	none := resource.NewProperty([]resource.PropertyValue{})
	n, ok := namingOf(string(urn.Type()), types)
	if !ok || given(inputs, n.property) || given(inputs, n.property+"Prefix") {
		return none, nil
	}
	key := resource.PropertyKey(n.property)
	filled := resource.NewProperty([]resource.PropertyValue{resource.NewProperty(n.property)})
	if old, ok := olds[key]; ok && defaulted(olds, n.property) {
		inputs[key] = old // a name stays once it is chosen, or the resource would be replaced at each update
		return filled, nil
	}
	name, err := n.name(urn.Name(), inputs, req)
	if err != nil {
		return none, fmt.Errorf("%s of %s cannot be generated from the resource's name: %w; set it explicitly",
			n.property, urn.Type(), err)
	}
	if name == "" {
		return none, nil
	}
	inputs[key] = resource.NewProperty(name)
	return filled, nil
}

// name returns the physical name, or "" if the user's autonaming configuration forbids generating one.
func (n nameStyle) name(name string, inputs resource.PropertyMap, req *pulumirpc.CheckRequest) (string, error) {
	if n.lower {
		name = strings.ToLower(name)
	}
	if options := req.GetAutonaming(); options != nil {
		switch options.GetMode() {
		case pulumirpc.CheckRequest_AutonamingOptions_DISABLE:
			return "", nil
		case pulumirpc.CheckRequest_AutonamingOptions_ENFORCE:
			return options.GetProposedName(), nil
		case pulumirpc.CheckRequest_AutonamingOptions_PROPOSE:
		}
		name = options.GetProposedName()
		if n.lower {
			name = strings.ToLower(name)
		}
		if n.max > 0 && len(name) > n.max {
			return "", fmt.Errorf("the name %q is longer than %d characters", name, n.max)
		}
		return n.affix(name, inputs), nil
	}
	if n.random > 0 {
		var letters []rune
		if n.letters {
			letters = []rune("abcdefghijklmnopqrstuvwxyz")
		}
		unique, err := resource.NewUniqueName(req.GetRandomSeed(), name+n.separator, n.random, n.max, letters)
		if err != nil {
			return "", err
		}
		name = unique
	}
	return n.affix(name, inputs), nil
}

func (n nameStyle) affix(name string, inputs resource.PropertyMap) string {
	if !strings.HasPrefix(name, n.prefix) {
		name = n.prefix + name
	}
	if n.fifo != "" {
		if fifo := inputs[resource.PropertyKey(n.fifo)]; fifo.IsBool() && fifo.BoolValue() {
			name += ".fifo"
		}
	}
	return name
}

// given reports whether the program sets an argument, in either spelling.
func given(inputs resource.PropertyMap, property string) bool {
	for key, value := range inputs {
		if !value.IsNull() && camelCase(string(key)) == property {
			return true
		}
	}
	return false
}

// defaulted reports whether the provider filled in a property of an earlier state.
func defaulted(olds resource.PropertyMap, property string) bool {
	list := olds[defaultsKey]
	return list.IsArray() && slices.ContainsFunc(list.ArrayValue(), func(v resource.PropertyValue) bool {
		return v.IsString() && v.StringValue() == property
	})
}
