package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func page(t *testing.T, r report.Report) string {
	t.Helper()
	return string(written(t, report.HTML, r, report.Options{}))
}

// withoutAssets returns a page with names in the place of its style and script, which are
// files of their own, and of their hashes. It fails if the page is not allowed to use them.
func withoutAssets(t *testing.T, html []byte) []byte {
	t.Helper()
	text := string(html)
	for _, name := range []string{"page.css", "page.js"} {
		asset, err := os.ReadFile(filepath.Join("html", name))
		require.NoError(t, err)
		sum := sha256.Sum256(asset)
		hash := strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;")
		require.Equal(t, 1, strings.Count(text, string(asset)), name)
		require.Equal(t, 1, strings.Count(text, "sha256-"+hash), name)
		text = strings.NewReplacer(string(asset), "{"+name+"}", "sha256-"+hash, "sha256-{"+name+"}").Replace(text)
	}
	return []byte(text)
}

func TestHTMLLoadsNothing(t *testing.T) {
	t.Parallel()
	got := page(t, sample(t))
	assert.Contains(t, got, `Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-`)
	loads := regexp.MustCompile(`(?i)<(link|img|iframe|object|embed|base)\b|\ssrc=["']|url\(["']?(https?|data):|@import|\sstyle=| on[a-z]+=["']`)
	assert.Empty(t, loads.FindAllString(got, -1))
	for _, address := range regexp.MustCompile(`https?://[^"<\s]+`).FindAllString(got, -1) {
		assert.Regexp(t, `^https://(docs\.example\.com|example\.com|e\.vil)`, address, "only the links of rules, and a name")
	}
}

func TestHTMLIsTextWhereTheProgramWroteIt(t *testing.T) {
	t.Parallel()
	got := page(t, sample(t))
	assert.Equal(t, 1, strings.Count(got, "</script>"))
	assert.NotContains(t, got, "<img")
	assert.Contains(t, got, "&lt;img src=x onerror=alert(1)&gt;")
	assert.NotContains(t, got, "ZgotmplZ", "the template refused a value")
}

func TestHTMLShowsNoValueOfTheProgram(t *testing.T) {
	t.Parallel()
	got := page(t, sample(t))
	for _, value := range []string{"do-not-print-me", "oncall@example.com", "lambda:InvokeFunction"} {
		assert.NotContains(t, got, value)
	}
}

