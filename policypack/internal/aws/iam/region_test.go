package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// assumed is the configuration of a provider that has no region configured.
var assumed = props{"region": text("us-east-1"), standin.AssumedRegion: text("us-east-1")}

// S3 uses the key of a bucket on behalf of the role that reads from it, so that kms:ViaService is S3 in the bucket's
// region; other services do the same.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func TestAKeyIsUsedThroughTheServiceOfWhatItEncrypts(t *testing.T) {
	t.Parallel()
	west := props{"region": text("eu-west-1")}
	inRegion := func(typ graph.Type, provider props) *graph.Resource {
		r := declare(typ, "encrypted", props{"name": text("it"), "bucket": text("it")})
		r.Provider = provider
		return r
	}
	equals := func(service string) string { return `"StringEquals": {"kms:ViaService": "` + service + `"}` }
	like := func(service string) string { return `"StringLike": {"kms:ViaService": "` + service + `"}` }
	for name, c := range map[string]struct {
		condition string
		forWhat   *graph.Resource
		want      answer.Answer
	}{
		"a bucket":   {equals("s3.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, west), answer.Yes},
		"a queue":    {equals("sqs.eu-west-1.amazonaws.com"), inRegion(graph.Queue, west), answer.Yes},
		"a topic":    {equals("sns.eu-west-1.amazonaws.com"), inRegion(graph.Topic, west), answer.Yes},
		"a function": {equals("lambda.eu-west-1.amazonaws.com"), inRegion(graph.Function, west), answer.Yes},
		"the key of the condition in another case": {`"stringequals": {"KMS:viaservice": "s3.eu-west-1.amazonaws.com"}`, inRegion(graph.Bucket, west), answer.Yes},
		"one of several":                           {`"StringEquals": {"kms:ViaService": ["sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]}`, inRegion(graph.Bucket, west), answer.Yes},
		"another service":                          {equals("sqs.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, west), answer.No},
		"another region":                           {equals("s3.us-east-1.amazonaws.com"), inRegion(graph.Bucket, west), answer.No},
		"a region of the request's":                {`"StringEquals": {"kms:ViaService": "s3.${aws:PrincipalTag/region}.amazonaws.com"}`, inRegion(graph.Bucket, west), answer.Unknown},
		"any region":                               {like("s3.*.amazonaws.com"), inRegion(graph.Bucket, west), answer.Yes},
		"any service of the region":                {like("*.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, west), answer.Yes},
		"any region of another":                    {like("sqs.*.amazonaws.com"), inRegion(graph.Bucket, west), answer.No},
		"a wildcard without like":                  {equals("s3.*.amazonaws.com"), inRegion(graph.Bucket, west), answer.No},
		"in capitals":                              {equals("S3.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, west), answer.No},
		"in capitals, which do not count":          {`"StringEqualsIgnoreCase": {"kms:ViaService": "S3.eu-west-1.amazonaws.com"}`, inRegion(graph.Bucket, west), answer.Yes},
		"if there is one":                          {`"StringEqualsIfExists": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}`, inRegion(graph.Bucket, west), answer.Yes},
		"not that one":                             {`"StringNotEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}`, inRegion(graph.Bucket, west), answer.No},
		"not another":                              {`"StringNotLike": {"kms:ViaService": "sqs.*"}`, inRegion(graph.Bucket, west), answer.Yes},
		"an operator for something else":           {`"Null": {"kms:ViaService": "false"}`, inRegion(graph.Bucket, west), answer.Unknown},
		"a further condition":                      {equals("s3.eu-west-1.amazonaws.com") + `, "StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::it"}`, inRegion(graph.Bucket, west), answer.Unknown},
		"a further condition, but another service": {equals("sqs.eu-west-1.amazonaws.com") + `, "Bool": {"aws:SecureTransport": "true"}`, inRegion(graph.Bucket, west), answer.No},
		"for nothing that is known":                {equals("s3.eu-west-1.amazonaws.com"), nil, answer.Unknown},
		"a table, which has no service here":       {equals("s3.eu-west-1.amazonaws.com"), inRegion("aws:dynamodb/table:Table", west), answer.Unknown},
		"a region that is not known":               {equals("s3.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, nil), answer.Unknown},
		"any region, it is not known":              {like("s3.*"), inRegion(graph.Bucket, nil), answer.Yes},
		"another service, the region is not known": {equals("sqs.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, nil), answer.No},
		"the assumed region":                       {equals("s3.us-east-1.amazonaws.com"), inRegion(graph.Bucket, assumed), answer.Yes},
		"not the assumed region":                   {equals("s3.eu-west-1.amazonaws.com"), inRegion(graph.Bucket, assumed), answer.Unknown},
		"another service, the region is assumed":   {equals("sqs.us-east-1.amazonaws.com"), inRegion(graph.Bucket, assumed), answer.No},
		"China":                                    {equals("s3.cn-north-1.amazonaws.com.cn"), inRegion(graph.Bucket, props{"region": text("cn-north-1")}), answer.Unknown},
		"any suffix in China":                      {like("s3.cn-north-1.*"), inRegion(graph.Bucket, props{"region": text("cn-north-1")}), answer.Yes},
		"another region in China":                  {like("s3.cn-northwest-1.*"), inRegion(graph.Bucket, props{"region": text("cn-north-1")}), answer.No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := declare(graph.Key, "key", props{})
			r := role(props{"inlinePolicies": inline(text(
				`{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{` + c.condition + `}}}`,
			))})
			got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).
				Allows(r, iam.Request{Action: "kms:Decrypt", Target: key, For: c.forWhat})
			assert.Equal(t, c.want.String(), got.String(), reason)
		})
	}

	t.Run("a region that the policy was made of, which is assumed", func(t *testing.T) {
		t.Parallel()
		key := declare(graph.Key, "key", props{})
		r := role(props{"inlinePolicies": inline(text(
			`{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{` + equals("s3.us-east-1.amazonaws.com") + `}}}`,
		))})
		r.Provider = assumed
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).
			Allows(r, iam.Request{Action: "kms:Decrypt", Target: key, For: inRegion(graph.Bucket, west)})
		assert.Equal(t, answer.Unknown.String(), got.String(), "it may be eu-west-1: %s", reason)
	})
	t.Run("a denial through another service does not count", func(t *testing.T) {
		t.Parallel()
		key := declare(graph.Key, "key", props{})
		r := role(props{"inlinePolicies": inline(text(`{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"},` +
			`{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}]}`))})
		ask := func(typ graph.Type) string {
			got, _ := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).
				Allows(r, iam.Request{Action: "kms:Decrypt", Target: key, For: inRegion(typ, west)})
			return got.String()
		}
		assert.Equal(t, "yes", ask(graph.Bucket))
		assert.Equal(t, "no", ask(graph.Queue))
	})
}

func TestWhatAPlanAssumesDistinguishesNothing(t *testing.T) {
	t.Parallel()
	const (
		planned = "arn:aws:sqs:us-east-1:000000000000:dlq"
		west    = "arn:aws:sqs:eu-west-1:000000000000:dlq"
	)
	for name, c := range map[string]struct {
		allowed, of string
		provider    props
		want        answer.Answer
	}{
		"the planned ARN":                   {planned, planned, assumed, answer.Yes},
		"in any region":                     {"arn:aws:sqs:*:*:dlq", planned, assumed, answer.Yes},
		"in another region":                 {"arn:aws:sqs:eu-west-1:*:dlq", planned, assumed, answer.Unknown},
		"in another account":                {"arn:aws:sqs:us-east-1:123456789012:dlq", planned, assumed, answer.Unknown},
		"in another region and account":     {"arn:aws:sqs:eu-west-1:123456789012:dlq", planned, assumed, answer.Unknown},
		"another queue":                     {"arn:aws:sqs:eu-west-1:123456789012:jobs", planned, assumed, answer.No},
		"another service":                   {"arn:aws:sns:us-east-1:000000000000:dlq", planned, assumed, answer.No},
		"another region, which is known":    {"arn:aws:sqs:us-east-1:*:dlq", west, nil, answer.No},
		"the region it was made of":         {planned, west, assumed, answer.Unknown},
		"another than both":                 {"arn:aws:sqs:ap-south-1:*:dlq", west, assumed, answer.No},
		"another account, the region known": {"arn:aws:sqs:eu-west-1:123456789012:dlq", west, nil, answer.Unknown},
		"in a pattern that ends early":      {"arn:aws:sqs:us-east-1:*", west, assumed, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, queue := role(props{"inlinePolicies": inline(text(statement("Allow", send, c.allowed)))}), dlq()
			r.Provider, queue.Provider, queue.Outputs = c.provider, c.provider, props{"arn": text(c.of)}
			got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, queue})).
				Allows(r, iam.Request{Action: send, Target: queue})
			assert.Equal(t, c.want.String(), got.String(), reason)
		})
	}

	t.Run("another region than the queue's own, which is the assumed one", func(t *testing.T) {
		t.Parallel()
		r, queue := role(props{"inlinePolicies": inline(text(statement("Allow", send, "arn:aws:sqs:eu-west-1:*:*")))}), dlq()
		r.Provider, queue.Provider, queue.Outputs = assumed, assumed, props{"arn": text(planned)}
		queue.Inputs["region"] = text("us-east-1")
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, queue})).
			Allows(r, iam.Request{Action: send, Target: queue})
		assert.Equal(t, answer.No.String(), got.String(), reason)
	})
	t.Run("a role in a key's policy", func(t *testing.T) {
		t.Parallel()
		key := declare(graph.Key, "key", props{"policy": text(
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/fn-role"},"Action":"kms:*","Resource":"*"}}`,
		)})
		r := role(props{"inlinePolicies": inline(text(statement("Allow", "kms:*", "*")))})
		r.Outputs = props{"arn": text("arn:aws:iam::000000000000:role/fn-role")}
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).
			Allows(r, iam.Request{Action: "kms:Decrypt", Target: key})
		assert.NotEqual(t, answer.No.String(), got.String(), "it may be the role: %s", reason)
	})
	t.Run("a queue in its own policy", func(t *testing.T) {
		t.Parallel()
		queue := dlq()
		queue.Outputs, queue.Provider = props{"arn": text(planned)}, assumed
		document := iam.ParseDocument(graph.NewValue(text(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*",` +
			`"Resource":"arn:aws:sqs:eu-west-1:123456789012:dlq","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`)))
		assert.Equal(t, answer.Yes, document.DeniesPlainText(queue), "a queue's policy can name no other queue")
		assert.False(t, document.Statements()[0].Spares(queue))
	})
}

func TestATargetWithoutAnARNIsInItsRegion(t *testing.T) {
	t.Parallel()
	ask := func(allowed string, provider props) string {
		r, queue := role(props{"inlinePolicies": inline(text(statement("Allow", send, allowed)))}), dlq()
		queue.Provider = provider
		got, _ := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, queue})).Allows(r, iam.Request{Action: send, Target: queue})
		return got.String()
	}
	west := props{"region": text("eu-west-1")}
	assert.Equal(t, "yes", ask("arn:aws:sqs:eu-west-1:*:dlq", west))
	assert.Equal(t, "no", ask("arn:aws:sqs:us-east-1:*:dlq", west))
	assert.Equal(t, "unknown", ask("arn:aws:sqs:us-east-1:*:dlq", assumed))
	assert.Equal(t, "unknown", ask("arn:aws:sqs:eu-west-1:*:dlq", assumed))
}
