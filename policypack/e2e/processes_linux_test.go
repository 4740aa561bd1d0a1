package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	pulumipreview "github.com/pipeguard/pipeguard/policypack/internal/preview"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestNoProcessIsLeftBehind(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, program, pack string }{
		{"Go program, binary", "stack-readiness-checks", pipeguard},
		{"Go program, pack as a folder", "stack-readiness-checks", filepath.Join(root, "policypack")},
		{"TypeScript program, binary", "untyped", pipeguard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Every process inherits the environment of the CLI, and so this mark.
			mark := "PIPEGUARD_E2E=" + t.Name()

			stop := make(chan struct{})
			most := make(chan int)
			go countUntil(stop, most, mark)
			previewProgram(t, programDir(tt.program), map[string]string{"PIPEGUARD_E2E": t.Name()},
				optpreview.PolicyPacks(tt.pack))
			close(stop)

			assert.GreaterOrEqual(t, <-most, 5, "the CLI, a language host, the program, the provider and the pack have the mark")
			// The engine gives plugins a moment to end by themselves.
			assert.Eventually(t, func() bool { return len(processesWith(mark)) == 0 }, 5*time.Second, 100*time.Millisecond)
			assert.Empty(t, processesWith(mark))
		})
	}
}

// waiting are programs that create a file named reached and then wait forever. The
// language hosts and their children are alive meanwhile.
var waiting = map[string]map[string]string{
	"go": {
		"Pulumi.yaml": "name: waiting\nruntime: go\n", "go.mod": "module waiting\n\ngo 1.26\n",
		"main.go": "package main\n\nimport (\n\t\"os\"\n\t\"os/signal\"\n\t\"syscall\"\n)\n\nfunc main() {\n\t_ = os.WriteFile(\"reached\", nil, 0o600)\n" +
			"\tended := make(chan os.Signal)\n\tsignal.Notify(ended, syscall.SIGUSR1)\n\t<-ended\n}\n",
	},
	"nodejs": {
		"Pulumi.yaml": "name: waiting\nruntime: nodejs\n", "package.json": `{"main": "index.js"}`,
		"index.js": "require(\"fs\").writeFileSync(\"reached\", \"\");\nsetInterval(() => {}, 1000);\n",
	},
	"TypeScript": {
		"Pulumi.yaml": "name: waiting\nruntime: nodejs\n", "package.json": `{"main": "index.ts"}`,
		"index.ts": "require(\"fs\").writeFileSync(\"reached\", \"\");\nsetInterval(() => {}, 1000);\n",
	},
	"python": {
		"Pulumi.yaml": "name: waiting\nruntime: {name: python, options: {virtualenv: VENV}}\n",
		"__main__.py": "import signal\nopen(\"reached\", \"w\").close()\nwhile True:\n    signal.pause()\n",
	},
	"yaml": {"Pulumi.yaml": oneBucket},
}

// waitingProgram writes one of these programs.
func waitingProgram(t *testing.T, language string) string {
	t.Helper()
	files := map[string]string{}
	for name, text := range waiting[language] {
		files[name] = strings.ReplaceAll(text, "VENV", filepath.Join(root, "build", "venv-v7"))
	}
	dir := programOf(t, files)
	if strings.HasSuffix(files["Pulumi.yaml"], "nodejs\n") {
		packages := filepath.Join(programDir("typescript"), "node_modules")
		require.DirExists(t, packages, "run `make test`, which installs them")
		require.NoError(t, os.Symlink(packages, filepath.Join(dir, "node_modules")))
	}
	return dir
}

func TestAnInterruptedPreviewLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	type moment struct {
		name string
		// reached reports whether the preview has come this far, with the processes that it consists of.
		reached func(dir string, processes []string) bool
	}
	hostStarts := moment{"while the language host starts", func(_ string, processes []string) bool {
		return slices.ContainsFunc(processes, func(p string) bool { return strings.Contains(p, "pulumi-language-") })
	}}
	programRuns := moment{"while the program runs", func(dir string, _ []string) bool { return fileExists(filepath.Join(dir, "reached")) }}
	tests := []struct {
		language string
		moment   moment
		signal   syscall.Signal
	}{
		{"go", hostStarts, syscall.SIGTERM},
		{"go", programRuns, syscall.SIGINT},
		{"nodejs", hostStarts, syscall.SIGINT},
		{"nodejs", programRuns, syscall.SIGTERM},
		{"TypeScript", programRuns, syscall.SIGINT},
		{"python", hostStarts, syscall.SIGTERM},
		{"python", programRuns, syscall.SIGINT},
		{"python", programRuns, syscall.SIGHUP},
		{"yaml", hostStarts, syscall.SIGINT},
		{"yaml", hostStarts, syscall.SIGTERM},
	}
	for _, tt := range tests {
		t.Run(tt.language+", "+tt.moment.name+", "+tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			dir, temporary, report := waitingProgram(t, tt.language), t.TempDir(), filepath.Join(t.TempDir(), "report.json")
			mark := "PIPEGUARD_E2E=" + t.Name()
			cmd := exec.CommandContext(t.Context(), pipeguard, "preview", dir, "--out", "json="+report, "--save", report+".saved")
			cmd.Env = append(os.Environ(), mark, "TMPDIR="+temporary)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { return tt.moment.reached(dir, processesWith(mark)) }, 2*time.Minute, time.Millisecond,
				"%s%s", stdout.String(), stderr.String())
			require.NoError(t, cmd.Process.Signal(tt.signal))

			_ = cmd.Wait() // its exit code is checked below

			assert.Equal(t, 128+int(tt.signal), cmd.ProcessState.ExitCode())
			assert.Equal(t, "pipeguard: the preview was interrupted\n", stderr.String())
			assert.Empty(t, stdout.String(), "half a report would look like a whole one")
			assert.NoFileExists(t, report)
			assert.NoFileExists(t, report+".saved")
			assert.Eventually(t, func() bool { return len(processesWith(mark)) == 0 }, 10*time.Second, 100*time.Millisecond)
			assert.Empty(t, processesWith(mark))
			left := slices.DeleteFunc(filesIn(t, temporary), func(name string) bool {
				return strings.HasPrefix(name, "ts-node-") // a cache, which complete previews leave, too
			})
			assert.Empty(t, left)
		})
	}
}

