package naming

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// A bucket's ARN has neither region nor account. Resources that hold one setting of a bucket have the bucket's name as
// their id; some append the account that the bucket is expected to belong to.
const ofBucket = "{bucket},{expectedBucketOwner}|{bucket}"

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
var s3Types = map[string]templates{
	// An access point of a bucket on Outposts, which is given by its ARN, or of a directory bucket has other names.
	"aws:s3/accessPoint:AccessPoint": {
		"arn": "{bucket.general}arn:{partition}:s3:{region}:{accountId}:accesspoint/{name}|" +
			"{bucket.general}arn:{partition}:s3:{region}:{account}:accesspoint/{name}",
		"domainName": "{bucket.general}{name}-{accountId}.s3-accesspoint.{region}.{dnsSuffix}|" +
			"{bucket.general}{name}-{account}.s3-accesspoint.{region}.{dnsSuffix}",
		"id": "{bucket.general}{accountId}:{name}|{bucket.general}{account}:{name}",
	},
	"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": {"id": "{accountId}|{account}"},
	"aws:s3/analyticsConfiguration:AnalyticsConfiguration":     {"id": "{bucket}:{name}"},
	"aws:s3/bucket:Bucket": {
		"id":               "{bucket}",
		"arn":              "arn:{partition}:s3:::{bucket}",
		"bucketDomainName": "{bucket}.s3.{dnsSuffix}",
		"bucketRegion":     "{region}",
		// pulumi-aws v5 has b.s3.amazonaws.com in us-east-1, which is the same host.
		"bucketRegionalDomainName": "{bucket}.s3.{region}.{dnsSuffix}",
		"hostedZoneId":             "{region.hostedZone}",
		"region":                   "{region}",
	},
	"aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration": {"id": ofBucket},
	"aws:s3/bucketAcl:BucketAcl": {
		"id": "{bucket},{expectedBucketOwner},{acl}|{bucket},{expectedBucketOwner}|{bucket},{acl}|{bucket}",
	},
	"aws:s3/bucketCorsConfiguration:BucketCorsConfiguration":                                 {"id": ofBucket},
	"aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration":     {"id": "{bucket}:{name}"},
	"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":                       {"id": ofBucket},
	"aws:s3/bucketLogging:BucketLogging":                                                     {"id": ofBucket},
	"aws:s3/bucketMetric:BucketMetric":                                                       {"id": "{bucket}:{name}"},
	"aws:s3/bucketNotification:BucketNotification":                                           {"id": "{bucket}"},
	"aws:s3/bucketObject:BucketObject":                                                       {"arn": objectARN},
	"aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration":                     {"id": ofBucket},
	"aws:s3/bucketObjectv2:BucketObjectv2":                                                   {"arn": objectARN},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                 {"id": "{bucket}"},
	"aws:s3/bucketPolicy:BucketPolicy":                                                       {"id": "{bucket}"},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                 {"id": "{bucket}"},
	"aws:s3/bucketReplicationConfig:BucketReplicationConfig":                                 {"id": "{bucket}"},
	"aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration":             {"id": ofBucket},
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {"id": ofBucket},
	"aws:s3/bucketVersioning:BucketVersioning":                                               {"id": ofBucket},
	"aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {
		"id": ofBucket, "websiteDomain": websiteDomain, "websiteEndpoint": websiteEndpoint,
	},
	"aws:s3/directoryBucket:DirectoryBucket": {
		"id": "{bucket}", "arn": "arn:{partition}:s3express:{region}:{account}:bucket/{bucket}",
	},
	"aws:s3/inventory:Inventory":   {"id": "{bucket}:{name}"},
	"aws:s3/objectCopy:ObjectCopy": {"arn": objectARN},
	"aws:s3/vectorsIndex:VectorsIndex": {
		"indexArn": "arn:{partition}:s3vectors:{region}:{account}:bucket/{vectorBucketName}/index/{indexName}",
	},
	"aws:s3/vectorsVectorBucket:VectorsVectorBucket": {
		"vectorBucketArn": "arn:{partition}:s3vectors:{region}:{account}:bucket/{vectorBucketName}",
	},
	"aws:s3control/accessGrantsInstance:AccessGrantsInstance": {
		"id": "{accountId}|{account}",
		"accessGrantsInstanceArn": "arn:{partition}:s3:{region}:{accountId}:access-grants/default|" +
			"arn:{partition}:s3:{region}:{account}:access-grants/default",
	},
	"aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": {"id": "{accountId}|{account}"},
	"aws:s3control/accessPointPolicy:AccessPointPolicy":                                   {"id": "{accessPointArn.ofS3}{accessPointArn.accountIn}:{accessPointArn.name}"},
	// The resources of S3 on Outposts.
	"aws:s3control/bucket:Bucket": {"id": outpostsBucketARN, "arn": outpostsBucketARN},
	"aws:s3control/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"id": "{bucket}"},
	"aws:s3control/bucketPolicy:BucketPolicy":                                 {"id": "{bucket}"},
	"aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint": {
		"id": "{accountId}:{name}|{account}:{name}",
		"arn": "arn:{partition}:s3-object-lambda:{region}:{accountId}:accesspoint/{name}|" +
			"arn:{partition}:s3-object-lambda:{region}:{account}:accesspoint/{name}",
	},
	"aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": {"id": "{accountId}:{name}|{account}:{name}"},
	"aws:s3control/storageLensConfiguration:StorageLensConfiguration": {
		"id": "{accountId}:{configId}|{account}:{configId}",
		"arn": "arn:{partition}:s3:{region}:{accountId}:storage-lens/{configId}|" +
			"arn:{partition}:s3:{region}:{account}:storage-lens/{configId}",
	},
}

