// Package browser tries pipeguard's HTML report in a real browser: what a
// reader clicks, types and sees.
package browser

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "a folder for pictures of the report")

// The report to try is the golden file of the package that writes it, which has the names
// of its style and script in place of them.
const (
	reportFile = "../../policypack/internal/report/testdata/report.html"
	assets     = "../../policypack/internal/report/html"
)

// writeReport writes the report as users get it, and returns its path.
func writeReport(t *testing.T) string {
	t.Helper()
	golden, err := os.ReadFile(reportFile)
	require.NoError(t, err)
	text := string(golden)
	for _, name := range []string{"page.css", "page.js"} {
		asset, err := os.ReadFile(filepath.Join(assets, name))
		require.NoError(t, err)
		sum := sha256.Sum256(asset)
		text = strings.Replace(text, "sha256-{"+name+"}", "sha256-"+base64.StdEncoding.EncodeToString(sum[:]), 1)
		text = strings.Replace(text, "{"+name+"}", string(asset), 1)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// browsers are Chromium's names.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

func findBrowser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium or Chrome on the PATH; on Debian: apt-get install chromium")
}

// tab is one page of a browser, with what went wrong in it.
type tab struct {
	t   *testing.T
	ctx context.Context
	// errors are what the console reported, requests what the page loaded.
	errors, requests []string
}

// open starts a browser of the given size and opens the report from disk.
func open(t *testing.T, width, height int64) *tab {
	t.Helper()
	path, err := findBrowser()
	require.NoError(t, err)
	file := writeReport(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has no sandbox for root
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)

	tb := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			tb.errors = append(tb.errors, event.ExceptionDetails.Error())
		case *log.EventEntryAdded: // a breach of the content security policy, too
			tb.errors = append(tb.errors, event.Entry.Text)
		case *network.EventRequestWillBeSent:
			tb.requests = append(tb.requests, event.Request.URL)
		}
	})
	tb.do(log.Enable(), network.Enable(), emulation.SetDeviceMetricsOverride(width, height, 1, false),
		chromedp.Navigate("file://"+file))
	t.Cleanup(func() {
		assert.Empty(t, tb.errors)
		assert.Equal(t, []string{"file://" + file}, tb.requests, "the page loads itself and nothing else")
	})
	return tb
}

func (tb *tab) do(actions ...chromedp.Action) {
	tb.t.Helper()
	require.NoError(tb.t, chromedp.Run(tb.ctx, actions...))
}

// eval returns the value of a JavaScript expression.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	var value T
	tb.do(chromedp.Evaluate(expression, &value))
	return value
}

// click clicks with the mouse into the middle of the element. (The selectors of
// chromedp itself wait forever under recent versions of Chromium.)
func (tb *tab) click(selector string) {
	tb.t.Helper()
	at := eval[[]float64](tb, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({ block: "center" });
		const box = e.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] })()`, selector))
	tb.do(chromedp.MouseClickXY(at[0], at[1]))
}

// enter puts the focus on the element and types.
func (tb *tab) enter(selector, text string) {
	tb.t.Helper()
	tb.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).focus()`, selector), nil), chromedp.KeyEvent(text))
}

// shown returns the rules of the findings that are listed.
func (tb *tab) shown() []string {
	tb.t.Helper()
	return eval[[]string](tb, `[...document.querySelectorAll(".finding")].filter((f) => f.checkVisibility()).map((f) => f.dataset.rule)`)
}

// tabTo presses Tab until the expression is true.
func (tb *tab) tabTo(condition string) {
	tb.t.Helper()
	for range 60 {
		tb.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](tb, condition) {
			return
		}
	}
	require.Fail(tb.t, "Tab never gets there", condition)
}

func (tb *tab) picture(name string) {
	tb.t.Helper()
	if *screenshots == "" {
		return
	}
	var png []byte
	tb.do(chromedp.Sleep(300*time.Millisecond), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(false).Do(ctx)
		return err
	}))
	require.NoError(tb.t, os.WriteFile(filepath.Join(*screenshots, name), png, 0o644))
}

