package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// largeCopies is how many copies of five resources a large program declares.
const largeCopies = 100

// largeProgram is a program of 5 × largeCopies resources, in a language whose
// packages are installed in this repository.
type largeProgram struct {
	language string
	// files are the program's files, by name. In each, COPIES stands for
	// largeCopies and PACKAGES for the folder of the packages.
	files map[string]string
	// packages is that folder, which the make target make fills. If linked is
	// set, the program's folder has a link with that name to it.
	packages, linked, make string
}

var largePrograms = []largeProgram{
	{
		language: "TypeScript",
		packages: "testdata/stacks/typescript/node_modules", linked: "node_modules", make: "make testdata/stacks/typescript/node_modules",
		files: map[string]string{
			"Pulumi.yaml":   "name: large\nruntime: nodejs\n",
			"package.json":  "{\"name\": \"large\", \"main\": \"index.ts\"}\n",
			"tsconfig.json": "{\"compilerOptions\": {\"strict\": true, \"target\": \"es2020\", \"module\": \"commonjs\", \"moduleResolution\": \"node\", \"skipLibCheck\": true, \"types\": [\"node\"]}}\n",
			"index.ts": `import * as aws from "@pulumi/aws";

for (let i = 0; i < COPIES; i++) {
    const bucket = new aws.s3.Bucket(` + "`images-${i}`" + `, { tags: { part: String(i) } });
    new aws.s3.BucketPublicAccessBlock(` + "`images-${i}`" + `, {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
    });
    new aws.s3.BucketOwnershipControls(` + "`images-${i}`" + `, {
        bucket: bucket.id,
        rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const queue = new aws.sqs.Queue(` + "`events-${i}`" + `, { sqsManagedSseEnabled: true });
    new aws.ssm.Parameter(` + "`queue-${i}`" + `, { type: "String", value: queue.url });
}
`,
		},
	},
	{
		language: "Python",
		packages: "build/venv-v7", make: "make build/venv-v7/.made",
		files: map[string]string{
			"Pulumi.yaml": "name: large\nruntime:\n  name: python\n  options:\n    virtualenv: PACKAGES\n",
			"__main__.py": `import pulumi_aws as aws

for i in range(COPIES):
    bucket = aws.s3.Bucket(f"images-{i}", tags={"part": str(i)})
    aws.s3.BucketPublicAccessBlock(
        f"images-{i}",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketOwnershipControls(
        f"images-{i}",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
    )
    queue = aws.sqs.Queue(f"events-{i}", sqs_managed_sse_enabled=True)
    aws.ssm.Parameter(f"queue-{i}", type="String", value=queue.url)
`,
		},
	},
}

// measureLargePreview compares `pipeguard preview` of the program with a preview
// by the Pulumi CLI.
func measureLargePreview(ctx context.Context, t *table, temporary string, b binaries, l largeProgram) error {
	folder, err := l.write(temporary)
	if err != nil {
		return err
	}
	p, err := newPreview(ctx, temporary, b.pipeguard, b.emptyProvider, folder)
	if err != nil {
		return err
	}
	return p.compare(ctx, t, fmt.Sprintf("%d resources in %s", 5*largeCopies, l.language))
}

// write writes the program in a new folder in temporary.
func (l largeProgram) write(temporary string) (string, error) {
	packages, err := filepath.Abs(l.packages)
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", l.packages, err)
	}
	if _, err := os.Stat(packages); err != nil {
		return "", fmt.Errorf("finding the packages of a program in %s, which `%s` installs: %w", l.language, l.make, err)
	}
	folder, err := os.MkdirTemp(temporary, "large-")
	if err != nil {
		return "", fmt.Errorf("making a folder for a program: %w", err)
	}
	replace := strings.NewReplacer("COPIES", fmt.Sprint(largeCopies), "PACKAGES", packages)
	for name, text := range l.files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(replace.Replace(text)), 0o600); err != nil {
			return "", fmt.Errorf("writing a program in %s: %w", l.language, err)
		}
	}
	if l.linked == "" {
		return folder, nil
	}
	if err := os.Symlink(packages, filepath.Join(folder, l.linked)); err != nil {
		return "", fmt.Errorf("linking the packages of a program in %s: %w", l.language, err)
	}
	return folder, nil
}
