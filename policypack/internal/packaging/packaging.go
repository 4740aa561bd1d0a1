// Package packaging finds the code that builds deployment packages: calls in a program's source, and the commands that
// they run.
package packaging

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Keywords are words of which a file that makes code mentions at least one.
var Keywords = []string{
	// Python
	"subprocess", "os.system", "popen", "spawn", "exec", "make_archive", "zipfile", "tarfile", "zipapp", "rmtree",
	"makedirs", "mkdir", "copytree", "pip", "docker", "asyncio", "Command", "import_module", "shutil", "system",
	// Node.js
	"child_process", "execa", "shelljs", "zx", "archiver", "adm-zip", "jszip", "yazl", "tar", "rmSync", "rmdir", "cpSync",
	"esbuild", "webpack", "rollup", "onObject", "onEvent", "onSchedule", "Callback", "serializeFunction", "fs-extra",
	"EventHandlerFromFunction", "createFunctionFromEventHandler",
	// Go
	"os/exec", "archive/zip", "archive/tar", "RemoveAll", "MkdirAll", "Mkdir", "StartProcess", "CopyFS", "/sh\"",
}

// Judge returns what a call makes, in words that follow "the program", and whether that is code to deploy.
func Judge(c *fact.Call, program *fact.Facts) (what string, makes answer.Answer) {
	if m := commandClass.FindStringSubmatch(c.Func); m != nil {
		return localCommand(c)
	}
	switch c.Language {
	case fact.YAML:
		if slices.Contains(yamlCommands, c.Func) {
			return localCommand(c)
		}
	case fact.Python:
		return packagingPython(c, program)
	case fact.TypeScript:
		return packagingNode(c, program)
	case fact.Go:
		return packagingGo(c, program)
	}
	return "", answer.No
}

// These arguments of pulumi-command's local commands hold shell commands.
var commandTexts = []string{"create", "update", "command"}

// yamlCommands are the tokens of pulumi-command's local commands.
var yamlCommands = []string{"command:local:Command", "command:local/command:Command", "command:local:run", "command:local/run:run"}

// localCommand judges a command.local.Command, or the function command.local.run. What runs on deletion makes no code.
func localCommand(c *fact.Call) (string, answer.Answer) {
	var fields []fact.Field
	for _, a := range c.Args {
		fields = append(fields, fact.Field{Key: a.Name, Value: a.Value})
		fields = append(fields, a.Value.Members()...)
	}
	what, makes := "", answer.No
	for _, field := range fields {
		if !slices.Contains(commandTexts, text.SchemaName(field.Key)) {
			continue
		}
		why, one := judgeCommand(field.Value, true)
		if one > makes {
			what, makes = why, one
		}
	}
	if what != "" {
		what = "has a local command that " + what
	}
	return what, makes
}

// commandClass matches the names of pulumi-command's local commands in Python, Node.js and Go.
var commandClass = regexp.MustCompile(
	`^(?:pulumi_command\.|@pulumi/command\.|github\.com/pulumi/pulumi-command/sdk/(?:v\d+/)?go/command/)local\.(?:\w+\.)?(New)?(Command|[rR]un(?:Output|_output)?)$`)

var pythonRunners = []string{
	"subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
	"subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen", "os.execv", "os.execvp", "os.execve",
	"os.spawnv", "os.spawnvp", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "invoke.run", "sh.Command",
}

func packagingPython(c *fact.Call, program *fact.Facts) (string, answer.Answer) {
	switch {
	case slices.Contains(pythonRunners, c.Func):
		return runs(c)
	case c.Func == "os.execl" || c.Func == "os.execlp" || c.Func == "os.spawnl" || c.Func == "os.spawnlp":
		return judgeCommand(listFrom(c, 1), false)
	case slices.Contains([]string{"shutil.make_archive", "zipapp.create_archive", "py_compile.compile", "compileall.compile_dir"}, c.Func):
		return "makes an archive or compiles (" + c.Func + ")", answer.Yes
	case c.Func == "zipfile.ZipFile" || c.Func == "zipfile.PyZipFile" || c.Func == "tarfile.open" || c.Func == "tarfile.TarFile":
		return writesArchive(c)
	case strings.HasPrefix(c.Func, "pip.main") || c.Func == "pip._internal.main" || c.Func == "pip._internal.cli.main.main":
		return "installs packages (" + c.Func + ")", answer.Yes
	case strings.HasPrefix(c.Func, "docker.") && strings.HasSuffix(c.Func, ".images.build"):
		return "builds a container image", answer.Yes
	}
	if position, ok := map[string]int{
		"shutil.rmtree": 0, "os.makedirs": 0, "os.mkdir": 0, "os.removedirs": 0,
		"shutil.copytree": 1, "shutil.copy": 1, "shutil.copy2": 1, "shutil.copyfile": 1, "shutil.move": 1,
		"distutils.dir_util.copy_tree": 1,
	}[c.Func]; ok {
		folder, _ := c.Arg(map[int]string{0: "path", 1: "dst"}[position], position)
		return touchesFolder(c, folder, program)
	}
	return "", answer.No
}

