package rules_test

import (
	"strings"
	"testing"
)

func TestS3NotificationRecursion(t *testing.T) {
	t.Parallel()
	const (
		base = `images: {type: aws:s3:BucketV2, properties: {bucket: acme-images}}
thumbs: {type: aws:s3:BucketV2, properties: {bucket: acme-thumbs}}
role: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}"}}
work: {type: aws:iam:RolePolicy, properties: {role: "${role.name}", policy: {"fn::toJSON": {Statement: {Effect: Allow, Action: "%ACTION", Resource: "%RESOURCE"}}}}}
f: {type: aws:lambda:Function, properties: {role: "${role.arn}", environment: {variables: {%ENV}}}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${images.bucket}", lambdaFunctions: [{lambdaFunctionArn: "${f.arn}", events: ["%EVENT"]%FILTER}]}}
`
		entry = "n lambdaFunctions[0]"
	)
	type parts struct{ action, resource, env, event, filter string }
	program := func(p parts) string {
		or := func(s, otherwise string) string {
			if s == "" {
				return otherwise
			}
			return s
		}
		filter := ""
		if p.filter != "" {
			filter = ", " + p.filter
		}
		return strings.NewReplacer(
			"%ACTION", or(p.action, "s3:PutObject"), "%RESOURCE", or(p.resource, "arn:aws:s3:::acme-*/*"),
			"%ENV", p.env, "%EVENT", or(p.event, "s3:ObjectCreated:*"), "%FILTER", filter,
		).Replace(base)
	}
	const same, other, uploads = `DEST_BUCKET: "${images.bucket}"`, `DEST_BUCKET: "${thumbs.bucket}"`, "filterPrefix: uploads/"
	testRule(t, "s3-notification-recursion", []ruleCase{
		{name: "same bucket, no filter", resources: program(parts{env: same}), want: fires(entry), says: "environment variable DEST_BUCKET names BucketV2 'images'"},
		{name: "other bucket", resources: program(parts{env: other}), want: clean},
		{name: "other bucket by id", resources: program(parts{env: `DEST_BUCKET: "${thumbs.id}"`}), want: clean},
		{name: "same bucket by id", resources: program(parts{env: `OUTPUT_BUCKET: "${images.id}"`}), want: fires(entry), preview: undecided("n")},
		{name: "same bucket by address", resources: program(parts{env: `destination: "s3://acme-images/uploads/x"`, filter: uploads}), want: fires(entry)},
		{name: "same bucket by address, other folder", resources: program(parts{env: `destination: "s3://acme-images/thumbs/"`, filter: uploads}), want: clean},
		{name: "a bucket of another stack", resources: program(parts{env: "DEST_BUCKET: theirs"}), want: clean},
		{name: "a destination that is no bucket", resources: program(parts{env: "THUMBNAIL_SIZE: 200x200", resource: "arn:aws:s3:::acme-images/*"}), want: fires(entry), says: "its role is made to write"},
		{name: "under the filter", resources: program(parts{env: same + ", DEST_PREFIX: uploads/thumbs/", filter: uploads}), want: fires(entry)},
		{name: "above the filter", resources: program(parts{env: same + `, DEST_PREFIX: "up"`, filter: uploads}), want: fires(entry)},
		{name: "beside the filter", resources: program(parts{env: same + ", DEST_PREFIX: thumbs/", filter: uploads}), want: clean},
		{name: "beside the filter, in camel case", resources: program(parts{env: `destinationBucket: "${images.bucket}", destinationFolder: thumbs/`, filter: uploads}), want: clean},
		{name: "with a suffix", resources: program(parts{env: same + ", DEST_PREFIX: uploads/", filter: uploads + ", filterSuffix: .jpg"}), want: fires(entry)},
		{name: "with a suffix alone", resources: program(parts{env: same, filter: "filterSuffix: .jpg"}), want: undecided("n")},
		{name: "no folder told", resources: program(parts{env: same, filter: uploads}), want: undecided("n")},
		{name: "no folder told, the role for one under the filter", resources: program(parts{env: same, filter: uploads, resource: "arn:aws:s3:::acme-images/uploads/t/*"}), want: fires(entry)},
		{name: "the role forbids it", resources: program(parts{env: same, resource: "arn:aws:s3:::acme-thumbs/*"}), want: clean},
		{name: "the role forbids it under the filter", resources: program(parts{env: same + `, DEST_PREFIX: ""`, filter: uploads, resource: "arn:aws:s3:::acme-images/thumbs/*"}), want: clean},
		{name: "events of deletions", resources: program(parts{env: same, event: "s3:ObjectRemoved:*"}), want: clean},
		{name: "events of copies", resources: program(parts{env: same, event: "s3:ObjectCreated:Copy"}), want: fires(entry)},
		{name: "by the role alone, no filter", resources: program(parts{resource: "arn:aws:s3:::acme-images/*"}), want: fires(entry)},
		{name: "by the role alone, under the filter", resources: program(parts{resource: "arn:aws:s3:::acme-images/uploads/*", filter: uploads}), want: fires(entry)},
		{name: "by the role alone, beside the filter", resources: program(parts{resource: "arn:aws:s3:::acme-images/thumbs/*", filter: uploads}), want: clean},
		{name: "by the role alone, all of the bucket", resources: program(parts{resource: "arn:aws:s3:::acme-images/*", filter: uploads}), want: undecided("n")},
		{name: "by the role alone, everything", resources: program(parts{action: "s3:*", resource: "*"}), want: undecided("n")},
		{name: "by the role alone, reading only", resources: program(parts{action: "s3:GetObject", resource: "*"}), want: clean},
		{name: "unknown folder", resources: program(parts{env: same + `, DEST_PREFIX: {"fn::unknown": 1}`, filter: uploads}), want: undecided("n")},
		{name: "unknown bucket", resources: program(parts{env: `DEST_BUCKET: {"fn::unknown": 1}`}), want: undecided("n")},
		{name: "unknown filter", resources: program(parts{env: same + ", DEST_PREFIX: x/", filter: `filterPrefix: {"fn::unknown": 1}`}), want: undecided("n")},
		{name: "secret folder", resources: program(parts{env: same + `, DEST_PREFIX: {"fn::secret": uploads/` + hush + `}`, filter: uploads}), want: fires(entry)},
		{name: "secret environment", resources: strings.ReplaceAll(program(parts{}), "variables: {}", `variables: {"fn::secret": {DEST_BUCKET: acme-images, DEST_`+hush+`: x}}`), want: fires(entry)},
		{
			name:      "another destination that is not known",
			resources: program(parts{env: `THUMBNAIL_TABLE: {"fn::unknown": 1}, LOG: "${thumbs.id}"`, resource: "arn:aws:s3:::acme-images/*"}),
			want:      fires(entry),
		},
		{name: "unknown environment", resources: strings.ReplaceAll(program(parts{}), "variables: {}", `variables: {"fn::unknown": 1}`), want: undecided("n")},
		{name: "a role of another stack", resources: strings.ReplaceAll(program(parts{env: same}), `role: "${role.arn}"`, "role: theirs"), want: fires(entry)},
		{name: "a role of another stack, without environment", resources: strings.ReplaceAll(program(parts{}), `role: "${role.arn}"`, "role: theirs"), want: undecided("n")},
		{
			name:      "a role of which one policy is not known",
			resources: program(parts{env: same}) + `more: {type: aws:iam:RolePolicy, properties: {role: "${role.name}", policy: {"fn::unknown": 1}}}`,
			want:      fires(entry),
		},
		{name: "a bucket that is elsewhere", resources: strings.ReplaceAll(program(parts{env: same}), `bucket: "${images.bucket}"`, "bucket: theirs"), want: undecided("n")},
		{
			name: "through an alias, by two entries, is one finding",
			resources: strings.ReplaceAll(program(parts{env: same}), "[{lambdaFunctionArn: \"${f.arn}\"",
				`[{lambdaFunctionArn: "${live.arn}", events: ["s3:ObjectCreated:Put"]}, {lambdaFunctionArn: "${live.arn}"`) +
				`live: {type: aws:lambda:Alias, properties: {name: live, functionName: "${f.name}", functionVersion: "1"}}`,
			want: fires(entry),
		},
	})
}
