package planprovider

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// New returns the provider of a package in the version that a program asks for. It is to be served with a
// configuration for each connection, as [Start] does.
func New(pkg, version string, opts ...Option) pulumirpc.ResourceProviderServer {
	p := &provider{schema: schema.For(version)}
	for _, set := range opts {
		set(&p.options)
	}
	return p
}
