package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// programWithARandomName returns a program whose bucket has a name that package random generates.
func programWithARandomName(t *testing.T) string {
	t.Helper()
	return yamlProgram(t, `resources:
  name: {type: "random:RandomPet", properties: {length: 2}}
  images: {type: "aws:s3:Bucket", properties: {bucket: "${name.id}"}}
`, nil)
}

// emptyProvider installs a provider that knows no values in place of a package's
// plugin, and returns the environment in which it is found. It stands in for the
// real one, which is not available here.
func emptyProvider(t *testing.T, pkg string) []string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "pulumi-resource-"+pkg), "./policypack/bench/empty-provider")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return []string{"PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH")}
}

func TestPackagesThatAreNamedHaveTheirRealProvider(t *testing.T) {
	t.Parallel()
	dir, saved := programWithARandomName(t), t.TempDir()
	config := configFile(t, `{"all": "disabled", "s3-bucket-name-unique": "mandatory"}`)
	planned, named := filepath.Join(saved, "planned.json"), filepath.Join(saved, "named.json")

	first := runPipeguard(t, "preview", dir, "--config", config, "--save", planned)
	second := runPipeguardWith(t, emptyProvider(t, "random"), "preview", dir, "--config", config, "--save", named,
		"--provider", "real=random,docker")

	assert.Equal(t, 0, first.exit, first.stdout+first.stderr)
	assert.Regexp(t, `^[a-z]+-[a-z]+$`, nameOfTheBucket(t, planned), "our plan of package random knows the name")
	assert.Equal(t, 0, second.exit, second.stdout+second.stderr)
	assert.Equal(t, plugin.UnknownStringValue, nameOfTheBucket(t, named), "the empty provider does not")
	assert.Contains(t, second.stdout, "the real provider of the package docker is not needed: the preview met no resource of it")
}

// nameOfTheBucket returns the argument bucket of the bucket in a saved preview.
func nameOfTheBucket(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var saved struct {
		Steps []struct {
			URN      string
			NewState struct{ Inputs map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(text, &saved))
	for _, step := range saved.Steps {
		if strings.HasSuffix(step.URN, "::images") {
			return step.NewState.Inputs["bucket"]
		}
	}
	require.Fail(t, "the preview has no bucket")
	return nil
}

func TestARealProviderThatIsNotInstalledIsNamedWithTheCommandThatInstallsIt(t *testing.T) {
	t.Parallel()

	got := runPipeguardWith(t, []string{"PULUMI_HOME=" + t.TempDir()}, "preview", programWithARandomName(t), "--provider", "real=random")

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "the plugin of the package random, whose real provider this preview is to have, is not installed; "+
		"install it with: pulumi plugin install resource random")
}

func TestARealProviderIsNamedRightly(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"real=":        "--provider real=: name the packages, as in real=docker,random",
		"real=docker,": "--provider real=: name the packages, as in real=docker,random",
		"plan=docker":  "--provider plan takes no packages: it plans docker without a real provider anyway",
		"fake=docker":  `--provider: there is no "fake": it is one of plan, real`,
	} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			got := runPipeguard(t, "preview", "stack", "--provider", flag)
			assert.Equal(t, 2, got.exit, got.stdout+got.stderr)
			assert.Contains(t, got.stderr, want)
		})
	}
}
