package credential

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Words at the end of a name which say that the value is a credential. A password
// is one whatever it looks like; under the other names programs keep other things
// as well.
var (
	passwordWords = []string{"passphrase", "passwd", "password", "pwd"}
	tokenWords    = []string{"apikey", "secretkey", "token"}
	// secretWords are as often the name of a secret as the secret itself, except
	// after one of secretKinds, as in CLIENT_SECRET.
	secretWords = []string{"credential", "credentials", "secret"}
	secretKinds = []string{
		"access", "api", "app", "auth", "client", "consumer", "cookie", "hmac", "jwt", "oauth", "session", "shared", "signing", "webhook",
	}
	// keyKinds come before the word key.
	keyKinds = []string{
		"access", "api", "auth", "encryption", "hmac", "jwt", "license", "master", "private", "secret", "shared", "signing",
	}
	// openWords are in the names of what everyone may know.
	openWords = []string{"public", "publishable"}
	// qualifiers come after the word that says what a value is: DB_PASSWORD_PROD.
	qualifiers = []string{
		"base", "current", "dev", "new", "old", "previous", "primary", "prod", "production", "secondary", "stage", "staging", "test",
		"v", "value",
	}
	// namingWords are in the names of secrets and headers, beside the words of the
	// variable, the project and the stack, and hardly in a passphrase.
	namingWords = slices.Concat(passwordWords, tokenWords, secretWords, qualifiers, []string{
		"auth", "bearer", "cookie", "creds", "db", "header", "key", "name", "param", "parameter", "secrets", "ssm", "vault",
	})
	// fillingWords stand where somebody is to put a token, or begin the name of a
	// header.
	fillingWords = []string{
		"change", "changeme", "dummy", "example", "here", "me", "placeholder", "replace", "replaceme", "todo", "x", "your",
	}
	// kmsKinds come before the word key where a KMS key, or its id, does the work.
	kmsKinds = []string{"encryption", "hmac", "master", "signing"}
)

// isNamed reports whether a value is a credential by its name, as DB_PASSWORD, apiToken or signing-key, and stands for
// itself. The last word of the name counts: PASSWORD_LENGTH, SECRET_NAME and TOKEN_URL hold none.
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
		return len(word) > 1 && slices.Contains(naming, word) // random text has many words of one letter
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
	// ImagesJwtSecret and YOUR_API_KEY are names and stand-ins, SecretKey may be a secret.
	isName = isName || onlyAnyOf(text.Words(value), slices.Concat(naming, fillingWords)) &&
		text.HasAny(text.Words(value), slices.Concat(w[:len(w)-1], surrounding, fillingWords))
	return !isName && len(value) >= shortestSecret && (digitOrCapital.MatchString(value) || passphrase.MatchString(value))
}

// onlyAnyOf reports whether all of the words are in the list.
func onlyAnyOf(words, list []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(list, word) })
}

// bareWords returns the words of a name without numbers and qualifiers at its end.
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

// endsInAny reports whether a word is, or ends in, one of the list: PGPASSWORD.
func endsInAny(word string, list []string) bool {
	return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(word, end) })
}

// shortestSecret is the least length of a credential under a name that programs
// use for other things, too.
const shortestSecret = 8

var (
	digitOrCapital = regexp.MustCompile(`[0-9A-Z]`)
	// hyphenated words, as prod-db-01, name something unless they are a passphrase.
	hyphenated = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_.](?:[a-z]+|[0-9]{1,4}))+$`)
	passphrase = regexp.MustCompile(`^[a-z]+(?:[-_][a-z]+){2,}(?:[-_]?[0-9]{1,4})?$`)
	identifier = regexp.MustCompile(`^[A-Za-z]+(?:[-_.]?[A-Za-z0-9]+)*$`)
	// uuid is the form of the ids of KMS keys and of entries in vaults, and of many
	// a password and token.
	uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// pulumiSuffix ends the names that Pulumi makes: db-1a2b3c4.
	pulumiSuffix = regexp.MustCompile(`-[0-9a-f]{7}$`)
	flagWords    = []string{"", "disabled", "enabled", "false", "no", "none", "null", "off", "on", "true", "yes"}
	// placeholder is what a template or a person is to replace: ${…}, {{…}}, <…>,
	// $NAME, :name, ?, %s, %(name)s, %NAME%, #{name}, __NAME__, asterisks.
	placeholder = regexp.MustCompile(`\$\{[^{}]+\}|\{\{[^{}]+\}\}|<[A-Za-z][\w .-]{2,}>` +
		`|^(?:\{.*\}|\$\(.*\)|\$(?:[A-Z0-9_]+|[a-z_]+)|:\w+|\?|%[a-z]|%\(\w+\)s|%[A-Z_]+%|#\{.+\}#?|__\w+__|\*+|x+|X+)$`)
	// referenceForms are those of numbers, of references to a value elsewhere, and of what is no secret.
	referenceForms = []*regexp.Regexp{
		placeholder,
		regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[a-zA-Z]{0,3}$`), // a number, perhaps with its unit
		// An ARN, a parameter's path, an address, a dynamic reference.
		regexp.MustCompile(`^(?:arn:|/|[a-z][a-z0-9+.-]*:/|(?:env|keyvault|op|secretsmanager|ssm|vault):)`),
		regexp.MustCompile(`^mrk-[0-9a-f]{32}$`), // a KMS key of several regions
		// What Stripe, Mapbox and PostHog give for everyone to see.
		regexp.MustCompile(`^(?:pk_(?:live|test)_|pk\.eyJ|phc_)`),
		regexp.MustCompile(`^(?:-----BEGIN (?:[A-Z0-9]+ )?(?:PUBLIC KEY|CERTIFICATE)-----|ssh-(?:ed25519|rsa) )`),
		regexp.MustCompile(`^(?:ENC\[|AQ[EI][BC]A[A-Za-z0-9+/]{40,}=*$)`), // encrypted, by SOPS or KMS
	}
	// secretPath is the name of a secret that has slashes: prod/db.
	secretPath = regexp.MustCompile(`^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$`)
)

// refers reports whether a value is a flag, a number, or where another value is.
func refers(value string) bool {
	return slices.Contains(flagWords, strings.ToLower(value)) ||
		slices.ContainsFunc(referenceForms, func(form *regexp.Regexp) bool { return form.MatchString(value) }) ||
		secretPath.MatchString(value) && !isRandomPath(value)
}
