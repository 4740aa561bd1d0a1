package iam_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// parse returns a document with the one statement given as JSON.
func parse(statement string) iam.Document {
	return iam.ParseDocument(value(text(`{"Version":"2012-10-17","Statement":` + statement + `}`)))
}

// onlyStatement returns the one statement of a document.
func onlyStatement(t *testing.T, d iam.Document) iam.Statement {
	t.Helper()
	require.Empty(t, d.Problem())
	require.Len(t, d.Statements(), 1)
	return d.Statements()[0]
}

func TestPublicIfThePrincipalMatchesEveryone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members string
		want    answer.Answer
	}{
		"a bare star":                     {`"Principal":"*"`, answer.Yes},
		"a bare star in a list":           {`"Principal":["*"]`, answer.Yes},
		"star accounts":                   {`"Principal":{"AWS":"*"}`, answer.Yes},
		"star in a list":                  {`"Principal":{"AWS":["arn:aws:iam::123456789012:root","*"]}`, answer.Yes},
		"star beside a service":           {`"Principal":{"Service":"sns.amazonaws.com","AWS":["*"]}`, answer.Yes},
		"star federation":                 {`"Principal":{"Federated":"*"}`, answer.Yes},
		"the root of any account":         {`"Principal":{"AWS":"arn:aws:iam::*:root"}`, answer.Yes},
		"a role of any account":           {`"Principal":{"AWS":["arn:aws-cn:iam::*:role/x"]}`, answer.Yes},
		"all but one":                     {`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"}`, answer.Yes},
		"an account":                      {`"Principal":{"AWS":"123456789012"}`, answer.No},
		"a role":                          {`"Principal":{"AWS":"arn:aws:iam::123456789012:role/x"}`, answer.No},
		"a service":                       {`"Principal":{"Service":["s3.amazonaws.com"]}`, answer.No},
		"an identity provider":            {`"Principal":{"Federated":"cognito-identity.amazonaws.com"}`, answer.No},
		"a canonical user":                {`"Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"}`, answer.No},
		"no principal, as in an identity": {`"Sid":"x"`, answer.No},
		"a string that is no principal":   {`"Principal":"everyone"`, answer.Unknown},
		"nothing":                         {`"Principal":null`, answer.Unknown},
		"both":                            {`"Principal":"*","NotPrincipal":"*"`, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rest = `"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
			assert.Equal(t, c.want, onlyStatement(t, parse(`{"Effect":"Allow",`+c.members+`,`+rest)).Public())
			assert.Equal(t, answer.No, onlyStatement(t, parse(`{"Effect":"Deny",`+c.members+`,`+rest)).Public(), "a deny opens nothing")
		})
	}
}

func TestPublicIsNarrowedByConditionsOnTheCaller(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		condition string
		want      answer.Answer
	}{
		"none":                                {`{}`, answer.Yes},
		"TLS":                                 {`{"Bool":{"aws:SecureTransport":"true"}}`, answer.Yes},
		"an address":                          {`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, answer.Yes},
		"a referer":                           {`{"StringLike":{"aws:Referer":"https://example.com/*"}}`, answer.Yes},
		"account":                             {`{"StringEquals":{"aws:SourceAccount":"123456789012"}}`, answer.No},
		"account as a number":                 {`{"StringEquals":{"aws:SourceAccount":123456789012}}`, answer.No},
		"keys and operators in any case":      {`{"stringequals":{"AWS:SOURCEOWNER":"123456789012"}}`, answer.No},
		"caller's account":                    {`{"StringEquals":{"aws:PrincipalAccount":["123456789012","210987654321"]}}`, answer.No},
		"organization":                        {`{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, answer.No},
		"organization's paths":                {`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}`, answer.No},
		"the owner's organization":            {`{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`, answer.No},
		"source":                              {`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-uploads"}}`, answer.No},
		"source with wildcards":               {`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:*:123456789012:alarm:*"}}`, answer.No},
		"source, its name alone":              {`{"StringLike":{"aws:SourceArn":"arn:aws:sns:*:*:uploads"}}`, answer.No},
		"endpoint":                            {`{"StringEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}`, answer.No},
		"through a service":                   {`{"StringEquals":{"kms:ViaService":"sqs.eu-west-1.amazonaws.com"}}`, answer.No},
		"access point":                        {`{"StringEquals":{"s3:DataAccessPointAccount":"123456789012"}}`, answer.No},
		"endpoint's network":                  {`{"ArnEquals":{"aws:SourceVpcArn":"arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1a2b3c4d"}}`, answer.No},
		"any organization, by its kind":       {`{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`, answer.Yes},
		"any organization's paths":            {`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/*"}}`, answer.Yes},
		"any endpoint, by its kind":           {`{"StringLike":{"aws:SourceVpce":"vpce-*"}}`, answer.Yes},
		"a role's name in any account":        {`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}}`, answer.Yes},
		"any role of an account":              {`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}}`, answer.No},
		"any source":                          {`{"ArnLike":{"aws:SourceArn":"*"}}`, answer.Yes},
		"any bucket":                          {`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}}`, answer.Yes},
		"any bucket, one segment less":        {`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*"}}`, answer.Yes},
		"any topic":                           {`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`, answer.Yes},
		"any alarm":                           {`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:*:alarm:*"}}`, answer.Yes},
		"one value of many is any":            {`{"StringLike":{"aws:SourceAccount":["123456789012","*"]}}`, answer.Yes},
		"not an account":                      {`{"StringNotEquals":{"aws:SourceAccount":"123456789012"}}`, answer.Yes},
		"the account, if there is one":        {`{"StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}}`, answer.Yes},
		"all values, also none":               {`{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, answer.Yes},
		"if there is one, and there is":       {`{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"Null":{"aws:SourceVpce":"false"}}`, answer.No},
		"if there is one, and another is":     {`{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"Null":{"aws:SourceVpc":"false"}}`, answer.Yes},
		"if there is one, and there is not":   {`{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"Null":{"aws:SourceVpce":"true"}}`, answer.Yes},
		"TLS and account":                     {`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceAccount":"123456789012"}}`, answer.No},
		"a variable that may be anything":     {`{"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalTag/arn}"}}`, answer.Unknown},
		"a variable inside a name":            {`{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/${aws:PrincipalTag/team}"}}`, answer.No},
		"no object":                           {`"x"`, answer.Unknown},
		"operator without keys":               {`{"StringEquals":"x"}`, answer.Unknown},
		"no values":                           {`{"StringEquals":{"aws:SourceAccount":null}}`, answer.Unknown},
		"a value that is no string or number": {`{"StringEquals":{"aws:SourceAccount":[{}]}}`, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onlyStatement(t, parse(`{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":`+c.condition+`}`))
			assert.Equal(t, c.want, s.Public())
		})
	}
}

// object returns an object as a property.
func object(members resource.PropertyMap) resource.PropertyValue {
	return resource.NewObjectProperty(members)
}

func TestAnswersThatDependOnUnknownPartsAreUnknown(t *testing.T) {
	t.Parallel()
	document := func(members resource.PropertyMap) iam.Document {
		statement := resource.PropertyMap{
			"Effect": text("Allow"), "Principal": text("*"), "Action": text("s3:GetObject"), "Resource": text("*"),
		}
		for key, member := range members {
			statement[key] = member
		}
		return iam.ParseDocument(value(object(resource.PropertyMap{"Statement": object(statement)})))
	}
	account := func(v resource.PropertyValue) resource.PropertyValue {
		return object(resource.PropertyMap{"StringEquals": object(resource.PropertyMap{"aws:SourceAccount": v})})
	}
	for name, c := range map[string]struct {
		members resource.PropertyMap
		want    answer.Answer
	}{
		"nothing unknown":   {nil, answer.Yes},
		"effect":            {resource.PropertyMap{"Effect": notYet}, answer.Unknown},
		"principal":         {resource.PropertyMap{"Principal": notYet}, answer.Unknown},
		"account":           {resource.PropertyMap{"Principal": object(resource.PropertyMap{"AWS": notYet})}, answer.Unknown},
		"condition":         {resource.PropertyMap{"Condition": notYet}, answer.Unknown},
		"condition's value": {resource.PropertyMap{"Condition": account(notYet)}, answer.Unknown},
		"one of a condition's values": {
			resource.PropertyMap{"Condition": account(resource.NewArrayProperty([]resource.PropertyValue{notYet, text("*")}))}, answer.Yes,
		},
		"action":   {resource.PropertyMap{"Action": notYet}, answer.Yes},
		"resource": {resource.PropertyMap{"Resource": notYet}, answer.Yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, onlyStatement(t, document(c.members)).Public())
		})
	}
	assert.Equal(t, answer.Unknown, document(resource.PropertyMap{"Resource": notYet}).Statements()[0].Everything("s3"))
	whole := iam.ParseDocument(value(object(resource.PropertyMap{"Statement": notYet})))
	assert.Equal(t, answer.Unknown, onlyStatement(t, whole).Public())
	assert.Equal(t, answer.Unknown, whole.DeniesPlainText(bucket("acme-uploads")))
	assert.Equal(t, answer.Unknown, whole.AllowsService("sns.*amazonaws.com*", "kms:Decrypt"))
}

