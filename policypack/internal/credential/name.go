package credential

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// These words, at the end of a name, mean that the value is a credential. The value of a name that ends in "password"
// is one whatever it looks like; the other words are also used in names of other things.
var (
	passwordWords = []string{"passphrase", "passwd", "password", "pwd"}
	tokenWords    = []string{"apikey", "secretkey", "token"}
	// secretWords are used for the name of a secret as often as for the secret itself, except after one of secretKinds,
	// as in CLIENT_SECRET.
	secretWords = []string{"credential", "credentials", "secret"}
	secretKinds = []string{
		"access", "api", "app", "auth", "client", "consumer", "cookie", "hmac", "jwt", "oauth", "session", "shared", "signing", "webhook",
	}
	// keyKinds are words that make a credential of the word "key" after them.
	keyKinds = []string{
		"access", "api", "auth", "encryption", "hmac", "jwt", "license", "master", "private", "secret", "shared", "signing",
	}
	// openWords appear in the names of values that are meant to be public.
	openWords = []string{"public", "publishable"}
	// qualifiers follow the word that describes the value: DB_PASSWORD_PROD.
	qualifiers = []string{
		"base", "current", "dev", "new", "old", "previous", "primary", "prod", "production", "secondary", "stage", "staging", "test",
		"v", "value",
	}
	// namingWords appear in the names of secrets and headers, next to words from the variable, the project and the
	// stack, but rarely in a passphrase.
	namingWords = slices.Concat(passwordWords, tokenWords, secretWords, qualifiers, []string{
		"auth", "bearer", "cookie", "creds", "db", "header", "key", "name", "param", "parameter", "secrets", "ssm", "vault",
	})
	// fillingWords appear in placeholders for a token, or at the start of a header's name.
	fillingWords = []string{
		"change", "changeme", "dummy", "example", "here", "me", "placeholder", "replace", "replaceme", "todo", "x", "your",
	}
	// kmsKinds precede the word "key" where the value may be a KMS key's id instead of the key itself.
	kmsKinds = []string{"encryption", "hmac", "master", "signing"}
)

// isNamed reports whether the name of a value, such as DB_PASSWORD, apiToken or signing-key, makes it a credential, and
// the value is not just a reference to one. The last word of the name counts: PASSWORD_LENGTH, SECRET_NAME and
// TOKEN_URL hold no credentials.
func isNamed(r *graph.Resource, name, value string) bool {
	w := bareWords(name)
	if len(w) == 0 || text.HasAny(w, openWords) || refers(strings.TrimSpace(value)) {
		return false
	}
	value = pulumiSuffix.ReplaceAllString(value, "")
	last, before := w[len(w)-1], w[max(0, len(w)-2)]
	surrounding := slices.Concat(text.Words(string(r.URN.Project())), text.Words(string(r.URN.Stack())))
	naming := slices.Concat(namingWords, w, surrounding)
	saysName := slices.ContainsFunc(text.Words(value), func(word string) bool {
		return len(word) > 1 && slices.Contains(naming, word) // random text has many one-letter words
	})
	isName := hyphenated.MatchString(value) && (saysName || !passphrase.MatchString(value))
	switch {
	case endsInAny(last, passwordWords):
		return !isName
	case endsInAny(last, secretWords) && !slices.Contains(secretKinds, before):
		isName = hyphenated.MatchString(value) || saysName && identifier.MatchString(value) || uuid.MatchString(value)
	case endsInAny(last, tokenWords), endsInAny(last, secretWords), last == "pass":
	case last != "key" || !slices.Contains(keyKinds, before), slices.Contains(kmsKinds, before) && uuid.MatchString(value):
		return false
	}
	// ImagesJwtSecret and YOUR_API_KEY are names and placeholders, but SecretKey may be a secret.
	isName = isName || onlyAnyOf(text.Words(value), slices.Concat(naming, fillingWords)) &&
		text.HasAny(text.Words(value), slices.Concat(w[:len(w)-1], surrounding, fillingWords))
	return !isName && len(value) >= shortestSecret && (digitOrCapital.MatchString(value) || passphrase.MatchString(value))
}

