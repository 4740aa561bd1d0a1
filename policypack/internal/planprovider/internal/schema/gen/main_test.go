package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableIsThatOfTheSDKsInGoMod(t *testing.T) {
	t.Parallel()
	internal, made := filepath.Join("..", "..", "..", ".."), t.TempDir()
	out, arguments := filepath.Join(made, "aws.zip"), filepath.Join(made, "arguments.json")
	require.NoError(t, run("sdks", out, filepath.Join(internal, "graph", "types.go"), arguments))
	for committed, generated := range map[string]string{
		filepath.Join("..", "aws.zip"):                   out,
		filepath.Join(internal, "fix", "arguments.json"): arguments,
	} {
		want, err := os.ReadFile(committed)
		require.NoError(t, err)
		got, err := os.ReadFile(generated)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s is out of date: run make schema", committed)
	}
}

func TestWhatTheGeneratorDoesNotUnderstandIsAnError(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ source, message string }{
		"not Go": {`package s3; func {`, "parsing"},
		"resource of another module": {
			`package s3
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:sns/x:X", name, args) }`,
			"token aws:sns/x:X is not of module s3",
		},
		"resource without types": {
			`package s3
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:s3/x:X", name, args) }`,
			"no arguments or outputs for aws:s3/x:X",
		},
		"type of another package": {
			"package s3\n" + `
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:s3/x:X", name, args) }
			type X struct{}
			type xArgs struct { A other.Thing ` + "`pulumi:\"a\"`" + ` }`,
			"property a: type Thing of another package",
		},
		"type that is not declared": {
			"package s3\n" + `
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:s3/x:X", name, args) }
			type X struct{}
			type xArgs struct { A []Thing ` + "`pulumi:\"a\"`" + ` }`,
			"property a: type Thing is not declared",
		},
		"output of another package": {
			"package s3\n" + `
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:s3/x:X", name, args) }
			type X struct { A pulumi.ThingOutput ` + "`pulumi:\"a\"`" + ` }
			type xArgs struct{}`,
			"output a of aws:s3/x:X: output type ThingOutput of package pulumi",
		},
		"output without an element": {
			"package s3\n" + `
			func NewX(ctx *C, name string, args *XArgs) { ctx.RegisterResource("aws:s3/x:X", name, args) }
			type X struct { A ThingOutput ` + "`pulumi:\"a\"`" + ` }
			type xArgs struct{}`,
			"output a of aws:s3/x:X: no element type of ThingOutput",
		},
		"function without results' type": {
			`package s3
			func GetX(ctx *C) (*GetXResult, error) { ctx.Invoke("aws:s3/getX:getX", nil) }`,
			"results of aws:s3/getX:getX: no struct of them",
		},
		"function without arguments' type": {
			`package s3
			func GetX(ctx *C, args *GetXArgs) (*GetXResult, error) { ctx.Invoke("aws:s3/getX:getX", args) }`,
			"arguments of aws:s3/getX:getX: no struct of them",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(c.source), 0o600))
			_, err := parsePackage("s3", dir)
			require.ErrorContains(t, err, c.message)
		})
	}
}