// slowRules are rules that take forever to judge the stack.
type slowRules struct {
	pulumirpc.AnalyzerServer
	reached chan struct{}
}

func (s slowRules) AnalyzeStack(ctx context.Context, _ *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	close(s.reached)
	<-ctx.Done()
	return nil, ctx.Err()
}

// previewUnderSlowRules reports on standard output that the rules have been reached.
// Its error is that of the preview.
func previewUnderSlowRules(ctx context.Context, dir string) error {
	program, err := pulumipreview.Load(dir, "")
	if err != nil {
		return err
	}
	reg, err := rules.All()
	if err != nil {
		return err
	}
	observer, err := analyzer.Observe(reg, check.New(reg, config.Default(reg)), "1.0.0", "network", "dev", "acme")
	if err != nil {
		return err
	}
	slow := slowRules{observer.Server(), make(chan struct{})}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	go func() {
		<-slow.reached
		fmt.Println("reached")
	}()
	_, err = pulumipreview.Run(ctx, pulumipreview.Options{Program: program, Analyzer: slow, StandIns: &standin.Log{}})
	return err
}

func TestAPreviewIsInterruptedWhileTheRulesRun(t *testing.T) {
	if dir := os.Getenv(slowRulesEnv); dir != "" {
		require.ErrorIs(t, previewUnderSlowRules(t.Context(), dir), context.Canceled)
		return
	}
	t.Parallel()
	dir := programOf(t, map[string]string{"Pulumi.yaml": oneBucket})
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), slowRulesEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	stdout := bufio.NewReader(out)
	line, err := stdout.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "reached\n", line)
	assert.NotEmpty(t, processesIn(dir), "the language host")

	require.NoError(t, cmd.Process.Signal(os.Interrupt))

	rest, err := io.ReadAll(stdout)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), string(rest))
	assert.Eventually(t, func() bool { return len(processesIn(dir)) == 0 }, 10*time.Second, 100*time.Millisecond)
}

// processesIn returns the processes whose working directory is a folder.
func processesIn(dir string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well-formed
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && at == dir {
			found = append(found, link)
		}
	}
	return found
}

func TestAReaderWhoHasSeenEnoughEndsAPreviewWithoutALeftover(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string][]string{
		"with the engine inside": nil,
		"with the Pulumi CLI":    {"--provider", "real"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, temporary, report := programOf(t, map[string]string{"Pulumi.yaml": oneBucket}), t.TempDir(), filepath.Join(t.TempDir(), "report.json")
			reader, writer, err := os.Pipe()
			require.NoError(t, err)
			require.NoError(t, reader.Close(), "as head does when it has its lines")
			mark := "PIPEGUARD_E2E=" + t.Name()
			cmd := exec.CommandContext(t.Context(), pipeguard,
				append([]string{"preview", dir, "--out", "json=" + report}, provider...)...)
			cmd.Env = append(os.Environ(), mark, "TMPDIR="+temporary, "PATH="+planProvider+string(filepath.ListSeparator)+os.Getenv("PATH"))
			cmd.Stdout = writer
			var stderr bytes.Buffer
			cmd.Stderr = &stderr

			_ = cmd.Run() // its exit code is checked below
			require.NoError(t, writer.Close())

			assert.Equal(t, 128+int(syscall.SIGPIPE), cmd.ProcessState.ExitCode(), stderr.String())
			assert.Empty(t, stderr.String())
			assert.Empty(t, filesIn(t, temporary))
			assert.FileExists(t, report, "what goes to files is written all the same")
			assert.Eventually(t, func() bool { return len(processesWith(mark)) == 0 }, 10*time.Second, 100*time.Millisecond)
		})
	}
}

// countUntil sends the largest number of processes with a mark that it saw at
// the same time.
func countUntil(stop <-chan struct{}, most chan<- int, mark string) {
	n := 0
	for {
		select {
		case <-stop:
			most <- n
			return
		case <-time.After(50 * time.Millisecond):
			n = max(n, len(processesWith(mark)))
		}
	}
}

// processesWith returns the processes that have an entry in their environment.
func processesWith(entry string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well-formed
	for _, file := range files {
		environment, err := os.ReadFile(file)
		if err != nil || !strings.Contains("\x00"+string(environment), "\x00"+entry+"\x00") {
			continue // ended meanwhile, another user's, or not one of ours
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, fmt.Sprintf("%s %q", filepath.Base(filepath.Dir(file)), command))
	}
	return found
}
