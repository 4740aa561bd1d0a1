package planprovider

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestPlannedOutputs(t *testing.T) {
	t.Parallel()
	outputs := create(t, connect(t, nil), functionType, "f", props{
		"role": "arn", "name": "f-1234567", "timeout": 30.0, "kmsKeyArn": unknown(), "description": secret("hidden"),
		"deadLetterConfig": props{"targetArn": "q", "__defaults": []any{}},
		"__defaults":       []any{"name"},
	})
	assert.Equal(t, "arn", outputs["role"].StringValue(), "inputs are outputs")
	assert.Equal(t, "f-1234567", outputs["name"].StringValue())
	assert.InDelta(t, 30, outputs["timeout"].NumberValue(), 0)
	assert.Equal(t, unknown(), outputs["kmsKeyArn"], "unknown inputs are unknown")
	assert.Equal(t, secret("hidden"), outputs["description"], "secret inputs are secret")
	assert.Equal(t, resource.NewPropertyValue(props{"targetArn": "q"}), outputs["deadLetterConfig"])
	assert.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f-1234567", outputs["arn"].StringValue(),
		"it follows from the name")
	assert.Equal(t, unknown(), outputs["lastModified"], "AWS computes it")
	assert.Equal(t, unknown(), outputs["loggingConfig"], "AWS fills it in")
	assert.Equal(t, unknown(), outputs["layers"], "AWS may fill it in")
	assert.NotContains(t, outputs, resource.PropertyKey("handler"), "left out, and not AWS's to fill in")
	assert.NotContains(t, outputs, resource.PropertyKey("tags"))
	assert.NotContains(t, outputs, resource.PropertyKey("__defaults"))
	assert.Equal(t, resource.NewPropertyValue(props{}), outputs["tagsAll"])
}

func TestKeepingUnknownsEveryOutputIsAnInputGivenOrUnknownOrAbsent(t *testing.T) {
	t.Parallel()
	s := schema.For(Version)
	r, _, err := s.Resource(bucketType)
	require.NoError(t, err)
	outputs := create(t, connectWith(t, nil, KeepUnknowns()), bucketType, "b", props{"bucket": "mine"})
	for name := range r.Outputs {
		value, ok := outputs[resource.PropertyKey(name)]
		switch {
		case name == "bucket" || name == "tagsAll":
			assert.False(t, value.ContainsUnknowns(), name)
		case ok:
			assert.Equal(t, unknown(), value, name)
		default:
			assert.Contains(t, r.Inputs, name, "absent, so an input that was not given")
		}
	}
}

func TestWhatFollowsFromTheArgumentsIsPlanned(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config, inputs props
		options        []Option
		id             string
		arn, url       resource.PropertyValue
	}{
		"in the provider's region": {
			config: props{"region": "eu-west-1"}, inputs: props{"name": "q"},
			id:  "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
			arn: resource.NewPropertyValue("arn:aws:sqs:eu-west-1:123456789012:q"),
			url: resource.NewPropertyValue("https://sqs.eu-west-1.amazonaws.com/123456789012/q"),
		},
		"in a pinned account": {
			config: props{"region": "cn-north-1"}, inputs: props{"name": "q"}, options: []Option{Account("210987654321")},
			id:  "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/q",
			arn: resource.NewPropertyValue("arn:aws-cn:sqs:cn-north-1:210987654321:q"),
			url: resource.NewPropertyValue("https://sqs.cn-north-1.amazonaws.com.cn/210987654321/q"),
		},
		"not while the name is unknown": {
			inputs: props{"name": unknown()}, arn: unknown(), url: unknown(),
		},
		"not when unknowns are kept": {
			inputs: props{"name": "q"}, options: []Option{KeepUnknowns()}, arn: unknown(), url: unknown(),
		},
		"a secret stays one, and the id, which the engine has in the clear, is not given away": {
			inputs: props{"name": secret("q")},
			arn:    secret("arn:aws:sqs:us-east-1:123456789012:q"),
			url:    secret("https://sqs.us-east-1.amazonaws.com/123456789012/q"),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := connectWith(t, c.config, c.options...).Create(context.Background(), plugin.CreateRequest{
				URN: urnOf(queueType, "q"), Properties: properties(c.inputs), Preview: true,
			})
			require.NoError(t, err)
			assert.Equal(t, resource.ID(c.id), response.ID)
			assert.Equal(t, c.arn, response.Properties["arn"])
			assert.Equal(t, c.url, response.Properties["url"])
		})
	}
}

