package planprovider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnswersAreRead(t *testing.T) {
	t.Parallel()
	answers, err := ParseAnswers(props{
		"account": "210987654321", "region": "eu-west-1",
		"functions": []any{props{"function": "ec2.getVpc", "args": props{"default": true}, "result": props{"id": "vpc-1"}}},
		"stacks": []any{
			props{"stack": "acme/network/prod", "output": "ids", "value": []any{"a"}},
			props{"stack": "acme/network/dev", "output": "ids", "value": nil},
		},
	})
	require.NoError(t, err)
	assert.Equal(t, Answers{
		Account: "210987654321", Region: "eu-west-1",
		Functions: []FunctionAnswer{{
			Function: "ec2.getVpc", Args: properties(props{"default": true}), Result: properties(props{"id": "vpc-1"}),
		}},
		Stacks: []StackAnswer{
			{"acme/network/prod", "ids", resource.NewPropertyValue([]any{"a"})},
			{"acme/network/dev", "ids", resource.NewNullProperty()},
		},
	}, answers)
	assert.Equal(t, properties(props{"ids": []any{"a"}}), answers.StackOutputs("acme/network/prod"))
	assert.Empty(t, answers.StackOutputs("acme/network/test"))

	none, err := ParseAnswers(nil)
	require.NoError(t, err)
	assert.Equal(t, Answers{}, none)
}

func TestWrongAnswersNameTheKey(t *testing.T) {
	t.Parallel()
	_, err := ParseAnswers([]any{})
	require.EqualError(t, err, "answers: want an object, got a list")
	_, err = ParseAnswers(props{
		"account": 210987654321.0, "acount": "x", "region": "",
		"functions": []any{"ec2.getVpc", props{"result": []any{}, "arguments": props{}}},
		"stacks":    []any{props{"stack": "s", "value": true}},
	})
	require.EqualError(t, err, `answers.acount: there is no such key; want one of account, functions, region, stacks
answers.account: want a text, got a number
answers.region: want a text, got an empty text
answers.functions[0]: want an object, got a text
answers.functions[1].arguments: there is no such key; want one of args, function, result
answers.functions[1].function: it is missing
answers.functions[1].result: want an object, got a list
answers.stacks[0].output: it is missing`)
	_, err = ParseAnswers(props{"account": "123", "stacks": props{}})
	require.EqualError(t, err, `answers.account: want an account id, which is a text of 12 digits
answers.stacks: want a list, got an object`)
}

func TestFunctionsAreFoundByTheirShortNames(t *testing.T) {
	t.Parallel()
	for short, token := range map[string]string{
		"aws:ec2/getVpc:getVpc": "aws:ec2/getVpc:getVpc", "aws:ec2:getVpc": "aws:ec2/getVpc:getVpc",
		"ec2.getVpc": "aws:ec2/getVpc:getVpc", "ec2.get_vpc": "aws:ec2/getVpc:getVpc", "aws.ec2.getVpc": "aws:ec2/getVpc:getVpc",
		"getRegion": "aws:index/getRegion:getRegion", "aws.get_region": "aws:index/getRegion:getRegion",
		"aws:getRegion": "aws:index/getRegion:getRegion", "random:index:thing": "random:index/thing:thing",
	} {
		assert.Equal(t, shortToken(token), shortToken(short), short)
	}
	assert.NotEqual(t, shortToken("aws:ec2/getVpc:getVpc"), shortToken("ec2.getVpcs"))
	assert.Empty(t, shortToken(""))
}
