package rules

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// credentialShapes are the forms by which a text is known to hold a credential,
// whatever its name. They are the ones that their issuers document, so that
// chance hardly makes one.
var credentialShapes = []struct {
	is   string
	form *regexp.Regexp
}{
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)},
	{"an AWS access key id", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a GitHub token", regexp.MustCompile(`\b(?:gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
	{"a Slack webhook", regexp.MustCompile(`https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}`)},
	{"a Stripe key", regexp.MustCompile(`\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"an npm token", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a SendGrid key", regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`)},
	{"a JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`)},
}

var (
	// urlPassword is the password in an address; one that is a placeholder or a
	// reference has a bracket, a dollar or asterisks.
	urlPassword = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/?#@]*:([^\s/?#@]+)@`)
	placeholder = regexp.MustCompile(`[${}<>%]|^\*+$|^x+$|(?i)^(password|pass|pwd|secret|token)$`)
	secretKey   = regexp.MustCompile(`^[A-Za-z0-9/+]{40}$`)
	plainWord   = regexp.MustCompile(`[a-z]{8}`)
)

// credentialIn is the kind of credential that a text holds, by its shape, or "".
func credentialIn(text string) string {
	for _, shape := range credentialShapes {
		if shape.form.MatchString(text) {
			return shape.is
		}
	}
	for _, m := range urlPassword.FindAllStringSubmatch(text, -1) {
		if !placeholder.MatchString(m[1]) {
			return "an address with a password"
		}
	}
	if isSecretKey(text) {
		return "an AWS secret access key"
	}
	return ""
}

// isSecretKey tells an AWS secret access key, which is random, from a path of
// the same length.
func isSecretKey(text string) bool {
	return secretKey.MatchString(text) && strings.ContainsAny(text, "/+") && !plainWord.MatchString(text) &&
		entropy(text) > secretKeyEntropy
}

// secretKeyEntropy, in bits for each character, is below what 40 random
// characters of base64 have (about 4.8) and above what paths have.
const secretKeyEntropy = 4.5

// entropy is Shannon's, in bits for each byte of the text.
func entropy(text string) float64 {
	counts := map[byte]float64{}
	for i := range len(text) {
		counts[text[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		p := n / float64(len(text))
		bits -= p * math.Log2(p)
	}
	return bits
}

// Words at the end of a name which say that the value is a credential. A password
// is one whatever it looks like; under the other names programs keep the names
// of secrets as well.
var (
	passwordWords = []string{"passphrase", "passwd", "password", "pwd"}
	secretWords   = []string{"apikey", "credential", "credentials", "secret", "secretkey", "token"}
	// keyWords come before the word key.
	keyWords = []string{"access", "api", "auth", "encryption", "private", "secret", "signing"}
)

// namedCredential says that a value is a credential by its name, as DB_PASSWORD,
// apiToken or signing-key, and stands for itself. The last word of the name
// counts: PASSWORD_LENGTH, SECRET_NAME and TOKEN_URL hold none.
func namedCredential(name, value string) bool {
	w := words(strings.TrimRight(name, "0123456789_"))
	if len(w) == 0 || refers(strings.TrimSpace(value)) {
		return false
	}
	last := w[len(w)-1]
	if slices.Contains(passwordWords, last) {
		return true
	}
	isSecret := slices.Contains(secretWords, last) || last == "key" && len(w) > 1 && slices.Contains(keyWords, w[len(w)-2])
	return isSecret && len(value) >= shortestSecret && digitOrCapital.MatchString(value)
}

// shortestSecret is the least length of a credential under a name that programs
// use for other things, too.
const shortestSecret = 8

var (
	digitOrCapital = regexp.MustCompile(`[0-9A-Z]`)
	flagWords      = []string{"", "disabled", "enabled", "false", "no", "none", "null", "off", "on", "true", "yes"}
	// referenceForms are those of numbers and of what tells where a value is.
	referenceForms = []*regexp.Regexp{
		placeholder,
		regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[a-zA-Z]{0,3}$`), // a number, perhaps with its unit
		// An ARN, a parameter's path, a variable, a dynamic reference, an address.
		regexp.MustCompile(`^(?:arn:|/|\$|\{\{|[a-z][a-z0-9+.-]*:/|(?:env|keyvault|op|secretsmanager|ssm|vault):)`),
		// The name of a secret or a key: prod/db, prod-db, a UUID.
		regexp.MustCompile(`^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$`),
		regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_.](?:[a-z]+|[0-9]{1,4}))+$`),
		regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
	}
)

// refers says that a value is a flag, a number, or tells where another is.
func refers(value string) bool {
	return slices.Contains(flagWords, strings.ToLower(value)) ||
		slices.ContainsFunc(referenceForms, func(form *regexp.Regexp) bool { return form.MatchString(value) })
}

// leak says whether a value that everyone may read holds a credential, and what
// kind: by its shape, or because its name says so. A value that is marked secret
// is not one that everyone may read.
func leak(name string, v graph.Value) (answer.Answer, string) {
	text, known := v.Str()
	switch {
	case v.Secret():
		return answer.No, ""
	case v.Unknown():
		return answer.Unknown, ""
	case !known:
		return answer.No, ""
	}
	if kind := credentialIn(text); kind != "" {
		return answer.Yes, kind
	}
	if namedCredential(name, text) {
		return answer.Yes, "a credential, by its name"
	}
	return answer.No, ""
}
