package planprovider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
)

// These values stand for what only an AWS account can provide. All of them are AWS's own examples or follow
// from the region, so that nobody mistakes them for real ones.
const (
	fixedAccount = naming.ExampleAccount
	// DefaultRegion is the region of a provider if neither its configuration nor the environment names one.
	DefaultRegion = "us-east-1"
	fixedUser     = "pipeguard"
	// fixedUserID is the user id in the examples of the IAM user guide.
	fixedUserID = "AIDACKCEVSQ6C2EXAMPLE"
	// fixedCanonicalUserID is the one in the examples of the S3 user guide.
	fixedCanonicalUserID = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
)

// regions are those that every account may use without opting in, and their places (AWS account management
// reference guide, "Enable or disable AWS Regions in your account").
var regions = map[string]string{
	"ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)",
	"ap-northeast-3": "Asia Pacific (Osaka)",
	"ap-south-1":     "Asia Pacific (Mumbai)",
	"ap-southeast-1": "Asia Pacific (Singapore)",
	"ap-southeast-2": "Asia Pacific (Sydney)",
	"ca-central-1":   "Canada (Central)",
	"eu-central-1":   "Europe (Frankfurt)",
	"eu-north-1":     "Europe (Stockholm)",
	"eu-west-1":      "Europe (Ireland)",
	"eu-west-2":      "Europe (London)",
	"eu-west-3":      "Europe (Paris)",
	"sa-east-1":      "South America (Sao Paulo)",
	"us-east-1":      "US East (N. Virginia)",
	"us-east-2":      "US East (Ohio)",
	"us-west-1":      "US West (N. California)",
	"us-west-2":      "US West (Oregon)",
}

// zones are the letters of each region's availability zones in a plan; all regions have these three except
// us-west-1, where an account sees two of them.
var zones = []string{"a", "b", "c"}

// zoneIDs returns the ids of the zones of a region: use1-az1 and so on for us-east-1.
func zoneIDs(region string) []string {
	parts := strings.Split(region, "-")
	short := ""
	for i, part := range parts {
		switch {
		case i == 0 || i == len(parts)-1:
			short += part
		case part == "northeast", part == "northwest", part == "southeast", part == "southwest":
			short += part[:1] + part[5:6]
		default:
			short += part[:min(1, len(part))]
		}
	}
	ids := make([]string, len(zones))
	for i := range zones {
		ids[i] = fmt.Sprintf("%s-az%d", short, i+1)
	}
	return ids
}

// zoneNames returns the names of the zones of a region.
func zoneNames(region string) []string {
	names := slices.Clone(zones)
	for i := range names {
		names[i] = region + names[i]
	}
	return names
}
