package naming

import "strings"

// ExampleAccount is the account of AWS's own examples. It stands for the account of a plan that nobody gave one.
const ExampleAccount = "123456789012"

// Partition is a group of regions under one kind of account.
type Partition struct {
	// Name is the second part of every ARN: aws, aws-cn, …
	Name string
	// DNSSuffix is the domain that the partition's endpoints are in.
	DNSSuffix string
	// ReverseDNSPrefix is how the names of its VPC endpoint services start.
	ReverseDNSPrefix string
}

var commercial = Partition{"aws", "amazonaws.com", "com.amazonaws"}

// partitions are those besides the commercial one, by how the names of their regions start. They are the ones of
// the AWS SDK's endpoint data (partitions.json).
var partitions = map[string]Partition{
	"cn-":      {"aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"},
	"us-gov-":  {"aws-us-gov", "amazonaws.com", "com.amazonaws"},
	"us-iso-":  {"aws-iso", "c2s.ic.gov", "gov.ic.c2s"},
	"us-isob-": {"aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"},
	"eu-isoe-": {"aws-iso-e", "cloud.adc-e.uk", "uk.adc-e.cloud"},
	"us-isof-": {"aws-iso-f", "csp.hci.ic.gov", "gov.ic.hci.csp"},
	"eusc-":    {"aws-eusc", "amazonaws.eu", "eu.amazonaws"},
}

// PartitionOf returns the partition of a region. A region that no partition claims is a commercial one.
func PartitionOf(region string) Partition {
	for prefix, p := range partitions {
		if strings.HasPrefix(region, prefix) {
			return p
		}
	}
	return commercial
}

// Location is where a resource is. An empty partition or region is one that is not known.
type Location struct {
	Partition Partition
	Region    string
	Account   string
	// Folder is where the program's relative paths start; empty means the folder of this process.
	Folder string
}

// Locate returns the location of an account's resources in a region.
func Locate(region, account string) Location {
	return Location{Partition: PartitionOf(region), Region: region, Account: account}
}
