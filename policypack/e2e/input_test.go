package e2e_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// programOf writes the files of a program.
func programOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

// contents returns the files in a folder with their contents; folders have none.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			files[path] = ""
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	}))
	return files
}

// runIn runs the binary in a folder, with an environment of its own.
func runIn(t *testing.T, dir string, environment []string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pipeguard, args...)
	cmd.Dir, cmd.Env = dir, environment
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// environmentWith returns this process's environment with other values; an empty one
// removes the variable.
func environmentWith(values map[string]string) []string {
	var all []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, changed := values[name]; !changed {
			all = append(all, entry)
		}
	}
	for name, value := range values {
		if value != "" {
			all = append(all, name+"="+value)
		}
	}
	return all
}

const (
	// oneBucket is a YAML program, and withToken one that reads a secret.
	oneBucket = "name: network\nruntime: yaml\nresources: {bucket: {type: aws:s3:Bucket}}\n"
	withToken = `name: network
runtime: yaml
config:
  token: {type: string, secret: true}
  size: {type: integer, default: 3}
resources:
  parameter: {type: aws:ssm:Parameter, properties: {type: SecureString, value: "${token}"}}
`
	// marker stands for a value that must never be shown.
	marker = "hunter2"
)

func TestWhatCannotBeReadIsReportedWithFileLineAndKeyAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		project, stack string
		args           []string
		exit           int
		says           []string
	}{
		"a project file that is no YAML": {"name: [\n", "", nil, 1, []string{"Pulumi.yaml:1: this is not valid YAML: "}},
		"one that is a text": {"a program\n", "", nil, 1, []string{
			"Pulumi.yaml:1:1: it is a text: it must be a mapping with at least the keys name and runtime",
		}},
		"one that is empty": {"", "", nil, 1, []string{
			"Pulumi.yaml is empty: it must have at least the keys name and runtime, as name: shop and runtime: python",
		}},
		"one without runtime": {"name: network\n", "", nil, 1, []string{"Pulumi.yaml: the key runtime is missing: name the language of the program"}},
		"one without name":    {"runtime: yaml\n", "", nil, 1, []string{"Pulumi.yaml: the key name is missing: give the project a name, as name: "}},
		"a runtime without name": {"name: network\nruntime: {options: {}}\n", "", nil, 1, []string{
			"Pulumi.yaml:2:10: runtime names no language: write it as name: python",
		}},
		"a runtime that is a list": {"name: network\nruntime: [go]\n", "", nil, 1, []string{
			"Pulumi.yaml:2:10: runtime is a list, must be the name of a language, or a mapping with name and options",
		}},
		"options that are none": {"name: network\nruntime: {name: python, options: 3}\n", "", nil, 1, []string{
			"Pulumi.yaml:2:34: runtime.options is a number, must be a mapping",
		}},
		"a runtime that nobody knows": {"name: network\nruntime: cobol\n", "", nil, 1, []string{
			"no language plugin 'pulumi-language-cobol' found", "install the Pulumi CLI, which brings it, or put pulumi-language-cobol on the PATH",
		}},
		"a main that is not there": {"name: network\nruntime: nodejs\nmain: dist/\n", "", nil, 1, []string{
			"Pulumi.yaml:3:7: main is dist/, which does not exist: build it, or name the folder of the program",
		}},
		"a cycle of three": {
			"name: network\nruntime: yaml\nresources:\n  a: {type: aws:s3:Bucket, properties: {bucket: \"${b.bucket}\"}}\n" +
				"  b: {type: aws:s3:Bucket, properties: {bucket: \"${c.bucket}\"}}\n  c: {type: aws:s3:Bucket, options: {dependsOn: [\"${a}\"]}}\n",
			"", nil, 1,
			[]string{"Pulumi.yaml:6:50: circular dependency of resource 'a'"},
		},
		"a stack's file that is no YAML": {withToken, "config: {network:token: " + marker + "\n", nil, 1, []string{
			"Pulumi.prod.yaml:1: this is not valid YAML: ",
		}},
		"a stack's file that is a text": {withToken, marker + "\n", nil, 1, []string{
			"Pulumi.prod.yaml:1:1: it is a text: it must be a mapping, with the stack's values below the key config",
		}},
		"values without keys": {withToken, "config: " + marker + "\n", nil, 1, []string{
			"Pulumi.prod.yaml:1:9: config is a text, must be a mapping of keys to values",
		}},
		"a key that is none": {withToken, "config:\n  a:b:c: " + marker + "\n", nil, 1, []string{
			`Pulumi.prod.yaml:2:3: "a:b:c" is no configuration key: it must be NAME, or PACKAGE:NAME as aws:region`,
		}},
		"a duplicate key": {withToken, "config:\n  network:token: " + marker + "\n  network:token: b\n", nil, 1, []string{
			"Pulumi.prod.yaml:3:3: the key config.network:token is already set in line 2",
		}},
		"a duplicate key of the project's": {withToken, "config:\n  network:token: " + marker + "\n  token: b\n", nil, 1, []string{
			"Pulumi.prod.yaml:3:3: the key config.token is already set in line 2, as network:token",
		}},
		"a secret that is plain text": {withToken, "config:\n  network:token: {secure: " + marker + "}\n", nil, 1, []string{
			"Pulumi.prod.yaml:2:27: the secret network:token is not encrypted, or damaged: set it anew with pulumi config set --secret",
		}},
		"a secret in a value": {withToken, "config:\n  network:token:\n    - a: {secure: " + marker + "}\n", nil, 1, []string{
			"Pulumi.prod.yaml:3:19: the secret network:token[0].a is not encrypted",
		}},
		"a secret that is a list": {withToken, "config:\n  network:token: {secure: [" + marker + "]}\n", nil, 1, []string{
			"Pulumi.prod.yaml:2:27: the secret network:token is a list, must be the text that Pulumi encrypted it to",
		}},
		"a secret that is empty": {withToken, "config:\n  network:token: {secure: }\n", nil, 1, []string{
			"Pulumi.prod.yaml:2:27: the secret network:token is empty, must be the text that Pulumi encrypted it to",
		}},
		"a broken salt": {withToken, "encryptionsalt: v1:" + marker + "\nconfig:\n  network:token: {secure: AAAA}\n", nil, 1, []string{
			"Pulumi.prod.yaml:1:17: encryptionsalt is broken: it must be as Pulumi wrote it, v1:SALT:CHECK",
		}},
		"a secrets provider that is a list": {withToken, "secretsprovider: [" + marker + "]\n", nil, 1, []string{
			"Pulumi.prod.yaml:1:18: secretsprovider is a list, must be a text",
		}},
		"--set without a value": {withToken, "", []string{"--set", "token"}, 2, []string{"--set: want KEY=VALUE, as aws:region=eu-west-1, got \"token\""}},
		"--set without a key":   {withToken, "", []string{"--set", "=3"}, 2, []string{"--set: want KEY=VALUE"}},
		"--set of a key that is none": {withToken, "", []string{"--set", "a:b:c=" + marker}, 2, []string{
			`"a:b:c" is no configuration key`,
		}},
		"--set of another type": {strings.Replace(withToken, ", default: 3", "", 1), "", []string{"--set", "size=" + marker}, 2, []string{
			"--set size: the program wants a number, which the given value is not; see ", "Pulumi.yaml:5:3",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := programOf(t, map[string]string{"Pulumi.yaml": test.project, "Pulumi.prod.yaml": test.stack})
			before := contents(t, dir)

			got := runPipeguard(t, append([]string{
				"preview", dir, "--save", filepath.Join(dir, "saved.json"), "--write-baseline", filepath.Join(dir, "baseline.json"),
			}, test.args...)...)

			assert.Equal(t, test.exit, got.exit, got.stdout+got.stderr)
			for _, part := range test.says {
				assert.Contains(t, got.stderr, part)
			}
			assert.NotContains(t, got.stderr+got.stdout, marker, "it may be a secret")
			assert.NotContains(t, got.stdout, "no violations")
			assert.Equal(t, before, contents(t, dir), "nothing is written")
		})
	}
}

