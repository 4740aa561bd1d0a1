package iam_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

const (
	send  = "sqs:SendMessage"
	queue = "arn:aws:sqs:eu-west-1:123456789012:dlq"
)

// notYet is an output that is not computed yet.
var notYet = resource.MakeComputed(resource.NewStringProperty(""))

// text returns a string as a property.
func text(s string) resource.PropertyValue { return resource.NewStringProperty(s) }

// value returns a property as a rule gets it.
func value(p resource.PropertyValue) graph.Value {
	r := graph.Resource{Inputs: resource.PropertyMap{"policy": p}}
	return r.Arg("policy")
}

// statement returns a document with one statement as JSON text.
func statement(effect, action, arn string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + arn + `"}}`
}

func TestDocumentAllowsWhatIAMAllows(t *testing.T) {
	t.Parallel()
	const (
		denyAll  = `{"Effect":"Deny","Action":"*","Resource":"*"}`
		allowAll = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	)
	for name, c := range map[string]struct {
		statements string
		// want is the answer for the queue, and wantAny that for a resource that is not known.
		want, wantAny answer.Answer
	}{
		"nothing is allowed by default": {`[]`, answer.No, answer.No},
		"one statement without a list": {
			`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}`, answer.Yes, answer.Yes,
		},
		"lists everywhere": {
			`[{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:SendMessage"],"Resource":["arn:aws:sns:*:*:x","` + queue + `"]}]`,
			answer.Yes, answer.Unknown,
		},
		"actions in any case":          {`{"Effect":"Allow","Action":"SQS:sendMESSAGE","Resource":"*"}`, answer.Yes, answer.Yes},
		"action with a star":           {`{"Effect":"Allow","Action":"sqs:Send*","Resource":"*"}`, answer.Yes, answer.Yes},
		"action with a question mark":  {`{"Effect":"Allow","Action":"sqs:SendMessag?","Resource":"*"}`, answer.Yes, answer.Yes},
		"another action":               {`{"Effect":"Allow","Action":"sqs:SendMessageBatch","Resource":"*"}`, answer.No, answer.No},
		"another resource":             {`{"Effect":"Allow","Action":"sqs:*","Resource":"` + queue + `-2"}`, answer.No, answer.Unknown},
		"NotAction leaves it out":      {`{"Effect":"Allow","NotAction":"sqs:*","Resource":"*"}`, answer.No, answer.No},
		"NotAction leaves another out": {`{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}`, answer.Yes, answer.Yes},
		"NotResource leaves it out":    {`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:sqs:*"}`, answer.No, answer.Unknown},
		"NotResource leaves others out": {
			`{"Effect":"Allow","Action":"*","NotResource":["arn:aws:sns:*"]}`, answer.Yes, answer.Unknown,
		},
		"a deny wins over an earlier allow": {`[` + allowAll + `,` + denyAll + `]`, answer.No, answer.No},
		"a deny wins over a later allow":    {`[` + denyAll + `,` + allowAll + `]`, answer.No, answer.No},
		"a deny of another resource": {
			`[` + allowAll + `,{"Effect":"Deny","Action":"*","Resource":"` + queue + `-2"}]`, answer.Yes, answer.Unknown,
		},
		"a deny of all but the resource": {
			`[` + allowAll + `,{"Effect":"Deny","Action":"*","NotResource":"` + queue + `"}]`, answer.Yes, answer.Unknown,
		},
		"a conditional allow may not apply": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`,
			answer.Unknown, answer.Unknown,
		},
		"a condition does not widen a statement": {
			`{"Effect":"Allow","Action":"sns:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`,
			answer.No, answer.No,
		},
		"an empty condition is none": {`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}`, answer.Yes, answer.Yes},
		"a conditional deny may not apply": {
			`[` + allowAll + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]`,
			answer.Unknown, answer.Unknown,
		},
		"a conditional deny allows nothing": {
			`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
			answer.No, answer.No,
		},
		"a certain deny beside a conditional allow": {
			`[` + denyAll + `,{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:x":"true"}}}]`,
			answer.No, answer.No,
		},
		"a policy variable": {
			`{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*:*:${aws:PrincipalTag/queue}"}`, answer.Unknown, answer.Unknown,
		},
		"an effect that IAM does not know":   {`{"Effect":"allow","Action":"*","Resource":"*"}`, answer.Unknown, answer.Unknown},
		"neither Action nor NotAction":       {`{"Effect":"Allow","Resource":"*"}`, answer.Unknown, answer.Unknown},
		"both Action and NotAction":          {`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`, answer.Unknown, answer.Unknown},
		"no Resource":                        {`{"Effect":"Allow","Action":"*"}`, answer.Unknown, answer.Unknown},
		"an action that is null":             {`{"Effect":"Allow","Action":null,"Resource":"*"}`, answer.Unknown, answer.Unknown},
		"an action that is no string":        {`{"Effect":"Allow","Action":[1],"Resource":"*"}`, answer.Unknown, answer.Unknown},
		"a statement that is no object":      {`["x"]`, answer.Unknown, answer.Unknown},
		"an element in the wrong case":       {`{"Effect":"Allow","action":"*","Resource":"*"}`, answer.Unknown, answer.Unknown},
		"malformed, but of another resource": {`{"Effect":"x","Action":"*","Resource":"arn:aws:sns:*"}`, answer.No, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := `{"Version":"2012-10-17","Statement":` + c.statements + `}`
			var object any
			assert.NoError(t, json.Unmarshal([]byte(source), &object))
			for form, p := range map[string]resource.PropertyValue{
				"as text":   text(source),
				"as object": resource.NewPropertyValue(object),
				"as secret": resource.MakeSecret(text(source)),
			} {
				d := iam.ParseDocument(value(p))
				assert.Empty(t, d.Problem(), form)
				assert.Equal(t, c.want, d.Allows(send, queue), form)
				assert.Equal(t, c.wantAny, d.Allows(send, ""), form)
			}
		})
	}
}

