package archive

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxText is the size up to which a file is searched for keys, in bytes.
const maxText = 256 << 10

// CheckDeterministic returns what makes two builds of the same commit differ
// and what a function has no use for: one verdict for each kind. It never takes
// the function's own handler for a test.
func (c *Code) CheckDeterministic(f Function) []Verdict {
	var verdicts []Verdict
	if c.Zip > 0 { // otherwise Pulumi writes the zip itself
		verdicts = append(verdicts, c.checkOrder(), c.checkStamps(), c.checkOwners())
	}
	installed, doubt := c.installed()
	tests := verdictOn(c.names(func(name string) bool {
		return isTest(name) && !installed(name) && !isHandlerFile(name, f.Handler)
	}), "holds tests", "leave tests out when the archive is built")
	if tests.Wrong != "" && f.Handler == "" && !f.isProvided() {
		tests = Verdict{Doubt: "it " + tests.Wrong + ", or one of them is the handler, which is not known"}
	}
	verdicts = append(verdicts,
		verdictOn(c.names(c.isCache), "holds caches",
			"leave caches out: PYTHONDONTWRITEBYTECODE=1, pip install --no-compile, zip -x"),
		verdictOn(c.names(isVCS), "holds version control data", "zip the build's output, not the checkout"),
		tests,
	)
	secrets, unread := c.credentials(installed)
	verdicts = append(verdicts, verdictOn(secrets, "holds what looks like credentials",
		"remove them, revoke what was deployed, and let the function read secrets from Secrets Manager or use its role"))
	for _, d := range []string{doubt, unread} {
		if d != "" {
			verdicts = append(verdicts, Verdict{Doubt: d})
		}
	}
	return slices.DeleteFunc(verdicts, func(v Verdict) bool { return v == Verdict{} })
}

// verdictOn returns a verdict that names the first of the entries.
func verdictOn(names []string, what, fix string) Verdict {
	if len(names) == 0 {
		return Verdict{}
	}
	const shown = 3
	var list []string
	for _, name := range names[:min(shown, len(names))] {
		list = append(list, quote(name))
	}
	wrong := what + ": " + strings.Join(list, ", ")
	if more := len(names) - shown; more > 0 {
		wrong += fmt.Sprintf(" and %d more", more)
	}
	return Verdict{Wrong: wrong, Fix: fix}
}

