package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// located returns the findings of a JSON report in the format of the want.txt of a
// YAML program: one `<rule> <resource> <file>:<line>:<column>` per line, sorted, with
// files relative to the program.
func located(t *testing.T, report, program string) []string {
	t.Helper()
	var read struct {
		Findings []struct {
			Rule, URN string
			Location  struct {
				File         string
				Line, Column int
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(report), &read), report)
	found := []string{}
	for _, f := range read.Findings {
		file, err := filepath.Rel(program, filepath.Join(root, f.Location.File))
		require.NoError(t, err)
		found = append(found, fmt.Sprintf("%s %s %s:%d:%d", f.Rule, resource.URN(f.URN).Name(),
			filepath.ToSlash(file), f.Location.Line, f.Location.Column))
	}
	slices.Sort(found)
	return found
}

// yamlPrograms returns the names of the programs in testdata/stacks/yaml, with
// that folder.
func yamlPrograms(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(programDir("yaml"), "*", "Pulumi.yaml"))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, "yaml/"+filepath.Base(filepath.Dir(file)))
	}
	return names
}

// yamlPolicyOf does the work of policyOf for a YAML program, whose rule is its own name.
func yamlPolicyOf(t *testing.T, program string) string {
	t.Helper()
	if file := filepath.Join(programDir(program), "policy.json"); fileExists(file) {
		return file
	}
	return policyOf(t, filepath.Base(program))
}

func TestYAMLProgramsGetTheirFindingsWithFileLineAndColumn(t *testing.T) {
	t.Parallel()
	for _, name := range yamlPrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := filesIn(t, programDir(name))

			got := runPipeguard(t, "preview", programDir(name), "--config", yamlPolicyOf(t, name), "--format", "json")

			assert.Equal(t, want(t, name), located(t, got.stdout, programDir(name)))
			assert.Equal(t, before, filesIn(t, programDir(name)))
			switch {
			case strings.Contains(got.stdout, "is not an argument of"):
				assert.Equal(t, 1, got.exit, got.stderr)
			case len(want(t, name)) > 0:
				assert.Equal(t, 3, got.exit, got.stderr)
			default:
				assert.Equal(t, 0, got.exit, got.stderr)
				assert.NotContains(t, got.stdout, `"reason":`, "everything is evaluated")
			}
		})
	}
}

func TestEveryDocumentedRuleHasAYAMLProgramThatFiresItAloneAndOneThatDoesNot(t *testing.T) {
	t.Parallel()
	all := rulesIn(want(t, "yaml/all-defects"))
	for _, r := range registry(t).Rules() {
		if r.Documented {
			assert.Equal(t, []string{r.ID}, rulesIn(want(t, "yaml/"+r.ID)))
			assert.Empty(t, want(t, "yaml/"+r.ID+"-clean"))
			// What the source shows, too, is reported there.
			assert.True(t, slices.Contains(all, r.ID) || slices.Contains(all, r.SeenInSource), "%s is in %v", r.ID, all)
		}
	}
	assert.Empty(t, want(t, "yaml/all-defects-fixed"))
}

// The host's own type checker would end the program at the first of them.
func TestArgumentsThatAYAMLResourceDoesNotHaveAreAllRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()

	got := runPipeguard(t, "preview", "testdata/stacks/yaml/all-defects")

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	const file = "error: testdata/stacks/yaml/all-defects/Pulumi.yaml:"
	assert.Contains(t, got.stderr, file+"17:7: blockPublicAcls is not an argument of aws:s3/bucket:Bucket")
	assert.Contains(t, got.stderr, file+"20:7: restrictPublicBuckets is not an argument of aws:s3/bucket:Bucket")
}

// In Pulumi's own preview, the host checks the program against the schema of
// the plan provider.
func TestPulumisOwnPreviewOfAYAMLProgramFindsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"yaml/s3-notification-typed", "yaml/all-defects-fixed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := previewProgram(t, programDir(name), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(yamlPolicyOf(t, name)))

			expected := []string{}
			for _, line := range want(t, name) {
				expected = append(expected, line[:strings.LastIndexByte(line, ' ')])
			}
			assert.Equal(t, len(expected) > 0, got.err != nil, "%v", got.err)
			assert.Equal(t, expected, got.findings())
		})
	}
}

func TestAPreviewByPulumiOfAYAMLProgramIsCheckedWithItsPlaces(t *testing.T) {
	t.Parallel()
	const name = "yaml/s3-public-access-block"
	program := programDir(name)
	stack, settings := workspaceOf(t, program, nil)
	cmd := exec.Command("pulumi", "preview", "--json", "--show-sames", "--stack", stackName, "--config-file", settings, "--non-interactive")
	cmd.Dir = program
	cmd.Env = append(os.Environ(), "PULUMI_HOME="+stack.Workspace().PulumiHome())
	for name, value := range stack.Workspace().GetEnvVars() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.Output()
	require.NoError(t, err)
	saved := filepath.Join(t.TempDir(), "preview.json")
	require.NoError(t, os.WriteFile(saved, out, 0o600))

	got := runPipeguard(t, "check", saved, "--program", program, "--config", yamlPolicyOf(t, name), "--format", "json")

	assert.Equal(t, 3, got.exit, got.stderr)
	assert.Equal(t, want(t, name), located(t, got.stdout, program))
}

