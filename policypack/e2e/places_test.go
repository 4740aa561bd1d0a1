package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository writes a repository whose program is in infra/src, with its project file
// in infra and a handler outside of both. Something is wrong in each of them.
func repository(t *testing.T, language string) string {
	t.Helper()
	files := map[string]string{
		".git/HEAD": "ref: refs/heads/main\n",
		"handlers/resize/index.py": "import io\nimport boto3\ns3 = boto3.client(\"s3\")\n\n\ndef handler(event, context):\n" +
			"    out = io.BytesIO()\n    out.write(b\"x\")\n    s3.upload_fileobj(out, \"images\", \"key\")\n",
		"handlers/resize/broken.py": "def size(:\n",
	}
	switch language {
	case "Python":
		files["infra/Pulumi.yaml"] = "name: shop\nmain: src/\nruntime: {name: python, options: {virtualenv: " + filepath.Join(root, "build", "venv-v7") + "}}\n"
		files["infra/src/__main__.py"] = `import subprocess
import pulumi
import pulumi_aws as aws

subprocess.run(["zip", "--version"])
images = aws.s3.Bucket("images")
aws.s3.BucketNotification("images", bucket=images.id, queues=[{"queueArn": "q", "events": "s3:ObjectCreated:*"}])
role = aws.iam.Role("resize", assume_role_policy='{"Version":"2012-10-17","Statement":[]}')
for name, handler in {"resize": "index.handler", "broken": "broken.size"}.items():
    aws.lambda_.Function(name, role=role.arn, runtime="python3.13", handler=handler,
        code=pulumi.FileArchive("../../handlers/resize"))
`
	case "YAML":
		files["infra/Pulumi.yml"] = "name: shop\nmain: src\nruntime: yaml\n"
		files["infra/src/Main.yaml"] = `resources:
  images: {type: aws:s3:Bucket, properties: {bukcet: a}}
  role: {type: aws:iam:Role, properties: {assumeRolePolicy: '{"Version":"2012-10-17","Statement":[]}'}}
  resize:
    type: aws:lambda:Function
    properties: {role: "${role.arn}", runtime: python3.13, handler: index.handler, code: {fn::fileArchive: ../../handlers/resize}}
  broken:
    type: aws:lambda:Function
    properties: {role: "${role.arn}", runtime: python3.13, handler: broken.size, code: {fn::fileArchive: ../../handlers/resize}}
`
	}
	return programOf(t, files)
}

func TestPlacesStartWhereTheUserStandsAndThoseOfSARIFAtTheRepositorysRoot(t *testing.T) {
	t.Parallel()
	sources := map[string]string{"Python": "infra/src/__main__.py", "YAML": "infra/src/Main.yaml"}
	for language, source := range sources {
		top := repository(t, language)
		for from, program := range map[string]string{".": "infra", "infra": ".", "infra/src": ".", "handlers": "../infra"} {
			t.Run(language+" from "+from, func(t *testing.T) {
				t.Parallel()
				here, out := filepath.Join(top, filepath.FromSlash(from)), t.TempDir()

				got := runIn(t, here, os.Environ(), "preview", program,
					"--out", "json="+filepath.Join(out, "json"), "--out", "sarif="+filepath.Join(out, "sarif"))

				assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
				var report struct {
					Errors, Findings []struct{ Location struct{ File string } }
				}
				text, err := os.ReadFile(filepath.Join(out, "json"))
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal(text, &report))
				relative := func(file string) string {
					path, err := filepath.Rel(here, filepath.Join(top, filepath.FromSlash(file)))
					require.NoError(t, err)
					return filepath.ToSlash(path)
				}
				found, failed := map[string]bool{}, map[string]bool{}
				for _, f := range report.Findings {
					if f.Location.File != "" { // the lack of readiness checks has no place in Python
						found[f.Location.File] = true
					}
				}
				for _, e := range report.Errors {
					failed[e.Location.File] = true
				}
				handler, broken := relative("handlers/resize/index.py"), relative("handlers/resize/broken.py")
				assert.Equal(t, map[string]bool{relative(source): true, handler: true}, found)
				assert.Equal(t, map[string]bool{relative(source): true, broken: true}, failed)
				for file := range found {
					assert.Contains(t, "\n"+got.stdout, "\n"+file+"\n", "text")
				}
				for file := range failed {
					assert.Contains(t, got.stderr, "error: "+file+":", "text")
				}

				var log sarifLog
				text, err = os.ReadFile(filepath.Join(out, "sarif"))
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal(text, &log))
				named := log.files()
				slices.Sort(named)
				named = slices.Compact(named)
				assert.Subset(t, named, []string{source, "handlers/resize/broken.py", "handlers/resize/index.py"})
				for _, file := range named {
					assert.FileExists(t, filepath.Join(top, filepath.FromSlash(file)), "SARIF")
				}
			})
		}
	}
}

func TestATemplatesPlaceholderIsTheFoldersName(t *testing.T) {
	t.Parallel()
	const template, resources = "name: ${PROJECT}\ndescription: ${DESCRIPTION}\nruntime: yaml\n", "resources: {bucket: {type: aws:s3:Bucket}}\n"
	for name, files := range map[string]map[string]string{
		"a program of its own": {"my-shop/Pulumi.yaml": template, "my-shop/Main.yaml": resources},
		// Pulumi's YAML host reads the project file itself.
		"one file": {"my-shop/Pulumi.yaml": template + resources},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := programOf(t, files)
			before := contents(t, dir)

			got := runIn(t, dir, os.Environ(), "preview", "my-shop", "--format", "json")

			var report struct {
				Source  string
				Notices []struct{ Text string }
			}
			require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), got.stderr)
			assert.Equal(t, 3, got.exit, got.stderr)
			assert.Empty(t, got.stderr)
			assert.Equal(t, "my-shop/dev", report.Source)
			require.Len(t, report.Notices, 1)
			assert.Equal(t, "Pulumi.yaml is a template: ${PROJECT} and ${DESCRIPTION} are taken for the folder's name, my-shop", report.Notices[0].Text)
			assert.Contains(t, got.stdout, "urn:pulumi:dev::my-shop::aws:s3/bucket:Bucket::bucket")
			assert.Equal(t, before, contents(t, dir))
		})
	}
}

func TestAnErrorInATemplateHasItsPlace(t *testing.T) {
	t.Parallel()
	dir := programOf(t, map[string]string{
		"shop/Pulumi.yaml": "name: ${PROJECT}\nruntime: yaml\nresources:\n  bucket: {type: aws:s3:Bucket, properties: {bucket: \"${none.id}\"}}\n",
	})

	got := runIn(t, dir, os.Environ(), "preview", "shop")

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Equal(t, "error: shop/Pulumi.yaml:4:54: resource, variable, or config value \"none\" not found\n", got.stderr)
}
