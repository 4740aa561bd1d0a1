package analyzer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// openBucket violates s3-bucket-arguments by its own arguments.
func openBucket() plugin.AnalyzerResource {
	return asked(bucketToken, "open", resource.PropertyMap{"blockPublicAcls": resource.NewProperty(true)})
}

func TestAnalyzeAnswersOnlyWhatOneResourceShows(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, token := range []string{bucketToken, bucketV2Token} {
		res := analyze(t, a, asked(token, "open", resource.PropertyMap{"blockPublicAcls": resource.NewProperty(true)}))
		require.Len(t, res.Diagnostics, 1, "no word yet of the missing public access block")
		d := res.Diagnostics[0]
		assert.Equal(t, "s3-bucket-arguments", d.PolicyName)
		assert.Equal(t, "pipeguard", d.PolicyPackName)
		assert.Equal(t, packVersion, d.PolicyPackVersion)
		assert.Equal(t, urn(token, "open"), d.URN)
		assert.Equal(t, apitype.Mandatory, d.EnforcementLevel)
		assert.Equal(t, apitype.PolicySeverityHigh, d.Severity)
		assert.Equal(t, registry(t).Rule("s3-bucket-arguments").Title, d.Description)
		assert.Contains(t, d.Message, "'open'")
		assert.Contains(t, d.Message, "\n  fix: ")
	}
	assert.Empty(t, analyze(t, a, asked(bucketToken, "plain", nil)).Diagnostics)
	assert.Empty(t, analyze(t, a, asked("my:own:Thing", "thing", resource.PropertyMap{"blockPublicAcls": text("x")})).Diagnostics)
}

func TestSeverityIsOnTheWireItself(t *testing.T) {
	t.Parallel()
	client := connect(t)
	args, err := plugin.MarshalProperties(openBucket().Properties, plugin.MarshalOptions{})
	require.NoError(t, err)
	res, err := client.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{
		Urn: string(openBucket().URN), Type: bucketToken, Name: "open", Properties: args,
	})
	require.NoError(t, err)
	require.Len(t, res.Diagnostics, 1)
	assert.Equal(t, pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH, res.Diagnostics[0].Severity)
}

func TestAnalyzeStackJoinsTheArgumentsThatAnalyzeSaw(t *testing.T) {
	t.Parallel()
	a := start(t)
	analyze(t, a, asked(bucketToken, "bare", resource.PropertyMap{}))
	analyze(t, a, asked(bucketToken, "blocked", resource.PropertyMap{}))
	analyze(t, a, asked(blockToken, "block", closed(computed())))
	// The outputs of a preview say nothing of the flags.
	block := made(blockToken, "block", resource.PropertyMap{"bucket": computed(), "blockPublicAcls": computed()})
	block.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"bucket": {urn(bucketToken, "blocked")}}
	res := analyzeStack(t, a,
		made(bucketToken, "bare", resource.PropertyMap{"bucket": text("bare-1a2b3c4")}),
		made(bucketToken, "blocked", resource.PropertyMap{"bucket": computed()}),
		block)
	own := diagnosticsOf(res, "s3-public-access-block")
	require.Len(t, own, 1, "%v", said(res))
	assert.Equal(t, urn(bucketToken, "bare"), own[0].URN)
	assert.Equal(t, apitype.PolicySeverityHigh, own[0].Severity)
	assert.Empty(t, reasons(res, "s3-public-access-block"))
}

func TestWhatIsOnlyReadIsNotAccused(t *testing.T) {
	t.Parallel()
	a := start(t)
	read := []plugin.AnalyzerStackResource{
		made(stackToken, "images-dev", resource.PropertyMap{}),
		made(bucketToken, "theirs", resource.PropertyMap{"bucket": text("logs"), "id": text("logs")}),
		made(functionToken, "function", resource.PropertyMap{"name": text("thumb")}),
		made(blockToken, "block", resource.PropertyMap{"bucket": text("logs"), "blockPublicAcls": resource.NewProperty(false)}),
	}
	assert.Empty(t, said(analyzeStack(t, a, read...)))

	for _, r := range read {
		analyze(t, a, r.AnalyzerResource)
	}
	assert.NotEmpty(t, said(analyzeStack(t, a, read...)), "the same, declared by the program, is")
}

