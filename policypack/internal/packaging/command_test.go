package packaging

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

func TestACommandIsJudgedByWhatItMakes(t *testing.T) {
	t.Parallel()
	// An underscore stands for a part that is not known.
	tests := map[answer.Answer][]string{
		answer.Yes: {
			"pip install -t build -r requirements.txt",
			"pip3.12 install --target _ requests",
			"python -m pip install requests",
			"/usr/bin/python3 -m pip install x",
			"python setup.py bdist_wheel",
			"npm ci --omit=dev",
			"npm --prefix _ install",
			"npm run build",
			"npm run build:lambda",
			"yarn",
			"yarn install --frozen-lockfile",
			"pnpm run package",
			"npx esbuild src/index.ts --bundle --outfile=dist/index.js",
			"npx --yes esbuild src/index.ts",
			"tsc -p lambda",
			"GOOS=linux GOARCH=arm64 go build -o bootstrap ./lambda",
			"env GOOS=linux go build ./lambda",
			"cd lambda && npm ci",
			"cd _ && zip -r ../function.zip .",
			"(cd lambda; zip -r ../f.zip .)",
			"sh -c 'cd lambda && pip install -t . x'",
			"bash -lc \"go build ./...\"",
			"docker build -t _ .",
			"docker buildx build --push .",
			"docker --context x build .",
			"docker compose -f c.yaml build",
			"make",
			"make lambda",
			"tar czf function.tar.gz lambda",
			"tar -czf function.tar.gz lambda",
			"tar --create --file x lambda",
			"./build.sh",
			"bash scripts/package-lambda.sh",
			"rm -rf build && mkdir -p build",
			"cp -r src/. dist/",
			"cargo lambda build --release",
			"mvn -q package",
			"./gradlew shadowJar",
			"sudo pip install x",
			"if true; then npm ci; fi",
			"echo $(pip install x)",
			"git rev-parse HEAD; make",
			"timeout 60 make",
		},
		answer.No: {
			"git rev-parse HEAD",
			"git describe --tags --always",
			"aws sts get-caller-identity",
			"echo 'pip install x'",
			"cat build.sh",
			"node --version",
			"go version",
			"go env GOPATH",
			"go list -m",
			"tar tzf function.tar.gz",
			"tar -xzf function.tar.gz",
			"pip --version",
			"pip freeze",
			"mkdir -p logs",
			"rm -f state.lock",
			"unzip -l build/function.zip",
			"date +%s | tr -d '\\n'",
			"X=1",
			"",
		},
		answer.Unknown: {
			"_",
			"_ install",
			"./deploy.sh",
			"python scripts/configure.py",
			"node tools/seed.js",
			"sh -c _",
			"bash",
			"npm run _",
			"npm run lint",
			"docker run --rm _ sh -c _",
			"mkdir -p _",
			"rm -rf _",
			"git status && ./x",
			"echo 'unfinished",
			"curl -o x https://example.com/x",
		},
	}
	for want, commands := range tests {
		for _, command := range commands {
			t.Run(command, func(t *testing.T) {
				t.Parallel()
				text := strings.ReplaceAll(command, "_", fact.Hole)
				what, got := judgeCommand(fact.Value{Kind: fact.Text, Text: text}, true)
				assert.Equal(t, want, got, what)
				if got != answer.No {
					assert.NotEmpty(t, what)
					assert.NotContains(t, what, fact.Hole)
				}
			})
		}
	}
}

func TestACommandThatIsAListIsItsWords(t *testing.T) {
	t.Parallel()
	list := func(open bool, words ...string) fact.Value {
		v := fact.Value{Kind: fact.List, Open: open}
		for _, w := range words {
			v.Items = append(v.Items, fact.Value{Kind: fact.Text, Text: w})
		}
		return v
	}
	tests := map[string]struct {
		command fact.Value
		want    answer.Answer
	}{
		"a maker":                            {list(false, "pip", "install", "x; true"), answer.Yes},
		"a maker whose arguments go on":      {list(true, "pip", "install"), answer.Yes},
		"an option that is not known":        {list(true, "pip"), answer.Unknown},
		"words are not split":                {list(false, "pip install x"), answer.Unknown},
		"harmless":                           {list(false, "git", "log", "pip", "install"), answer.No},
		"nothing":                            {list(false), answer.No},
		"nothing known":                      {list(true), answer.Unknown},
		"a shell's text":                     {list(false, "sh", "-c", "zip -r a.zip ."), answer.Yes},
		"shells in shells without end":       {list(false, "env", "env", "env", "env", "env", "env", "make"), answer.Unknown},
		"a value that is no text":            {fact.Value{Kind: fact.Result}, answer.Unknown},
		"an item that is no text":            {fact.Value{Kind: fact.List, Items: []fact.Value{{}}}, answer.Unknown},
		"the path of a program with a space": {list(false, `C:\Program Files\nodejs\npm.exe`, "ci"), answer.Yes},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			what, got := judgeCommand(test.command, false)
			assert.Equal(t, test.want, got, what)
		})
	}
}

func FuzzJudgeShell(f *testing.F) {
	f.Add("cd x && pip install -t . y")
	f.Add("sh -c 'sh -c \"sh -c make\"'")
	f.Fuzz(func(t *testing.T, text string) {
		what, makes := judgeShell(text, 0)
		if makes != answer.No {
			assert.NotEmpty(t, what)
		}
	})
}
