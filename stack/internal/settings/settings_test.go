package settings_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/settings"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func archive(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "thumbnail.zip")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return path
}

func load(t *testing.T, changes map[string]string) (settings.Settings, error) {
	t.Helper()
	config := map[string]string{
		"image-pipeline:alarmEmail":       "ops@example.com",
		"image-pipeline:codeArchive":      archive(t),
		"image-pipeline:memorySize":       "512",
		"image-pipeline:timeout":          "30",
		"image-pipeline:logRetentionDays": "14",
		"image-pipeline:maxWidth":         "320",
		"image-pipeline:maxHeight":        "240",
	}
	maps.Copy(config, changes)
	var loaded settings.Settings
	recorder, err := stacktest.Run(t, config, func(ctx *pulumi.Context) (err error) {
		loaded, err = settings.Load(ctx)
		return err
	})
	assert.Empty(t, recorder.Resources())
	return loaded, err
}

func TestLoadReadsEveryKey(t *testing.T) {
	t.Parallel()
	path := archive(t)
	loaded, err := load(t, map[string]string{"image-pipeline:codeArchive": path})
	require.NoError(t, err)
	assert.Equal(t, settings.Settings{
		AlarmEmail:       "ops@example.com",
		CodeArchive:      path,
		MemorySize:       512,
		Timeout:          30,
		LogRetentionDays: 14,
		MaxWidth:         320,
		MaxHeight:        240,
	}, loaded)
}

func TestLoadNamesTheKeyAndWhatItShouldBe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ key, value, want string }{
		"no address":        {"alarmEmail", "", "configuration alarmEmail: not set; set it with `pulumi config set alarmEmail <value>`"},
		"no such address":   {"alarmEmail", "ops", `configuration alarmEmail: "ops" is not an e-mail address`},
		"name with address": {"alarmEmail", "Ops <ops@example.com>", "is not an e-mail address"},
		"too little memory": {"memorySize", "128", `configuration memorySize: "128" is not a whole number from 256 to 10240`},
		"too long a time":   {"timeout", "901", `configuration timeout: "901" is not a whole number from 1 to 900`},
		"not a number":      {"maxWidth", "wide", `configuration maxWidth: "wide" is not a whole number from 1 to 10000`},
		"no height":         {"maxHeight", "0", `configuration maxHeight: "0" is not a whole number from 1 to 10000`},
		"no such period":    {"logRetentionDays", "31", "configuration logRetentionDays: CloudWatch Logs has no period of 31 days, only 1, 3, 5"},
		"archive missing":   {"codeArchive", "none.zip", "configuration codeArchive: build the archive with `make package` first"},
		"archive a folder":  {"codeArchive", ".", "configuration codeArchive: . is not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, map[string]string{"image-pipeline:" + test.key: test.value})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestLoadReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{"image-pipeline:timeout": "0", "image-pipeline:maxWidth": "0"})
	require.ErrorContains(t, err, "configuration timeout")
	require.ErrorContains(t, err, "configuration maxWidth")
}
