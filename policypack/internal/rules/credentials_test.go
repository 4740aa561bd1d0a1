package rules_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func TestLambdaNoSecretEnvironment(t *testing.T) {
	t.Parallel()
	environment := func(variables string) string {
		return lambdaFunction("environment: {variables: {" + variables + "}}")
	}
	const at = "f environment.variables."
	var cases []ruleCase
	for name, holds := range map[string]string{
		`X: "-----BEGIN RSA PRIVATE KEY-----\nMIIB ` + hush + `"`:                                    "a private key",
		"X: AKIAIOSFODNN7EXAMPLE":                                                                    "an AWS access key id",
		"X: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY":                                                "an AWS secret access key",
		"X: ghp_" + strings.Repeat("a1B2", 9):                                                        "a GitHub token",
		"X: glpat-" + strings.Repeat("a1B2", 5):                                                      "a GitLab token",
		"X: xoxb-123456789012-" + hush:                                                               "a Slack token",
		"X: https://hooks.slack.com/services/T0123ABCD/B0123ABCD/abcdefghij123456":                   "a Slack webhook",
		"X: sk_live_" + strings.Repeat("a1B2", 6):                                                    "a Stripe key",
		"X: AIza" + strings.Repeat("a1B2_", 7):                                                       "a Google API key",
		"X: npm_" + strings.Repeat("a1B2", 9):                                                        "an npm token",
		"X: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N":                         "a JSON web token",
		"X: 'postgres://app:" + hush + "@db.example.com/app'":                                        "an address with a password",
		`X: '{"url": "amqps://app:` + hush + `@mq.example.com"}'`:                                    "an address with a password",
		"DB_PASSWORD: " + hush:                                                                       "a credential, by its name",
		"dbPassword: " + hush:                                                                        "a credential, by its name",
		"DB_PASSWORD_2: changeme":                                                                    "a credential, by its name",
		"API_TOKEN: t" + hush:                                                                        "a credential, by its name",
		"SIGNING_KEY: k" + hush:                                                                      "a credential, by its name",
		"AWS_SECRET_ACCESS_KEY: k" + hush:                                                            "a credential, by its name",
		"X: xapp-1-A0123-" + hush:                                                                    "a Slack token",
		"X: whsec_" + strings.Repeat("a1B2", 6):                                                      "a Stripe key",
		"X: pypi-AgE" + strings.Repeat("a1B2_", 10):                                                  "a PyPI token",
		"X: dckr_pat_" + strings.Repeat("a1B", 9):                                                    "a Docker Hub token",
		"X: sk-proj-" + strings.Repeat("a1B2", 6):                                                    "an OpenAI key",
		"X: sk-ant-api03-" + strings.Repeat("a1B2", 6):                                               "an Anthropic key",
		"X: 'postgres://app:p%40" + hush + "@db.example.com/app'":                                    "an address with a password",
		"X: 'postgres://app:pa$$" + hush + "@db.example.com/app'":                                    "an address with a password",
		"X: 'Server=db;User Id=app;Password=" + hush + ";'":                                          "a connection string with a password",
		"X: host=db user=app password=" + hush:                                                       "a connection string with a password",
		"X: 'jdbc:postgresql://db/app?user=app&password=" + hush + "'":                               "a connection string with a password",
		"X: 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + hush + "'":                  "a connection string with a password",
		"X: " + base64.StdEncoding.EncodeToString([]byte("-----BEGIN PRIVATE KEY-----\n"+hush+"\n")): "a private key in base64",
		`X: '{"db": [{"user": "app", "password": "` + hush + `"}]}'`:                                 "a credential, by its name",
		`SETTINGS: '["postgres://app:` + hush + `@db"]'`:                                             "an address with a password",
		"API_TOKEN: correct-horse-battery-staple":                                                    "a credential, by its name",
		"CLIENT_SECRET: summer_winter_autumn_42":                                                     "a credential, by its name",
		"DB_PASSWORD: let-me-in":                                                                     "a credential, by its name",
		"DB_PASSWORD: hush7531-1a2b3c4":                                                              "a credential, by its name",
		"DB_PASSWORD: password":                                                                      "a credential, by its name",
		"DB_PASSWORD: 'a$" + hush + "{7%'":                                                           "a credential, by its name",
		"DB_PASSWORD: '100%" + hush + "'":                                                            "a credential, by its name",
		"API_TOKEN: k7Qz/Wv3xR9tLp2B/Yc8mD4Js":                                                       "a credential, by its name",
		"PGPASSWORD: " + hush:                                                                        "a credential, by its name",
		"SMTP_PASS: " + hush:                                                                         "a credential, by its name",
		"DB_PASSWORD_PROD: " + hush:                                                                  "a credential, by its name",
		"API_TOKEN_V2: t" + hush:                                                                     "a credential, by its name",
		"SECRET_KEY_BASE: k" + hush:                                                                  "a credential, by its name",
		"X: sk-" + strings.Repeat("a1B2", 5) + "T3BlbkFJ" + strings.Repeat("a1B2", 5):                "an OpenAI key",
		"X: sk-admin-" + strings.Repeat("a1B2", 6):                                                   "an OpenAI key",
		"X: github_pat_" + strings.Repeat("a1B2_", 6):                                                "a GitHub token",
		"X: glptt-" + strings.Repeat("a1b2", 10):                                                     "a GitLab token",
		"X: glcbt-64_" + strings.Repeat("a1B2", 5):                                                   "a GitLab token",
		"X: GOCSPX-" + strings.Repeat("a1B2", 7):                                                     "a Google client secret",
		"X: aB18Q~" + strings.Repeat("a1B~", 8) + "ab":                                               "an Azure client secret",
		"X: 'https://acme.blob.core.windows.net/in?sv=2022-11-02&sr=c&sp=rl&sig=" + strings.Repeat("a1B2", 11) + "%3D'": "an Azure shared access signature",
		"X: hf_" + strings.Repeat("a1", 17):                                                     "a Hugging Face token",
		"X: hvs." + strings.Repeat("a1B2", 23):                                                  "a HashiCorp Vault token",
		"X: pul-" + strings.Repeat("a1b2", 10):                                                  "a Pulumi token",
		"X: dop_v1_" + strings.Repeat("a1b2", 16):                                               "a DigitalOcean token",
		"X: shpat_" + strings.Repeat("a1b2", 8):                                                 "a Shopify token",
		"X: https://discord.com/api/webhooks/123456789012345678/" + strings.Repeat("a1-B_", 13): "a Discord webhook",
		"DB_PASSWORD: 3f2504e0-4f89-41d3-9a0c-0305e82c3301":                                     "a credential, by its name",
		"HEROKU_API_KEY: 3f2504e0-4f89-41d3-9a0c-0305e82c3301":                                  "a credential, by its name",
		"X: 'Server=db;User Id=app;Password=3f2504e0-4f89-41d3-9a0c-0305e82c3301'":              "a connection string with a password",
		"DB_SECRET: T4R1LdRD78VQnxEFG82paUbz24dlEtFx":                                           "a credential, by its name", // V is a word of it
		"DB_PASSWORD: 'Kq9{{vX2mL7w'":                                                           "a credential, by its name",
		"DB_PASSWORD: 'Kq9${vX2mL7w'":                                                           "a credential, by its name",
		"DB_PASSWORD: US4NPw/CQ0Lx":                                                             "a credential, by its name",
		"JWT_SECRET: MySuperSecretKey":                                                          "a credential, by its name",
		"JWT_SECRET: SecretKey":                                                                 "a credential, by its name",
		"DB_PASSWORD: CHANGE_ME":                                                                "a credential, by its name",
		"NEW_RELIC_LICENSE_KEY: k" + hush:                                                       "a credential, by its name",
	} {
		variable, _, _ := strings.Cut(name, ":")
		cases = append(cases, ruleCase{name: name, resources: environment(name), want: fires(at + variable), says: "holds " + holds + "."})
	}
	for _, name := range []string{
		"DB_PASSWORD: ''", "DB_PASSWORD: true", "DB_PASSWORD: 12345678", "DB_PASSWORD: none",
		"DB_PASSWORD: arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3", "DB_PASSWORD: /images/prod/db-password",
		"DB_PASSWORD: '{{resolve:secretsmanager:db:SecretString:password}}'", "DB_PASSWORD: ssm:prod-Db1", "DB_PASSWORD: prod/Db1",
		"DB_PASSWORD: prod-db", "DB_PASSWORD: <change me>", "DB_PASSWORD: '{{ password }}'", "DB_PASSWORD: $DB_PASSWORD_1",
		"DB_SECRET: images", "DB_SECRET: images-db-secret-01", "DB_SECRET_NAME: Images1", "DB_SECRET_ARN: Images1", "TOKEN_URL: https://login.example.com/token",
		"PASSWORD_LENGTH: 16", "PASSWORD_POLICY: Strict12", "API_TOKEN_TTL: 3600s", "AUTH_TOKEN: Bearer", "SESSION_TOKEN: bearer-token",
		"PARTITION_KEY: ImageId12", "KMS_KEY_ID: 1234abcd-12ab-34cd-56ef-1234567890ab", "ENCRYPTION_KEY: 1234abcd-12ab-34cd-56ef-1234567890ab",
		"ENCRYPTION_KEY: alias/Images1", "KEY: Images123", "PWD: /var/task", "MAX_TOKENS: 4096",
		"X: https://example.com/a:b@c", "X: 'https://app:{password}@example.com'", "X: 'https://app:***@example.com'", "X: https://app@example.com",
		"API_TOKEN: images-dev-uploads", "CLIENT_SECRET: my-oauth-client", "TOKEN: us-east-1", "API_KEY: x-api-key", "DB_SECRET: my-app-database",
		"DB_SECRET: ImagesDbSecret01", "DB_SECRET: aurora-1a2b3c4", "API_TOKEN: main-store-1a2b3c4", "SENTRY_DSN: 'https://0123456789abcdef@o1.ingest.example.com/2'",
		"STRIPE_PUBLISHABLE_KEY: pk_live_a1B2c3D4e5F6", "COGNITO_CLIENT_ID: 7lhlkkfbfb4q5kpp90urffao", "JWT_SECRET_ARN: Images1", "SECRET_ID: Images1",
		"PRIVATE_KEY_PATH: certs/Key1.pem", "S3_KEY: Images1.jpg", "POWERTOOLS_SERVICE_NAME: Images12", "PASSWORD_HASH: a1B2c3D4e5",
		"PASSWORD_REGEX: '^(?=.*[A-Z]).{12,}$'", "OTEL_TRACES_SAMPLER: always_on", "X: 'host=db user=app password=$DB_PASSWORD'", "SECRETS_PREFIX: Images1/", "DB_PASSWORD: <your-password>", "DB_PASSWORD: '%s'", "DB_PASSWORD: '%DB_PASSWORD%'", "DB_PASSWORD: '{password}'",
		"DB_PASSWORD: AQICAH" + strings.Repeat("a1B2", 20), "DB_PASSWORD: 'ENC[AES256_GCM,data:a1B2]'", "PUBLIC_API_KEY: k" + hush,
		"SIGNING_KEY: '-----BEGIN PUBLIC KEY-----'", "SIGNING_KEY: ssh-ed25519 AAAAC3NzaC1lZDI1", "API_KEY: Images/2024/Thumbnails/Product/Large/0001",
		"X: 'postgres://app:password@localhost/app'", "X: 'postgres://app:%s@db/app'", "X: 'UPDATE t SET user=$1, password=$2'",
		"X: 'Server=db;User Id=app;Password={{password}};'", "X: require_password=Always1", "X: dXMtZWFzdC0xYS11cy1lYXN0LTFi",
		"ENCRYPTION_KEY: mrk-1234abcd12ab34cd56ef1234567890ab", "DB_SECRET: 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		"API_KEY: REPLACE_ME", "API_KEY: YOUR_API_KEY", "API_TOKEN: PLACEHOLDER", "API_TOKEN: XXXXXXXXXXXX", "DB_PASSWORD: __DB_PASSWORD__", "DB_PASSWORD: '#{DB_PASSWORD}#'",
		"GITHUB_TOKEN: GITHUB_TOKEN", "GITHUB_TOKEN: githubToken", "API_KEY: X-Api-Key", "JWT_SECRET: ImagesJwtSecret", "API_TOKEN: ImagesApiToken-1a2b3c4",
		"STRIPE_API_KEY: pk_live_a1B2c3D4e5F6", "MAPBOX_TOKEN: pk.eyJ1IjoiYWNtZSJ9.abcdefghijkLMNOPQR", "POSTHOG_API_KEY: phc_a1B2c3D4e5F6",
		"DB_PASSWORD: App1/Db2/Pw3", "API_TOKEN: prod/eu1/RdsMaster", "X: task-admin-images-thumbnailer-prod", "X: 'https://example.com/a.jpg?sig=abc'",
		`X: '{"password": {"minLength": 12, "required": true}, "tokenUrl": "https://login.example.com"}'`,
		"X: da39a3ee5e6b4b0d3255bfef95601890afd80709", "X: Images/2024/Thumbnails/Product/Large/0001", "X: 200x200", "X: acme-uploads",
	} {
		cases = append(cases, ruleCase{name: name, resources: environment(name), want: clean})
	}
	cases = append(
		cases,
		ruleCase{name: "none", resources: lambdaFunction("handler: h"), want: clean},
		ruleCase{name: "no text", resources: environment("DB_PASSWORD: [a, b]"), want: clean},
		ruleCase{
			name: "two", resources: environment("A_PASSWORD: " + hush + ", B_PASSWORD: " + hush),
			want: fires(at+"A_PASSWORD", at+"B_PASSWORD"),
		},
		ruleCase{name: "unknown value", resources: environment(`X: {"fn::unknown": 1}, DB_PASSWORD: ` + hush), want: fires(at + "DB_PASSWORD").and("f"), says: "X in the environment of"},
		ruleCase{name: "unknown environment", resources: lambdaFunction(`environment: {"fn::unknown": 1}`), want: undecided("f")},
		ruleCase{name: "a function that is only read", resources: "f: {type: aws:lambda:Function, get: {environment: {variables: {DB_PASSWORD: " + hush + "}}}}", want: clean},
		ruleCase{
			name: "secret without key", resources: environment(`DB_PASSWORD: {"fn::secret": ` + hush + `}`), want: fires("f kmsKeyArn"),
			says: "has secrets in its environment and no KMS key",
		},
		ruleCase{
			name:      "secret that is not known, without key",
			resources: environment(`DB_PASSWORD: {"fn::secret": {"fn::unknown": 1}}`), want: fires("f kmsKeyArn"),
		},
		ruleCase{
			name:      "all secret, without key",
			resources: lambdaFunction(`environment: {"fn::secret": {variables: {` + hush + `: ` + hush + `}}}`), want: fires("f kmsKeyArn"),
		},
		ruleCase{
			name: "secret with key",
			resources: lambdaFunction(`kmsKeyArn: "${key.arn}", environment: {variables: {DB_PASSWORD: {"fn::secret": `+hush+`}}}`) +
				"key: {type: aws:kms:Key}",
			want: clean,
		},
		ruleCase{
			name:      "secret with a key not known",
			resources: lambdaFunction(`kmsKeyArn: {"fn::unknown": 1}, environment: {variables: {DB_PASSWORD: {"fn::secret": ` + hush + `}}}`),
			want:      undecided("f"),
		},
	)
	testRule(t, "lambda-no-secret-environment", cases)
}