const function = `.node[data-name="Function thumbnailer"]`

func TestAClickOnAFindingShowsItsExplanation(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	const finding = `.finding[data-rule="lambda-environment-secret"]`
	assert.False(t, eval[bool](tb, `document.querySelector('`+finding+` .body').checkVisibility()`))
	tb.click(finding + " summary")
	text := eval[string](tb, `document.querySelector('`+finding+` .body').innerText`)
	for _, part := range []string{
		`"API_TOKEN": pulumi.String(token),`, "keep it in Secrets Manager", "Why lambda-environment-secret is there",
		"https://docs.example.com/lambda-environment-secret",
	} {
		assert.Contains(t, text, part)
	}
	assert.True(t, eval[bool](tb, `document.querySelector('`+function+`').classList.contains("near")`), "its node is lit")
	tb.click(finding + " summary")
	assert.False(t, eval[bool](tb, `document.querySelector('`+finding+` .body').checkVisibility()`))
	assert.False(t, eval[bool](tb, `document.querySelector("svg").classList.contains("chosen")`))
}

func TestAClickOnAResourceShowsItsFindingsAlone(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	tb.click(function)
	assert.Equal(t, []string{"lambda-environment-secret"}, tb.shown())
	assert.Equal(t, "1 of 7 shown, on Function thumbnailer", eval[string](tb, `document.querySelector("#status").textContent`))
	tb.picture("chosen.png")
	tb.click("#all")
	assert.Len(t, tb.shown(), 7)
	assert.False(t, eval[bool](tb, `document.querySelector("svg").classList.contains("chosen")`))
}

func TestFindingsAreFilteredBySeverityRuleAndText(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	for _, severity := range []string{"critical", "high", "low"} {
		tb.click(`input[value="` + severity + `"]`)
	}
	assert.Equal(t, []string{"source-no-subprocess", "lambda-failure-alarms"}, tb.shown())
	tb.enter("#text", "PIP main")
	assert.Equal(t, []string{"source-no-subprocess"}, tb.shown(), "every word, in either case")
	tb.click("#all")
	assert.Len(t, tb.shown(), 7)
	tb.enter("#rule", "s3-public")
	assert.Equal(t, []string{"s3-public-access-block", "s3-public-access-block"}, tb.shown())
}

func TestEverythingWorksByKeyboard(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	tb.tabTo(`document.activeElement.matches('` + function + `')`)
	assert.Greater(t, eval[float64](tb, `parseFloat(getComputedStyle(document.activeElement.querySelector(".box")).strokeWidth)`), 3.0,
		"the focus is seen")
	tb.picture("focus.png")
	tb.do(chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, []string{"lambda-environment-secret"}, tb.shown())
	assert.True(t, eval[bool](tb, `document.activeElement.matches(".finding summary")`), "the focus goes on to the finding")
	assert.True(t, eval[bool](tb, `document.activeElement.parentElement.open`), "the only one is open")
	tb.do(chromedp.KeyEvent(kb.Enter))
	assert.False(t, eval[bool](tb, `document.activeElement.parentElement.open`), "which was open, and now folds")
	tb.do(chromedp.KeyEvent(kb.Escape))
	assert.Len(t, tb.shown(), 7)
	assert.True(t, eval[bool](tb, `document.activeElement.matches('`+function+`')`), "back where it came from")

	tb.tabTo(`document.activeElement.matches('.finding[data-rule="stack-readiness-checks"] summary')`)
	assert.NotEqual(t, "none", eval[string](tb, `getComputedStyle(document.activeElement).outlineStyle`))
	tb.do(chromedp.KeyEvent(kb.Enter))
	assert.True(t, eval[bool](tb, `document.activeElement.parentElement.open`))
}

