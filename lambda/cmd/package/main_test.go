package main

import (
	"bytes"
	"flag"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunWritesTheArchiveAndDescribesIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "build", "thumbnail.zip")
	var stdout, stderr bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-o", path}, &stdout, &stderr))
	assert.Regexp(t, "^"+regexp.QuoteMeta(path)+` [1-9][0-9]+ bytes sha256:[0-9a-f]{64}\n$`, stdout.String())
	assert.Empty(t, stderr.String())
	assert.FileExists(t, path)
}

func TestRunSaysWhatIsWrongWithItsArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no output":            {nil, "flag -o is missing"},
		"unknown architecture": {[]string{"-o", "x.zip", "-arch", "riscv"}, `architecture is "riscv", want amd64 or arm64`},
		"stray argument":       {[]string{"-o", "x.zip", "extra"}, `unexpected argument "extra"`},
		"unknown flag":         {[]string{"-output", "x.zip"}, "flag provided but not defined: -output"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), test.args, &stdout, &stderr)
			require.ErrorContains(t, err, test.want)
			assert.Empty(t, stdout.String())
		})
	}
}

func TestRunExplainsItselfOnRequest(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, &stdout, &stderr), flag.ErrHelp)
	assert.Contains(t, stderr.String(), "path of the zip to write")
}