// arrows returns the arrows of the drawing, by the names at their ends.
func arrows(t *testing.T, html string) []string {
	t.Helper()
	names := map[string]string{}
	for _, m := range regexp.MustCompile(`data-node="(\d+)" data-name="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		names[m[1]] = m[2]
	}
	var found []string
	for _, m := range regexp.MustCompile(`class="edge( use)?".* data-from="(\d+)" data-to="(\d+)"`).FindAllStringSubmatch(html, -1) {
		found = append(found, names[m[2]]+" →"+m[1]+" "+names[m[3]])
	}
	return found
}

func TestTheDrawingShowsWhatPointsToWhat(t *testing.T) {
	t.Parallel()
	program := read(t, "pipeline.yaml")
	want := []string{
		"Bucket source → BucketNotification uploads",
		"Bucket source → Permission allowSource",
		"Bucket source → use Key key",
		"Bucket thumbnails → use Key key",
		"BucketNotification uploads → Function thumbnailer",
		"Function thumbnailer → Bucket thumbnails",
		"Function thumbnailer → MetricAlarm errors",
		"Function thumbnailer → Queue failed",
		"Function thumbnailer → use Key key",
		"Function thumbnailer → use Role role",
		"MetricAlarm errors → Topic oncall",
		"Permission allowSource → Function thumbnailer",
		"Queue failed → MetricAlarm backlog",
		"Queue failed → use Key key",
		"Topic oncall → TopicSubscription oncallEmail",
	}
	for name, phase := range map[string]ruletest.Phase{"preview": ruletest.Preview, "deployed": ruletest.Deployed} {
		g, err := ruletest.Graph(program, phase)
		require.NoError(t, err)
		assert.ElementsMatch(t, want, arrows(t, page(t, report.Report{Graph: g})), name)
	}
}

// A notification is part of its bucket there.
func TestTheDrawingShowsTheSameOfAWSNative(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(read(t, "pipeline.yaml"), ruletest.Preview)
	require.NoError(t, err)
	native := ruletest.Native(g)
	for _, kept := range native.Kept {
		assert.Equal(t, graph.Function, kept.Type, "its code is an archive")
	}
	got := arrows(t, page(t, report.Report{Graph: native.Graph}))
	assert.Contains(t, got, "Bucket source → Function thumbnailer")
	assert.Contains(t, got, "Bucket source → Permission allowSource")
	assert.Contains(t, got, "Bucket thumbnails → use Key key")
	assert.Contains(t, got, "Queue failed → MetricAlarm backlog")
	assert.NotContains(t, got, "Bucket source → Bucket source")
}

func TestTheDrawingPutsHelpersAndTheirFindingsOnTheirNode(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(read(t, "pipeline.yaml"), ruletest.Preview)
	require.NoError(t, err)
	got := page(t, report.Report{Graph: g, Findings: []finding.Finding{
		{Rule: "a-b", Severity: apitype.PolicySeverityLow, URN: ruletest.URN("aws:s3:BucketPublicAccessBlock", "sourceBlock")},
		{Rule: "a-c", Severity: apitype.PolicySeverityHigh, URN: ruletest.URN("aws:s3:BucketV2", "source")},
	}})
	assert.Contains(t, got, `aria-label="Bucket source: 2 findings, the worst high; points to `)
	assert.Contains(t, got, "with BucketPublicAccessBlock, BucketServerSideEncryptionConfiguration, BucketVersioning")
	assert.Contains(t, got, ">H 2</text>")
}

func TestWithoutAGraphThereIsNoDrawing(t *testing.T) {
	t.Parallel()
	r := sample(t)
	r.Graph = nil
	assert.NotContains(t, page(t, r), "<svg")
	r.Graph = graph.New("images", "dev", "", nil)
	assert.NotContains(t, page(t, r), "<svg", "an empty stack")
}

// bigStack has n functions in a ring of queues: function i sends its failures to queue i.
func bigStack(n int) *graph.Graph {
	urn := func(token tokens.Type, name string) resource.URN {
		return resource.NewURN("dev", "images", "", token, name)
	}
	var resources []*graph.Resource
	for i := range n {
		queue := urn("aws:sqs/queue:Queue", fmt.Sprint("queue", i))
		resources = append(resources,
			&graph.Resource{URN: queue, Type: graph.Queue, Name: fmt.Sprint("queue", i), Inputs: resource.PropertyMap{}},
			&graph.Resource{
				URN:  urn("aws:lambda/function:Function", fmt.Sprint("function", i)),
				Type: graph.Function, Name: fmt.Sprint("function", i),
				Inputs:               resource.PropertyMap{"deadLetterConfig": resource.MakeComputed(resource.NewProperty(""))},
				PropertyDependencies: map[resource.PropertyKey][]resource.URN{"deadLetterConfig": {queue}},
			})
	}
	return graph.New("images", "dev", "", resources)
}

func TestALargeStackIsDrawnWhereThereAreFindings(t *testing.T) {
	t.Parallel()
	r := report.Report{Graph: bigStack(600)}
	for _, i := range []int{3, 77} {
		r.Findings = append(r.Findings, finding.Finding{
			Rule: "a-b", Severity: apitype.PolicySeverityHigh,
			URN: resource.URN(fmt.Sprintf("urn:pulumi:dev::images::aws:lambda/function:Function::function%d", i)),
		})
	}
	got := page(t, r)
	assert.ElementsMatch(t, []string{"Function function3 → Queue queue3", "Function function77 → Queue queue77"}, arrows(t, got))
	assert.Contains(t, got, "of 1200 resources, these are the 4 with findings and next to them")

	for i := range 600 {
		r.Findings = append(r.Findings, finding.Finding{
			Rule: "a-b", Severity: apitype.PolicySeverityLow,
			URN: resource.URN(fmt.Sprintf("urn:pulumi:dev::images::aws:sqs/queue:Queue::queue%d", i)),
		})
	}
	got = page(t, r)
	assert.Equal(t, 200, strings.Count(got, `class="node`))
	assert.Contains(t, got, `data-name="Function function77"`, "the worst are in it")
}

// A queue that feeds the function its own failures go to is a circle; the
// function's alarm makes an arrow that passes a layer by.
const tangled = `
name: images
runtime: yaml
resources:
  work: {type: "aws:sqs:Queue"}
  feed:
    type: aws:lambda:EventSourceMapping
    properties: {eventSourceArn: "${work.arn}", functionName: "${worker.arn}"}
  worker:
    type: aws:lambda:Function
    properties:
      runtime: provided.al2023
      role: ${role.arn}
      environment: {variables: {TOPIC: "${news.arn}"}}
      deadLetterConfig: {targetArn: "${work.arn}"}
  role:
    type: aws:iam:Role
    properties: {assumeRolePolicy: "{}"}
  errors:
    type: aws:cloudwatch:MetricAlarm
    properties:
      dimensions: {FunctionName: "${worker.name}"}
      comparisonOperator: GreaterThanThreshold
      evaluationPeriods: 1
      alarmActions: ["${news.arn}"]
  news: {type: "aws:sns:Topic"}
`

func TestTheDrawingCopesWithCirclesAndLongArrows(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(tangled, ruletest.Preview)
	require.NoError(t, err)
	got := page(t, report.Report{Graph: g})
	assert.ElementsMatch(t, []string{
		"EventSourceMapping feed → Function worker", "Function worker → MetricAlarm errors", "Function worker → Queue work",
		"Function worker → Topic news", "Function worker → use Role role", "MetricAlarm errors → Topic news",
		"Queue work → EventSourceMapping feed",
	}, arrows(t, got))
	long := regexp.MustCompile(`d="([^"]*)" marker-end="url\(#tip\)" data-from="\d+" data-to="\d+"`).FindAllStringSubmatch(got, -1)
	bent := 0
	for _, m := range long {
		bent += strings.Count(m[1], "H")
	}
	assert.Equal(t, 1, bent, "one arrow passes one layer by")

	boxes := regexp.MustCompile(`class="box" x="(\d+)" y="(\d+)"`).FindAllStringSubmatch(got, -1)
	require.Len(t, boxes, 6)
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			var ax, ay, bx, by int
			_, err := fmt.Sscan(a[1]+" "+a[2]+" "+b[1]+" "+b[2], &ax, &ay, &bx, &by)
			require.NoError(t, err)
			assert.True(t, max(ax-bx, bx-ax) >= 184 || max(ay-by, by-ay) >= 64, "%v and %v overlap", a, b)
		}
	}
}