// A window of 1280 pixels at 400 % has room for 320.
func TestAtFourHundredPercentNothingButTheDrawingScrollsSideways(t *testing.T) {
	t.Parallel()
	tb := open(t, 320, 800)
	tb.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true })`, nil))
	assert.LessOrEqual(t, eval[int](tb, `document.documentElement.scrollWidth`), 320)
	wide := eval[[]string](tb, `[...document.querySelectorAll("body *")]
		.filter((e) => !e.closest("svg, .canvas, .skip") && (e.scrollWidth > e.clientWidth + 1 && e.matches("pre") || e.getBoundingClientRect().right > 320.5))
		.map((e) => e.tagName + "." + e.className)`)
	assert.Empty(t, wide)
	tb.picture("narrow.png")
	tb.do(chromedp.Evaluate(`document.querySelector(".finding.high").scrollIntoView()`, nil))
	tb.picture("narrow-finding.png")
}

// contrast computes the contrast of an element's text and background by WCAG 2,
// with the background of the nearest ancestor that has one.
const contrast = `(selector) => {
	const lum = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map(Number).map((v) => v / 255)
		.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
	const ground = (e) => { const c = getComputedStyle(e).backgroundColor;
		return /^rgba.*, 0\)$/.test(c) && e.parentElement ? ground(e.parentElement) : c };
	return Math.min(...[...document.querySelectorAll(selector)].map((e) => {
		const [a, b] = [lum(getComputedStyle(e).color), lum(ground(e))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05) })) }`

func TestLightAndDarkAreReadable(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 1000)
	ground := func() string { return eval[string](tb, `getComputedStyle(document.body).backgroundColor`) }
	prefer := func(scheme string) chromedp.Action {
		return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
	}
	readable := func(scheme string) {
		for _, selector := range []string{
			"h1", ".about", ".caption", ".chip", ".chip b", ".sign", ".message", ".meta", ".word", ".place", ".fix b", "dd a", "dt", ".no",
			".code b", ".rules b", ".reason",
		} {
			assert.GreaterOrEqual(t, eval[float64](tb, "("+contrast+")("+`"`+selector+`")`), 4.5, "%s of %s", scheme, selector)
		}
	}
	tb.do(prefer("light"), chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true })`, nil))
	light := ground()
	readable("light")
	tb.do(prefer("dark"))
	dark := ground()
	assert.NotEqual(t, light, dark, "it follows the system")
	readable("dark")
	tb.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = false })`, nil),
		chromedp.Evaluate(`scrollTo(0, 0)`, nil))
	tb.picture("dark.png")
	tb.click("#theme")
	assert.Equal(t, light, ground(), "or the reader's own choice")
	assert.Equal(t, "false", eval[string](tb, `document.querySelector("#theme").getAttribute("aria-pressed")`))
	tb.picture("light.png")
	tb.click("#theme")
	assert.Equal(t, dark, ground())
}

func TestPrintedNothingIsFolded(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	var pdf []byte
	tb.do(chromedp.Evaluate(`addEventListener("beforeprint", () => { globalThis.unfolded = document.querySelectorAll(".finding[open]").length })`, nil),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = page.PrintToPDF().Do(ctx)
			return err
		}))
	assert.NotEmpty(t, pdf)
	assert.Equal(t, 7, eval[int](tb, `unfolded`))
	assert.Equal(t, 0, eval[int](tb, `document.querySelectorAll(".finding[open]").length`), "and afterwards as it was")
}

// Someone who does not see the drawing hears what is in it.
func TestTheDrawingCanBeHeard(t *testing.T) {
	t.Parallel()
	tb := open(t, 1280, 900)
	nodes := eval[[][]string](tb,
		`[...document.querySelectorAll(".node")].map((n) => ["role", "tabindex", "aria-label"].map((name) => n.getAttribute(name)))`)
	assert.Len(t, nodes, 15)
	for _, n := range nodes {
		assert.Equal(t, []string{"button", "0"}, n[:2])
		assert.Regexp(t, `: \d+ findings?`, n[2])
	}
	unnamed := eval[int](tb, `[...document.querySelectorAll("input, select, button")].filter((e) => !(e.labels?.length || e.textContent.trim())).length`)
	assert.Zero(t, unnamed, "every control has a name")
}
