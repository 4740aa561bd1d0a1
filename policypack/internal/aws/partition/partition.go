// Package partition knows the partitions of AWS: the groups of regions that share accounts, ARNs and DNS names.
package partition

import "strings"

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

// Of returns the partition of a region. A region that no partition claims is a commercial one.
func Of(region string) Partition {
	for prefix, p := range partitions {
		if strings.HasPrefix(region, prefix) {
			return p
		}
	}
	return commercial
}
