package settings_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/settings"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

const code = "the function's code"

func archive(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "thumbnail.zip")
	require.NoError(t, os.WriteFile(path, []byte(code), 0o600))
	return path
}

func load(t *testing.T, changes map[string]string) (settings.Settings, error) {
	t.Helper()
	values := map[string]string{
		"alarmEmail":              "ops@example.com",
		"codeArchive":             archive(t),
		"memorySize":              "512",
		"ephemeralStorage":        "1024",
		"timeout":                 "30",
		"reservedConcurrency":     "7",
		"retryAttempts":           "1",
		"maximumEventAge":         "600",
		"logRetentionDays":        "14",
		"logLevel":                "DEBUG",
		"uploadPrefix":            "in/new/",
		"uploadSuffixes":          `[".jpg",".png"]`,
		"thumbnailPrefix":         "out/",
		"thumbnailSizes":          `["320x240","64x64"]`,
		"jpegQuality":             "70",
		"backgroundColor":         "#00ff7F",
		"cacheControl":            "no-store",
		"maxUploadBytes":          "1000",
		"maxPixels":               "2000",
		"maxDecodedBytes":         "3000",
		"deadlineMargin":          "500",
		"originalRetentionDays":   "0",
		"noncurrentRetentionDays": "3",
		"accessLogRetentionDays":  "5",
		"protectedStacks":         "prod*",
	}
	maps.Copy(values, changes)
	config := map[string]string{}
	for key, value := range values {
		config["image-pipeline:"+key] = value
	}
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
	loaded, err := load(t, map[string]string{"codeArchive": path})
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(code))
	assert.Equal(t, settings.Settings{
		AlarmEmail:              "ops@example.com",
		CodeArchive:             path,
		CodeHash:                base64.StdEncoding.EncodeToString(sum[:]),
		MemorySize:              512,
		EphemeralStorage:        1024,
		Timeout:                 30,
		ReservedConcurrency:     7,
		RetryAttempts:           1,
		MaximumEventAge:         600,
		LogRetentionDays:        14,
		LogLevel:                "DEBUG",
		UploadPrefix:            "in/new/",
		ThumbnailPrefix:         "out/",
		UploadSuffixes:          []string{".jpg", ".png"},
		Sizes:                   []settings.Size{{Width: 320, Height: 240}, {Width: 64, Height: 64}},
		JPEGQuality:             70,
		BackgroundColor:         "#00ff7F",
		CacheControl:            "no-store",
		MaxUploadBytes:          1000,
		MaxPixels:               2000,
		MaxDecodedBytes:         3000,
		DeadlineMargin:          500,
		OriginalRetentionDays:   0,
		NoncurrentRetentionDays: 3,
		AccessLogRetentionDays:  5,
		Protect:                 false,
	}, loaded)
}

func TestLoadProtectsTheStacksThatThePatternMatches(t *testing.T) {
	t.Parallel()
	for pattern, protect := range map[string]bool{"prod*": false, "test": true, "te?t": true, "*": true, "tes": false} {
		loaded, err := load(t, map[string]string{"protectedStacks": pattern})
		require.NoError(t, err)
		assert.Equal(t, protect, loaded.Protect, "%s for stack %s", pattern, stacktest.Scope.Stack)
	}
}

