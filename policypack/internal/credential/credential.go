// Package credential finds credentials in strings, either by their format or by the name of the value.
package credential

import (
	"encoding/base64"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// In reports whether a value that anyone can read holds a credential, and of what kind. It recognizes one by its format
// or by the value's name, and looks inside JSON. A value that is marked secret cannot be read by just anyone, so it
// holds none. The name may be a path; r is the resource that has the value: names of secrets often contain its project
// and stack.
func In(r *graph.Resource, name string, v graph.Value) (holds answer.Answer, kind string) {
	s, known := v.Str()
	switch {
	case v.Secret():
		return answer.No, ""
	case v.Unknown():
		return answer.Unknown, ""
	case !known:
		return answer.No, ""
	}
	if kind := kindOf(s); kind != "" {
		return answer.Yes, kind
	}
	if decoded, isJSON := v.JSON(); isJSON && (decoded.IsObject() || decoded.IsList()) {
		holds = answer.No
		decoded.EachLeaf(name, func(path string, leaf graph.Value) {
			if inside, k := In(r, path, leaf); inside > holds {
				holds, kind = inside, k
			}
		})
		return holds, kind
	}
	if isNamed(r, name, s) {
		return answer.Yes, "a credential, by its name"
	}
	return answer.No, ""
}

// shapes are the formats that mark a string as a credential, whatever its name. Each is documented by its issuer and is
// unlikely to occur by chance.
var shapes = []struct {
	is string
	// has lists substrings of which every such credential contains at least one. They are cheap to look for, and most
	// strings contain none.
	has  []string
	form *regexp.Regexp
}{
	{"a private key", []string{"-----BEGIN "}, regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)},
	{"an AWS access key id", []string{"AKIA", "ASIA"}, regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a GitHub token", []string{"gh"}, regexp.MustCompile(`\bgh[oprsu]_[A-Za-z0-9]{36,}`)},
	{"a GitHub token", []string{"github_pat_"}, regexp.MustCompile(`\bgithub_pat_[A-Za-z0-9_]{22,}`)},
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	{"a GitLab token", []string{"gl"}, regexp.MustCompile(`\bgl(?:pat|oas|soat|dt|rt|rtr|cbt|ptt|ft|imt|agent|ffct)-[A-Za-z0-9_-]{20,}`)},
	{"a Slack token", []string{"xox", "xapp-"}, regexp.MustCompile(`\b(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{10,}`)},
	{
		"a Slack webhook",
		[]string{"hooks.slack.com"},
		regexp.MustCompile(`https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}`),
	},
	{
		"a Discord webhook",
		[]string{"/api/webhooks/"},
		regexp.MustCompile(`https://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{40,}`),
	},
	{"a Stripe key", []string{"k_live_", "k_test_", "whsec_"}, regexp.MustCompile(`\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}`)},
	{"a Google API key", []string{"AIza"}, regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"a Google client secret", []string{"GOCSPX-"}, regexp.MustCompile(`\bGOCSPX-[A-Za-z0-9_-]{28}`)},
	{"an Azure client secret", []string{"Q~"}, regexp.MustCompile(`(?:^|[^A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?:$|[^A-Za-z0-9_~.-])`)},
	{"an Azure shared access signature", []string{"sig="}, regexp.MustCompile(`[?&]sig=[A-Za-z0-9%/+]{40,}`)},
	{"an npm token", []string{"npm_"}, regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a PyPI token", []string{"pypi-"}, regexp.MustCompile(`\bpypi-AgE[A-Za-z0-9_-]{50,}`)},
	{"a Docker Hub token", []string{"dckr_pat_"}, regexp.MustCompile(`\bdckr_pat_[A-Za-z0-9_-]{27,}`)},
	{"a SendGrid key", []string{"SG."}, regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`)},
	{"an OpenAI key", []string{"sk-"}, regexp.MustCompile(`\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})`)},
	{"an Anthropic key", []string{"sk-ant-"}, regexp.MustCompile(`\bsk-ant-[a-z]+[0-9]{2}-[A-Za-z0-9_-]{20,}`)},
	{"a Hugging Face token", []string{"hf_"}, regexp.MustCompile(`\bhf_[A-Za-z0-9]{34}\b`)},
	{"a HashiCorp Vault token", []string{"hv"}, regexp.MustCompile(`\bhv[bs]\.[A-Za-z0-9_-]{24,}`)},
	{"a Pulumi token", []string{"pul-"}, regexp.MustCompile(`\bpul-[0-9a-f]{40}\b`)},
	{"a DigitalOcean token", []string{"_v1_"}, regexp.MustCompile(`\bdo[opr]_v1_[0-9a-f]{64}\b`)},
	{"a Shopify token", []string{"shp"}, regexp.MustCompile(`\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b`)},
	{"a JSON web token", []string{"eyJ"}, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`)},
}

