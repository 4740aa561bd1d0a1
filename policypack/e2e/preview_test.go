package e2e_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// stackName is the stack of every preview.
const stackName = "dev"

// preview is the result of a `pulumi preview` under the policy pack.
type preview struct {
	// violations are in the order in which the engine reports them.
	violations []apitype.PolicyEvent
	// fixed are the changes that rules have made to resources, in that order.
	fixed []apitype.PolicyRemediationEvent
	// planned are the inputs of the resources that would be created, by names such
	// as "LogGroup thumbnailer".
	planned map[string]map[string]any
	// said are the lines of the log, each after its severity, such as "warning: ".
	said []string
	// err is nil if the preview passed; its text contains what pulumi printed.
	err error
}

// findings returns the violations in the format of want.txt: one `<rule>
// <resource>` per line, sorted.
func (p preview) findings() []string {
	found := []string{}
	for _, v := range p.violations {
		found = append(found, v.PolicyName+" "+resource.URN(v.ResourceURN).Name())
	}
	slices.Sort(found)
	return found
}

// workspaceOf returns a Pulumi workspace in the program's folder that keeps its
// state, and everything else that Pulumi writes, in a temporary folder. settings is
// the file with the stack's configuration.
func workspaceOf(t *testing.T, program string, env map[string]string) (stack auto.Stack, settings string) {
	t.Helper()
	requireInstalled(t, program)
	project, err := workspace.LoadProject(filepath.Join(program, "Pulumi.yaml"))
	require.NoError(t, err)

	home, state := t.TempDir(), t.TempDir()
	all := map[string]string{
		"PATH":                     planProvider + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"PULUMI_BACKEND_URL":       "file://" + filepath.ToSlash(state),
		"PULUMI_CONFIG_PASSPHRASE": "",
	}
	for name, value := range env {
		all[name] = value
	}
	options := []auto.LocalWorkspaceOption{auto.PulumiHome(home), auto.EnvVars(all)}

	// `pulumi stack init` and `pulumi preview` write to the settings of the stack,
	// so the first runs elsewhere and the second gets a copy.
	elsewhere := t.TempDir()
	_, err = auto.NewStackLocalSource(t.Context(), stackName, elsewhere,
		append(options, auto.Project(workspace.Project{Name: project.Name, Runtime: project.Runtime}))...)
	require.NoError(t, err)
	settings = filepath.Join(elsewhere, "settings.yaml")
	text, err := os.ReadFile(filepath.Join(program, "Pulumi."+stackName+".yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(settings, text, 0o600))

	stack, err = auto.SelectStackLocalSource(t.Context(), stackName, program, options...)
	require.NoError(t, err)
	return stack, settings
}

// previewProgram runs `pulumi preview` on the program in a folder. Only the
// options choose a policy pack.
func previewProgram(t *testing.T, program string, env map[string]string, options ...optpreview.Option) preview {
	t.Helper()
	before := filesIn(t, program)
	stack, settings := workspaceOf(t, program, env)

	// With room for all events nobody needs to read them meanwhile: a preview
	// that ends early never closes the stream.
	stream := make(chan events.EngineEvent, 10_000)
	_, err := stack.Preview(t.Context(),
		append(options, optpreview.ConfigFile(settings), optpreview.EventStreams(stream))...)
	result := preview{err: err, planned: map[string]map[string]any{}}
	for len(stream) > 0 {
		event := <-stream
		require.NoError(t, event.Error)
		if event.PolicyEvent != nil {
			result.violations = append(result.violations, *event.PolicyEvent)
		}
		if event.PolicyRemediationEvent != nil {
			result.fixed = append(result.fixed, *event.PolicyRemediationEvent)
		}
		if e := event.ResourcePreEvent; e != nil && e.Metadata.New != nil {
			urn := resource.URN(e.Metadata.URN)
			result.planned[urn.Type().Name().String()+" "+urn.Name()] = e.Metadata.New.Inputs
		}
		if d := event.DiagnosticEvent; d != nil {
			text := colors.Never.Colorize(d.Message)
			if d.Severity == "warning" { // the message begins with the word
				text = strings.TrimPrefix(text, "warning: ")
			}
			result.said = append(result.said, d.Severity+": "+strings.TrimSpace(text))
		}
	}
	assert.Equal(t, before, filesIn(t, program), "the preview leaves the program's folder as it is")
	return result
}

// requireInstalled fails a test early, with advice, if what make installs beside
// a program is missing.
func requireInstalled(t *testing.T, program string) {
	t.Helper()
	if typeScript := programDir("typescript"); filepath.Dir(program) == typeScript && !fileExists(filepath.Join(typeScript, "node_modules")) {
		t.Fatalf("%s has no node_modules: run `make test`, which installs them", typeScript)
	}
	if program == stackDir() && !fileExists(filepath.Join(root, "build", "thumbnail.zip")) {
		t.Fatal("there is no build/thumbnail.zip: run `make test`, which builds it")
	}
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// stackDir returns the folder of the reference stack.
func stackDir() string { return filepath.Join(root, "stack") }

// programDir returns the folder of a program in testdata/stacks, or of one of those in
// testdata/stacks/typescript, which share their packages.
func programDir(name string) string {
	stacks := filepath.Join(root, "testdata", "stacks")
	if dir := filepath.Join(stacks, "typescript", name); fileExists(dir) {
		return dir
	}
	return filepath.Join(stacks, name)
}

// programs returns the names of all programs in testdata/stacks.
func programs(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, folder := range []string{"stacks", filepath.Join("stacks", "typescript")} {
		files, err := filepath.Glob(filepath.Join(root, "testdata", folder, "*", "Pulumi.yaml"))
		require.NoError(t, err)
		for _, file := range files {
			names = append(names, filepath.Base(filepath.Dir(file)))
		}
	}
	return names
}

// want returns the expectations in want.txt beside a program.
func want(t *testing.T, program string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(programDir(program), "want.txt"))
	require.NoError(t, err)
	return append([]string{}, strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })...)
}

// policyOf returns the file with the policy configuration of a program: its
// policy.json, or one that enables the documented rules and the one that the program
// is named after. So a new rule changes nothing here.
func policyOf(t *testing.T, program string) string {
	t.Helper()
	if file := filepath.Join(programDir(program), "policy.json"); fileExists(file) {
		return file
	}
	levels := map[string]apitype.EnforcementLevel{"all": apitype.Disabled}
	for _, r := range registry(t).Rules() {
		switch {
		case r.Documented:
			levels[r.ID] = apitype.Mandatory // as under the profile "documented"
		case r.ID == strings.TrimSuffix(program, "-clean"):
			levels[r.ID] = r.Enforcement
		}
	}
	text, err := json.Marshal(levels)
	require.NoError(t, err)
	return configFile(t, string(text))
}

func registry(t *testing.T) *rule.Registry {
	t.Helper()
	reg, err := rules.All()
	require.NoError(t, err)
	return reg
}
