package naming

import "strings"

// ExampleAccount is the account in AWS's own examples. It is the account of a plan for which none is specified.
const ExampleAccount = "123456789012"

// Partition is a group of regions under one kind of account.
type Partition struct {
	// Name is the second part of every ARN: aws, aws-cn, …
	Name string
	// DNSSuffix is the domain of the partition's endpoints.
	DNSSuffix string
	// ReverseDNSPrefix is the prefix of the names of its VPC endpoint services.
	ReverseDNSPrefix string
}

var commercial = Partition{"aws", "amazonaws.com", "com.amazonaws"}

// partitions are the partitions other than the commercial one, by the prefix of their regions' names. They are taken
// from the AWS SDK's endpoint data (partitions.json).
var partitions = map[string]Partition{
	"cn-":      {"aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"},
	"us-gov-":  {"aws-us-gov", "amazonaws.com", "com.amazonaws"},
	"us-iso-":  {"aws-iso", "c2s.ic.gov", "gov.ic.c2s"},
	"us-isob-": {"aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"},
	"eu-isoe-": {"aws-iso-e", "cloud.adc-e.uk", "uk.adc-e.cloud"},
	"us-isof-": {"aws-iso-f", "csp.hci.ic.gov", "gov.ic.hci.csp"},
	"eusc-":    {"aws-eusc", "amazonaws.eu", "eu.amazonaws"},
}

// PartitionOf returns the partition of a region: the commercial one, unless another one claims the region.
func PartitionOf(region string) Partition {
	for prefix, p := range partitions {
		if strings.HasPrefix(region, prefix) {
			return p
		}
	}
	return commercial
}

// Location is where a resource is. An empty partition or region is not known.
type Location struct {
	Partition Partition
	Region    string
	Account   string
	// Folder is the folder that the program's relative paths are relative to; empty for the folder of this process.
	Folder string
}

// Locate returns the location of an account's resources in a region.
func Locate(region, account string) Location {
	return Location{Partition: PartitionOf(region), Region: region, Account: account}
}
