package load_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// judged returns what the rules report for a file in testdata.
func judged(t *testing.T, path string) check.Result {
	t.Helper()
	registry, err := rules.All()
	require.NoError(t, err)
	// The programs are about the documented failures.
	cfg, err := config.New(registry, map[string]config.Policy{
		"pipeguard": {Params: map[string]any{"profile": string(config.Documented)}},
	})
	require.NoError(t, err)
	g := read(t, string(testdata(t, path))).Graph
	// Only a checkpoint contains the organization; for the others, the caller supplies it.
	g.Organization = "organization"
	return check.New(registry, cfg).All(g)
}

// lines formats findings as in want.txt.
func lines(findings []finding.Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+" "+f.URN.Name())
	}
	return sorted(all)
}

func TestRulesFindInAPreviewWhatThePackFindsDuringOne(t *testing.T) {
	t.Parallel()
	want := string(testdata(t, "exports/all-defects.want.txt"))
	// The JSON of a preview does not contain the outputs of the stack.
	want, cut := strings.CutSuffix(want, "stack-readiness-checks all-defects-dev\n")
	require.True(t, cut)

	got := judged(t, "previews/all-defects.json")

	assert.Equal(t, want, lines(got.Findings))
	assert.Contains(t, got.NotEvaluated, finding.NotEvaluated{
		Rule: "stack-readiness-checks", URN: "urn:pulumi:dev::all-defects::pulumi:pulumi:Stack::all-defects-dev",
		Reason: "the output validations is not known yet",
	})
	for _, f := range got.Findings {
		assert.Equal(t, "main.go", f.Location.File, f.Message)
		assert.Positive(t, f.Location.Line, f.Message)
	}
}

func TestRulesFindInAnExportWhatThePackFinds(t *testing.T) {
	t.Parallel()
	want := string(testdata(t, "exports/all-defects.want.txt"))
	for _, file := range []string{"all-defects.json", "all-defects-show-secrets.json", "checkpoint.json"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, lines(judged(t, "exports/"+file).Findings))
		})
	}
}

func TestRulesFindNothingInACleanPreviewOfChanges(t *testing.T) {
	t.Parallel()
	assert.Empty(t, judged(t, "previews/changes.json").Findings)
}

func TestReadDistinguishesPreviewsFromExports(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file      string
		kind      load.Kind
		project   string
		resources int
		notes     []string
	}{
		"preview":    {"previews/all-defects.json", load.Preview, "all-defects", 8, nil},
		"export":     {"exports/all-defects.json", load.Export, "all-defects", 9, nil},
		"checkpoint": {"exports/checkpoint.json", load.Export, "all-defects", 9, nil},
		"no stack":   {"exports/empty.json", load.Export, "", 0, []string{"the stack has no resources"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := read(t, string(testdata(t, test.file)))
			assert.Equal(t, test.kind, stack.Kind)
			assert.Len(t, stack.Graph.Resources, test.resources)
			assert.Equal(t, test.project, stack.Graph.Project)
			assert.Equal(t, test.notes, stack.Notes)
			if test.resources > 0 {
				assert.Equal(t, "dev", stack.Graph.Stack)
			}
		})
	}
}

func TestReadDoesNotMindHowTheTextArrives(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"previews/changes.json", "exports/all-defects-show-secrets.json"} {
		text := testdata(t, file)
		want := read(t, string(text))
		for name, r := range map[string]io.Reader{
			"byte by byte":  iotest.OneByteReader(bytes.NewReader(text)),
			"in halves":     iotest.HalfReader(bytes.NewReader(text)),
			"end with data": iotest.DataErrReader(bytes.NewReader(text)),
		} {
			got, err := load.Read(r)
			require.NoError(t, err, name)
			assert.Equal(t, want.Graph.Resources, got.Graph.Resources, name)
		}
	}
}

func TestReadPassesOverWhatSurroundsTheJSON(t *testing.T) {
	t.Parallel()
	whole := export(deployed("b", ""))
	tests := map[string]struct {
		text  string
		notes []string
	}{
		"byte order mark": {"\ufeff" + whole, nil},
		"white space":     {" \r\n\t" + whole + "\r\n \n", nil},
		"lines before": {
			"warning: a new version of Pulumi is available\n+ pulumi stack export\n" + whole,
			[]string{"2 lines before the JSON are skipped"},
		},
		"text behind": {whole + "\nerror: none\n", []string{"text after the JSON is skipped"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := read(t, test.text)
			assert.Len(t, stack.Graph.Resources, 1)
			assert.Equal(t, test.notes, stack.Notes)
		})
	}
}

