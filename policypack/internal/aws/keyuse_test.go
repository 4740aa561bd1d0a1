package aws_test

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

type args = map[string]any

func declare(t graph.Type, name string, arguments args) *graph.Resource {
	return &graph.Resource{
		URN: resource.NewURN("dev", "images", "", tokens.Type(t), name), Type: t, Name: name,
		Inputs: resource.NewPropertyMapFromMap(arguments),
	}
}

// alarmed returns a stack in which two alarms send to a topic that is encrypted with a key that has the given policy.
func alarmed(policy string) *aws.Stack {
	const key, topic = "arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:sns:eu-west-1:123456789012:alarms"
	k := declare(graph.Key, "key", args{"policy": policy})
	k.Outputs = resource.NewPropertyMapFromMap(args{"arn": key})
	to := declare(graph.Topic, "alarms", args{"name": "alarms", "kmsMasterKeyId": key})
	to.Outputs = resource.NewPropertyMapFromMap(args{"arn": topic})
	return aws.NewStack(graph.New("images", "dev", "", []*graph.Resource{
		k, to,
		declare(graph.MetricAlarm, "errors", args{"alarmActions": []any{topic}}),
		declare(graph.MetricAlarm, "throttles", args{"okActions": []any{topic}}),
	}))
}

func TestAKeyIsUsedOncePerServiceHoweverManySend(t *testing.T) {
	t.Parallel()
	uses := alarmed("").KeyUses()
	require.Len(t, uses, 1)
	assert.Equal(t, "cloudwatch.amazonaws.com", uses[0].Service.Principal)
	assert.Equal(t, "errors", uses[0].By.Name)
	assert.Equal(t, "alarms", uses[0].Resource.Name)
	assert.Equal(t, "key", uses[0].Declaration().Name)
	assert.Equal(t, answer.No, uses[0].Key.Allows(uses[0].Service), "a key without a policy is for its account alone")
}

func TestAKeyAllowsAServiceWhatItsPolicyAllowsAndDoesNotDeny(t *testing.T) {
	t.Parallel()
	const (
		allow = `{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*"}`
		deny  = `{"Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`
	)
	for name, c := range map[string]struct {
		statements string
		allows     answer.Answer
		denying    []string
	}{
		"allowed":            {allow, answer.Yes, nil},
		"allowed and denied": {allow + "," + deny, answer.No, []string{"statement 2"}},
		"denied":             {deny, answer.No, []string{"statement 1"}},
		"neither":            {"", answer.No, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			use := alarmed(`{"Statement":[` + c.statements + `]}`).KeyUses()[0]
			assert.Equal(t, c.allows, use.Key.Allows(use.Service))
			var denying []string
			for _, statement := range use.Service.DeniedBy(use.Key.Policies().Declared().Document()) {
				denying = append(denying, statement.String())
			}
			assert.Equal(t, c.denying, denying)
		})
	}
}

func TestObjectsOfAStackAreCreatedOnce(t *testing.T) {
	t.Parallel()
	s := alarmed("")
	first := s.Topics()[0]
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			assert.Same(t, first, s.Topics()[0])
			assert.Same(t, s.Roles(), s.Roles())
		})
	}
	asking.Wait()
}
