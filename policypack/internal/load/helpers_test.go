package load_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// planted is a secret in testdata and in the texts of tests. No error may contain it.
const planted = "hush7531"

// testdata returns a file in one of the folders of testdata.
func testdata(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", filepath.FromSlash(path)))
	require.NoError(t, err)
	return text
}

// read reads a valid text.
func read(t testing.TB, text string) *load.Stack {
	t.Helper()
	stack, err := load.Read(strings.NewReader(text))
	require.NoError(t, err)
	return stack
}

// urn returns the URN of a resource in the stack dev of the project pipeline.
func urn(typ, name string) string { return "urn:pulumi:dev::pipeline::" + typ + "::" + name }

// export returns an export with these resources, as JSON.
func export(resources ...string) string {
	return `{"version": 3, "deployment": {"resources": [` + strings.Join(resources, ",") + `]}}`
}

// deployed returns a resource of an export, with additional members.
func deployed(name, more string) string {
	return fmt.Sprintf(`{"urn": %q, "type": "aws:s3/bucket:Bucket", "custom": true%s}`, urn("aws:s3/bucket:Bucket", name), more)
}

// large returns an export of n resources, each as large as those of a real
// stack: 2.3 KB. It is generated while it is read, so it takes no memory.
func large(n int) io.Reader {
	i := -1
	return &generated{next: func() string {
		i++
		switch {
		case i == 0:
			return `{"version": 3, "deployment": {"manifest": {}, "resources": [` + "\n"
		case i == n+1:
			return "]}}\n"
		case i > n+1:
			return ""
		}
		comma := ","
		if i == n {
			comma = ""
		}
		return largeResource(i) + comma + "\n"
	}}
}

// largeResource returns one of them: a bucket, its public access block, a role or a
// function, in turn.
func largeResource(i int) string {
	group := i / 4
	tags := fmt.Sprintf(`{"project": "images", "environment": "production", "owner": "team-%d", "cost-centre": "%d"}`, group%20, 4000+group%50)
	policy := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",` +
		`\"Principal\":{\"Service\":\"lambda.amazonaws.com\"}}]}`
	bucket, role := fmt.Sprintf("uploads-%d", group), fmt.Sprintf("worker-%d", group)
	bucketURN, roleURN := urn("aws:s3/bucketV2:BucketV2", bucket), urn("aws:iam/role:Role", role)
	typ, name, properties, depends := "", "", "", ""
	switch i % 4 {
	case 0:
		typ, name = "aws:s3/bucketV2:BucketV2", bucket
		properties = fmt.Sprintf(`"bucket": "%s-4f2a", "forceDestroy": false, "tags": %s, "tagsAll": %s`, bucket, tags, tags)
	case 1:
		typ, name = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", bucket
		properties = fmt.Sprintf(`"bucket": "%s-4f2a", "blockPublicAcls": true, "blockPublicPolicy": true, `+
			`"ignorePublicAcls": true, "restrictPublicBuckets": true`, bucket)
		depends = fmt.Sprintf(`"dependencies": [%q], "propertyDependencies": {"bucket": [%q]}, `, bucketURN, bucketURN)
	case 2:
		typ, name = "aws:iam/role:Role", role
		properties = fmt.Sprintf(`"name": "%s-9c1b", "assumeRolePolicy": "%s", "managedPolicyArns": `+
			`["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"], "maxSessionDuration": 3600, "tags": %s`, role, policy, tags)
	default:
		typ, name = "aws:lambda/function:Function", role
		properties = fmt.Sprintf(`"name": "%s-77aa", "role": "arn:aws:iam::123456789012:role/%s-9c1b", "runtime": "provided.al2023", `+
			`"handler": "bootstrap", "architectures": ["arm64"], "memorySize": 512, "timeout": 30, "reservedConcurrentExecutions": -1, `+
			`"environment": {"variables": {"BUCKET": "%s-4f2a", "LOG_LEVEL": "info", "TABLE": "images-%d"}}, "tags": %s, `+
			`"code": {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", `+
			`"hash": "465b8954a82687302976a363cba6e81014e9368e092e6afc7a11352b4001a95e", "path": "../build/worker.zip"}`,
			role, role, bucket, group, tags)
		depends = fmt.Sprintf(`"dependencies": [%q, %q], "propertyDependencies": {"role": [%q], "environment": [%q]}, `,
			bucketURN, roleURN, roleURN, bucketURN)
	}
	return fmt.Sprintf(`            {
                "urn": %q,
                "custom": true,
                "id": "%s-id",
                "type": %q,
                "inputs": {"__defaults": ["name", "tags"], %s},
                "outputs": {"id": "%s-id", "arn": "arn:aws:s3:::%s-4f2a", "region": "us-east-1", "hostedZoneId": "Z3AQBSTGFYJSTF",
                    "bucketDomainName": "%s-4f2a.s3.amazonaws.com", "bucketRegionalDomainName": "%s-4f2a.s3.us-east-1.amazonaws.com",
                    "grants": [], "loggings": [], "objectLockEnabled": false, "requestPayer": "BucketOwner", %s},
                "parent": "urn:pulumi:dev::pipeline::pulumi:pulumi:Stack::pipeline-dev",
                %s"provider": "urn:pulumi:dev::pipeline::pulumi:providers:aws::default_6_83_2::6ba7b810-9dad-41d1-80b4-00c04fd430c8",
                "created": "2026-01-02T03:04:05.678901Z",
                "modified": "2026-01-02T03:04:05.678901Z",
                "sourcePosition": "project:///internal/components/%s.go#%d",
                "stackTrace": [{"sourcePosition": "project:///internal/components/%s.go#%d"},
                    {"sourcePosition": "project:///main.go#%d"},
                    {"sourcePosition": "project:///../../../go/pkg/mod/github.com/pulumi/pulumi/sdk/v3@v3.259.0/go/pulumi/run.go#144"}]
            }`,
		urn(typ, name), name, typ, properties, name, name, name, name, properties, depends, name, i%300, name, i%300, i%200)
}

// generated is a text that is generated piece by piece; an empty piece marks its end.
type generated struct {
	next func() string
	rest string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		g.rest = g.next()
	}
	if g.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// repeated returns a text that consists of the piece n times.
func repeated(piece string, n int) io.Reader {
	return &generated{next: func() string {
		if n--; n < 0 {
			return ""
		}
		return piece
	}}
}

// whole returns everything that r contains.
func whole(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var text bytes.Buffer
	_, err := text.ReadFrom(r)
	require.NoError(t, err)
	return text.Bytes()
}

// sorted returns the lines in order, as one text.
func sorted(lines []string) string {
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}