func TestMembersMayComeInAnyOrder(t *testing.T) {
	t.Parallel()
	stack := read(t, `{"deployment": {"resources": [`+deployed("b", "")+`]}, "features": [], "version": 4}`)
	assert.Len(t, stack.Graph.Resources, 1)
}

func TestReadRefusesWhatItCannotJudge(t *testing.T) {
	t.Parallel()
	bucket := deployed("b", "")
	secret := `"` + planted + `"`
	// The mark ¦ is where the problem shows; without it, the problem has no such place.
	tests := map[string]struct {
		text    string
		problem load.Problem
		says    string
	}{
		"nothing":            {"¦", load.Empty, "nothing in it"},
		"white space":        {" \n\n¦", load.Empty, "nothing in it"},
		"words":              {"¦" + planted + ": permission denied", load.NotJSON, "does not start with {"},
		"a page":             {"¦<html>\n" + planted, load.NotJSON, "does not start with {"},
		"UTF-16":             {"¦\xff\xfe{\x00", load.NotJSON, "Out-File -Encoding utf8"},
		"compressed":         {"¦\x1f\x8b\x08", load.NotJSON, "gunzip"},
		"list":               {`¦[{"urn": ` + secret + `}]`, load.OtherKind, "JSON list"},
		"empty object":       {"{}", load.OtherKind, "another kind"},
		"some JSON":          {`{"name": ` + secret + `, "version": "1.0.0"}`, load.OtherKind, "another kind"},
		"package.json":       {`{"version": "1.0.0", "dependencies": {}}`, load.OtherKind, "package.json"},
		"SARIF":              {`{"version": "2.1.0", "runs": []}`, load.OtherKind, "SARIF"},
		"Terraform":          {`{"version": 4, "terraform_version": "1.9.0", "resources": []}`, load.OtherKind, "Terraform"},
		"plan":               {`{"resourcePlans": {}}`, load.OtherKind, "update plan"},
		"half an export":     {`{"manifest": {}, "resources": []}`, load.OtherKind, "inner part"},
		"events":             {`{"sequence": 0, "preludeEvent": {}}` + "\n" + `{"sequence": 1}`, load.OtherKind, "unset PULUMI_ENABLE"},
		"two documents":      {export() + "\n¦" + export(), load.OtherKind, "another JSON document"},
		"only a bracket":     {"{¦", load.Truncated, "ends in the middle"},
		"cut in a string":    {export()[:30] + secret[:4] + "¦", load.Truncated, "ends in the middle"},
		"cut in a literal":   {`{"a": tr¦`, load.Truncated, "ends in the middle"},
		"cut in an escape":   {`{"a": "\u00¦`, load.Truncated, "ends in the middle"},
		"no comma":           {`{"a": 1 ¦"b": 2}`, load.NotJSON, "expected ','"},
		"comma at the end":   {`{"a": [1, ¦]}`, load.NotJSON, "expected a value"},
		"no colon":           {`{"a" ¦1}`, load.NotJSON, "expected ':'"},
		"no quotes":          {`{¦a: 1}`, load.NotJSON, `expected '"'`},
		"line in a string":   {"{\"" + planted + "¦\n\": 1}", load.NotJSON, "control character"},
		"bad escape":         {`{"\x¦": 1}`, load.NotJSON, "backslash"},
		"bad digits":         {`{"\u12g¦4": 1}`, load.NotJSON, "hexadecimal"},
		"bad number":         {`{"a": ¦01}`, load.NotJSON, "number"},
		"lone minus":         {`{"a": ¦-}`, load.NotJSON, "number"},
		"too large a number": {export(deployed("b", `, "inputs": {"a": ¦1e999}`)), load.Malformed, "too large"},
		"endless number":     {`{"a": ` + strings.Repeat("1", 400) + "¦" + strings.Repeat("1", 100) + `}`, load.Malformed, "400 digits"},
		"not UTF-8":          {export(deployed("b", `, "inputs": {"a": "¦`+planted+"\xff\"}")), load.NotJSON, "UTF-8"},
		"deep lists":         {`{"a": ` + strings.Repeat("[", 500) + "¦" + strings.Repeat("[", 100_000), load.TooLarge, "nested lists"},
		"deep objects": {
			export(deployed("b", `, "inputs": `+strings.Repeat(`{"a":`, 496)+"{¦"+strings.Repeat(`"a":{`, 100_000))), load.TooLarge, "nested lists",
		},
		"a long name": {`{"` + strings.Repeat("n", 20_000) + `"¦: 1}`, load.TooLarge, "name of a member"},
		"old version": {`{"version": 2, "deployment": {}}`, load.WrongVersion, "version 2; pipeguard reads 3 and 4"},
		"new version": {`{"version": 5, "deployment": {}}`, load.WrongVersion, "version 5"},
		"no version":  {`{"deployment": {"resources": []}}`, load.WrongVersion, "does not contain its version"},
		"version is no number": {
			`{"version": ¦true, "deployment": {"resources": []}}`, load.NotJSON, "expected a value",
		},
		"same urn twice": {export(bucket, "¦"+bucket), load.Malformed, "second resource"},
		"no urn":         {export(`¦{"type": "a:b:C", "id": ` + secret + `}`), load.Malformed, "without a valid URN"},
		"bad urn":        {export(`¦{"urn": ` + secret + `, "type": "a:b:C"}`), load.Malformed, "without a valid URN"},
		"no type":        {export(`¦{"urn": "` + urn("a:b:C", "c") + `"}`), load.Malformed, "without a type"},
		"type is no text": {
			export(`{"urn": "` + urn("a:b:C", "c") + `", "type": ¦7}`), load.Malformed, `"type" is not a string`,
		},
		"inputs are a list":  {export(deployed("b", `, "inputs": ¦[]`)), load.Malformed, `"inputs" is not an object`},
		"flag is text":       {export(deployed("b", `, "external": ¦"no"`)), load.Malformed, `"external" is not true or false`},
		"resources are text": {`{"version": 3, "deployment": {"resources": ¦` + secret + `}}`, load.Malformed, "not a list"},
		"preview that failed": {
			string(testdata(t, "previews/failed.json")), load.Incomplete, "the preview failed",
		},
		"preview without what stays the same": {
			string(testdata(t, "previews/changes-without-sames.json")), load.Incomplete, "--show-sames",
		},
		"preview without a summary": {`{"steps": []}`, load.Incomplete, "interrupted"},
		"step without a state":      {`{"steps": [¦{"op": "create"}]}`, load.Incomplete, "what happens to"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after, marked := strings.Cut(test.text, "¦")
			_, err := load.Read(strings.NewReader(before + after))
			var got *load.Error
			require.ErrorAs(t, err, &got)
			assert.Equal(t, test.problem, got.Problem, err)
			if marked {
				assert.EqualValues(t, len(before), got.Offset, err)
			} else {
				assert.Negative(t, got.Offset, err)
			}
			assert.Contains(t, err.Error(), test.says)
			assert.NotContains(t, err.Error(), planted)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestNoPrefixOfATextIsReadNorAreItsSecretsRevealed(t *testing.T) {
	t.Parallel()
	text := bytes.TrimSpace(testdata(t, "exports/all-defects-show-secrets.json"))
	require.Contains(t, string(text), planted)
	for n := 0; n < len(text); n += 31 {
		_, err := load.Read(bytes.NewReader(text[:n]))
		var got *load.Error
		require.ErrorAs(t, err, &got, "%d bytes", n)
		require.Contains(t, []load.Problem{load.Empty, load.Truncated}, got.Problem, "%d bytes", n)
		require.LessOrEqual(t, got.Offset, int64(n))
		require.NotContains(t, err.Error(), planted)
	}
}

func TestReadPassesOnWhatTheReaderReports(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, text := range []string{"", "{", `{"a": "x`, `{"a": "\ud800`, `{"a": 1`, `{"a": "` + strings.Repeat("x", 70_000), "\xff\xfe"} {
		_, err := load.Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken, text[:min(len(text), 20)])
	}
	_, err := load.Read(stalled{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// stalled is a reader that never reads anything.
type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, nil }

// A text of 24 MB fills the window some 400 times: what does not grow by then does
// not grow at all.
//
//nolint:paralleltest // it measures the memory of the process
func TestMemoryIsBoundedHoweverLongTheText(t *testing.T) {
	const (
		size = 24 << 20
		most = 12 << 20
	)
	head := `{"version": 3, "deployment": {"resources": [`
	before, after, _ := strings.Cut(head+deployed("b", `, "inputs": {"policy": %}`)+`]}}`, "%")
	tests := map[string]struct {
		before, piece, after string
		problem              load.Problem
	}{
		"white space":      {"", strings.Repeat(" \n", 1000), "", load.Empty},
		"one line":         {"", strings.Repeat("x", 1000), "", load.NotJSON},
		"a string":         {before + `"`, strings.Repeat("s", 1000), `"` + after, ""},
		"escapes":          {before + `"`, strings.Repeat(`\n`, 1000), `"` + after, ""},
		"what is skipped":  {`{"other": [0`, `, {"a": "b", "c": [1, null, true]}`, `]}`, load.OtherKind},
		"a long name":      {`{"`, strings.Repeat("n", 1000), `": 0}`, load.TooLarge},
		"an endless trace": {head + `{"stackTrace": [{}`, `, {"sourcePosition": "project:///../x#1"}`, `]}]}}`, load.Malformed},
		"discarded":        {head + deployed("b", ""), "," + deployed("b", `, "delete": true, "inputs": {"a": ["b"]}`), `]}}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			repeats := size / len(test.piece)
			text := &watched{r: io.MultiReader(
				strings.NewReader(test.before), repeated(test.piece, repeats), strings.NewReader(test.after))}
			text.look()
			start := text.peak

			_, err := load.Read(text)

			assert.Less(t, int64(text.peak)-int64(start), int64(most))
			if test.problem == "" {
				require.NoError(t, err)
				return
			}
			var got *load.Error
			require.ErrorAs(t, err, &got)
			assert.Equal(t, test.problem, got.Problem)
		})
	}
}

// watched is a text that measures the memory in use, including garbage, as it is read.
type watched struct {
	r           io.Reader
	peak        uint64
	read, stops int
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.read += n; w.read>>20 > w.stops {
		w.stops = w.read >> 20
		w.look()
	}
	return n, err
}

func (w *watched) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.peak = max(w.peak, m.HeapAlloc)
}

func TestOneResourceMayNotTakeAllMemory(t *testing.T) {
	t.Parallel()
	before, after, _ := strings.Cut(export(deployed("b", `, "inputs": {"a": [0%]}`)), "%")
	_, err := load.Read(io.MultiReader(strings.NewReader(before), repeated(`, "`+strings.Repeat("s", 64<<10)+`"`, 1<<10), strings.NewReader(after)))
	var got *load.Error
	require.ErrorAs(t, err, &got)
	assert.Equal(t, load.TooLarge, got.Problem)
	assert.Contains(t, err.Error(), "64 MiB of one resource")
}

func TestATextTooLongToReadIsUnknown(t *testing.T) {
	t.Parallel()
	for length, unknown := range map[int]bool{1 << 20: false, 1<<20 + 1: true} {
		policy := strings.Repeat("p", length)
		stack := read(t, export(deployed("b", `, "inputs": {"policy": "`+policy+`", "bucket": "b-1"}`)))
		bucket := stack.Graph.Resources[0]
		assert.Equal(t, unknown, bucket.Arg("policy").Unknown(), length)
		assert.True(t, bucket.Arg("bucket").Is("b-1"))
		if unknown {
			assert.Equal(t, []string{"values longer than 1 MiB are not read, and treated as unknown: 1"}, stack.Notes)
		} else {
			assert.Empty(t, stack.Notes)
		}
	}
}

//nolint:paralleltest // it measures the memory of the process
func TestTenThousandResourcesTakeLittleMemory(t *testing.T) {
	const resources = 10_000
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	allocated := m.TotalAlloc

	stack, err := load.Read(large(resources))

	require.NoError(t, err)
	runtime.ReadMemStats(&m)
	assert.Len(t, stack.Graph.Resources, resources)
	// The text itself, which is made here, takes 25 MB and is allocated more than once.
	assert.Less(t, m.TotalAlloc-allocated, uint64(200<<20))
	assert.Len(t, stack.Graph.Managed(graph.Bucket), resources/4)
	function := stack.Graph.ByURN(resource.URN(urn("aws:lambda/function:Function", "worker-7")))
	assert.Equal(t, `"uploads-7-4f2a"`, function.Arg("environment").Get("variables").Get("BUCKET").Show())
}
