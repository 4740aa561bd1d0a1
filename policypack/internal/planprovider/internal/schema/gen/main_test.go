package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableIsThatOfTheSDKInGoMod(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile(filepath.Join("..", "aws.zip"))
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "aws.zip")
	require.NoError(t, run(out))
	generated, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(committed, generated), "the table is out of date: run go generate")
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
		"function without arguments' type": {
			`package s3
			func GetX(ctx *C, args *GetXArgs) (*GetXResult, error) { ctx.Invoke("aws:s3/getX:getX", args) }`,
			"no arguments for aws:s3/getX:getX",
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