func TestSecretsInOutputs(t *testing.T) {
	t.Parallel()
	testRule(t, "secrets-in-outputs", []ruleCase{
		{name: "none", want: clean},
		{name: "harmless", outputs: "bucket: acme-uploads\nsizes: [200x200]\nready: true\nport: 8080", want: clean},
		{name: "by name", outputs: "dbPassword: " + hush, want: fires("images-dev dbPassword"), says: "the output dbPassword holds a credential, by its name and is no secret."},
		{name: "by shape", outputs: "url: postgres://app:" + hush + "@db.example.com/app", want: fires("images-dev url"), says: "an address with a password"},
		{name: "inside", outputs: "db: {users: [{name: app, password: " + hush + "}]}", want: fires("images-dev db.users[0].password")},
		{name: "in a list, by the list's name", outputs: "apiToken: [t" + hush + "]", want: fires("images-dev apiToken[0]")},
		{name: "under a qualifier", outputs: "dbPassword: {prod: {value: " + hush + "}}", want: fires("images-dev dbPassword.prod.value")},
		{name: "in JSON", outputs: `config: '{"db": {"password": "` + hush + `"}}'`, want: fires("images-dev config"), says: "the output config holds a credential, by its name"},
		{name: "the name of a secret, with the project's", outputs: "dbPassword: images-uploads-store", want: clean},
		{name: "secret", outputs: "dbPassword: {\"fn::secret\": " + hush + "}", want: clean},
		{name: "inside of a secret", outputs: "db: {\"fn::secret\": {password: " + hush + "}}", want: clean},
		{name: "secret not known", outputs: "dbPassword: {\"fn::secret\": {\"fn::unknown\": 1}}", want: clean},
		{name: "unknown", outputs: "url: {\"fn::unknown\": 1}", want: undecided("images-dev"), says: "the value of url is not known yet"},
		{name: "reference", outputs: "dbPassword: arn:aws:secretsmanager:us-east-1:123456789012:secret:db", want: clean},
		{name: "absent", outputs: "dbPassword: null", want: clean},
	})
}