// names returns the names of the entries that contain a match, in the archive's order.
func (c *Code) names(is func(string) bool) []string {
	var names []string
	for _, e := range c.Entries {
		if is(e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// checkOrder checks whether the entries are in some order of their names: that
// of whole paths, or of any walk through sorted folders.
func (c *Code) checkOrder() Verdict {
	keys := []func(string) string{
		func(name string) string { return name },
		strings.ToLower,
	}
	var first []string
	for _, key := range keys {
		for _, slash := range []string{"", "/"} {
			unsorted, err := c.unsorted(func(name string, folder bool) string {
				if folder {
					name += slash
				}
				return key(name)
			})
			if err != nil {
				return Verdict{Doubt: "whether its entries are sorted could not be determined: " + err.Error()}
			}
			if len(unsorted) == 0 {
				return Verdict{}
			}
			if first == nil {
				first = unsorted
			}
		}
	}
	return verdictOn(first, "has entries that are not in order of their names",
		"sort the names before they are zipped (find . -type f | LC_ALL=C sort | zip -X@ ../code.zip)")
}

// unsorted returns the entries that come after an entry of the same folder and
// kind that should follow them.
func (c *Code) unsorted(key func(name string, folder bool) string) ([]string, error) {
	type group struct {
		folder  string
		folders bool
	}
	last := map[group]string{}
	seen := map[string]bool{}
	var out []string
	visit := func(name, entry string, folder bool) {
		if folder && seen[name] {
			return
		}
		seen[name] = seen[name] || folder
		at := strings.LastIndexByte(name, '/') + 1
		g, k := group{name[:at], folder}, key(name[at:], folder)
		if k < last[g] {
			out = append(out, entry)
		}
		last[g] = max(last[g], k)
	}
	for _, e := range c.Entries {
		// A jar begins with its manifest.
		if e.Name == "META-INF" || strings.HasPrefix(e.Name, "META-INF/") {
			continue
		}
		if err := c.meter.read(0); err != nil { // very deep names take long
			return nil, err
		}
		for i := range e.Name {
			if e.Name[i] == '/' {
				visit(e.Name[:i], e.Name, true)
			}
		}
		visit(e.Name, e.Name, e.Folder)
	}
	return slices.Compact(out), nil
}

// checkStamps checks whether the entries' times are constants. A single time
// that is not a constant may be that of the commit or of the build.
func (c *Code) checkStamps() Verdict {
	times := map[Stamp]bool{}
	var names []string
	for _, e := range c.Entries {
		if !e.Stamp.IsConstant() {
			times[e.Stamp] = true
			names = append(names, e.Name)
		}
	}
	switch len(times) {
	case 0:
		return Verdict{}
	case 1:
		return Verdict{Doubt: "whether the one time that its entries carry is the build's is not known"}
	}
	return verdictOn(names, "has entries that carry the times of a build",
		"give every entry the same date, such as 1980-01-01 (touch -t 198001010000, or SOURCE_DATE_EPOCH)")
}

func (c *Code) checkOwners() Verdict {
	var names []string
	for _, e := range c.Entries {
		if e.Owned {
			names = append(names, e.Name)
		}
	}
	return verdictOn(names, "has entries that carry the ids of a user and a group", "zip with -X, which leaves them out")
}

func hasFolder(name string, folders ...string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return slices.Contains(folders, part) })
}

func (c *Code) isCache(name string) bool {
	if source, ok := strings.CutSuffix(name, "c"); ok && strings.HasSuffix(source, ".py") && len(c.files[source]) > 0 {
		return true // compiled, beside its source
	}
	base := path.Base(name)
	return hasFolder(name, "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", ".eslintcache", "__MACOSX") ||
		strings.Contains(name, "node_modules/.cache/") || base == ".DS_Store" || base == "Thumbs.db"
}

func isVCS(name string) bool { return hasFolder(name, ".git", ".svn", ".hg", ".bzr") }

var testFile = regexp.MustCompile(`^(?:test_.*\.py|.*_test\.py|conftest\.py|.*_test\.go|.*_spec\.rb|` +
	`.*\.(?:test|spec)\.[cm]?[jt]sx?)$`)

func isTest(name string) bool {
	top, _, inFolder := strings.Cut(name, "/")
	return testFile.MatchString(path.Base(name)) ||
		inFolder && slices.Contains([]string{"test", "tests", "__tests__", "spec"}, top)
}

// isHandlerFile reports whether the file contains the handler, whatever the runtime.
func isHandlerFile(name, handler string) bool {
	module := strings.ReplaceAll(strings.TrimSuffix(name, path.Ext(name)), "/", ".")
	return strings.HasPrefix(strings.ReplaceAll(handler, "/", "."), module+".")
}

// isInstalled reports whether a file is in a folder that package managers fill.
func isInstalled(name string) bool {
	return hasFolder(name, "node_modules", "site-packages", "dist-packages", "vendor")
}

// installed returns a predicate for the files of third-party packages. It
// recognises them by their folder, or by the RECORD that pip leaves beside each
// package. Packages ship their own tests, and keys for them.
func (c *Code) installed() (is func(string) bool, doubt string) {
	recorded := map[string]bool{}
	for _, e := range c.Entries {
		folder, base := path.Split(e.Name)
		if base != "RECORD" || !strings.HasSuffix(folder, ".dist-info/") {
			continue
		}
		content, err := c.Head(e, maxSource)
		if err != nil {
			return isInstalled, err.Error()
		}
		root := path.Dir(path.Clean(folder))
		for line := range strings.Lines(string(content)) {
			name, _, _ := strings.Cut(line, ",")
			recorded[path.Join(root, strings.Trim(name, `"`))] = true
		}
	}
	return func(name string) bool { return recorded[name] || isInstalled(name) }, ""
}

var (
	// accessKey matches AWS access key ids: a prefix, then base 32.
	accessKey  = regexp.MustCompile(`(?:^|[^A-Za-z0-9])((?:AKIA|ASIA)[A-Z2-7]{16})(?:[^A-Za-z0-9]|$)`)
	npmToken   = regexp.MustCompile(`_authToken\s*=\s*[^\s$]`)
	privateKey = []byte("PRIVATE KEY-----")
	// keyInText matches a private key with content: code that reads keys mentions the header alone.
	keyInText = regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\r|\\n)+[A-Za-z0-9+/]{40}`)
	// tokenInText matches tokens of GitHub and Slack, and Stripe's live keys.
	tokenInText = regexp.MustCompile(`\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|xox[bp]-[0-9]{10,}-[A-Za-z0-9-]{20,}|[rs]k_live_[A-Za-z0-9]{24,})`)
)

// credentials returns the files that look like credentials, by name or content,
// and why some could not be read.
func (c *Code) credentials(installed func(string) bool) (names []string, unread string) {
	for _, e := range c.Entries {
		if e.Folder || e.Size == 0 || installed(e.Name) || isVCS(e.Name) {
			continue
		}
		if isCredentialName(e.Name) {
			names = append(names, e.Name)
			continue
		}
		if e.Size > maxText || isBinaryName(e.Name) {
			continue
		}
		content, err := c.Head(e, maxText)
		if err != nil {
			unread = "not every file was searched for credentials: " + err.Error()
			if c.meter.read(0) != nil {
				return names, unread
			}
			continue
		}
		if holdsCredential(e.Name, content) {
			names = append(names, e.Name)
		}
	}
	return names, unread
}

func isCredentialName(name string) bool {
	base := path.Base(name)
	switch base {
	case ".env", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519":
		return true
	}
	if strings.HasPrefix(base, ".env.") {
		return !slices.Contains(
			[]string{".example", ".sample", ".template", ".dist", ".defaults", ".schema", ".md", ".js", ".ts"}, path.Ext(base))
	}
	return name == ".aws/credentials" || strings.HasSuffix(name, "/.aws/credentials")
}

func isBinaryName(name string) bool {
	return slices.Contains([]string{
		".so", ".pyc", ".class", ".jar", ".dll", ".node", ".wasm", ".png", ".jpg", ".jpeg", ".gif", ".woff2", ".gz", ".zip",
	}, path.Ext(name))
}

func holdsCredential(name string, content []byte) bool {
	if bytes.IndexByte(content, 0) >= 0 { // not text
		return false
	}
	switch ext := path.Ext(name); {
	case ext == ".pem" || ext == ".key":
		return bytes.Contains(content, privateKey)
	case path.Base(name) == ".npmrc" && npmToken.Match(content):
		return true
	}
	if keyInText.Match(content) || tokenInText.Match(content) {
		return true
	}
	if !bytes.Contains(content, []byte("AKIA")) && !bytes.Contains(content, []byte("ASIA")) {
		return false
	}
	for _, match := range accessKey.FindAllSubmatch(content, -1) {
		// Keys in documentation end in EXAMPLE; all but one in twenty-eight
		// real ones contain a digit.
		if !bytes.HasSuffix(match[1], []byte("EXAMPLE")) && bytes.ContainsAny(match[1], "234567") {
			return true
		}
	}
	return false
}
