package planprovider

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

func TestNamesAreMadeAsPulumiMakesThem(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		token, name string
		inputs      props
		property    resource.PropertyKey
		want        string // a regular expression
	}{
		"bucket":         {bucketType, "My-Logs", nil, "bucket", `^my-logs-[0-9a-f]{7}$`},
		"bucket V2":      {"aws:s3/bucketV2:BucketV2", "My-Logs", nil, "bucket", `^my-logs-[0-9a-f]{7}$`},
		"object":         {"aws:s3/bucketObject:BucketObject", "a/b.txt", props{"bucket": "b"}, "key", `^a/b\.txt$`},
		"function":       {functionType, "Thumb", props{"role": "r"}, "name", `^Thumb-[0-9a-f]{7}$`},
		"role":           {roleType, "Thumb", props{"assumeRolePolicy": "{}"}, "name", `^Thumb-[0-9a-f]{7}$`},
		"queue":          {queueType, "dead", nil, "name", `^dead-[0-9a-f]{7}$`},
		"FIFO queue":     {queueType, "dead", props{"fifoQueue": true}, "name", `^dead-[0-9a-f]{7}\.fifo$`},
		"standard queue": {queueType, "dead", props{"fifoQueue": false}, "name", `^dead-[0-9a-f]{7}$`},
		"FIFO undecided": {queueType, "dead", props{"fifoQueue": unknown()}, "name", `^dead-[0-9a-f]{7}$`},
		"FIFO topic":     {"aws:sns/topic:Topic", "t", props{"fifoTopic": true}, "name", `^t-[0-9a-f]{7}\.fifo$`},
		"key alias":      {"aws:kms/alias:Alias", "main", props{"targetKeyId": "k"}, "name", `^alias/main-[0-9a-f]{7}$`},
		"permission":     {"aws:lambda/permission:Permission", "s3", nil, "statementId", `^s3-[0-9a-f]{7}$`},
		"event target":   {"aws:cloudwatch/eventTarget:EventTarget", "t", nil, "targetId", `^t-[0-9a-f]{7}$`},
		"log group":      {"aws:cloudwatch/logGroup:LogGroup", "Logs", nil, "name", `^Logs-[0-9a-f]{7}$`},
		"alarm":          {"aws:cloudwatch/metricAlarm:MetricAlarm", "errors", nil, "name", `^errors-[0-9a-f]{7}$`},
		"Glue database":  {"aws:glue/catalogDatabase:CatalogDatabase", "Db", nil, "name", `^db_[a-z]{8}$`},
		"null":           {queueType, "dead", props{"name": nil}, "name", `^dead-[0-9a-f]{7}$`},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs, _ := check(t, p, c.token, c.name, nil, c.inputs)
			require.True(t, inputs[c.property].IsString())
			assert.Regexp(t, c.want, inputs[c.property].StringValue())
			assert.Equal(t, resource.NewPropertyValue([]any{string(c.property)}), inputs[defaultsKey])

			again, _ := check(t, p, c.token, c.name, nil, c.inputs)
			assert.Equal(t, inputs, again, "the same seed gives the same name")
		})
	}
}

func TestNamesOfTheProgramStay(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		token    string
		inputs   props
		property resource.PropertyKey
		want     any
	}{
		"given":              {bucketType, props{"bucket": "mine"}, "bucket", "mine"},
		"unknown":            {bucketType, props{"bucket": unknown()}, "bucket", unknown()},
		"secret":             {bucketType, props{"bucket": secret("mine")}, "bucket", secret("mine")},
		"by a prefix":        {bucketType, props{"bucketPrefix": "mine-"}, "bucket", nil},
		"role by a prefix":   {roleType, props{"namePrefix": "mine-"}, "name", nil},
		"prefix in snake":    {bucketType, props{"bucket_prefix": "mine-"}, "bucket", nil},
		"no name of its own": {"aws:s3/bucketPolicy:BucketPolicy", props{"bucket": "b", "policy": "{}"}, "name", nil},
		"name required": {
			"aws:cloudwatch/dashboard:Dashboard", props{"dashboardBody": "{}"}, "dashboardName", nil,
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs, _ := check(t, p, c.token, "thing", nil, c.inputs)
			assert.Equal(t, resource.NewPropertyValue(c.want), inputs[c.property])
			assert.Empty(t, inputs[defaultsKey].ArrayValue())
		})
	}
}