func TestLambdaCodePinned(t *testing.T) {
	t.Parallel()
	const repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/thumbs"
	testRule(t, "lambda-code-pinned", []ruleCase{
		{name: "an archive", resources: lambdaFunction("code: {\"fn::fileArchive\": a.zip}"), want: clean},
		{name: "digest", resources: lambdaFunction("imageUri: " + repository + "@sha256:9f86d081884c7d65"), want: clean},
		{name: "tag and digest", resources: lambdaFunction("imageUri: " + repository + ":v1@sha256:9f86d081884c7d65"), want: clean},
		{name: "tag", resources: lambdaFunction("imageUri: " + repository + ":v1"), want: fires("f imageUri"), says: "fix: end imageUri in @sha256:"},
		{name: "unknown image", resources: lambdaFunction(`imageUri: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "secret image", resources: lambdaFunction(`imageUri: {"fn::secret": "` + hush + `:v1"}`), want: fires("f imageUri")},
		{name: "object without version", resources: lambdaFunction("s3Bucket: code, s3Key: thumbs.zip"), want: fires("f s3Key")},
		{name: "object with version", resources: lambdaFunction("s3Bucket: code, s3Key: thumbs.zip, s3ObjectVersion: abc"), want: clean},
		{name: "object with an empty version", resources: lambdaFunction("s3Bucket: code, s3Key: thumbs.zip, s3ObjectVersion: ''"), want: fires("f s3Key")},
		{name: "object named by its content", resources: lambdaFunction("s3Bucket: code, s3Key: thumbs-9f86d081884c7d659a2f.zip"), want: clean},
		{name: "unknown key", resources: lambdaFunction(`s3Bucket: code, s3Key: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "unknown version", resources: lambdaFunction(`s3Bucket: code, s3Key: thumbs.zip, s3ObjectVersion: {"fn::unknown": 1}`), want: undecided("f")},
		{
			name: "the version of an object of this stack",
			resources: lambdaFunction(`s3Bucket: code, s3Key: thumbs.zip, s3ObjectVersion: "${o.arn}"`) +
				"o: {type: aws:s3:BucketObjectv2, properties: {bucket: code, key: thumbs.zip}}",
			want: clean,
		},
	})
}

// plantedCredentials are credentials by their shapes, with random content.
func plantedCredentials() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`AKIA[A-Z2-7]{16}`),
		rapid.StringMatching(`gh[pousr]_[A-Za-z0-9]{36}`),
		rapid.StringMatching(`xox[bp]-[0-9]{12}-[A-Za-z0-9]{24}`),
		rapid.StringMatching(`sk_live_[A-Za-z0-9]{24}`),
		rapid.StringMatching(`eyJ[A-Za-z0-9]{20}\.eyJ[A-Za-z0-9]{20}\.[A-Za-z0-9]{20}`),
		rapid.StringMatching(`https://[a-z]{3,8}:[A-Za-z0-9]{12}@[a-z]{3,8}\.example\.com`),
		rapid.StringMatching(`-----BEGIN PRIVATE KEY-----[A-Za-z0-9]{64}`),
	)
}

func TestAPlantedCredentialIsFoundAndNeverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		planted := plantedCredentials().Draw(rt, "credential")
		around := rapid.SampledFrom([]string{"", " ", `{"a": "`, "x="}).Draw(rt, "around")
		name := rapid.StringMatching(`[A-Z][A-Z0-9_]{0,9}`).Draw(rt, "name")
		value := resource.NewProperty(around + planted)

		g, err := ruletest.Graph("name: images\nruntime: yaml\nresources:\n  f: {type: aws:lambda:Function}", ruletest.Preview)
		require.NoError(rt, err)
		for _, r := range g.Resources {
			if r.Type == graph.StackType {
				r.Outputs[resource.PropertyKey(name)] = value
			} else {
				r.Inputs["environment"] = resource.NewProperty(resource.PropertyMap{
					"variables": resource.NewProperty(resource.PropertyMap{resource.PropertyKey(name): value}),
				})
			}
		}
		for _, id := range []string{"lambda-no-secret-environment", "secrets-in-outputs"} {
			res := checkGraph(t, g, only(id))
			require.Len(rt, res.Findings, 1, id)
			require.NotContains(rt, texts(res), planted)
		}
	})
}
