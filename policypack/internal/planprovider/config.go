package planprovider

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/stats"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// config is the configuration of one provider resource, as far as it affects a plan.
type config struct {
	getenv func(string) string
	mu     sync.RWMutex
	values resource.PropertyMap
}

// configKey is the key of a connection's configuration in the contexts of its calls.
type configKey struct{}

// configOf returns the configuration of the provider resource that a call is made for.
func configOf(ctx context.Context) *config {
	if c, ok := ctx.Value(configKey{}).(*config); ok {
		return c
	}
	return &config{getenv: func(string) string { return "" }}
}

// perConnection gives each connection a configuration. The engine opens one for each provider resource of a
// program, the default one and each explicit one, even if all of them are served by one process, and no call
// except Configure names the provider resource it is for.
type perConnection struct{ getenv func(string) string }

// TagConn implements [stats.Handler].
func (h perConnection) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, configKey{}, &config{getenv: h.getenv})
}

// TagRPC implements [stats.Handler].
func (perConnection) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleConn implements [stats.Handler].
func (perConnection) HandleConn(context.Context, stats.ConnStats) {}

// HandleRPC implements [stats.Handler].
func (perConnection) HandleRPC(context.Context, stats.RPCStats) {}

func (c *config) set(values resource.PropertyMap) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values = values
}

// region returns the configured region, that of the environment, or else the fixed one. In the last case,
// the real provider would end with an error; for a plan, any region will do.
func (c *config) region() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return cmp.Or(c.givenRegion(c.values), DefaultRegion)
}

// givenRegion returns the region in a provider's configuration, or else that of the environment. It returns "" if
// there is none, or the configured one is not known yet.
func (c *config) givenRegion(values resource.PropertyMap) string {
	configured, _ := reveal(values["region"])
	if configured.IsString() && configured.StringValue() != "" {
		return configured.StringValue()
	}
	return cmp.Or(c.getenv("AWS_REGION"), c.getenv("AWS_DEFAULT_REGION"))
}

// defaultTags returns the tags that the provider puts on every resource. They are an empty map if there are
// none, and unknown if they are not known yet.
func (c *config) defaultTags() resource.PropertyValue {
	c.mu.RLock()
	defer c.mu.RUnlock()
	group, secret := reveal(c.values["defaultTags"])
	tags := resource.NewProperty(resource.PropertyMap{})
	switch {
	case group.IsComputed():
		tags = group
	case group.IsObject():
		if t, ok := group.ObjectValue()["tags"]; ok && !t.IsNull() {
			tags = t
		}
	}
	if secret {
		return resource.MakeSecret(tags)
	}
	return tags
}

// tag returns the inputs of a resource with the provider's default tags, as the real provider's Check does;
// if both set a tag, the resource's own value wins.
func (c *config) tag(inputs resource.PropertyMap, r *schema.Resource) resource.PropertyMap {
	if _, ok := r.Outputs["tagsAll"]; !ok || r.Inputs["tags"] != schema.MapOf(schema.String) {
		return inputs
	}
	defaults, secretDefaults := reveal(c.defaultTags())
	own, secretOwn := reveal(inputs["tags"])
	var tags resource.PropertyValue
	switch {
	case defaults.IsObject() && len(defaults.ObjectValue()) == 0,
		!own.IsNull() && !own.IsObject(): // nothing to add, or nothing to add it to
		return inputs
	case defaults.IsObject():
		merged := maps.Clone(defaults.ObjectValue())
		if own.IsObject() {
			maps.Copy(merged, own.ObjectValue())
		}
		tags = resource.NewProperty(merged)
	default:
		tags = unknown()
	}
	if secretDefaults || secretOwn {
		tags = resource.MakeSecret(tags)
	}
	inputs["tags"] = tags
	return inputs
}

// decodeConfig returns the configuration with its types: the engine and the SDKs pass everything but
// strings as JSON in a string.
func decodeConfig(values resource.PropertyMap, types schema.Object) resource.PropertyMap {
	decoded := make(resource.PropertyMap, len(values))
	for key, value := range values {
		inner, secret := reveal(value)
		t, ok := types[string(key)]
		if ok && t.Kind() != schema.String && inner.IsString() {
			var v any
			// What is not JSON stays a string, which the check of its type then reports.
			if json.NewDecoder(strings.NewReader(inner.StringValue())).Decode(&v) == nil {
				inner = resource.NewPropertyValue(v)
			}
		}
		if secret {
			inner = resource.MakeSecret(inner)
		}
		decoded[key] = inner
	}
	return decoded
}