var nodeRunners = regexp.MustCompile(`^(child_process\.(promises\.)?(exec|execSync|execFile|execFileSync|spawn|spawnSync|fork)` +
	`|execa(\.(execa|execaSync|execaCommand|execaCommandSync|command|commandSync|sync|\$))?|shelljs\.exec|zx\.\$|cross-spawn(\.(spawn|sync))?)$`)

// nodeMakers matches the bundlers, compilers and archive writers of npm.
var nodeMakers = regexp.MustCompile(`^(archiver(\.create)?|adm-zip\(\)\.(writeZip|writeZipPromise|toBuffer)|jszip\(\)\.(generateAsync|generateNodeStream)` +
	`|jszip\.JSZip\(\)\.(generateAsync|generateNodeStream)|yazl\.ZipFile|tar\.(c|create|r|replace|u|update)|zip-a-folder\.zip|bestzip` +
	`|esbuild\.(build|buildSync|context)|webpack|rollup\.rollup|tsup\.build|@vercel/ncc|parcel\.Parcel|vite\.build|bun\.build` +
	`|typescript\.(createProgram|transpileModule)|shelljs\.(zip))$`)

// nodeClosures matches the ways to turn a closure into a Lambda function, which Pulumi serializes.
var nodeClosures = regexp.MustCompile(
	`^@pulumi/(aws|aws-native|cloud|pulumi)\..*\b(CallbackFunction|createFunctionFromEventHandler|serializeFunction|on[A-Z]\w*)$`)

func packagingNode(c *fact.Call, program *fact.Facts) (string, answer.Answer) {
	switch {
	case nodeRunners.MatchString(c.Func):
		return runs(c)
	case nodeMakers.MatchString(c.Func):
		return "builds the package (" + c.Func + ")", answer.Yes
	case nodeClosures.MatchString(c.Func):
		return closure(c)
	}
	if m := nodeFolders.FindStringSubmatch(c.Func); m != nil {
		position := 0
		if strings.HasPrefix(m[2], "c") || strings.HasPrefix(m[2], "move") || strings.HasPrefix(m[2], "rename") {
			position = 1
		}
		folder, _ := c.Arg("", position)
		return touchesFolder(c, folder, program)
	}
	return "", answer.No
}

var nodeFolders = regexp.MustCompile(
	`^(fs|fs-extra|rimraf|del|mkdirp|shelljs)\.?(?:promises\.)?((?:rm|rmdir|mkdir|mkdirp|cp|copy|copyFile|move|rename|emptyDir|ensureDir|remove|rimraf|deleteAsync)?(?:Sync)?)$`)

func closure(c *fact.Call) (string, answer.Answer) {
	const what = "makes a function of a closure (callback), which Pulumi serializes and packages"
	if strings.HasSuffix(c.Func, "CallbackFunction") || strings.HasSuffix(c.Func, "serializeFunction") ||
		strings.HasSuffix(c.Func, "createFunctionFromEventHandler") {
		return what, answer.Yes
	}
	// An event subscription also accepts a function that is declared elsewhere.
	makes := answer.No
	for _, a := range c.Args {
		if a.Value.Kind == fact.Closure {
			return what, answer.Yes
		}
		if a.Value.Kind == fact.Unknown {
			makes = answer.Unknown
		}
	}
	return "may make a function of a closure (" + c.Method() + ")", makes
}

// ClosureName returns the name of the function that a call makes of a closure, if that is known. The SDK names the
// function like the subscription.
func ClosureName(c *fact.Call) (string, bool) {
	if c.Language != fact.TypeScript || !nodeClosures.MatchString(c.Func) || strings.HasSuffix(c.Func, "serializeFunction") {
		return "", false
	}
	name, _ := c.Arg("", 0)
	return name.Literal()
}

