package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/resource/analyzer"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/cli"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// call runs a command that reads nothing: its standard output, its error and
// its exit code.
func call(t *testing.T, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	registry, err := rules.All()
	require.NoError(t, err)
	var out, errOut bytes.Buffer
	err = cli.Run(t.Context(), registry, args, strings.NewReader(""), &out, &errOut)
	if err != nil {
		errOut.WriteString(err.Error())
	}
	return out.String(), errOut.String(), cli.ExitCode(err)
}

// listed returns the ids of `pipeguard rules --format json`.
func listed(t *testing.T, flags ...string) []string {
	t.Helper()
	stdout, stderr, exit := call(t, append([]string{"rules", "--format", "json"}, flags...)...)
	require.Equal(t, cli.ExitClean, exit, stderr)
	var entries []struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(stdout), &entries))
	ids := []string{}
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestRulesListsEachRule(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	assert.Equal(t, registry.IDs(), listed(t))

	stdout, _, exit := call(t, "rules")
	assert.Equal(t, cli.ExitClean, exit)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	assert.Len(t, lines, 1+len(registry.IDs()))
	assert.Equal(t, []string{"RULE", "LEVEL", "SEVERITY", "SCOPE", "ASKS"}, strings.Fields(lines[0]))
}

func TestRulesFilters(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		flags       []string
		has, hasNot string
		norHas      string
	}{
		"severity":               {[]string{"--severity", "critical"}, "s3-no-public-access", "kms-rotation", "lambda-tracing"},
		"severity in upper case": {[]string{"--severity", "LOW"}, "lambda-tracing", "kms-rotation", "s3-encryption"},
		"scope":                  {[]string{"--scope", "handler"}, "handler-buffered-upload", "s3-encryption", "source-runtime-packaging"},
		"level":                  {[]string{"--level", "advisory"}, "lambda-tracing", "kms-rotation", "s3-encryption"},
		"framework":              {[]string{"--framework", "cis aws"}, "kms-rotation", "stack-readiness-checks", "s3-notification-typed"},
		"two at once":            {[]string{"--level", "mandatory", "--scope", "resource"}, "kms-rotation", "lambda-tracing", "s3-encryption"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids := listed(t, test.flags...)
			assert.Contains(t, ids, test.has)
			assert.NotContains(t, ids, test.hasNot)
			assert.NotContains(t, ids, test.norHas)
		})
	}
}

func TestWrongUseOfTheCommandsAboutRulesSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		says string
	}{
		"severity":          {[]string{"rules", "--severity", "huge"}, "low, medium, high, critical"},
		"scope":             {[]string{"rules", "--scope", "cloud"}, "resource, stack, archive, source, handler"},
		"level":             {[]string{"rules", "--level", "loud"}, "mandatory, advisory"},
		"framework":         {[]string{"rules", "--framework", "nonesuch"}, "CIS AWS Foundations 5.0.0 3.6"},
		"format of rules":   {[]string{"rules", "--format", "xml"}, "table, json"},
		"argument of rules": {[]string{"rules", "s3"}, "rules takes no arguments"},
		"unknown rule":      {[]string{"explain", "kms-rotatoin"}, `did you mean "kms-rotation"?`},
		"no rule":           {[]string{"explain"}, "the id of one rule"},
		"two rules":         {[]string{"explain", "kms-rotation", "kms-policy"}, "the id of one rule"},
		"format of explain": {[]string{"explain", "kms-rotation", "--format", "pdf"}, "text, json, markdown"},
		"profile":           {[]string{"init", "--profile", "lax"}, "recommended, strict, documented"},
		"ci":                {[]string{"init", "--ci", "jenkins"}, "github, gitlab"},
		"two folders":       {[]string{"init", "a", "b"}, "one folder, not 2"},
		"version":           {[]string{"version", "2"}, "version takes no arguments"},
		"help":              {[]string{"help", "prview"}, "did you mean preview?"},
		"shell":             {[]string{"completion", "tcsh"}, "bash, fish, powershell, zsh"},
		"shell and more":    {[]string{"completion", "bash", "5"}, "bash takes no arguments"},
		"flag":              {[]string{"rules", "--json"}, "see pipeguard rules --help"},
		"provider":          {[]string{"preview", "--provider", "none"}, "plan, real"},
		"pack and save":     {[]string{"preview", "--pack", "x", "--save", "y"}, "--pack and --save"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, exit := call(t, test.args...)
			assert.Equal(t, cli.ExitUsage, exit)
			assert.Contains(t, stderr, test.says)
			assert.Empty(t, stdout)
		})
	}
}