func bucket(name string) *graph.Resource {
	return &graph.Resource{Type: graph.Bucket, Inputs: resource.PropertyMap{"bucket": text(name)}}
}

func TestDeniesPlainTextMustCoverEveryoneAndEverything(t *testing.T) {
	t.Parallel()
	const (
		insecure = `"Condition":{"Bool":{"aws:SecureTransport":"false"}}`
		all      = `"Principal":"*","Action":"s3:*"`
		both     = `"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"]`
	)
	for name, c := range map[string]struct {
		statements string
		want       answer.Answer
	}{
		"as AWS shows it":               {`{"Effect":"Deny",` + all + `,` + both + `,` + insecure + `}`, answer.Yes},
		"star accounts":                 {`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*",` + both + `,` + insecure + `}`, answer.Yes},
		"one pattern for both":          {`{"Effect":"Deny",` + all + `,"Resource":"arn:aws:s3:::acme-uploads*",` + insecure + `}`, answer.Yes},
		"every resource":                {`{"Effect":"Deny",` + all + `,"Resource":"*",` + insecure + `}`, answer.Yes},
		"a literal false":               {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"Bool":{"aws:SecureTransport":false}}}`, answer.Yes},
		"if exists":                     {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"BoolIfExists":{"aws:SecureTransport":["false"]}}}`, answer.Yes},
		"TLS version":                   {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}`, answer.Yes},
		"TLS version as a number":       {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"NumericLessThan":{"s3:TlsVersion":1.2}}}`, answer.Yes},
		"but for AWS's services":        {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}}}`, answer.Yes},
		"what matters":                  {`{"Effect":"Deny","Principal":"*","Action":["s3:Get*","s3:Put*","s3:DeleteObject","s3:List*"],` + both + `,` + insecure + `}`, answer.Yes},
		"all but what does not matter":  {`{"Effect":"Deny","Principal":"*","NotAction":"s3:GetBucketLocation",` + both + `,` + insecure + `}`, answer.Yes},
		"in two statements":             {`[{"Effect":"Deny",` + all + `,"Resource":"arn:aws:s3:::acme-uploads",` + insecure + `},{"Effect":"Deny",` + all + `,"Resource":"arn:aws:s3:::acme-uploads/*",` + insecure + `}]`, answer.Yes},
		"no statement":                  {`[]`, answer.No},
		"an allow":                      {`{"Effect":"Allow",` + all + `,` + both + `,` + insecure + `}`, answer.No},
		"an allow over TLS":             {`{"Effect":"Allow",` + all + `,` + both + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`, answer.No},
		"the wrong way round":           {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`, answer.No},
		"objects alone":                 {`{"Effect":"Deny",` + all + `,"Resource":"arn:aws:s3:::acme-uploads/*",` + insecure + `}`, answer.No},
		"the bucket alone":              {`{"Effect":"Deny",` + all + `,"Resource":"arn:aws:s3:::acme-uploads",` + insecure + `}`, answer.No},
		"some objects":                  {`{"Effect":"Deny",` + all + `,"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/in/*"],` + insecure + `}`, answer.No},
		"another bucket":                {`{"Effect":"Deny",` + all + `,"Resource":["arn:aws:s3:::acme-logs","arn:aws:s3:::acme-logs/*"],` + insecure + `}`, answer.No},
		"reading alone":                 {`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",` + both + `,` + insecure + `}`, answer.No},
		"one account":                   {`{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"s3:*",` + both + `,` + insecure + `}`, answer.No},
		"every service":                 {`{"Effect":"Deny","Principal":{"Service":"*"},"Action":"s3:*",` + both + `,` + insecure + `}`, answer.No},
		"everyone but one":              {`{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*",` + both + `,` + insecure + `}`, answer.No},
		"from one address alone":        {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"Bool":{"aws:SecureTransport":"false"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`, answer.No},
		"a version that is no number":   {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"NumericLessThan":{"s3:TlsVersion":"x"}}}`, answer.No},
		"an operator AWS does not name": {`{"Effect":"Deny",` + all + `,` + both + `,"Condition":{"StringEquals":{"aws:SecureTransport":"false"}}}`, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, parse(c.statements).DeniesPlainText(bucket("acme-uploads")))
		})
	}
}