// Since version 7 nearly every resource has a region of its own, by default that of its provider.
func TestTheRegionOfAResourceIsPlanned(t *testing.T) {
	t.Parallel()
	const topicType, roleType = "aws:sns/topic:Topic", "aws:iam/role:Role"
	p := connectNew(t, "aws", "7.40.0", props{"region": "eu-west-1"})

	queue := create(t, p, queueType, "q", props{"name": "q", "region": "ap-southeast-2"})
	assert.Equal(t, "ap-southeast-2", queue["region"].StringValue())
	assert.Equal(t, "arn:aws:sqs:ap-southeast-2:123456789012:q", queue["arn"].StringValue())
	assert.Equal(t, "https://sqs.ap-southeast-2.amazonaws.com/123456789012/q", queue["url"].StringValue())
	key := create(t, p, keyType, "k", props{"region": "ap-southeast-2"})
	assert.Contains(t, key["arn"].StringValue(), "arn:aws:kms:ap-southeast-2:123456789012:key/")
	bucket := create(t, p, bucketType, "b", props{"bucket": "b", "region": "ap-southeast-2"})
	assert.Equal(t, "b.s3.ap-southeast-2.amazonaws.com", bucket["bucketRegionalDomainName"].StringValue())

	assert.Equal(t, "eu-west-1", create(t, p, topicType, "t", props{"name": "t"})["region"].StringValue(), "that of the provider")
	assert.NotContains(t, create(t, p, roleType, "r", props{"name": "r"}), resource.PropertyKey("region"), "IAM has no regions")
	queue = create(t, p, queueType, "q", props{"name": "q", "region": unknown()})
	assert.Equal(t, unknown(), queue["region"])
	assert.Equal(t, unknown(), queue["arn"], "the region is not known")

	v6 := create(t, connectNew(t, "aws", "6.83.4", props{"region": "eu-west-1"}), queueType, "q", props{"name": "q"})
	assert.NotContains(t, v6, resource.PropertyKey("region"))
	kept := create(t, connectNew(t, "aws", "7.40.0", props{"region": "eu-west-1"}, KeepUnknowns()), queueType, "q", props{"name": "q"})
	assert.Equal(t, unknown(), kept["region"])
}

func TestDefaultsOfTheProviderArePlanned(t *testing.T) {
	t.Parallel()
	const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm"
	alarm := create(t, connect(t, nil), alarmType, "a", props{"name": "a"})
	assert.Equal(t, resource.NewProperty(true), alarm["actionsEnabled"])
	assert.Equal(t, resource.NewProperty(false), create(t, connect(t, nil), alarmType, "a", props{"actionsEnabled": false})["actionsEnabled"])
	assert.NotContains(t, create(t, connectWith(t, nil, KeepUnknowns()), alarmType, "a", nil), resource.PropertyKey("actionsEnabled"))
}

// The provider's configuration shows policies that nobody has configured the region.
func TestAnAssumedRegionIsMarkedAsAssumed(t *testing.T) {
	t.Parallel()
	checked := func(config props, opts ...Option) resource.PropertyMap {
		p := connectNew(t, "aws", "7.40.0", nil, opts...)
		response, err := p.CheckConfig(context.Background(), plugin.CheckConfigRequest{
			URN: urnOf(schema.ProviderToken, "p"), News: properties(config), AllowUnknowns: true,
		})
		require.NoError(t, err)
		require.Empty(t, response.Failures)
		return response.Properties
	}
	with := func(config props) resource.PropertyMap {
		marked := properties(config)
		marked[standin.AssumedRegion] = resource.NewProperty("us-east-1")
		return marked
	}
	east, west := props{"region": "us-east-1"}, props{"region": "eu-west-1"}
	assert.Equal(t, properties(east), checked(east), "configured")
	assert.Equal(t, with(east), checked(east, AssumeRegion()), "by the default of the stack")
	assert.Equal(t, properties(west), checked(west, AssumeRegion()), "by the program")
	assert.Equal(t, with(props{}), checked(nil), "by nobody")
	assert.Equal(t, with(props{"region": ""}), checked(props{"region": ""}))
}

func TestAProgramsRelativePathsStartInItsFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "code.zip"), []byte("abc"), 0o600))
	code, err := archive.FromPath(filepath.Join(folder, "code.zip"))
	require.NoError(t, err)
	code.Path = "code.zip"
	outputs := create(t, connectWith(t, nil, ProgramFolder(folder)), functionType, "f", props{"name": "f", "code": code})
	// SHA-256 of "abc" (FIPS 180-2, appendix B.1) in base64.
	assert.Equal(t, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", outputs["codeSha256"].StringValue())
}

func TestAllTagsAreTheTagsOfTheCheckedInputs(t *testing.T) {
	t.Parallel()
	p := connect(t, props{"defaultTags": props{"tags": props{"team": "x"}}})
	inputs, _ := check(t, p, bucketType, "b", nil, props{"tags": props{"a": "1"}})
	response, err := p.Create(context.Background(), plugin.CreateRequest{
		URN: urnOf(bucketType, "b"), Properties: inputs, Preview: true,
	})
	require.NoError(t, err)
	assert.Equal(t, resource.NewPropertyValue(props{"team": "x", "a": "1"}), response.Properties["tagsAll"])
	assert.Equal(t, unknown(), create(t, p, bucketType, "b", props{"tags": unknown()})["tagsAll"])
}

