// Package naming names the stack's resources. The names are known before
// anything is created, so policies can be written for exactly the resources
// they concern, without waiting for them.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// These are the longest names that the services accept, in characters.
const (
	maxBucket   = 63
	maxFunction = 64
)

// hashLength is the number of hexadecimal digits that stand for what a name
// lost: 32 bits, enough to distinguish the stacks of one account.
const hashLength = 8

// unclean matches what does not belong in a bucket's name. Dots are legal
// there, but break TLS for virtual-hosted addresses.
var unclean = regexp.MustCompile(`[^a-z0-9]+`)

// Scope is where a stack is deployed, and under which name.
type Scope struct {
	// Partition is aws, aws-cn or aws-us-gov.
	Partition string
	// DNSSuffix ends the host names of the partition, as in amazonaws.com.
	DNSSuffix string
	// Region is the region's code, as in us-east-1.
	Region string
	// AccountID is the account's twelve digits.
	AccountID string
	// Organization, Project and Stack name the stack in Pulumi.
	Organization, Project, Stack string
}

// Lookup asks Pulumi and AWS for the scope of the running stack.
func Lookup(ctx *pulumi.Context) (Scope, error) {
	identity, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return Scope{}, fmt.Errorf("looking up the account: %w", err)
	}
	region, err := aws.GetRegion(ctx, &aws.GetRegionArgs{})
	if err != nil {
		return Scope{}, fmt.Errorf("looking up the region: %w", err)
	}
	partition, err := aws.GetPartition(ctx, &aws.GetPartitionArgs{})
	if err != nil {
		return Scope{}, fmt.Errorf("looking up the partition: %w", err)
	}
	return Scope{
		Partition:    partition.Partition,
		DNSSuffix:    partition.DnsSuffix,
		Region:       region.Name,
		AccountID:    identity.AccountId,
		Organization: ctx.Organization(),
		Project:      ctx.Project(),
		Stack:        ctx.Stack(),
	}, nil
}

// Bucket returns the name of the bucket with the given role in the stack, such
// as "source". Everyone in a partition shares bucket names, so this one
// contains the project, the stack, the organisation and the account.
func (s Scope) Bucket(role string) string {
	return join(maxBucket, []string{s.Project, s.Stack, s.Organization}, []string{role, s.AccountID})
}

// Name returns the name of anything but a bucket: only the account and region
// share such names. It suits functions, queues, topics, alarms and key aliases.
func (s Scope) Name(role string) string {
	return join(maxFunction, []string{s.Project, s.Stack}, []string{role})
}

// ARN returns the ARN of a resource in the stack's account and region, for services
// whose ARNs contain both.
func (s Scope) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", s.Partition, service, s.Region, s.AccountID, resource)
}

// BucketARN returns the ARN of the bucket with the given name.
func (s Scope) BucketARN(bucket string) string {
	return fmt.Sprintf("arn:%s:s3:::%s", s.Partition, bucket)
}

// AccountARN returns the ARN that stands for the account as a principal: for
// everyone to whom the account's own IAM policies grant the right.
func (s Scope) AccountARN() string {
	return fmt.Sprintf("arn:%s:iam::%s:root", s.Partition, s.AccountID)
}

// join returns a name of at most limit characters. The tail is never shortened.
// If the head has to be cleaned or cut, a hash of the original goes between the
// two: without it, "my.stack" and "my-stack" would share a name.
func join(limit int, head, tail []string) string {
	raw, end := strings.Join(head, "-"), "-"+strings.Join(tail, "-")
	clean := strings.Trim(unclean.ReplaceAllString(strings.ToLower(raw), "-"), "-")
	if clean == strings.ToLower(raw) && len(clean)+len(end) <= limit {
		return clean + end
	}
	sum := sha256.Sum256([]byte(strings.Join(head, "\x00")))
	end = "-" + hex.EncodeToString(sum[:])[:hashLength] + end
	if room := limit - len(end); len(clean) > room {
		clean = strings.TrimRight(clean[:room], "-")
	}
	return clean + end
}
