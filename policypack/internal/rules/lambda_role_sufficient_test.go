package rules_test

import "testing"

func TestLambdaRoleSufficient(t *testing.T) {
	t.Parallel()
	const (
		logs     = `, managedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]`
		role     = "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"" + logs + "}}\n"
		named    = "role: {type: aws:iam:Role, properties: {name: thumbnailer, assumeRolePolicy: \"{}\"" + logs + "}}\n"
		uploads  = "uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}\n"
		thumbs   = "thumbs: {type: aws:s3:BucketV2, properties: {bucket: acme-thumbs}}\n"
		failed   = "failed: {type: aws:sqs:Queue, properties: {name: failed}}\n"
		key      = "key: {type: aws:kms:Key}\n"
		violated = "f role"
	)
	function := func(args string) string {
		return "f: {type: aws:lambda:Function, properties: {name: thumbnails, role: \"${role.arn}\"" + args + "}}\n"
	}
	may := func(statements string) string {
		return "work: {type: aws:iam:RolePolicy, properties: {role: \"${role.name}\", policy: " + policyOf(statements) + "}}\n"
	}
	allow := func(action, on string) string {
		return `{Effect: Allow, Action: ` + action + `, Resource: "` + on + `"}`
	}
	notify := func(rest string) string {
		return "notify: {type: aws:s3:BucketNotification, properties: {bucket: \"${uploads.id}\", " +
			"lambdaFunctions: [{lambdaFunctionArn: \"${f.arn}\", " + rest + "}]}}\n"
	}
	keyFor := func(principal string) string {
		return `key: {type: aws:kms:Key, properties: {policy: ` +
			policyOf(`{Effect: Allow, Principal: `+principal+`, Action: "kms:*", Resource: "*"}`) + "}}\n"
	}
	bucketPolicy := func(statement string) string {
		return "policy: {type: aws:s3:BucketPolicy, properties: {bucket: \"${uploads.id}\", policy: " + policyOf(statement) + "}}\n"
	}
	const created = `events: ["s3:ObjectCreated:*"]`
	read := allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/*")
	encrypted := func(bucket string) string {
		return bucket + "Encryption: {type: aws:s3:BucketServerSideEncryptionConfigurationV2, properties: {bucket: \"${" + bucket + ".id}\", " +
			"rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: \"aws:kms\", kmsMasterKeyId: \"${key.arn}\"}}]}}\n"
	}
	to := `, environment: {variables: {DESTINATION_BUCKET: acme-thumbs}}`
	const encryptedQueue = "failed: {type: aws:sqs:Queue, properties: {name: failed, kmsMasterKeyId: \"${key.id}\"}}\n"
	dead := `, deadLetterConfig: {targetArn: "${failed.arn}"}`
	write := allow(`"s3:PutObject"`, "arn:aws:s3:::acme-thumbs/small/*")
	send := allow(`"sqs:SendMessage"`, "arn:aws:sqs:*:*:failed")
	anyKey := allow(`["kms:Decrypt", "kms:GenerateDataKey"]`, "arn:aws:kms:*:*:key/*")

	through := func(service string) string {
		return `{Effect: Allow, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*", ` +
			`Condition: {StringEquals: {"kms:ViaService": ` + service + `.amazonaws.com}}}`
	}
	const western = "uploads: {type: aws:s3:Bucket, properties: {bucket: acme-uploads, region: eu-west-1}}\n"

	testRule(t, "lambda-role-sufficient", []ruleCase{
		{name: "nothing wired but the log", resources: role + function(""), want: clean},
		{
			name: "no log", resources: "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"}}\n" + function(""), want: fires(violated),
			says: "Function 'f' cannot write its logs: Role 'role' does not allow logs:CreateLogStream, logs:PutLogEvents.",
		},
		{
			name:      "the log's group alone",
			resources: "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"}}\n" + function("") + may(allow(`"logs:*"`, "arn:aws:logs:*:*:log-group:/aws/lambda/thumbnails")),
			want:      fires(violated),
		},
		{
			name:      "the log's streams",
			resources: "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"}}\n" + function("") + may(allow(`"logs:*"`, "arn:aws:logs:*:*:log-group:/aws/lambda/thumbnails:*")),
			want:      clean,
		},
		{
			name:      "the streams of another region, once that is known",
			resources: "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"}}\n" + function("") + may(allow(`"logs:*"`, "arn:aws:logs:eu-west-1:*:*")),
			want:      fires(violated), preview: undecided("f"),
		},
		{
			name: "a log group of its own choice",
			resources: "role: {type: aws:iam:Role, properties: {assumeRolePolicy: \"{}\"}}\n" + function(`, loggingConfig: {logFormat: JSON, logGroup: images}`) +
				may(allow(`"logs:*"`, "arn:aws:logs:*:*:log-group:/aws/lambda/thumbnails:*")),
			want: fires(violated),
		},
		{
			name: "a source not read", resources: role + uploads + function("") + notify(created), want: fires(violated),
			says: "Function 'f' cannot read what BucketNotification 'notify' tells it of: Role 'role' does not allow s3:GetObject on BucketV2 'uploads'.",
		},
		{name: "a source read", resources: role + uploads + function("") + notify(created) + may(read), want: clean},
		{name: "the bucket, not its objects", resources: role + uploads + function("") + notify(created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads")), want: fires(violated)},
		{
			name:      "a source read below its prefix",
			resources: role + uploads + function("") + notify(`filterPrefix: "in/", `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/in/*")), want: clean,
		},
		{
			name:      "a source read below another prefix",
			resources: role + uploads + function("") + notify(`filterPrefix: "in/", `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/out/*")), want: fires(violated),
		},
		{
			name:      "a source read in part",
			resources: role + uploads + function("") + notify(created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/in/*")), want: undecided("f"),
		},
		{
			name:      "a source read above its suffix",
			resources: role + uploads + function("") + notify(`filterSuffix: .jpg, `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/*.jpg")), want: clean,
		},
		{
			name:      "a source read above another suffix",
			resources: role + uploads + function("") + notify(`filterSuffix: .jpg, `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/*.jpeg")), want: fires(violated),
		},
		{
			name:      "a prefix and a suffix that are not known",
			resources: role + uploads + function("") + notify(`filterPrefix: {"fn::unknown": 1}, filterSuffix: {"fn::unknown": 1}, `+created) + may(read), want: clean,
		},
		{
			name:      "a prefix that is not known, and one read",
			resources: role + uploads + function("") + notify(`filterPrefix: {"fn::unknown": 1}, `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/in/*")), want: undecided("f"),
		},
		{
			name:      "a suffix that is not known, and one read",
			resources: role + uploads + function("") + notify(`filterSuffix: {"fn::unknown": 1}, `+created) + may(allow(`"s3:GetObject"`, "arn:aws:s3:::acme-uploads/*.jpg")), want: undecided("f"),
		},
		{name: "removals need no reading", resources: role + uploads + function("") + notify(`events: ["s3:ObjectRemoved:*"]`), want: clean},
		{name: "a destination not written", resources: role + thumbs + function(to), want: fires(violated), says: "cannot write to BucketV2 'thumbs'"},
		{name: "a destination written below a prefix", resources: role + thumbs + function(to) + may(write), want: clean},
		{
			name:      "a destination denied below a prefix",
			resources: role + thumbs + function(to) + may(write+`, {Effect: Deny, Action: "s3:PutObject", Resource: "arn:aws:s3:::acme-thumbs/raw/*"}`),
			want:      undecided("f"),
		},
		{name: "another bucket in the environment", resources: role + thumbs + function(`, environment: {variables: {CATALOG: acme-thumbs}}`), want: clean},
		{
			name: "a secret destination is judged", resources: role + thumbs + function(`, environment: {variables: {OUTPUT_BUCKET: {"fn::secret": acme-thumbs}}}`),
			want: fires(violated),
		},
		{name: "dead letters not sent", resources: role + failed + function(dead), want: fires(violated), says: "cannot send failed events to Queue 'failed'"},
		{name: "dead letters sent", resources: role + failed + function(dead) + may(send), want: clean},
		{
			name:      "dead letters not encrypted",
			resources: role + key + encryptedQueue + function(dead) + may(send), want: fires(violated),
			says: "cannot send failed events to Queue 'failed': Role 'role' does not allow kms:Decrypt, kms:GenerateDataKey on Key 'key'",
		},
		{
			name:      "dead letters encrypted with a key that may not be opened",
			resources: role + key + encryptedQueue + function(dead) + may(send+", "+allow(`"kms:GenerateDataKey"`, "arn:aws:kms:*:*:key/*")), want: fires(violated),
			says: "Role 'role' does not allow kms:Decrypt on Key 'key'",
		},
		{name: "dead letters encrypted", resources: role + key + encryptedQueue + function(dead) + may(send+", "+anyKey), want: clean},
		{
			name: "failures not sent",
			resources: role + failed + function("") +
				`config: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: "${f.name}", destinationConfig: {onFailure: {destination: "${failed.arn}"}}}}`,
			want: fires(violated),
		},
		{
			name: "a queue not read",
			resources: role + failed + function("") + may(allow(`"sqs:ReceiveMessage"`, "*")) +
				`mapping: {type: aws:lambda:EventSourceMapping, properties: {functionName: "${f.arn}", eventSourceArn: "${failed.arn}"}}`,
			want: fires(violated), says: "does not allow sqs:DeleteMessage, sqs:GetQueueAttributes on Queue 'failed'",
		},
		{name: "a source's key", resources: role + uploads + key + encrypted("uploads") + function("") + notify(created) + may(read), want: fires(violated), says: "kms:Decrypt on Key 'key'"},
		{name: "a source's key that may be used", resources: role + uploads + key + encrypted("uploads") + function("") + notify(created) + may(read+", "+anyKey), want: clean},
		{
			name: "a source's key that is granted",
			resources: role + uploads + key + encrypted("uploads") + function("") + notify(created) + may(read) +
				`grant: {type: aws:kms:Grant, properties: {keyId: "${key.keyId}", granteePrincipal: "${role.arn}", operations: [Decrypt]}}`,
			want: undecided("f"), says: "Grant 'grant' may allow kms:Decrypt to Role 'role'",
		},
		{
			name: "a source's key, through S3 of the bucket's region", want: clean, preview: undecided("f"),
			resources: role + uploads + key + encrypted("uploads") + function("") + notify(created) + may(read+", "+through("s3.us-east-1")),
		},
		{
			name: "a source's key, through S3 of the bucket's own region", want: clean,
			resources: role + western + key + encrypted("uploads") + function("") + notify(created) + may(read+", "+through("s3.eu-west-1")),
		},
		{
			name: "a source's key, through S3 of another region", want: fires(violated), says: "Role 'role' does not allow kms:Decrypt on Key 'key'",
			resources: role + western + key + encrypted("uploads") + function("") + notify(created) + may(read+", "+through("s3.us-east-1")),
		},
		{
			name: "a source's key, through another service", want: fires(violated), says: "Role 'role' does not allow kms:Decrypt on Key 'key'",
			resources: role + western + key + encrypted("uploads") + function("") + notify(created) + may(read+", "+through("sqs.eu-west-1")),
		},
		{
			name: "dead letters encrypted, through SQS", want: clean, preview: undecided("f"),
			resources: role + key + encryptedQueue + function(dead) + may(send+", "+through("sqs.us-east-1")),
		},
		{
			name: "dead letters encrypted, through S3", want: fires(violated), says: "does not allow kms:Decrypt, kms:GenerateDataKey on Key 'key'",
			resources: role + key + encryptedQueue + function(dead) + may(send+", "+through("s3.us-east-1")),
		},
		{name: "a destination's key", resources: role + thumbs + key + encrypted("thumbs") + function(to) + may(write), want: fires(violated), says: "kms:GenerateDataKey on Key 'key'"},
		{
			name:      "a key whose policy lets the role in",
			resources: named + thumbs + keyFor(`{AWS: "arn:aws:iam::123456789012:role/thumbnailer"}`) + encrypted("thumbs") + function(to) + may(write),
			want:      undecided("f"), says: "the policy of Key 'key' may allow kms:GenerateDataKey",
		},
		{
			name:      "a key whose policy lets the account in",
			resources: named + thumbs + keyFor(`{AWS: "123456789012"}`) + encrypted("thumbs") + function(to) + may(write+", "+anyKey),
			want:      clean,
		},
		{
			name:      "a key whose policy lets another role in",
			resources: named + thumbs + keyFor(`{AWS: "arn:aws:iam::123456789012:role/deploy"}`) + encrypted("thumbs") + function(to) + may(write+", "+anyKey),
			want:      fires(violated), says: "Function 'f' cannot write to BucketV2 'thumbs': the policy of Key 'key' allows kms:GenerateDataKey to neither Role 'role' nor the account.\n  fix: allow it there to Role 'role', or kms:* to the root of the account",
		},
		{
			name:      "a key whose policy lets another role in, nor may this one",
			resources: named + thumbs + keyFor(`{AWS: "arn:aws:iam::123456789012:role/deploy"}`) + encrypted("thumbs") + function(to) + may(write),
			want:      fires(violated), says: "fix: allow it there to Role 'role'",
		},
		{
			name:      "a key whose policy lets a service in",
			resources: named + thumbs + keyFor(`{Service: s3.amazonaws.com}`) + encrypted("thumbs") + function(to) + may(write+", "+anyKey),
			want:      fires(violated),
		},
		{
			name:      "a key whose policy lets somebody in",
			resources: named + thumbs + keyFor(`{AWS: AROAEXAMPLE}`) + encrypted("thumbs") + function(to) + may(write+", "+anyKey),
			want:      clean,
		},
		{
			name: "a key whose policy is not known",
			resources: named + thumbs + `key: {type: aws:kms:Key, properties: {policy: {"fn::unknown": 1}}}` + "\n" +
				encrypted("thumbs") + function(to) + may(write+", "+anyKey),
			want: undecided("f"), says: "the policy of Key 'key' is not known yet",
		},
		{
			name: "a source that is denied to all",
			resources: named + uploads + function("") + notify(created) + may(read) + bucketPolicy(`{Effect: Deny, Principal: "*", `+
				`Action: "s3:Get*", Resource: "arn:aws:s3:::acme-uploads/*"}`),
			want: fires(violated), preview: undecided("f"),
			says: "the policy of BucketPolicy 'policy' denies s3:GetObject.\n  fix: remove what denies it there",
		},
		{
			name: "a source that is denied to all but another role",
			resources: named + uploads + function("") + notify(created) + may(read) + bucketPolicy(`{Effect: Deny, NotPrincipal: `+
				`{AWS: "arn:aws:iam::123456789012:role/deploy"}, Action: "s3:*", Resource: "*"}`),
			want: fires(violated), preview: undecided("f"),
		},
		{
			name: "a source that is denied to all but the role",
			resources: named + uploads + function("") + notify(created) + may(read) + bucketPolicy(`{Effect: Deny, NotPrincipal: `+
				`{AWS: ["arn:aws:iam::123456789012:role/thumbnailer", "arn:aws:iam::123456789012:root"]}, Action: "s3:*", Resource: "*"}`),
			want: clean,
		},
		{
			name: "a source that is denied without TLS",
			resources: named + uploads + function("") + notify(created) + may(read) + bucketPolicy(`{Effect: Deny, Principal: "*", `+
				`Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}`),
			want: clean,
		},
		{
			name: "a source that the role's own policy denies", want: fires(violated),
			resources: named + uploads + function("") + notify(created) + may(read+`, {Effect: Deny, Action: "s3:GetObject", Resource: "*"}`),
			says:      "the policy of RolePolicy 'work' denies s3:GetObject.\n  fix: remove what denies it there",
		},
		{
			name: "a source beyond the boundary", want: fires(violated),
			resources: `role: {type: aws:iam:Role, properties: {name: thumbnailer, assumeRolePolicy: "{}", permissionsBoundary: ` +
				`"arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"` + logs + "}}\n" + uploads + function("") + notify(created) + may(read),
			says: "the permissions boundary of Role 'role' does not allow s3:GetObject.\n  fix: allow it there, too",
		},
		{name: "the environment's key", resources: role + key + function(`, kmsKeyArn: "${key.arn}"`), want: undecided("f"), says: "no policy of Role 'role' allows kms:Decrypt, but Lambda may have a grant"},
		{name: "the environment's key that may be used", resources: role + key + function(`, kmsKeyArn: "${key.arn}"`) + may(anyKey), want: clean},
		{name: "a policy that is not known", resources: role + uploads + function("") + notify(created) + `work: {type: aws:iam:RolePolicy, properties: {role: "${role.name}", policy: {"fn::unknown": 1}}}`, want: undecided("f")},
		{name: "a role from elsewhere", resources: `f: {type: aws:lambda:Function, properties: {role: "arn:aws:iam::123456789012:role/x"}}`, want: undecided("f")},
		{name: "a function that is only read", resources: `f: {type: aws:lambda:Function, get: {id: x, name: x}}`, want: clean},
	})
}