func TestDeniesPlainTextOfQueuesAndTopicsByNameAlone(t *testing.T) {
	t.Parallel()
	deny := func(actions, arn string) iam.Document {
		return parse(`{"Effect":"Deny","Principal":"*","Action":"` + actions + `","Resource":"` + arn +
			`","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	}
	dlq := &graph.Resource{Type: graph.Queue, Inputs: resource.PropertyMap{"name": text("dlq")}}
	alarms := &graph.Resource{Type: graph.Topic, Inputs: resource.PropertyMap{"name": text("alarms")}}
	assert.Equal(t, answer.Yes, deny("sqs:*", "arn:aws:sqs:eu-west-1:123456789012:dlq").DeniesPlainText(dlq))
	assert.Equal(t, answer.No, deny("sqs:*", "arn:aws:sqs:eu-west-1:123456789012:other").DeniesPlainText(dlq))
	assert.Equal(t, answer.No, deny("sqs:SendMessage", "*").DeniesPlainText(dlq))
	assert.Equal(t, answer.Yes, deny("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:alarms").DeniesPlainText(alarms))
	assert.Equal(t, answer.No, deny("sns:Subscribe", "*").DeniesPlainText(alarms))
}

func TestAllowsServiceDependsOnThePrincipal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statements string
		want       answer.Answer
	}{
		"named":                   {`{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`, answer.Yes},
		"among others":            {`{"Effect":"Allow","Principal":{"Service":["s3.amazonaws.com","cloudwatch.amazonaws.com"]},"Action":["kms:De*"],"Resource":"*"}`, answer.Yes},
		"for one account":         {`{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}`, answer.Yes},
		"in a region or in China": {`{"Effect":"Allow","Principal":{"Service":"cloudwatch.cn-north-1.amazonaws.com.cn"},"Action":"kms:*","Resource":"*"}`, answer.Yes},
		"everyone":                {`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`, answer.Yes},
		"another service":         {`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:*","Resource":"*"}`, answer.No},
		"the account":             {`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}`, answer.No},
		"another action":          {`{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:Encrypt","Resource":"*"}`, answer.No},
		"a deny":                  {`{"Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*"}`, answer.No},
		"allowed and denied": {`[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
			{"Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:De*","Resource":"*"}]`, answer.No},
		"another denied": {`[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
			{"Effect":"Deny","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:*","Resource":"*"}]`, answer.Yes},
		"denied without TLS": {`[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
			{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]`, answer.Yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, parse(c.statements).AllowsService("cloudwatch.*amazonaws.com*", "kms:Decrypt"))
		})
	}
}