func TestAnAnswerOfTheWrongTypeIsNamedByItsKey(t *testing.T) {
	t.Parallel()
	dir := programOf(t, map[string]string{"Pulumi.yaml": oneBucket})
	for answers, says := range map[string]string{
		`3`:                                "answers: want an object, got a number",
		`{"account": 210987654321}`:        "answers.account: want a text, got a number",
		`{"region": true}`:                 "answers.region: want a text, got true or false",
		`{"functions": {"ec2.getVpc": 1}}`: "answers.functions: want a list, got an object",
		`{"functions": [{"function": "ec2.getVpc", "result": "vpc-1"}]}`: "answers.functions[0].result: want an object, got a text",
		`{"stacks": ["acme/network/prod"]}`:                              "answers.stacks[0]: want an object, got a text",
		`{"acount": "210987654321"}`:                                     "answers.acount: there is no such key; want one of account, functions, region, stacks",
	} {
		file := configFile(t, `{"pipeguard": {"answers": `+answers+`}}`)

		got := runPipeguard(t, "preview", dir, "--config", file)

		assert.Equal(t, 1, got.exit, answers)
		assert.Empty(t, got.stdout, answers)
		assert.Contains(t, got.stderr, "policy configuration "+file+": pipeguard: "+says, answers)
	}
}