func TestNameOnceGivenStays(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	olds := props{"bucket": "logs-aaaaaaa", "__defaults": []any{"bucket"}}
	inputs, _ := check(t, p, bucketType, "logs", olds, nil)
	assert.Equal(t, "logs-aaaaaaa", inputs["bucket"].StringValue())
	assert.Equal(t, resource.NewPropertyValue([]any{"bucket"}), inputs[defaultsKey])

	// A name that the program no longer sets is not kept.
	inputs, _ = check(t, p, bucketType, "logs", props{"bucket": "mine", "__defaults": []any{}}, nil)
	assert.Regexp(t, `^logs-[0-9a-f]{7}$`, inputs["bucket"].StringValue())

	inputs, _ = check(t, p, bucketType, "logs", olds, props{"bucket": "mine"})
	assert.Equal(t, "mine", inputs["bucket"].StringValue())
}

func TestNameThatCannotBeMadeIsAFailure(t *testing.T) {
	t.Parallel()
	p := connect(t, nil)
	long := strings.Repeat("x", 56) // 56, a hyphen and 7 digits make 64: one too many for a bucket, enough for a role
	inputs, failures := check(t, p, bucketType, long, nil, nil)
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0], "bucket of aws:s3/bucket:Bucket cannot be generated")
	assert.Contains(t, failures[0], "longer than maximum length 63; set it explicitly")
	assert.NotContains(t, inputs, resource.PropertyKey("bucket"))

	inputs, failures = check(t, p, roleType, long, nil, props{"assumeRolePolicy": "{}"})
	assert.Empty(t, failures)
	assert.Len(t, inputs["name"].StringValue(), 64)
}

func TestAutonamingConfigurationIsHonoured(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		token    string
		mode     plugin.AutonamingMode
		proposed string
		want     any
		failures int
	}{
		"propose":           {bucketType, plugin.AutonamingModePropose, "Dev-Logs", "dev-logs", 0},
		"propose an alias":  {"aws:kms/alias:Alias", plugin.AutonamingModePropose, "dev", "alias/dev", 0},
		"propose too long":  {bucketType, plugin.AutonamingModePropose, strings.Repeat("x", 64), nil, 1},
		"enforce":           {bucketType, plugin.AutonamingModeEnforce, "Dev-Logs", "Dev-Logs", 0},
		"enforce too long":  {queueType, plugin.AutonamingModeEnforce, strings.Repeat("x", 81), strings.Repeat("x", 81), 0},
		"disable":           {bucketType, plugin.AutonamingModeDisabled, "", nil, 0},
		"disable for queue": {queueType, plugin.AutonamingModeDisabled, "", nil, 0},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, err := schema.For(Version).Resource(c.token)
			require.NoError(t, err)
			n, ok := namingOf(c.token, r.Inputs)
			require.True(t, ok)
			response, err := p.Check(context.Background(), plugin.CheckRequest{
				URN: urnOf(c.token, "thing"), News: properties(props{"targetKeyId": "k"}), RandomSeed: seed,
				AllowUnknowns: true,
				Autonaming:    &plugin.AutonamingOptions{Mode: c.mode, ProposedName: c.proposed},
			})
			require.NoError(t, err)
			assert.Equal(t, resource.NewPropertyValue(c.want), response.Properties[resource.PropertyKey(n.property)])
			var naming int
			for _, failure := range response.Failures {
				if strings.Contains(failure.Reason, "cannot be generated") {
					naming++
				}
			}
			assert.Equal(t, c.failures, naming)
		})
	}
}

func TestNamingsAreOfTypesAndArgumentsThatExist(t *testing.T) {
	t.Parallel()
	for token, n := range namings {
		for _, version := range []string{"5", "6", "7"} {
			r, _, err := schema.For(version).Resource(token)
			if version == "5" && errors.Is(err, schema.ErrUnknown) {
				continue // newer than version 5
			}
			require.NoError(t, err)
			assert.Equal(t, schema.String, r.Inputs[n.property], "%s of %s is an optional string in version %s",
				n.property, token, version)
			if n.fifo != "" {
				assert.Equal(t, schema.Bool, r.Inputs[n.fifo])
			}
		}
	}
}