func TestEverythingMeansThatNoResourceIsExcluded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resource    string
		ofAll, ofS3 answer.Answer
	}{
		"a star":                     {`"Resource":"*"`, answer.Yes, answer.Yes},
		"a star among others":        {`"Resource":["arn:aws:s3:::b","*"]`, answer.Yes, answer.Yes},
		"six stars":                  {`"Resource":"arn:aws:*:*:*:*"`, answer.Yes, answer.Yes},
		"all ARNs":                   {`"Resource":"arn:*"`, answer.Yes, answer.Yes},
		"all buckets":                {`"Resource":"arn:aws:s3:::*"`, answer.No, answer.Yes},
		"all buckets, in China":      {`"Resource":"arn:aws-cn:s3:::*"`, answer.No, answer.Yes},
		"all objects":                {`"Resource":"arn:aws:s3:::*/*"`, answer.No, answer.Yes},
		"some buckets":               {`"Resource":"arn:aws:s3:::acme-*"`, answer.No, answer.No},
		"some objects of all":        {`"Resource":"arn:aws:s3:::*/public/*"`, answer.No, answer.No},
		"a user's bucket":            {`"Resource":"arn:aws:s3:::${aws:username}"`, answer.No, answer.No},
		"another service":            {`"Resource":"arn:aws:sqs:*:*:*"`, answer.No, answer.No},
		"all but one":                {`"NotResource":"arn:aws:s3:::b"`, answer.Yes, answer.Yes},
		"malformed, so nobody knows": {`"Sid":"x"`, answer.Unknown, answer.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onlyStatement(t, parse(`{"Effect":"Allow","Action":"s3:GetObject",`+c.resource+`}`))
			assert.Equal(t, c.ofAll, s.Everything(""))
			assert.Equal(t, c.ofS3, s.Everything("s3"))
		})
	}
}