func TestLoadNamesTheKeyAndWhatItShouldBe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ key, value, want string }{
		"no address":            {"alarmEmail", "", "configuration alarmEmail: not set; set it with `pulumi config set alarmEmail <value>`"},
		"no such address":       {"alarmEmail", "ops", `configuration alarmEmail: "ops" is not an e-mail address`},
		"name with address":     {"alarmEmail", "Ops <ops@example.com>", "is not an e-mail address"},
		"not a number":          {"timeout", "long", `configuration timeout: "long" is not a whole number from 1 to 900`},
		"not a whole number":    {"timeout", "1.5", `configuration timeout: "1.5" is not a whole number`},
		"no such period":        {"logRetentionDays", "31", "configuration logRetentionDays: CloudWatch Logs has no period of 31 days, only 1, 3, 5"},
		"no such level":         {"logLevel", "LOUD", `configuration logLevel: "LOUD" is not one of DEBUG, INFO, WARN, ERROR`},
		"no slash":              {"uploadPrefix", "uploads", `configuration uploadPrefix: "uploads" is not a folder`},
		"a wildcard":            {"thumbnailPrefix", "*/", `configuration thumbnailPrefix: "*/" is not a folder`},
		"the root":              {"uploadPrefix", "/", `configuration uploadPrefix: "/" is not a folder`},
		"not a list":            {"uploadSuffixes", ".jpg", "configuration uploadSuffixes: .jpg is not a list of 1 to 100 strings"},
		"an empty list":         {"uploadSuffixes", "[]", "configuration uploadSuffixes: [] is not a list of 1 to 100 strings"},
		"an empty suffix":       {"uploadSuffixes", `[""]`, `configuration uploadSuffixes: "" is not the end of a key`},
		"overlapping suffixes":  {"uploadSuffixes", `["g",".png"]`, `configuration uploadSuffixes: "g" and ".png" match the same keys`},
		"a size with one side":  {"thumbnailSizes", `["200"]`, `configuration thumbnailSizes: "200" is not a size such as 200x150, with sides from 1 to 10000`},
		"a size without extent": {"thumbnailSizes", `["0x5"]`, `configuration thumbnailSizes: "0x5" is not a size`},
		"too large a size":      {"thumbnailSizes", `["200x10001"]`, `configuration thumbnailSizes: "200x10001" is not a size`},
		"an immense size":       {"thumbnailSizes", `["1x99999999999999999999"]`, "is not a size"},
		"a size given twice":    {"thumbnailSizes", `["5x5","5x5"]`, `configuration thumbnailSizes: "5x5" occurs twice`},
		"too many sizes":        {"thumbnailSizes", `["1x1","1x2","1x3","1x4","1x5","1x6","1x7","1x8","1x9","1x10","1x11","1x12","1x13","1x14","1x15","1x16","1x17"]`, "is not a list of 1 to 16 strings"},
		"no colour":             {"backgroundColor", "white", `configuration backgroundColor: "white" is not a colour such as #ffffff`},
		"no pattern":            {"protectedStacks", "[", `configuration protectedStacks: "[" is not a pattern of stack names`},
		"one folder for both":   {"thumbnailPrefix", "in/new/", `configuration thumbnailPrefix: "in/new/" and uploadPrefix "in/new/" are the same folder`},
		"a folder in the other": {"thumbnailPrefix", "in/", "or one contains the other"},
		"no time left":          {"deadlineMargin", "30000", "configuration deadlineMargin: 30000 ms is not less than timeout, 30 s"},
		"no room to decode":     {"maxDecodedBytes", "536870912", "configuration memorySize: 512 MB cannot hold maxUploadBytes and maxDecodedBytes, 512 MB"},
		"archive missing":       {"codeArchive", "none.zip", "configuration codeArchive: build the archive with `make package` first"},
		"archive a folder":      {"codeArchive", ".", "configuration codeArchive: . is not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, map[string]string{test.key: test.value})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestLoadHoldsEveryNumberToItsRange(t *testing.T) {
	t.Parallel()
	for key, limits := range settings.Ranges {
		for _, beyond := range []int{limits.Least - 1, limits.Most + 1} {
			_, err := load(t, map[string]string{key: fmt.Sprint(beyond)})
			require.ErrorContains(t, err, fmt.Sprintf("configuration %s: \"%d\" is not a whole number from %d to %d", key, beyond, limits.Least, limits.Most))
		}
		for _, within := range []int{limits.Least, limits.Most} {
			// It may still be incompatible with the other settings.
			if _, err := load(t, map[string]string{key: fmt.Sprint(within)}); err != nil {
				assert.NotContains(t, err.Error(), "is not a whole number", key)
			}
		}
	}
}

func TestLoadReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{"timeout": "0", "uploadPrefix": "x"})
	require.ErrorContains(t, err, "configuration timeout")
	require.ErrorContains(t, err, "configuration uploadPrefix")
}

// What users read in Pulumi.yaml must match what Load enforces.
func TestProjectFileStatesEachRange(t *testing.T) {
	t.Parallel()
	project, err := workspace.LoadProject(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	numbers := map[string]settings.Range{}
	for key, declared := range project.Config {
		if declared.Type != nil && *declared.Type == "integer" {
			numbers[key] = settings.Ranges[key]
			limits := fmt.Sprintf("%d to %d", settings.Ranges[key].Least, settings.Ranges[key].Most)
			assert.Contains(t, declared.Description, limits, key)
		}
	}
	assert.Equal(t, settings.Ranges, numbers)
}

func TestEnvironmentContainsTheFunctionsSettings(t *testing.T) {
	t.Parallel()
	loaded, err := load(t, nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"THUMBNAIL_SIZES":    "320x240,64x64",
		"JPEG_QUALITY":       "70",
		"BACKGROUND_COLOR":   "#00ff7F",
		"CACHE_CONTROL":      "no-store",
		"MAX_BYTES":          "1000",
		"MAX_PIXELS":         "2000",
		"MAX_DECODED_BYTES":  "3000",
		"DEADLINE_MARGIN_MS": "500",
	}, loaded.Environment())
}
