package aws

import "github.com/pipeguard/pipeguard/policypack/internal/aws/partition"

// ExampleAccount is the account of AWS's own examples. It stands for the account of a plan that nobody gave one.
const ExampleAccount = "123456789012"

// Location is where a resource is. An empty partition or region is one that is not known.
type Location struct {
	Partition partition.Partition
	Region    string
	Account   string
	// Folder is where the program's relative paths start; empty means the folder of this process.
	Folder string
}

// Locate returns the location of an account's resources in a region.
func Locate(region, account string) Location {
	return Location{Partition: partition.Of(region), Region: region, Account: account}
}
