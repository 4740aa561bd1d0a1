// Package settings reads the stack's configuration. Types and defaults stand in
// Pulumi.yaml, where `pulumi config` and its users find them; ranges stand here.
package settings

import (
	"errors"
	"fmt"
	"net/mail"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Settings is the stack's configuration, checked.
type Settings struct {
	// AlarmEmail is the address that alarms are sent to.
	AlarmEmail string
	// CodeArchive is the path of the function's zip, from the program's folder.
	CodeArchive string
	// MemorySize is the function's memory in MB.
	MemorySize int
	// Timeout is the longest time an invocation may take, in seconds.
	Timeout int
	// LogRetentionDays is how long the function's log is kept.
	LogRetentionDays int
	// MaxWidth and MaxHeight are the box, in pixels, that a thumbnail fits in.
	MaxWidth, MaxHeight int
}

// retentionPeriods are the days that CloudWatch Logs accepts in
// PutRetentionPolicy; "never expire" is left out on purpose.
var retentionPeriods = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Load reads the configuration of the running stack. The error lists every key
// that is missing or wrong, with what it should be; nothing is registered by
// then.
func Load(ctx *pulumi.Context) (Settings, error) {
	r := reader{config: config.New(ctx, "")}
	settings := Settings{
		AlarmEmail:       r.text("alarmEmail"),
		CodeArchive:      r.text("codeArchive"),
		MemorySize:       r.number("memorySize", 256, 10_240),
		Timeout:          r.number("timeout", 1, 900),
		LogRetentionDays: r.number("logRetentionDays", 1, 3653),
		MaxWidth:         r.number("maxWidth", 1, 10_000),
		MaxHeight:        r.number("maxHeight", 1, 10_000),
	}
	if len(r.errs) == 0 {
		r.check(settings)
	}
	return settings, errors.Join(r.errs...)
}

// reader collects what is wrong, so that one run shows all of it.
type reader struct {
	config *config.Config
	errs   []error
}

func (r *reader) fail(key, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("configuration %s: "+format, append([]any{key}, args...)...))
}

func (r *reader) text(key string) string {
	value := r.config.Get(key)
	if value == "" {
		r.fail(key, "not set; set it with `pulumi config set %s <value>`", key)
	}
	return value
}

func (r *reader) number(key string, least, most int) int {
	value := r.text(key)
	if value == "" {
		return 0
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < least || number > most {
		r.fail(key, "%q is not a whole number from %d to %d", value, least, most)
	}
	return number
}

// check holds what a type or a range cannot say.
func (r *reader) check(s Settings) {
	if address, err := mail.ParseAddress(s.AlarmEmail); err != nil || address.Address != s.AlarmEmail {
		r.fail("alarmEmail", "%q is not an e-mail address", s.AlarmEmail)
	}
	if !slices.Contains(retentionPeriods, s.LogRetentionDays) {
		r.fail("logRetentionDays", "CloudWatch Logs has no period of %d days, only %s", s.LogRetentionDays, list(retentionPeriods))
	}
	if info, err := os.Stat(s.CodeArchive); err != nil {
		r.fail("codeArchive", "build the archive with `make package` first: %w", err)
	} else if !info.Mode().IsRegular() {
		r.fail("codeArchive", "%s is not a file", s.CodeArchive)
	}
}

func list(numbers []int) string {
	words := make([]string, len(numbers))
	for i, number := range numbers {
		words[i] = strconv.Itoa(number)
	}
	return strings.Join(words, ", ")
}
