package preview

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Of a folder the SDKs say what they look for, of a file only that they cannot open it.
func TestAMissingZipFileHasThePlaceWhereTheProgramNamesIt(t *testing.T) {
	t.Parallel()
	p := programIn(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(filepath.Join(p.Root, "Pulumi.yaml"), []byte("name: shop\nruntime: python"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(p.Root, "__main__.py"), []byte("import pulumi\n"+
		"code = pulumi.FileArchive(\"./dist/handler.zip\")\n"), 0o600))
	var o output
	o.errors = []diagnosed{{message: "an unhandled error occurred: program failed:\nwaiting for RPCs: rpc error: code = Unknown " +
		"desc = unmarshal properties: failed to compute archive hash at code: open " + filepath.Join(p.Root, "dist", "handler.zip") +
		": no such file or directory"}}

	failures := o.failures(p, true, "")

	assert.Equal(t, []finding.Failure{{
		Location: finding.Location{File: "__main__.py", Line: 2, Column: 8},
		Message:  "the program makes its code of dist/handler.zip, which does not exist: build it, or put it there, before the preview",
	}}, failures)
}

func TestAMissingArchiveHasThePlaceWhereTheProgramNamesIt(t *testing.T) {
	t.Parallel()
	for runtime, test := range map[string]struct {
		file, text string
		at         finding.Location
	}{
		"python": {"__main__.py", `import pulumi
import pulumi_aws as aws
aws.lambda_.Function("resize", code=pulumi.AssetArchive({
    ".": pulumi.FileArchive("./app/bin"),
}))
`, finding.Location{File: "__main__.py", Line: 4, Column: 10}},
		"nodejs": {"index.ts", `import * as pulumi from "@pulumi/pulumi";
export const code = new pulumi.asset.FileArchive("app/bin");
`, finding.Location{File: "index.ts", Line: 2, Column: 21}},
	} {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			p := programIn(t.TempDir(), runtime)
			require.NoError(t, os.WriteFile(filepath.Join(p.Root, "Pulumi.yaml"), []byte("name: shop\nruntime: "+runtime), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(p.Root, test.file), []byte(test.text), 0o600))
			archive := filepath.Join(p.Root, "app", "bin")
			var o output
			o.errors = []diagnosed{{message: "Program failed with an unhandled exception:\nException: unmarshal properties: " +
				"failed to compute archive hash at code[\".\"]: couldn't read archive path '" + archive + "': stat " + archive +
				": no such file or directory"}}

			failures := o.failures(p, true, "")

			assert.Equal(t, []finding.Failure{{Location: test.at, Message: "the program makes its code of app/bin, which does not exist: " +
				"build it, or put it there, before the preview"}}, failures)
		})
	}
}

// A program that names its archives in a loop fails at each of them.
func TestEveryMissingArchiveIsNamedThatANodeProgramComputesThePathOf(t *testing.T) {
	t.Parallel()
	p := programIn(t.TempDir(), "nodejs")
	require.NoError(t, os.WriteFile(filepath.Join(p.Root, "Pulumi.yaml"), []byte("name: shop\nruntime: nodejs"), 0o600))
	var o output
	for _, name := range []string{"go", "python"} {
		archive := filepath.Join(p.Root, "dist", name)
		o.errors = append(o.errors, diagnosed{message: "Running program '" + p.Root + "/' failed with an unhandled exception:\n" +
			"<ref *1> Error: failed to register new resource " + name + " [aws:lambda/function:Function]: 2 UNKNOWN: unmarshal " +
			"properties: failed to compute archive hash at code[\".\"]: couldn't read archive path '" + archive + "': stat " + archive +
			": no such file or directory\n    at new Function (/shop/node_modules/@pulumi/lambda/function.ts:844:9)\n" +
			"    at " + p.Root + "/index.ts:44:20\n"})
	}

	failures := o.failures(p, true, "")

	at := finding.Location{File: "index.ts", Line: 44, Column: 20}
	assert.Equal(t, []finding.Failure{
		{Location: at, Message: "the program makes its code of dist/go, which does not exist: build it, or put it there, before the preview"},
		{Location: at, Message: "the program makes its code of dist/python, which does not exist: build it, or put it there, before the preview"},
	}, failures)
}