func TestBucketNamesAreJudgedWithTheStacksOwn(t *testing.T) {
	t.Parallel()
	// The resources' URNs are of project images and stack dev.
	tests := map[string]struct {
		name, organization string
		unique             bool
	}{
		"the organization":          {"x-acme", "acme", true},
		"another organization":      {"x-acme", "globex", false},
		"the project and the stack": {"x-images-dev", "globex", true},
		"another project":           {"x-videos-dev", "globex", false},
		"another stack":             {"x-images-prod", "globex", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := connect(t)
			_, err := client.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
				Project: "images", Stack: "dev", Organization: test.organization, DryRun: true,
			})
			require.NoError(t, err)
			a := plugin.NewAnalyzerWithClient(Name, client)
			args := resource.PropertyMap{"bucket": text(test.name)}
			analyze(t, a, asked(bucketToken, "bucket", args))
			own := diagnosticsOf(analyzeStack(t, a, made(bucketToken, "bucket", args)), "s3-bucket-name-unique")
			assert.Equal(t, test.unique, len(own) == 0, "%v", own)
		})
	}
}

func TestLevelsComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policies map[string]plugin.AnalyzerPolicyConfig
		want     []apitype.EnforcementLevel
	}{
		"defaults": {nil, []apitype.EnforcementLevel{apitype.Mandatory}},
		"one rule": {
			map[string]plugin.AnalyzerPolicyConfig{"s3-bucket-arguments": {EnforcementLevel: apitype.Advisory}},
			[]apitype.EnforcementLevel{apitype.Advisory},
		},
		"disabled": {
			map[string]plugin.AnalyzerPolicyConfig{"s3-bucket-arguments": {EnforcementLevel: apitype.Disabled}}, nil,
		},
		"another rule": {
			map[string]plugin.AnalyzerPolicyConfig{"s3-public-access-block": {EnforcementLevel: apitype.Disabled}},
			[]apitype.EnforcementLevel{apitype.Mandatory},
		},
		"all": {
			map[string]plugin.AnalyzerPolicyConfig{"all": {EnforcementLevel: apitype.Advisory}},
			[]apitype.EnforcementLevel{apitype.Advisory},
		},
		"one over all, as the CLI passes both on": {
			map[string]plugin.AnalyzerPolicyConfig{
				"all":                 {EnforcementLevel: apitype.Disabled},
				"s3-bucket-arguments": {EnforcementLevel: apitype.Mandatory},
			},
			[]apitype.EnforcementLevel{apitype.Mandatory},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			require.NoError(t, a.Configure(t.Context(), test.policies))
			var got []apitype.EnforcementLevel
			for _, d := range analyze(t, a, openBucket()).Diagnostics {
				got = append(got, d.EnforcementLevel)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// The engine hands on every rule with a level, and the entry of the settings with
// the level that it had beforehand.
func TestSettingsComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	given := func(settings map[string]any) map[string]plugin.AnalyzerPolicyConfig {
		policies := map[string]plugin.AnalyzerPolicyConfig{
			"pipeguard": {EnforcementLevel: apitype.Advisory, Properties: settings},
		}
		for _, r := range registry(t).Rules() {
			policies[r.ID] = plugin.AnalyzerPolicyConfig{EnforcementLevel: r.Enforcement}
		}
		return policies
	}
	other, err := asset.FromText("")
	require.NoError(t, err)
	code, err := archive.FromAssets(map[string]any{"other.py": other})
	require.NoError(t, err)
	noHandler := asked(functionToken, "thumbnailer", resource.PropertyMap{
		"runtime": text("python3.12"), "handler": text("index.handler"), "code": resource.NewProperty(code),
	})
	const id = "lambda-archive-handler"

	a := start(t)
	require.NoError(t, a.Configure(t.Context(), given(nil)))
	require.Len(t, diagnosticsOf(analyze(t, a, noHandler), id), 1)
	require.NoError(t, a.Configure(t.Context(), given(map[string]any{"profile": "documented"})))
	assert.Empty(t, diagnosticsOf(analyze(t, a, noHandler), id), "the profile does not have the rule")
	require.NoError(t, a.Configure(t.Context(), given(map[string]any{"waivers": []any{map[string]any{
		"rule": id, "urn": "*::thumbnailer", "reason": "It is a stub.", "permanent": true,
	}}})))
	assert.Empty(t, diagnosticsOf(analyze(t, a, noHandler), id), "it is waived")
	assert.ErrorContains(t, a.Configure(t.Context(), given(map[string]any{"profil": "strict"})), "pipeguard: profil")
}

func TestTheBaselineIsReadFromTheProgramsFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPack(registry(t), semver.MustParse(packVersion), dir)
	res, err := p.Analyze(t.Context(), openBucket())
	require.NoError(t, err)
	require.NotEmpty(t, res.Diagnostics)

	settings := map[string]plugin.AnalyzerPolicyConfig{"pipeguard": {Properties: map[string]any{"baseline": "known.json"}}}
	require.ErrorContains(t, p.Configure(t.Context(), settings), filepath.Join(dir, "known.json"))
	var known bytes.Buffer
	require.NoError(t, config.WriteBaseline(&known, p.checker.Resource(load.AnalyzerResource(openBucket())).Findings))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "known.json"), known.Bytes(), 0o600))
	require.NoError(t, p.Configure(t.Context(), settings))

	res, err = p.Analyze(t.Context(), openBucket())
	require.NoError(t, err)
	assert.Empty(t, res.Diagnostics)
}

func TestParametersComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	const accountToken = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	for _, on := range []bool{false, true} {
		t.Run(fmt.Sprintf("accountLevel %v", on), func(t *testing.T) {
			t.Parallel()
			a := start(t)
			require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{
				"s3-public-access-block": {
					EnforcementLevel: apitype.Mandatory, Properties: map[string]any{"accountLevel": on},
				},
			}))
			account := closed(resource.NewNullProperty())
			analyze(t, a, asked(bucketToken, "bucket", nil))
			analyze(t, a, asked(accountToken, "account", account))
			res := analyzeStack(t, a, made(bucketToken, "bucket", nil), made(accountToken, "account", account))
			assert.Equal(t, on, len(diagnosticsOf(res, "s3-public-access-block")) == 0)
		})
	}
}

func TestWhatCannotBeToldIsNotApplicableWithTheReason(t *testing.T) {
	t.Parallel()
	a := startDocumented(t)
	analyze(t, a, asked(bucketToken, "uploads", resource.PropertyMap{"bucket": text("uploads-1a2b3c4")}))
	analyze(t, a, asked(blockToken, "block", closed(computed())))
	res := analyzeStack(t, a,
		made(bucketToken, "uploads", resource.PropertyMap{"bucket": text("uploads-1a2b3c4")}),
		made(blockToken, "block", resource.PropertyMap{"bucket": computed()}))
	assert.Empty(t, diagnosticsOf(res, "s3-public-access-block"))
	why := reasons(res, "s3-public-access-block")
	require.Len(t, why, 1)
	for _, part := range []string{"not evaluated: ", "'uploads'", "'block'", "not known yet"} {
		assert.Contains(t, why[0], part)
	}

	one := analyze(t, a, asked(functionToken, "thumb", resource.PropertyMap{"code": computed()}))
	assert.Empty(t, one.Diagnostics)
	assert.Equal(t, []string{"not evaluated: the code of Function 'thumb' is not known yet"},
		reasons(one, "lambda-prebuilt-code"))
}