func packagingGo(c *fact.Call, program *fact.Facts) (string, answer.Answer) {
	switch c.Func {
	case "os/exec.Command":
		return judgeCommand(listFrom(c, 0), false)
	case "os/exec.CommandContext":
		return judgeCommand(listFrom(c, 1), false)
	case "os.StartProcess", "syscall.Exec", "syscall.ForkExec":
		argv, _ := c.Arg("", 1)
		return judgeCommand(argv, false)
	case "github.com/magefile/mage/sh.Run", "github.com/magefile/mage/sh.RunV", "github.com/magefile/mage/sh.Output":
		return judgeCommand(listFrom(c, 0), false)
	case "archive/zip.NewWriter", "archive/tar.NewWriter":
		return "writes an archive (" + c.Func + ")", answer.Yes
	case "github.com/evanw/esbuild/pkg/api.Build":
		return "bundles code (" + c.Func + ")", answer.Yes
	case "os.RemoveAll", "os.MkdirAll", "os.Mkdir", "os.CopyFS":
		folder, _ := c.Arg("", 0)
		return touchesFolder(c, folder, program)
	}
	if strings.HasSuffix(c.Func, ").ImageBuild") || strings.Contains(c.Func, "mholt/archiver") && c.Method() == "Archive" {
		return "builds the package (" + c.Method() + ")", answer.Yes
	}
	return "", answer.No
}

// runs judges a call whose first argument is a command: a string for a shell or the name of a program, or a list of
// words, which Node.js passes in two arguments.
func runs(c *fact.Call) (string, answer.Answer) {
	command, ok := c.Arg("args", 0)
	if !ok {
		if command, ok = c.Arg("cmd", -1); !ok {
			return "runs a command", answer.Unknown
		}
	}
	if words, ok := c.Arg("", 1); ok && command.Kind == fact.Text && words.Kind == fact.List {
		command = fact.Value{
			Kind: fact.List, Items: append([]fact.Value{command}, words.Items...), Open: words.Open,
		}
	} else if strings.HasPrefix(c.Func, "asyncio.create_subprocess_exec") {
		command = listFrom(c, 0)
	}
	return judgeCommand(command, true)
}

// listFrom returns the arguments from a position on as one list.
func listFrom(c *fact.Call, from int) fact.Value {
	list := fact.Value{Kind: fact.List}
	for i, a := range c.Args {
		if i >= from && a.Name == "" {
			list.Items = append(list.Items, a.Value)
		}
	}
	return list
}

// writesArchive judges a call that opens an archive in a given mode.
func writesArchive(c *fact.Call) (string, answer.Answer) {
	mode := "r" // the default of both libraries
	if v, ok := c.Arg("mode", 1); ok {
		if mode, ok = v.Literal(); !ok {
			return "opens an archive (" + c.Func + "), perhaps to write it", answer.Unknown
		}
	}
	if strings.ContainsAny(mode[:min(1, len(mode))], "wax") {
		return "writes an archive (" + c.Func + ")", answer.Yes
	}
	return "", answer.No
}

// buildFolder matches words in the names of folders that are built for deployment.
var buildFolder = regexp.MustCompile(
	`(?i)(^|[/_.-])(build|dist|out|pkg|packages?|packaged|packaging|bundle|deploy|deployment|artifacts?|target|layers?|lambda[a-z_-]*(pkg|package|build|dist|zip|layer)|site-packages|node_modules|staging|vendor)([/_.-]|$)`)

// touchesFolder judges a call that deletes, creates or fills a folder. A folder is a build folder if its name suggests
// it, or if the program archives it.
func touchesFolder(c *fact.Call, folder fact.Value, program *fact.Facts) (string, answer.Answer) {
	name, known := folder.Literal()
	what := "makes, fills or deletes a folder (" + c.Func + ")"
	switch {
	case !known && buildFolder.MatchString(folder.Text):
		return "makes, fills or deletes a build folder (" + c.Func + ")", answer.Yes
	case !known:
		return what, answer.Unknown
	case buildFolder.MatchString(name) || archived(name, program):
		return "makes, fills or deletes the build folder " + name + " (" + c.Func + ")", answer.Yes
	}
	return "", answer.No
}

// archived reports whether the program deploys that folder.
func archived(folder string, program *fact.Facts) bool {
	clean := func(s string) string { return strings.Trim(strings.TrimPrefix(s, "./"), "/") }
	return slices.ContainsFunc(program.Calls, func(c *fact.Call) bool {
		if m := c.Method(); m != "FileArchive" && m != "NewFileArchive" && m != "asset.FileArchive" {
			return false
		}
		v, _ := c.Arg("path", 0)
		name, ok := v.Literal()
		return ok && clean(name) == clean(folder) && clean(folder) != ""
	})
}
