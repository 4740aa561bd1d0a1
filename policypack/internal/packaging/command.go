package packaging

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// judgeCommand returns what a command does, in words that follow "the program", and whether that makes code. A Text is
// a command line for a shell if shell is set, and otherwise the name of the program to run; a List holds the words of
// the command.
func judgeCommand(v fact.Value, shell bool) (what string, makes answer.Answer) {
	switch v.Kind {
	case fact.Text:
		if shell {
			return judgeShell(v.Text, 0)
		}
		return judgeWords([]string{v.Text}, 0)
	case fact.List:
		var words []string
		for _, item := range v.Items {
			word := fact.Hole
			if item.Kind == fact.Text {
				word = item.Text
			}
			words = append(words, word)
		}
		if v.Open {
			words = append(words, fact.Hole)
		}
		return judgeWords(words, 0)
	case fact.Unknown, fact.Bytes, fact.Scalar, fact.Dict, fact.Result, fact.Closure:
	}
	return "runs a command that is not known", answer.Unknown
}

// maxShells limits how deeply shells may be nested.
const maxShells = 4

// judgeShell judges each command in a shell's command line and returns the worst result.
func judgeShell(text string, depth int) (what string, makes answer.Answer) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil || depth > maxShells {
		return "runs a command that is not known", answer.Unknown
	}
	makes = answer.No
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		var words []string
		for _, arg := range call.Args {
			words = append(words, shellWord(arg))
		}
		if why, one := judgeWords(words, depth); one > makes {
			what, makes = why, one
		}
		return true
	})
	return what, makes
}

// shellWord returns a word of a shell's command line; parts that the shell computes become holes.
func shellWord(w *syntax.Word) string {
	var b strings.Builder
	var add func(parts []syntax.WordPart)
	add = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch p := part.(type) {
			case *syntax.Lit:
				b.WriteString(p.Value)
			case *syntax.SglQuoted:
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				add(p.Parts)
			default:
				b.WriteString(fact.Hole)
			}
		}
	}
	add(w.Parts)
	return b.String()
}

// tool describes what a program does when it is run.
type tool struct {
	// verb is what it does when it makes code: "installs packages".
	verb string
	// when matches the arguments, joined by spaces, that make it do so; nil stands for any.
	when *regexp.Regexp
	// otherwise is the answer for other arguments: No if all of those are known to make no code.
	otherwise answer.Answer
}

func pattern(s string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + s + `)(?: |$)`) }

const (
	installs  = "installs packages"
	compiles  = "compiles or bundles code"
	archives  = "makes an archive"
	imageMade = "builds a container image"
	builds    = "runs a build"
)

// flags matches options before a subcommand, each of which may have a value.
const flags = `(?:-\S+ (?:[^-\s]\S* )?)*`

var (
	pythonName = regexp.MustCompile(`^(python[\d.]*|py)$`)
	pipName    = regexp.MustCompile(`^pip[\d.]*$`)
)

var nodeScripts = flags + `(?:install|i|ci|add|update|pack|rebuild|(?:run |run-script )?` + flags + `\S*(?:build|bundle|package|compile|dist|prepare|webpack|esbuild|tsc)\S*)`