func TestScopableFollowsAWSsReference(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]bool{
		"s3:GetObject": true, "S3:getobject": true, "s3:Get*": true, "sqs:SendMessage": true, "kms:Decrypt": true,
		"dynamodb:PutItem": true, "lambda:InvokeFunction": true, "logs:PutLogEvents": true, "iam:PassRole": true,
		"events:PutEvents": true, "secretsmanager:GetSecretValue": true, "logs:DescribeLogStreams": true,
		"s3:ListAllMyBuckets": false, "sqs:ListQueues": false, "logs:DescribeLogGroups": false, "kms:ListKeys": false,
		"cloudwatch:PutMetricData": false, "xray:PutTraceSegments": false, "xray:Put*": false, "sts:GetCallerIdentity": false,
		"ec2:CreateNetworkInterface": false, "ec2:Describe*": false, "rekognition:DetectLabels": false,
		"textract:DetectDocumentText": false, "nosuchservice:Do": false, "s3:NoSuchAction": false, "": false,
	} {
		assert.Equal(t, want, iam.Scopable(action), action)
	}
}

func TestShowHidesEverythingInADocumentWithASecret(t *testing.T) {
	t.Parallel()
	plain := object(resource.PropertyMap{"Statement": object(resource.PropertyMap{"Action": text("s3:*")})})
	inside := object(resource.PropertyMap{"Statement": object(resource.PropertyMap{"Action": resource.MakeSecret(text("s3:*"))})})
	assert.Equal(t, `"s3:*"`, iam.ParseDocument(value(plain)).Show("s3:*"))
	assert.Equal(t, "[secret]", iam.ParseDocument(value(inside)).Show("s3:*"))
	assert.Equal(t, "[secret]", iam.ParseDocument(value(resource.MakeSecret(text(`{"Statement":[]}`)))).Show("s3:*"))
}