// objectARN is for buckets that are given by name. The ids of objects differ between versions of the provider.
const objectARN = "arn:{partition}:s3:::{bucket.plain}/{key.key}"

const outpostsBucketARN = "arn:{partition}:s3-outposts:{region}:{account}:outpost/{outpostId}/bucket/{bucket}"

const (
	websiteDomain   = "{region.websiteHost}"
	websiteEndpoint = "{bucket}.{region.websiteHost}"
)

var s3Functions = map[string][]function{
	"aws:s3/bucket:Bucket": {inlineWebsite},
	"aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint":             {multiRegion},
	"aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": {multiRegion},
}

// multiRegion returns the id of a Multi-Region Access Point, whose name is nested in details. Its ARN contains an alias
// that AWS generates.
func multiRegion(a *arguments) resource.PropertyMap {
	details, p := a.value("details")
	if p != known || !details.IsObject() {
		return nil
	}
	named := a.inputs.Copy()
	named["name"] = details.ObjectValue()["name"]
	of := &arguments{inputs: named, at: a.at, secret: a.secret}
	outputs := of.expandAll(templates{"id": "{accountId}:{name}|{account}:{name}"})
	a.secret = of.secret
	return outputs
}

// inlineWebsite returns the outputs that a bucket has if its own argument makes it a website.
func inlineWebsite(a *arguments) resource.PropertyMap {
	if _, p := a.value("website"); p != known {
		return nil
	}
	return a.expandAll(templates{"websiteDomain": websiteDomain, "websiteEndpoint": websiteEndpoint})
}

// websiteHost returns the host of S3's websites in a region. Older regions have a hyphen before their name.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
func websiteHost(region string, p Partition) string {
	hyphenated := []string{
		"ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-1", "sa-east-1", "us-east-1", "us-gov-west-1",
		"us-west-1", "us-west-2",
	}
	if slices.Contains(hyphenated, region) {
		return "s3-website-" + region + "." + p.DNSSuffix
	}
	return "s3-website." + region + "." + p.DNSSuffix
}

// websiteZones are the Route 53 hosted zones of the regions' website endpoints, from the same page.
var websiteZones = map[string]string{
	"af-south-1":     "Z83WF9RJE8B12",
	"ap-east-1":      "ZNB98KWMFR0R6",
	"ap-northeast-1": "Z2M4EHUR26P7ZW",
	"ap-northeast-2": "Z3W03O7B5YMIYP",
	"ap-northeast-3": "Z2YQB5RD63NC85",
	"ap-south-1":     "Z11RGJOFQNVJUP",
	"ap-south-2":     "Z02976202B4EZMXIPMXF7",
	"ap-southeast-1": "Z3O0J2DXBE1FTB",
	"ap-southeast-2": "Z1WCIGYICN2BYD",
	"ap-southeast-3": "Z01846753K324LI26A3VV",
	"ap-southeast-4": "Z0312387243XT5FE14WFO",
	"ap-southeast-5": "Z08660063OXLMA7F1FJHU",
	"ca-central-1":   "Z1QDHH18159H29",
	"ca-west-1":      "Z03565811Z33SLEZTHOUL",
	"cn-north-1":     "Z5CN8UMXT92WN",
	"cn-northwest-1": "Z282HJ1KT0DH03",
	"eu-central-1":   "Z21DNDUVLTQW6Q",
	"eu-central-2":   "Z030506016YDQGETNASS",
	"eu-north-1":     "Z3BAZG2TWCNX0D",
	"eu-south-1":     "Z30OZKI7KPW7MI",
	"eu-south-2":     "Z0081959F7139GRJC19J",
	"eu-west-1":      "Z1BKCTXD74EZPE",
	"eu-west-2":      "Z3GKZC51ZF0DB4",
	"eu-west-3":      "Z3R1K369G5AVDG",
	"il-central-1":   "Z09640613K4A3MN55U7GU",
	"me-central-1":   "Z06143092I8HRXZRUZROF",
	"me-south-1":     "Z1MPMWCPA7YB62",
	"sa-east-1":      "Z7KQH4QJS55SO",
	"us-east-1":      "Z3AQBSTGFYJSTF",
	"us-east-2":      "Z2O1EMRO9K5GLX",
	"us-gov-east-1":  "Z2NIFVYYW2VKV1",
	"us-gov-west-1":  "Z31GFT0UA1I2HV",
	"us-west-1":      "Z2F56UZL2M1ACD",
	"us-west-2":      "Z3BJ6K6RIION7M",
}