var (
	urlPassword = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/?#@]*:([^\s/?#@]+)@`)
	// urlExample matches words that stand in for the password in example URLs.
	urlExample = regexp.MustCompile(`(?i)^(?:password|pass|pwd|secret|token)$`)
	// connectionPassword matches the password in a connection string, whose other settings show what it is for:
	// Server=db;Password=…, host=db password=…, ?user=app&password=….
	connectionPassword = regexp.MustCompile(`(?i)(?:^|[\s;&?])(?:password|passwd|pwd|accountkey|sharedaccesskey)\s*=\s*([^\s;&]+)`)
	connection         = regexp.MustCompile(
		`(?i)(?:^|[\s;&?])(?:accountname|data source|endpoint|host|server|user|user id|username|uid)\s*=|^jdbc:`)
	secretKey  = regexp.MustCompile(`^[A-Za-z0-9/+]{40}$`)
	randomPath = regexp.MustCompile(`^[A-Za-z0-9/]{12,}$`)
	plainWord  = regexp.MustCompile(`[a-z]{8}`)
)

// kindOf returns the kind of credential that a string holds, judging by its format, or "".
func kindOf(s string) string {
	if kind := shapeOf(s); kind != "" {
		return kind
	}
	if isSecretKey(s) {
		return "an AWS secret access key"
	}
	if decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s)); err == nil {
		if kind := shapeOf(string(decoded)); kind != "" {
			return kind + " in base64"
		}
	}
	return ""
}

func shapeOf(s string) string {
	for _, shape := range shapes {
		holds := func(part string) bool { return strings.Contains(s, part) }
		if slices.ContainsFunc(shape.has, holds) && shape.form.MatchString(s) {
			return shape.is
		}
	}
	for _, m := range urlPassword.FindAllStringSubmatch(s, -1) {
		if !placeholder.MatchString(m[1]) && !urlExample.MatchString(m[1]) {
			return "an address with a password"
		}
	}
	if m := connectionPassword.FindStringSubmatch(s); m != nil && connection.MatchString(s) && !refers(m[1]) {
		return "a connection string with a password"
	}
	return ""
}

// isSecretKey reports whether a string is an AWS secret access key, which is random, rather than a path of the same
// length.
func isSecretKey(s string) bool {
	return secretKey.MatchString(s) && strings.ContainsAny(s, "/+") && !plainWord.MatchString(s) &&
		entropy(s) > secretKeyEntropy
}

// isRandomPath reports whether a string is random base64, which may contain slashes, rather than a path. Entropy says
// little about a short string, but its words give it away: those in random text have two or three letters.
func isRandomPath(s string) bool {
	if !randomPath.MatchString(s) || plainWord.MatchString(s) || !strings.ContainsAny(s, "0123456789") ||
		strings.ToLower(s) == s || strings.ToUpper(s) == s {
		return false
	}
	if len(s) < longPath {
		return len(strings.ReplaceAll(s, "/", "")) < 3*len(text.Words(s))
	}
	return entropy(s) > randomEntropy
}

// Thresholds in bits per character: below the entropy of random base64 (about 4.8 for 40 characters, 4.4 for 24) and
// above that of paths of the same length.
const (
	secretKeyEntropy = 4.5
	randomEntropy    = 4.2
)

// longPath is the shortest length at which entropy distinguishes random text from words.
const longPath = 24

// entropy returns the Shannon entropy in bits per byte.
func entropy(s string) float64 {
	counts := map[byte]float64{}
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		p := n / float64(len(s))
		bits -= p * math.Log2(p)
	}
	return bits
}