func TestUnknownPartsOfADocumentSettleNothing(t *testing.T) {
	t.Parallel()
	replaced := func(key resource.PropertyKey, v resource.PropertyValue) resource.PropertyMap {
		s := resource.PropertyMap{"Effect": text("Allow"), "Action": text(send), "Resource": text(queue)}
		s[key] = v
		return s
	}
	for name, c := range map[string]struct {
		statement resource.PropertyValue
		want      answer.Answer
	}{
		"an unknown statement":            {notYet, answer.Unknown},
		"an unknown effect":               {resource.NewObjectProperty(replaced("Effect", notYet)), answer.Unknown},
		"an unknown action":               {resource.NewObjectProperty(replaced("Action", notYet)), answer.Unknown},
		"an unknown resource":             {resource.NewObjectProperty(replaced("Resource", notYet)), answer.Unknown},
		"an unknown condition":            {resource.NewObjectProperty(replaced("Condition", notYet)), answer.Unknown},
		"an unknown resource beside it":   {resource.NewObjectProperty(replaced("Resource", list(notYet, text(queue)))), answer.Yes},
		"an unknown resource, not it":     {resource.NewObjectProperty(replaced("Resource", list(notYet, text(queue+"2")))), answer.Unknown},
		"a secret resource":               {resource.NewObjectProperty(replaced("Resource", resource.MakeSecret(text(queue)))), answer.Yes},
		"an unknown secret":               {resource.NewObjectProperty(replaced("Resource", resource.MakeSecret(notYet))), answer.Unknown},
		"an unknown resource, not action": {resource.NewObjectProperty(resource.PropertyMap{"Effect": text("Allow"), "Action": text("sns:*"), "Resource": notYet}), answer.No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := iam.ParseDocument(value(resource.NewObjectProperty(resource.PropertyMap{"Statement": list(c.statement)})))
			assert.Empty(t, d.Problem())
			assert.Equal(t, c.want, d.Allows(send, queue))
		})
	}
}

func TestProblemOfAnUnreadableDocumentQuotesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy resource.PropertyValue
		want   string
	}{
		"unknown":         {notYet, "is not known yet"},
		"unknown secret":  {resource.MakeSecret(notYet), "is not known yet"},
		"no JSON":         {resource.MakeSecret(text(`hunter2`)), "is not JSON"},
		"more than JSON":  {text(`{"Statement":[]} hunter2`), "is not JSON"},
		"empty":           {text(``), "is not JSON"},
		"a JSON string":   {text(`"hunter2"`), "is not a JSON object"},
		"a list":          {text(`[]`), "is not a JSON object"},
		"a number":        {resource.NewNumberProperty(2), "is not a JSON object"},
		"absent":          {resource.NewNullProperty(), "is not a JSON object"},
		"no statement":    {text(`{"hunter2":1}`), "has no Statement"},
		"a null one":      {text(`{"Statement":null}`), "has no Statement"},
		"the wrong case":  {text(`{"statement":[]}`), "has no Statement"},
		"an empty object": {resource.NewObjectProperty(resource.PropertyMap{}), "has no Statement"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := iam.ParseDocument(value(c.policy))
			assert.Equal(t, c.want, d.Problem())
			assert.Equal(t, answer.Unknown, d.Allows(send, queue))
		})
	}
}

func TestAnswersHaveNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "yes no unknown", answer.Yes.String()+" "+answer.No.String()+" "+answer.Unknown.String())
}

func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `null`, `[]`, `{"Statement":[{}]}`, statement("Allow", "sqs:*", "*"), statement("Deny", "*", "${"),
		`{"Statement":{"Effect":1,"NotAction":[[]],"NotResource":{},"Condition":[],"Principal":{"AWS":[1]}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		d := iam.ParseDocument(value(text(source)))
		got := d.Allows(send, queue)
		assert.Contains(t, []answer.Answer{answer.No, answer.Unknown, answer.Yes}, got)
		if d.Problem() != "" {
			assert.Equal(t, answer.Unknown, got)
		}
	})
}
