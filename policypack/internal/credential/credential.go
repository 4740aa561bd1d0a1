// Package credential finds credentials in texts: by their form, or because their name says so.
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

// In reports whether a value that everyone may read holds a credential, and of what kind: by its form, because its name
// says so, or inside of it if it is JSON. A value that is marked secret is not one that everyone may read. The name may
// be a path; r is the resource that has the value, whose project and stack occur in names of secrets.
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

// shapes are the forms by which a text is known to hold a credential, whatever its name. They are the ones that their
// issuers document, so that chance hardly makes one.
var shapes = []struct {
	is string
	// has are parts of which each such credential holds one: looking for them costs little, and most texts have none.
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
	// urlExample is what stands for the password in an address that is an example.
	urlExample = regexp.MustCompile(`(?i)^(?:password|pass|pwd|secret|token)$`)
	// connectionPassword is the password in a list of settings, which says what it
	// is for beside: Server=db;Password=…, host=db password=…, ?user=app&password=….
	connectionPassword = regexp.MustCompile(`(?i)(?:^|[\s;&?])(?:password|passwd|pwd|accountkey|sharedaccesskey)\s*=\s*([^\s;&]+)`)
	connection         = regexp.MustCompile(
		`(?i)(?:^|[\s;&?])(?:accountname|data source|endpoint|host|server|user|user id|username|uid)\s*=|^jdbc:`)
	secretKey  = regexp.MustCompile(`^[A-Za-z0-9/+]{40}$`)
	randomPath = regexp.MustCompile(`^[A-Za-z0-9/]{12,}$`)
	plainWord  = regexp.MustCompile(`[a-z]{8}`)
)

// kindOf returns the kind of credential that a text holds, by its shape, or "".
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

// isSecretKey reports whether a text is an AWS secret access key, which is random, rather than a path of that length.
func isSecretKey(s string) bool {
	return secretKey.MatchString(s) && strings.ContainsAny(s, "/+") && !plainWord.MatchString(s) &&
		entropy(s) > secretKeyEntropy
}

// isRandomPath reports whether a text is random base64, which may have slashes, rather than a path. In a short one it
// is the words that show it: random ones have two or three letters.
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

// In bits for each character: below what random base64 has (about 4.8 in 40
// characters, 4.4 in 24) and above what paths of that length have.
const (
	secretKeyEntropy = 4.5
	randomEntropy    = 4.2
)

// longPath is the least length at which entropy sets random text apart from words.
const longPath = 24

// entropy returns Shannon's entropy, in bits for each byte of the text.
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