// tools are the programs that make code.
var tools = map[string]tool{
	"pip":            {installs, pattern(flags + `(?:install|download|wheel)`), answer.No},
	"pipenv":         {installs, pattern(flags + `(?:install|sync|update|lock)`), answer.Unknown},
	"poetry":         {installs, pattern(flags + `(?:install|build|export|update|add)`), answer.Unknown},
	"uv":             {installs, pattern(flags + `(?:pip |sync|add|build|export)`), answer.Unknown},
	"conda":          {installs, pattern(flags + `(?:install|create|build)`), answer.Unknown},
	"npm":            {installs, pattern(nodeScripts), answer.Unknown},
	"pnpm":           {installs, pattern(nodeScripts), answer.Unknown},
	"yarn":           {installs, pattern(nodeScripts + `|`), answer.Unknown},
	"bun":            {installs, pattern(nodeScripts), answer.Unknown},
	"bundle":         {installs, pattern(flags + `install`), answer.Unknown},
	"gem":            {installs, pattern(flags + `(?:install|build)`), answer.Unknown},
	"composer":       {installs, pattern(flags + `(?:install|update)`), answer.Unknown},
	"apt-get":        {installs, pattern(flags + `install`), answer.Unknown},
	"apk":            {installs, pattern(flags + `add`), answer.Unknown},
	"yum":            {installs, pattern(flags + `install`), answer.Unknown},
	"brew":           {installs, pattern(flags + `install`), answer.Unknown},
	"go":             {compiles, pattern(`build|install|generate|get|mod (?:download|vendor|tidy)`), answer.No},
	"cargo":          {compiles, pattern(flags + `(?:build|lambda|install|zigbuild)`), answer.Unknown},
	"mvn":            {compiles, nil, 0},
	"mvnw":           {compiles, nil, 0},
	"gradle":         {compiles, nil, 0},
	"gradlew":        {compiles, nil, 0},
	"dotnet":         {compiles, pattern(`build|publish|pack|restore|lambda package`), answer.Unknown},
	"javac":          {compiles, nil, 0},
	"gcc":            {compiles, nil, 0},
	"cc":             {compiles, nil, 0},
	"g++":            {compiles, nil, 0},
	"rustc":          {compiles, nil, 0},
	"tsc":            {compiles, nil, 0},
	"esbuild":        {compiles, nil, 0},
	"webpack":        {compiles, nil, 0},
	"rollup":         {compiles, nil, 0},
	"parcel":         {compiles, nil, 0},
	"tsup":           {compiles, nil, 0},
	"ncc":            {compiles, nil, 0},
	"swc":            {compiles, nil, 0},
	"babel":          {compiles, nil, 0},
	"vite":           {compiles, pattern(`build`), answer.Unknown},
	"make":           {builds, nil, 0},
	"cmake":          {builds, nil, 0},
	"ninja":          {builds, nil, 0},
	"bazel":          {builds, pattern(`build`), answer.Unknown},
	"just":           {builds, nil, 0},
	"sam":            {builds, pattern(flags + `(?:build|package)`), answer.Unknown},
	"zip":            {archives, nil, 0},
	"7z":             {archives, pattern(`a`), answer.No},
	"tar":            {archives, regexp.MustCompile(`^-?[a-zA-Z]*c|--create|^-\S+ .*-c`), answer.No},
	"jar":            {archives, pattern(`-?c\S*|--create`), answer.No},
	"docker":         {imageMade, pattern(flags + `(?:build|buildx build|buildx bake|image build|compose ` + flags + `build|builder build)`), answer.Unknown},
	"podman":         {imageMade, pattern(flags + `(?:build|image build)`), answer.Unknown},
	"buildah":        {imageMade, nil, 0},
	"nerdctl":        {imageMade, pattern(flags + `build`), answer.Unknown},
	"ko":             {imageMade, nil, 0},
	"pack":           {imageMade, pattern(`build`), answer.Unknown},
	"docker-compose": {imageMade, pattern(flags + `build`), answer.Unknown},
}

// harmless are programs that make no code, whatever their arguments are.
var harmless = []string{
	"git", "aws", "gcloud", "az", "kubectl", "pulumi", "terraform", "echo", "printf", "date", "whoami", "hostname", "uname",
	"cat", "ls", "which", "pwd", "env", "printenv", "test", "[", "true", "false", "cd", "set", "export", "head", "tail",
	"grep", "sed", "awk", "jq", "yq", "cut", "tr", "sort", "wc", "find", "sleep", "id", "openssl", "op", "sops", "gpg",
	"ssh-keygen", "dig", "nslookup", "ping", "basename", "dirname", "realpath", "readlink", "sha256sum", "md5sum", "shasum",
	"base64", "type", "command", "exit", "unzip", "dig", "host", "stat", "nproc", "tee", "diff", "ffprobe", "file",
}

// wrappers run the command that follows them and their own options.
var wrappers = []string{"sudo", "env", "nohup", "time", "nice", "exec", "command", "npx", "pnpx", "bunx", "xargs", "timeout", "uvx"}

// onFolders are commands that create, fill or delete the folders they name.
var onFolders = []string{"rm", "mkdir", "cp", "mv", "rsync", "ln", "install"}

// script matches the name of a script that probably builds something.
var script = regexp.MustCompile(`(?i)(^|[_.-])(build|package|bundle|compile|zip|install)[a-z]*([_.-]|$)`)

