package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// yamlProgram writes a program in Pulumi YAML, and files beside it.
func yamlProgram(t *testing.T, text string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: network\nruntime: yaml\n"+text), 0o600))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestASecretNeedsNoPassphraseAndNoKey(t *testing.T) {
	t.Parallel()
	for name, manager := range map[string]string{
		"passphrase": "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",
		"AWS KMS":    "secretsprovider: awskms://alias/pulumi?region=eu-west-1\nencryptedkey: AAAA\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := yamlProgram(t, `config:
  token: {type: string, secret: true}
resources:
  parameter:
    type: aws:ssm:Parameter
    properties: {type: SecureString, value: "${token}"}
`, map[string]string{"Pulumi.prod.yaml": manager + "config:\n  network:token: {secure: AAABAAAA}\n"})

			got := runPipeguard(t, "preview", dir, "--config", configFile(t, `{"all": "disabled", "s3-versioning": "advisory"}`))

			assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
			assert.Empty(t, got.stderr)
		})
	}
}

func TestAnotherStacksOutputsAreUnknownUnlessPinned(t *testing.T) {
	t.Parallel()
	dir := yamlProgram(t, `resources:
  other:
    type: pulumi:pulumi:StackReference
    properties: {name: acme/storage/prod}
  key:
    type: aws:kms:Key
    properties: {enableKeyRotation: "${other.outputs[\"rotate\"]}"}
`, nil)
	rotation := func(more string) string {
		return configFile(t, `{"all": "disabled", "kms-rotation": "mandatory"`+more+`}`)
	}

	unknown := runPipeguard(t, "preview", dir, "--verbose", "--config", rotation(""))
	pinned := runPipeguard(t, "preview", dir, "--config", rotation(
		`, "pipeguard": {"answers": {"stacks": [{"stack": "acme/storage/prod", "output": "rotate", "value": false}]}}`))
	wrong := runPipeguard(t, "preview", dir, "--config", rotation(
		`, "pipeguard": {"answers": {"stacks": [{"stack": "acme/storage/prod", "outputs": "rotate", "value": false}]}}`))

	assert.Equal(t, 0, unknown.exit, unknown.stdout+unknown.stderr)
	assert.Contains(t, unknown.stdout, "kms-rotation on Key 'key'")
	assert.Contains(t, unknown.stdout, "stand-in: stack acme/storage/prod")
	assert.Equal(t, 3, pinned.exit, pinned.stdout+pinned.stderr)
	assert.Contains(t, pinned.stdout, "kms-rotation")
	assert.Equal(t, 1, wrong.exit, wrong.stdout+wrong.stderr)
	assert.Contains(t, wrong.stderr, "answers.stacks[0]")
}

func TestAllMissingConfigurationIsNamedAtOnceAndCanHaveStandIns(t *testing.T) {
	t.Parallel()
	dir := yamlProgram(t, `config:
  size: {type: integer}
  owner: {type: string}
resources:
  bucket:
    type: aws:s3:Bucket
    properties: {tags: {owner: "${owner}"}}
`, nil)
	config := configFile(t, `{"all": "disabled", "s3-versioning": "advisory"}`)

	missing := runPipeguard(t, "preview", dir, "--config", config)
	set := runPipeguard(t, "preview", dir, "--config", config, "--set", "size=3", "--set", "owner=images")
	stoodIn := runPipeguard(t, "preview", dir, "--config", config, "--stand-in-config")

	assert.Equal(t, 1, missing.exit)
	assert.Empty(t, missing.stdout)
	for _, part := range []string{"owner (string), read at ", "size (number), read at ", "--set owner=… --set size=…", "--stand-in-config"} {
		assert.Contains(t, missing.stderr, part)
	}
	assert.Equal(t, 0, set.exit, set.stdout+set.stderr)
	assert.Equal(t, 0, stoodIn.exit, stoodIn.stdout+stoodIn.stderr)
}

func TestAFailureOverAStandInSaysWhichConfigurationToSet(t *testing.T) {
	t.Parallel()
	dir := yamlProgram(t, `config:
  publicKeyPath: {type: string}
variables:
  publicKey: {fn::readFile: "${publicKeyPath}"}
resources:
  key:
    type: aws:ec2:KeyPair
    properties: {publicKey: "${publicKey}"}
`, map[string]string{"id.pub": "ssh-ed25519 AAAA"})
	config := configFile(t, `{"all": "disabled", "s3-versioning": "advisory"}`)

	stoodIn := runPipeguard(t, "preview", dir, "--config", config, "--stand-in-config")
	set := runPipeguard(t, "preview", dir, "--config", config, "--stand-in-config", "--set", "publicKeyPath=id.pub")

	assert.Equal(t, 1, stoodIn.exit)
	assert.Regexp(t, `(pgstandin\w+) is the stand-in for the configuration publicKeyPath; set it with --set publicKeyPath=…`, stoodIn.stderr)
	assert.Equal(t, 0, set.exit, set.stdout+set.stderr)
}

func TestTheStackIsChosenByItsFilesAndSaidIfThereIsNone(t *testing.T) {
	t.Parallel()
	config := configFile(t, `{"all": "disabled", "s3-versioning": "advisory"}`)
	several := yamlProgram(t, "", map[string]string{"Pulumi.prod.yaml": "", "Pulumi.test.yaml": ""})
	one := yamlProgram(t, "", map[string]string{"Pulumi.prod.yaml": ""})

	ambiguous := runPipeguard(t, "preview", several, "--config", config)
	slip := runPipeguard(t, "preview", one, "--config", config, "--stack", "acme/prdo")
	only := runPipeguard(t, "preview", one, "--config", config, "--format", "json")

	assert.Equal(t, 2, ambiguous.exit, ambiguous.stderr)
	assert.Contains(t, ambiguous.stderr, "choose one of them with --stack: prod, test")
	assert.Contains(t, slip.stdout, "there is no Pulumi.prdo.yaml: the stack has no configuration; found prod")
	assert.Contains(t, only.stdout, `"source": "network/prod"`)
}

func TestAProgramIsLookedForUpwardsAndListedDownwards(t *testing.T) {
	t.Parallel()
	dir := yamlProgram(t, "", nil)
	inner, above := filepath.Join(dir, "handler"), t.TempDir()
	require.NoError(t, os.Mkdir(inner, 0o700))
	for _, name := range []string{"api", "web"} {
		folder := filepath.Join(above, name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte("name: x\nruntime: yaml\n"), 0o600))
	}

	up := runPipeguard(t, "preview", inner, "--format", "json")
	down := runPipeguard(t, "preview", above)

	assert.Contains(t, up.stdout, `"source": "network/dev"`, up.stderr)
	assert.Equal(t, 1, down.exit)
	assert.Contains(t, down.stderr, "name one of the programs below it:\n  "+filepath.Join(above, "api")+"\n  "+filepath.Join(above, "web"))
}

func TestAPreviewRecordsItsViolationsAsABaseline(t *testing.T) {
	t.Parallel()
	dir := yamlProgram(t, "resources: {bucket: {type: aws:s3:Bucket}}\n", nil)
	file := filepath.Join(t.TempDir(), "baseline.json")

	recorded := runPipeguard(t, "preview", dir, "--write-baseline", file)
	after := runPipeguard(t, "preview", dir, "--baseline", file)

	assert.Equal(t, 0, recorded.exit, recorded.stdout+recorded.stderr)
	assert.Contains(t, recorded.stdout, "mandatory", "they are shown all the same")
	assert.Equal(t, 0, after.exit, after.stdout+after.stderr)
	assert.True(t, strings.HasPrefix(lastLine(after.stdout), "no violations"), after.stdout)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// The Pulumi CLI's engine reaches the very same rules over the network, and the real
// provider's place has the plan provider here, as a plugin.
func TestTheReportIsTheSameWhicheverEngineDoesThePreview(t *testing.T) {
	t.Parallel()
	const program = "testdata/stacks/yaml/s3-public-access-block"
	path := "PATH=" + planProvider + string(filepath.ListSeparator) + os.Getenv("PATH")
	inside := runPipeguard(t, "preview", program, "--format", "json")

	driven := runPipeguardWith(t, []string{path}, "preview", program, "--format", "json", "--provider", "real")

	assert.Equal(t, 3, inside.exit, inside.stderr)
	assert.Equal(t, 3, driven.exit, driven.stderr)
	assert.Contains(t, inside.stdout, `"level": "mandatory"`, "which would stop an engine that hears of it")
	assert.JSONEq(t, inside.stdout, driven.stdout)
}