func TestTheUserIsToldWhatCouldNotBeEvaluated(t *testing.T) {
	t.Parallel()
	address, log := listenForLogs(t)
	port, _ := run(t, t.Context(), address, time.Minute)
	a := plugin.NewAnalyzerWithClient(Name, dial(t, port))
	documentedOnly(t, a) // one of which looks at a function's code
	for _, name := range []string{"one", "two"} {
		analyze(t, a, asked(functionToken, name, resource.PropertyMap{"code": computed()}))
	}
	assert.Empty(t, log.all(), "not before the whole stack is there")
	for range 2 {
		analyzeStack(t, a)
	}
	logged := log.all()
	require.Len(t, logged, 6, "a summary and a reason for each, both times")
	for _, i := range []int{0, 3} {
		assert.Equal(t, pulumirpc.LogSeverity_INFO, logged[i].Severity)
		assert.Contains(t, logged[i].Message, "lambda-prebuilt-code (2)")
		for k, name := range []string{"one", "two"} {
			detail := logged[i+1+k]
			assert.Equal(t, pulumirpc.LogSeverity_DEBUG, detail.Severity)
			assert.Equal(t, string(urn(functionToken, name)), detail.Urn)
			assert.Contains(t, detail.Message, "lambda-prebuilt-code: the code of Function '"+name+"' is not known yet")
		}
	}
}

func TestAPolicyThatIsViolatedIsNotAlsoNotApplicable(t *testing.T) {
	t.Parallel()
	a := start(t)
	// Two blocks of one bucket, and a third that may be of the other bucket.
	uploads := resource.PropertyMap{"bucket": text("uploads-1a2b3c4")}
	logs := resource.PropertyMap{"bucket": text("logs-1a2b3c4")}
	analyze(t, a, asked(bucketToken, "uploads", uploads))
	analyze(t, a, asked(bucketToken, "logs", logs))
	analyze(t, a, asked(blockToken, "one", closed(text("uploads-1a2b3c4"))))
	analyze(t, a, asked(blockToken, "two", closed(text("uploads-1a2b3c4"))))
	analyze(t, a, asked(blockToken, "three", closed(computed())))
	res := analyzeStack(t, a,
		made(bucketToken, "uploads", uploads),
		made(bucketToken, "logs", logs),
		made(blockToken, "one", uploads),
		made(blockToken, "two", uploads),
		made(blockToken, "three", resource.PropertyMap{"bucket": computed()}))
	require.Len(t, diagnosticsOf(res, "s3-public-access-block"), 1, "the bucket with two blocks")
	assert.Empty(t, reasons(res, "s3-public-access-block"), "the engine counts a policy once")
}

// marker is the value of every secret here.
const marker = "hunter2"

