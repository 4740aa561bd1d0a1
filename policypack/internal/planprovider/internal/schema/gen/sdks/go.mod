// The releases of the Pulumi AWS SDK that the table is made from, one for each major version. They are in a
// module of their own so that nothing else in this repository downloads or links them.
module github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema/gen/sdks

go 1.26

require (
	github.com/pulumi/pulumi-aws/sdk/v5 v5.43.0
	github.com/pulumi/pulumi-aws/sdk/v6 v6.83.4
	github.com/pulumi/pulumi-aws/sdk/v7 v7.40.0
)