func TestAYAMLProgramThatCannotRunIsReportedWithFileLineAndKey(t *testing.T) {
	t.Parallel()
	const start = "name: broken\nruntime: yaml\nresources:"
	tests := map[string]struct{ program, says string }{
		"no YAML": {" [\n", "Pulumi.yaml:3: this is not valid YAML: did not find expected node content"},
		"a duplicate key": {
			"\n  a:\n    type: aws:s3:Bucket\n    type: aws:s3:Bucket\n",
			"Pulumi.yaml:6:5: the key resources.a.type is already set in line 5",
		},
		"an alias of itself": {
			" &all\n  a:\n    type: aws:s3:Bucket\n    properties: *all\n",
			"Pulumi.yaml:6:17: resources.a.properties contains itself, by an alias",
		},
		"an alias": {
			"\n  a:\n    type: &bucket aws:s3:Bucket\n  b:\n    type: *bucket\n",
			"Pulumi.yaml:7:11: alias nodes are not supported",
		},
		"a cycle": {
			"\n  a:\n    type: aws:s3:Bucket\n    properties:\n      bucket: ${b.bucket}\n" +
				"  b:\n    type: aws:s3:Bucket\n    properties:\n      bucket: ${a.bucket}\n",
			"Pulumi.yaml:11:15: circular dependency of resource 'a'",
		},
		"no such type": {
			"\n  a:\n    type: aws:s3:Buckte\n",
			`Pulumi.yaml:5:11: error resolving type of resource a: unable to find resource type "aws:s3:Buckte"`,
		},
		"no such resource": {
			"\n  a:\n    type: aws:s3:Bucket\n    properties:\n      bucket: ${nonesuch.bucket}\n",
			`Pulumi.yaml:7:15: resource, variable, or config value "nonesuch" not found`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(start+test.program), 0o600))

			got := runPipeguard(t, "preview", dir, "--save", filepath.Join(dir, "saved.json"))

			assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
			assert.Contains(t, got.stderr, test.says)
			assert.Equal(t, []string{"Pulumi.yaml"}, filesIn(t, dir), "nothing is written")
		})
	}
}

func TestAnArgumentThatIsMisspeltInYAMLIsNamedAsItIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := "name: misspelt\nruntime: yaml\nresources:\n  a:\n    type: aws:s3:Bucket\n    properties:\n      bucket_prefx: a-\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(program), 0o600))

	got := runPipeguard(t, "preview", dir)

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "Pulumi.yaml:7:7: bucket_prefx is not an argument of aws:s3/bucket:Bucket")
}

// Schemas of other packages are not known here, and YAML programs need one.
func TestAYAMLProgramMayUseOtherPackages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(`name: others
runtime: yaml
resources:
  suffix:
    type: random:RandomId
    properties: {byteLength: 4}
  revision:
    type: command:local:Command
    properties: {create: git rev-parse HEAD}
  image:
    type: docker:Image
    properties: {imageName: thumbnailer}
  data:
    type: aws:s3:Bucket
    properties:
      tags: {revision: "${revision.stdout}", suffix: "${suffix.hex}"}
outputs:
  digest: ${image.repoDigest}
  validations: {dataIsNamed: true}
`), 0o600))

	got := runPipeguard(t, "preview", dir, "--config", configFile(t, `{"all": "disabled", "s3-public-access-block": "mandatory"}`))

	assert.Equal(t, 3, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "13:3  high  mandatory  s3-public-access-block")
	assert.Empty(t, got.stderr)
}

// The process that judges the resources serves the schema of the component's package to the YAML host, and must not
// be mistaken for the package's plugin.
func TestAComponentInYAMLWithoutItsPluginIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(`name: cluster
runtime: yaml
resources:
  cluster:
    type: eks:Cluster
    properties: {desiredCapacity: 2}
  data:
    type: aws:s3:Bucket
    properties:
      tags: {cluster: "${cluster.kubeconfig}"}
`), 0o600))

	got := runPipeguard(t, "preview", dir, "--config", configFile(t, `{"all": "disabled", "s3-public-access-block": "mandatory"}`))

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "Pulumi.yaml:4:3: eks:index:Cluster is a component: the plugin of the package eks makes its "+
		"resources, and is not installed, so that they are not judged; install it with: pulumi plugin install resource eks")
	assert.Contains(t, got.stdout, "7:3  high  mandatory  s3-public-access-block")
}