// resources returns some of each kind that rules judge, with v for every argument.
func resources(v resource.PropertyValue) []plugin.AnalyzerResource {
	list := func(v resource.PropertyValue) resource.PropertyValue {
		return resource.NewProperty([]resource.PropertyValue{v})
	}
	object := func(m resource.PropertyMap) resource.PropertyValue { return resource.NewProperty(m) }
	all := func(names ...resource.PropertyKey) resource.PropertyMap {
		m := resource.PropertyMap{}
		for _, name := range names {
			m[name] = v
		}
		return m
	}
	entry := all("id", "events", "filterPrefix", "filterSuffix", "lambdaFunctionArn", "typo")
	function := all("name", "role", "code", "s3Bucket", "handler")
	function["deadLetterConfig"] = object(all("targetArn"))
	function["environment"] = object(resource.PropertyMap{"variables": object(all("TOKEN"))})
	alarm := all("name", "namespace", "metricName", "actionsEnabled", "alarmActions", "dimensions", "metricQueries")
	alarm["alarmActions"] = list(v)
	return []plugin.AnalyzerResource{
		asked(bucketToken, "one", all("bucket", "blockPublicAcls", "tags")),
		asked(bucketToken, "two", all("bucket")),
		asked(blockToken, "block", all("bucket", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")),
		asked(notificationToken, "notification", resource.PropertyMap{"bucket": v, "lambdaFunctions": list(object(entry))}),
		asked(notificationToken, "other", resource.PropertyMap{"bucket": v, "lambdaFunctions": v, "queues": list(v)}),
		asked(functionToken, "function", function),
		asked("aws:lambda/permission:Permission", "permission", all("function", "principal", "action", "sourceArn")),
		asked("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "invoke", all("functionName", "destinationConfig")),
		asked("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", alarm),
		asked("aws:cloudwatch/compositeAlarm:CompositeAlarm", "composite", all("alarmName", "alarmRule", "alarmActions", "actionsEnabled")),
		asked("aws:sns/topic:Topic", "topic", all("name")),
		asked("aws:sns/topicSubscription:TopicSubscription", "subscription", all("topic", "protocol", "endpoint")),
		asked(queueToken, "queue", all("name", "redrivePolicy", "fifoQueue")),
		asked("aws:iam/role:Role", "role", all("name", "assumeRolePolicy", "inlinePolicies", "managedPolicyArns")),
		asked("aws:iam/rolePolicy:RolePolicy", "rolePolicy", all("role", "policy")),
	}
}

// everything runs all rules on the resources, and returns all that was said.
func everything(t *testing.T, a plugin.Analyzer, rs []plugin.AnalyzerResource) plugin.AnalyzeResponse {
	t.Helper()
	var all plugin.AnalyzeResponse
	var stack []plugin.AnalyzerStackResource
	for _, r := range rs {
		res := analyze(t, a, r)
		all.Diagnostics = append(all.Diagnostics, res.Diagnostics...)
		all.NotApplicable = append(all.NotApplicable, res.NotApplicable...)
		stack = append(stack, plugin.AnalyzerStackResource{AnalyzerResource: r})
	}
	stack = append(stack, made(stackToken, "images-dev", resource.PropertyMap{"validations": rs[0].Properties["bucket"]}))
	res := analyzeStack(t, a, stack...)
	all.Diagnostics = append(all.Diagnostics, res.Diagnostics...)
	all.NotApplicable = append(all.NotApplicable, res.NotApplicable...)
	return all
}

func TestASecretIsJudgedAndNeverShown(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]resource.PropertyValue{
		"text":   text(marker),
		"ARN":    text("arn:aws:lambda:us-east-1:123456789012:function:" + marker),
		"JSON":   text(`{"` + marker + `":"` + marker + `"}`),
		"list":   resource.NewProperty([]resource.PropertyValue{text(marker), text(marker)}),
		"object": resource.NewProperty(resource.PropertyMap{marker: text(marker)}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := everything(t, start(t), resources(resource.MakeSecret(value)))
			assert.NotContains(t, fmt.Sprintf("%+v", res), marker)
			assert.NotEmpty(t, diagnosticsOf(res, "s3-public-access-block"), "a secret that is wrong is a violation")
		})
	}
}

func TestUnknownIsNeverAViolationAndNeverASilentPass(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]resource.PropertyValue{
		"unknown": computed(), "unknown secret": resource.MakeSecret(computed()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := everything(t, startDocumented(t), resources(value))
			for _, d := range res.Diagnostics {
				// These arguments are wrong whatever their value.
				assert.Contains(t, []string{"s3-bucket-arguments", "s3-notification-typed"}, d.PolicyName, d.Message)
				if d.PolicyName == "s3-notification-typed" {
					assert.Contains(t, d.Message, "typo")
				}
			}
			for _, id := range []string{
				"s3-public-access-block", "s3-bucket-name-unique", "lambda-prebuilt-code", "lambda-dead-letter-queue",
				"lambda-failure-alarms", "stack-readiness-checks",
			} {
				assert.NotEmpty(t, reasons(res, id), id)
			}
		})
	}
}

func TestAnalyzeTakesManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	a := start(t)
	const calls = 64
	errs := make(chan error, calls)
	found := make(chan int, calls)
	var stack []plugin.AnalyzerStackResource
	var wg sync.WaitGroup
	for i := range calls {
		r := openBucket()
		r.Name = fmt.Sprintf("bucket%02d", i)
		r.URN = urn(bucketToken, r.Name)
		stack = append(stack, plugin.AnalyzerStackResource{AnalyzerResource: r})
		wg.Go(func() {
			res, err := a.Analyze(t.Context(), r)
			errs <- err
			found <- len(res.Diagnostics)
		})
	}
	wg.Wait()
	for range calls {
		require.NoError(t, <-errs)
		require.Equal(t, 1, <-found)
	}
	assert.Len(t, diagnosticsOf(analyzeStack(t, a, stack...), "s3-public-access-block"), calls, "each is remembered")
}