func TestExplainShowsEveryRuleInEveryFormat(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	for _, r := range registry.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			text, _, exit := call(t, "explain", r.ID)
			require.Equal(t, cli.ExitClean, exit)
			for _, part := range append([]string{r.ID, "\nWhy\n", "\nBad\n", "\nGood\n", "\nFix\n", "\nLimitations\n"}, r.Links...) {
				assert.Contains(t, text, part)
			}
			assert.Equal(t, len(r.Params) > 0, strings.Contains(text, "\nParameters\n"))

			page, _, exit := call(t, "explain", r.ID, "--format", "markdown")
			require.Equal(t, cli.ExitClean, exit)
			committed, err := os.ReadFile(filepath.Join("../../docs/rules", r.ID+".md"))
			require.NoError(t, err)
			assert.Equal(t, string(committed), page)

			object, _, exit := call(t, "explain", r.ID, "--format", "json")
			require.Equal(t, cli.ExitClean, exit)
			var fields map[string]any
			require.NoError(t, json.Unmarshal([]byte(object), &fields))
			assert.Equal(t, r.ID, fields["id"])
			assert.Equal(t, r.Rationale, fields["why"])
			assert.Equal(t, r.Remediation, fields["fix"])
			assert.Len(t, fields["parameters"], len(r.Params))
			assert.NotEmpty(t, fields["examples"])
		})
	}
}

func TestExplainShowsTheExamplesInTheLanguageThatIsAskedFor(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{
		"":           "type: aws:s3:BucketVersioning",
		"go":         `s3.NewBucketVersioning(ctx, "versioning"`,
		"python":     "aws.s3.BucketVersioning(",
		"TypeScript": `new aws.s3.BucketVersioning("versioning"`,
	} {
		args := []string{"explain", "s3-versioning"}
		if language != "" {
			args = append(args, "--language", language)
		}
		stdout, stderr, exit := call(t, args...)
		require.Equal(t, cli.ExitClean, exit, stderr)
		assert.Contains(t, stdout, want)
	}
	_, stderr, exit := call(t, "explain", "s3-versioning", "--language", "cobol")
	assert.Equal(t, cli.ExitUsage, exit)
	assert.Contains(t, stderr, "go, python, typescript, yaml")
}

func TestInitWritesAConfigurationThatIsValid(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	for _, profile := range config.Profiles() {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			stdout, stderr, exit := call(t, "init", dir, "--profile", string(profile))
			require.Equal(t, cli.ExitClean, exit, stderr)
			assert.Contains(t, stdout, filepath.Join(dir, "pipeguard-policy.json"))

			cfg, err := config.Read(registry, filepath.Join(dir, "pipeguard-policy.json"))
			require.NoError(t, err)
			assert.Equal(t, profile, cfg.Profile)
			assert.FileExists(t, filepath.Join(dir, "pipeguard-policy.schema.json"))
		})
	}
}

func TestInitWritesAWorkflowAtTheRootOfTheRepository(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ ci, git, program, file, want string }{
		"github":                  {"github", ".", ".", ".github/workflows/pipeguard.yml", "pipeguard preview . --config pipeguard-policy.json "},
		"gitlab":                  {"GitLab", ".", ".", ".gitlab/pipeguard.gitlab-ci.yml", "pipeguard preview . --config pipeguard-policy.json "},
		"github, in a folder":     {"github", ".", "infra/aws", ".github/workflows/pipeguard.yml", "pipeguard preview infra/aws --config infra/aws/pipeguard-policy.json "},
		"gitlab, in a folder":     {"gitlab", ".", "infra", ".gitlab/pipeguard.gitlab-ci.yml", "pipeguard preview infra --config infra/pipeguard-policy.json "},
		"a folder with a space":   {"github", ".", "my app", ".github/workflows/pipeguard.yml", "pipeguard preview 'my app' --config 'my app/pipeguard-policy.json' "},
		"not in a git repository": {"github", "", "infra", "infra/.github/workflows/pipeguard.yml", "pipeguard preview . --config pipeguard-policy.json "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if test.git != "" {
				require.NoError(t, os.Mkdir(filepath.Join(root, test.git, ".git"), 0o755))
			}
			_, stderr, exit := call(t, "init", filepath.Join(root, test.program), "--ci", test.ci)
			require.Equal(t, cli.ExitClean, exit, stderr)
			assert.FileExists(t, filepath.Join(root, test.program, "pipeguard-policy.json"))
			text, err := os.ReadFile(filepath.Join(root, test.file))
			require.NoError(t, err)
			var workflow map[string]any
			require.NoError(t, yaml.Unmarshal(text, &workflow))
			assert.Contains(t, string(text), test.want)
		})
	}
}