// A value that is given on the command line, or in a stack's file, for a key that the
// program declares secret is a secret.
func TestASecretThatIsGivenInPlainTextIsShownNowhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ project, stack, set string }{
		"on the command line":               {withToken, "", "token=" + marker},
		"for one that is encrypted":         {strings.Replace(withToken, ", secret: true", "", 1), "config:\n  network:token: {secure: AAAA}\n", "token=" + marker},
		"in the stack's file":               {withToken, "config:\n  network:token: " + marker + "\n", "size=4"},
		"for one that is another's as well": {withToken, "config:\n  network:token: {secure: AAAA}\n", "network:token=" + marker},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, out := programOf(t, map[string]string{"Pulumi.yaml": test.project, "Pulumi.dev.yaml": test.stack}), t.TempDir()
			args := []string{"preview", dir, "--set", test.set, "--verbose", "--save", filepath.Join(out, "saved.json")}
			for _, format := range []string{"json", "sarif", "junit", "markdown", "html"} {
				args = append(args, "--out", format+"="+filepath.Join(out, format))
			}

			got := runPipeguard(t, args...)

			assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
			assert.NotContains(t, got.stdout+got.stderr, marker)
			written := contents(t, out)
			assert.Len(t, written, 7, "the folder, the saved preview and five reports")
			for file, text := range written {
				assert.NotContains(t, text, marker, file)
			}
			assert.Contains(t, written[filepath.Join(out, "saved.json")], `"value": "[secret]"`)
		})
	}
}

func TestAPreviewNeedsNoHomeAndNoFolderToWriteTo(t *testing.T) {
	t.Parallel()
	policy := configFile(t, `{"all": "disabled", "s3-versioning": "mandatory"}`)
	notWritable := t.TempDir()
	require.NoError(t, os.Chmod(notWritable, 0o500)) //nolint:gosec // a folder needs its x
	for name, environment := range map[string]map[string]string{
		"no HOME":                     {"HOME": "", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
		"a HOME that is not there":    {"HOME": filepath.Join(notWritable, "none"), "XDG_CACHE_HOME": ""},
		"a HOME that is not writable": {"HOME": notWritable, "XDG_CACHE_HOME": ""},
		"a HOME that is a file":       {"HOME": policy, "XDG_CACHE_HOME": ""},
	} {
		for language, program := range map[string]string{
			"YAML":   programOf(t, map[string]string{"Pulumi.yaml": oneBucket, "Pulumi.prod.yaml": ""}),
			"Python": pythonBucket(t),
		} {
			t.Run(name+", "+language, func(t *testing.T) {
				t.Parallel()
				before := contents(t, program)
				require.NoError(t, os.Chmod(program, 0o500)) //nolint:gosec // a folder needs its x
				t.Cleanup(func() { _ = os.Chmod(program, 0o700) })

				got := runIn(t, program, environmentWith(environment), "preview", "--config", policy)

				assert.Equal(t, 3, got.exit, got.stdout+got.stderr)
				assert.Contains(t, got.stdout, "Bucket 'bucket' has no versioning")
				assert.Empty(t, got.stderr)
				assert.Equal(t, before, contents(t, program), "nothing is written")
				assert.Empty(t, filesIn(t, notWritable))
			})
		}
	}
}

// pythonBucket writes a program in Python that declares a bucket.
func pythonBucket(t *testing.T) string {
	t.Helper()
	environment := filepath.Join(root, "build", "venv-v7")
	require.FileExists(t, filepath.Join(environment, "pyvenv.cfg"), "run `make test`, which makes it")
	return programOf(t, map[string]string{
		"Pulumi.yaml": "name: network\nruntime: {name: python, options: {virtualenv: " + environment + "}}\n",
		"__main__.py": "import helper\nhelper.bucket(\"bucket\")\n",
		// Python would write a compiled file for a module.
		"helper.py": "import pulumi_aws as aws\n\ndef bucket(name):\n    return aws.s3.Bucket(name)\n",
	})
}

func TestAGoProgramWithoutAPlaceForGosCachesReportsWhatToSet(t *testing.T) {
	t.Parallel()

	got := runIn(t, programDir("stack-readiness-checks"),
		environmentWith(map[string]string{"HOME": "", "GOPATH": "", "GOCACHE": "", "GOMODCACHE": "", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}), "preview")

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "set HOME to a folder that it can write to, or GOCACHE and GOMODCACHE")
	assert.NotContains(t, got.stdout, "no violations")
}