// onlyAnyOf reports whether all of the words are in the list.
func onlyAnyOf(words, list []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(list, word) })
}

// bareWords returns the words of a name without trailing numbers and qualifiers.
func bareWords(name string) []string {
	w := text.Words(name)
	for len(w) > 0 {
		last := strings.TrimRight(w[len(w)-1], "0123456789")
		if last != "" && !slices.Contains(qualifiers, last) {
			w[len(w)-1] = last
			break
		}
		w = w[:len(w)-1]
	}
	return w
}

// endsInAny reports whether a word is one of the list or ends in one, as PGPASSWORD does.
func endsInAny(word string, list []string) bool {
	return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(word, end) })
}

// shortestSecret is the minimum length of a credential whose name is also used for other things.
const shortestSecret = 8

var (
	digitOrCapital = regexp.MustCompile(`[0-9A-Z]`)
	// hyphenated matches hyphenated words such as prod-db-01, which name something unless they form a passphrase.
	hyphenated = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_.](?:[a-z]+|[0-9]{1,4}))+$`)
	passphrase = regexp.MustCompile(`^[a-z]+(?:[-_][a-z]+){2,}(?:[-_]?[0-9]{1,4})?$`)
	identifier = regexp.MustCompile(`^[A-Za-z]+(?:[-_.]?[A-Za-z0-9]+)*$`)
	// uuid matches UUIDs: the ids of KMS keys and of entries in vaults, but also many passwords and tokens.
	uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// pulumiSuffix matches the end of the names that Pulumi generates: db-1a2b3c4.
	pulumiSuffix = regexp.MustCompile(`-[0-9a-f]{7}$`)
	flagWords    = []string{"", "disabled", "enabled", "false", "no", "none", "null", "off", "on", "true", "yes"}
	// placeholder matches what a template or a person is meant to replace: ${…}, {{…}}, <…>, $NAME, :name, ?, %s,
	// %(name)s, %NAME%, #{name}, __NAME__, asterisks.
	placeholder = regexp.MustCompile(`\$\{[^{}]+\}|\{\{[^{}]+\}\}|<[A-Za-z][\w .-]{2,}>` +
		`|^(?:\{.*\}|\$\(.*\)|\$(?:[A-Z0-9_]+|[a-z_]+)|:\w+|\?|%[a-z]|%\(\w+\)s|%[A-Z_]+%|#\{.+\}#?|__\w+__|\*+|x+|X+)$`)
	// referenceForms match numbers, references to a value stored elsewhere, and values that are not secret.
	referenceForms = []*regexp.Regexp{
		placeholder,
		regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[a-zA-Z]{0,3}$`), // a number, possibly with a unit
		// An ARN, a parameter's path, a URL or a dynamic reference.
		regexp.MustCompile(`^(?:arn:|/|[a-z][a-z0-9+.-]*:/|(?:env|keyvault|op|secretsmanager|ssm|vault):)`),
		regexp.MustCompile(`^mrk-[0-9a-f]{32}$`), // a multi-Region KMS key
		// Publishable keys of Stripe, Mapbox and PostHog.
		regexp.MustCompile(`^(?:pk_(?:live|test)_|pk\.eyJ|phc_)`),
		regexp.MustCompile(`^(?:-----BEGIN (?:[A-Z0-9]+ )?(?:PUBLIC KEY|CERTIFICATE)-----|ssh-(?:ed25519|rsa) )`),
		regexp.MustCompile(`^(?:ENC\[|AQ[EI][BC]A[A-Za-z0-9+/]{40,}=*$)`), // encrypted by SOPS or KMS
	}
	// secretPath matches a secret's name that contains slashes: prod/db.
	secretPath = regexp.MustCompile(`^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$`)
)

// refers reports whether a value is a flag, a number or a reference to a value stored elsewhere.
func refers(value string) bool {
	return slices.Contains(flagWords, strings.ToLower(value)) ||
		slices.ContainsFunc(referenceForms, func(form *regexp.Regexp) bool { return form.MatchString(value) }) ||
		secretPath.MatchString(value) && !isRandomPath(value)
}