func TestSecretOutputsAreSecret(t *testing.T) {
	t.Parallel()
	outputs := create(t, connect(t, nil), "aws:iam/accessKey:AccessKey", "k", props{"user": "u"})
	assert.Equal(t, resource.MakeSecret(unknown()), outputs["secret"])
	assert.Equal(t, unknown(), outputs["createDate"])
}

func TestPlannedUpdateKeepsWhatAWSComputed(t *testing.T) {
	t.Parallel()
	response, err := connect(t, nil).Update(context.Background(), plugin.UpdateRequest{
		URN: urnOf(queueType, "q"), ID: "https://queue", Preview: true,
		OldInputs:  properties(props{"name": "q-1", "delaySeconds": 1.0}),
		OldOutputs: properties(props{"name": "q-1", "delaySeconds": 1.0, "arn": "arn:q", "policy": "{}"}),
		NewInputs:  properties(props{"name": "q-1", "delaySeconds": 2.0}),
	})
	require.NoError(t, err)
	assert.Equal(t, "arn:q", response.Properties["arn"].StringValue())
	assert.InDelta(t, 2, response.Properties["delaySeconds"].NumberValue(), 0)
	assert.Equal(t, unknown(), response.Properties["policy"], "an input that is no longer given")
}

func TestItOnlyPlans(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), connect(t, nil)
	urn := urnOf(queueType, "dead-letters")
	_, created := p.Create(ctx, plugin.CreateRequest{URN: urn, Properties: resource.PropertyMap{}})
	_, updated := p.Update(ctx, plugin.UpdateRequest{
		URN: urn, ID: "q", OldInputs: resource.PropertyMap{}, OldOutputs: resource.PropertyMap{},
		NewInputs: resource.PropertyMap{},
	})
	_, deleted := p.Delete(ctx, plugin.DeleteRequest{
		URN: urn, ID: "q", Inputs: resource.PropertyMap{}, Outputs: resource.PropertyMap{},
	})
	for verb, err := range map[string]error{"create": created, "update": updated, "delete": deleted} {
		require.Error(t, err)
		assert.Contains(t, err.Error(), "cannot "+verb+` aws:sqs/queue:Queue "dead-letters": this provider only plans; `+
			"run `pipeguard preview --provider real`")
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		token             string
		olds, news        props
		changes           plugin.DiffChanges
		changed, replaced []resource.PropertyKey
	}{
		"nothing": {
			bucketType,
			props{"acl": "private", "__defaults": []any{"bucket"}},
			props{"acl": "private", "__defaults": []any{}},
			plugin.DiffNone, nil, nil,
		},
		"an argument": {
			bucketType,
			props{"acl": "private"},
			props{"acl": "public-read"},
			plugin.DiffSome,
			[]resource.PropertyKey{"acl"},
			nil,
		},
		"more and fewer": {
			bucketType,
			props{"acl": "private"},
			props{"forceDestroy": true},
			plugin.DiffSome,
			[]resource.PropertyKey{"acl", "forceDestroy"},
			nil,
		},
		"not known any more": {
			bucketType,
			props{"acl": "private"},
			props{"acl": unknown()},
			plugin.DiffSome,
			[]resource.PropertyKey{"acl"},
			nil,
		},
		"the name": {
			bucketType,
			props{"bucket": "a"},
			props{"bucket": "b"},
			plugin.DiffSome,
			[]resource.PropertyKey{"bucket"},
			[]resource.PropertyKey{"bucket"},
		},
		"the name under another name": {
			"aws:lambda/permission:Permission",
			props{"statementId": "a"},
			props{"statementId": "b"},
			plugin.DiffSome,
			[]resource.PropertyKey{"statementId"},
			[]resource.PropertyKey{"statementId"},
		},
	}
	p := connect(t, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diff, err := p.Diff(context.Background(), plugin.DiffRequest{
				URN: urnOf(c.token, "x"), ID: "x", OldInputs: properties(c.olds), OldOutputs: properties(c.olds),
				NewInputs: properties(c.news), AllowUnknowns: true,
			})
			require.NoError(t, err)
			assert.Equal(t, c.changes, diff.Changes)
			assert.Equal(t, len(c.changed), len(diff.ChangedKeys))
			assert.Subset(t, diff.ChangedKeys, c.changed)
			assert.ElementsMatch(t, c.replaced, diff.ReplaceKeys)
		})
	}
}

func TestConfigurationNeverReplacesTheProvider(t *testing.T) {
	t.Parallel()
	diff, err := connect(t, nil).DiffConfig(context.Background(), plugin.DiffConfigRequest{
		URN: urnOf(schema.ProviderToken, "p"), OldInputs: properties(props{"region": "eu-west-1"}),
		NewInputs: properties(props{"region": "eu-west-2", standin.AssumedRegion: "us-east-1"}),
	})
	require.NoError(t, err)
	assert.Equal(t, plugin.DiffSome, diff.Changes)
	assert.Equal(t, []resource.PropertyKey{"region"}, diff.ChangedKeys)
	assert.Empty(t, diff.ReplaceKeys)
}
