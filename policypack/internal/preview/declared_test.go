package preview

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestAResourceAtTheTopLevelOfAModuleIsPlacedByTheSource(t *testing.T) {
	t.Parallel()
	p := programIn(t.TempDir(), "nodejs")
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: shop\nruntime: nodejs\n",
		"index.ts": `import * as aws from "@pulumi/aws";
import { s3 } from "@pulumi/aws";
import { domain, twice } from "./names.js";
const content = new aws.s3.Bucket("content");
const logs = new s3.Bucket(` + "`${domain}-logs`" + `);
const more = new s3.Bucket(` + "`${domain}-more-logs`" + `);
const one = new aws.sqs.Queue(` + "`${twice}-queue`" + `);
const two = new aws.sqs.Queue(` + "`${twice}-queue`" + `);
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(p.Root, name), []byte(text), 0o600))
	}
	l := p.newLocator()
	var urns []resource.URN
	for _, name := range []string{
		"aws:s3/bucket:Bucket::content", "aws:s3/bucket:Bucket::example.com-logs", "aws:s3/bucket:Bucket::example.com-more-logs",
		"aws:sqs/queue:Queue::a-queue", "aws:sns/topic:Topic::content",
	} {
		urn := resource.URN("urn:pulumi:dev::shop::" + name)
		urns = append(urns, urn)
		l.add(urn, true, []string{"", "project:///../elsewhere/run.js#1,2"})
	}

	var places []finding.Location
	for _, urn := range urns {
		places = append(places, l.all()[urn])
	}
	assert.Equal(t, []finding.Location{
		{File: "index.ts", Line: 4, Column: 17},
		{File: "index.ts", Line: 5, Column: 14},
		{}, // the calls on the lines 5 and 6 may both have made it
		{}, // two calls may have made it
		{}, // no call makes it
	}, places)
}