// judgeWords judges a single command, given as words.
func judgeWords(words []string, depth int) (what string, makes answer.Answer) {
	for len(words) > 0 && strings.Contains(words[0], "=") && !strings.Contains(words[0], "/") {
		words = words[1:] // an assignment before the command
	}
	if len(words) == 0 {
		return "", answer.No
	}
	if depth > maxShells || strings.Contains(words[0], fact.Hole) {
		return "runs a command that is not known", answer.Unknown
	}
	name := strings.TrimSuffix(path.Base(strings.ReplaceAll(words[0], `\`, "/")), ".exe")
	rest := words[1:]
	arguments := strings.Join(rest, " ")
	shown := strings.ReplaceAll(name+" "+strings.Join(rest[:min(2, len(rest))], " "), fact.Hole, "…")
	shown = strings.TrimSpace(shown)
	if len(rest) > 0 && (rest[0] == "--version" || rest[0] == "-v" || rest[0] == "-V" || rest[0] == "version") && len(rest) == 1 {
		return "", answer.No
	}
	if slices.Contains(wrappers, name) {
		for len(rest) > 0 && (strings.HasPrefix(rest[0], "-") || strings.Contains(rest[0], "=") || isNumber(rest[0])) {
			rest = rest[1:]
		}
		return judgeWords(rest, depth+1)
	}
	switch {
	case slices.Contains([]string{"sh", "bash", "zsh", "dash", "ash", "ksh", "cmd", "powershell", "pwsh"}, name):
		return judgeShellCall(rest, shown, depth)
	case pythonName.MatchString(name):
		return judgePython(rest, shown, depth)
	case pipName.MatchString(name):
		name = "pip"
	case slices.Contains(onFolders, name):
		if slices.ContainsFunc(rest, buildFolder.MatchString) {
			return "makes, fills or deletes a build folder (" + shown + ")", answer.Yes
		}
		return "runs " + shown, min(answer.Unknown, known(rest))
	case slices.Contains(harmless, name):
		return "", answer.No
	}
	t, ok := tools[name]
	switch {
	case ok && (t.when == nil || t.when.MatchString(arguments)):
		return t.verb + " (" + shown + ")", answer.Yes
	case ok && strings.Contains(arguments, fact.Hole):
		return "runs " + shown + ", of which not all is known", answer.Unknown
	case ok:
		return "runs " + shown, t.otherwise
	case script.MatchString(name):
		return "runs a build script (" + shown + ")", answer.Yes
	}
	return "runs " + shown + ", which may or may not make code", answer.Unknown
}

// known returns No if all words are known, and Unknown if one has a hole.
func known(words []string) answer.Answer {
	if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, fact.Hole) }) {
		return answer.Unknown
	}
	return answer.No
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789smhd.") == "" }

// judgeShellCall judges sh -c "text" and sh script.sh.
func judgeShellCall(rest []string, shown string, depth int) (string, answer.Answer) {
	for i, word := range rest {
		isText := strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c") || word == "/c" || word == "-Command"
		switch {
		case isText && i+1 < len(rest):
			if strings.TrimSpace(strings.Trim(rest[i+1], fact.Hole)) == "" {
				return "runs a shell command that is not known", answer.Unknown
			}
			return judgeShell(rest[i+1], depth+1)
		case !strings.HasPrefix(word, "-"):
			return judgeWords(rest[i:], depth+1)
		}
	}
	return "runs " + shown + ", whose input is not known", answer.Unknown
}

// judgePython judges python -m module and python script.py.
func judgePython(rest []string, shown string, depth int) (string, answer.Answer) {
	for i, word := range rest {
		switch {
		case word == "-m" && i+1 < len(rest):
			switch module := rest[i+1]; module {
			case "pip", "pipenv", "poetry", "uv":
				return judgeWords(rest[i+1:], depth+1)
			case "venv", "virtualenv", "build", "zipapp", "compileall", "PyInstaller", "nuitka":
				return builds + " (" + shown + ")", answer.Yes
			}
			return "runs " + shown + ", which may or may not make code", answer.Unknown
		case strings.HasSuffix(word, "setup.py"):
			return builds + " (" + shown + ")", answer.Yes
		case !strings.HasPrefix(word, "-"):
			return judgeWords(rest[i:], depth+1)
		}
	}
	return "runs " + shown + ", which may or may not make code", answer.Unknown
}