func TestAFilterThatNoRulePassesSaysSo(t *testing.T) {
	t.Parallel()
	stdout, stderr, exit := call(t, "rules", "--severity", "critical", "--scope", "handler")
	assert.Equal(t, cli.ExitClean, exit)
	assert.Empty(t, stdout)
	assert.Equal(t, "no rule matches all of the flags\n", stderr)
	assert.Empty(t, listed(t, "--severity", "critical", "--scope", "handler"))
}

func TestInitTouchesNothingThatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, ".github", "workflows", "pipeguard.yml")
	require.NoError(t, os.MkdirAll(filepath.Dir(mine), 0o755))
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o600))

	_, stderr, exit := call(t, "init", dir, "--ci", "github")

	assert.Equal(t, cli.ExitFailure, exit)
	assert.Contains(t, stderr, mine)
	text, err := os.ReadFile(mine)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
	assert.NoFileExists(t, filepath.Join(dir, "pipeguard-policy.json"))
}

func TestVersionIsThatOfThePack(t *testing.T) {
	t.Parallel()
	stdout, _, exit := call(t, "version")
	assert.Equal(t, cli.ExitClean, exit)
	assert.Equal(t, version.Version+"\n", stdout)

	stdout, _, exit = call(t, "version", "--verbose")
	assert.Equal(t, cli.ExitClean, exit)
	for _, part := range []string{version.Version, "rules ", "go ", "parser "} {
		assert.Contains(t, stdout, part)
	}
}

func TestTheConfigurationThatInitWritesIsValidByItsSchemaAndForPulumi(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, stderr, exit := call(t, "init", dir)
	require.Equal(t, cli.ExitClean, exit, stderr)
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(dir, "pipeguard-policy.schema.json"))
	require.NoError(t, err)
	validate := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		return schema.Validate(value)
	}
	file := filepath.Join(dir, "pipeguard-policy.json")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NoError(t, validate(string(text)))
	_, _, err = analyzer.LoadPolicyPackConfigAndEnvironmentsFromFile(file)
	assert.NoError(t, err, "the Pulumi CLI reads it")

	for _, good := range []string{
		`{}`, `{"all": "advisory"}`, `{"kms-rotation": {"minimumDeletionDays": 20}}`, `{"environments": ["aws/dev"]}`,
		`{"pipeguard": {"waivers": [{"rule": "kms-policy", "urn": "*", "reason": "r", "expires": "2027-06-30"}]}}`,
		`{"pipeguard": {"waivers": [{"rule": "kms-policy", "urn": "*", "reason": "r", "permanent": true}]}}`,
	} {
		assert.NoError(t, validate(good), good)
	}
	for _, bad := range []string{
		`[]`, `{"kms-rotatoin": "advisory"}`, `{"kms-rotation": "loud"}`, `{"kms-rotation": {"minimumDeletionDays": "20"}}`,
		`{"all": {"profile": "strict"}}`, `{"pipeguard": {"profile": "lax"}}`, `{"$schema": "https://example.com/"}`,
		`{"pipeguard": {"waivers": [{"rule": "kms-policy", "urn": "*", "reason": "r"}]}}`,
		`{"pipeguard": {"waivers": [{"rule": "kms-policy", "urn": "*", "reason": "r", "expires": "2027-06-30", "permanent": true}]}}`,
	} {
		assert.Error(t, validate(bad), bad)
	}
}
