package archive

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program returns the beginning of an executable for a machine.
func program(machine elf.Machine) string {
	header := make([]byte, 64)
	copy(header, elf.ELFMAG)
	header[elf.EI_CLASS], header[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	binary.LittleEndian.PutUint16(header[18:], uint16(machine))
	return string(header)
}

// judged compares a verdict with the expected one: "" for a correct archive, a
// part of what is wrong, or a part of the doubt after a question mark.
func judged(t *testing.T, want string, got Verdict) {
	t.Helper()
	doubt, isDoubt := strings.CutPrefix(want, "?")
	switch {
	case isDoubt:
		assert.Empty(t, got.Wrong)
		assert.NotEmpty(t, got.Doubt)
		assert.Contains(t, got.Doubt, doubt)
	case want == "":
		assert.Equal(t, Verdict{}, got)
	default:
		assert.Contains(t, got.Wrong, want)
		assert.NotEmpty(t, got.Fix)
		assert.Empty(t, got.Doubt)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	arm := program(elf.EM_AARCH64)
	for name, c := range map[string]struct {
		files []packed
		f     Function
		want  string
	}{
		"right":              {[]packed{{name: "bootstrap", content: arm, mode: 0o755}}, Function{}, ""},
		"other architecture": {[]packed{{name: "bootstrap", content: arm, mode: 0o755}}, Function{Architecture: "x86_64"}, "is built for arm64, and the function is x86_64"},
		"x86_64": {
			[]packed{{name: "bootstrap", content: program(elf.EM_X86_64), mode: 0o755}},
			Function{Architecture: "x86_64"},
			"",
		},
		"architecture not known": {[]packed{{name: "bootstrap", content: arm, mode: 0o755}}, Function{Architecture: "?"}, "?not known yet"},
		"a script":               {[]packed{{name: "bootstrap", content: "#!/bin/sh\n", mode: 0o755}}, Function{}, ""},
		"executable for others":  {[]packed{{name: "bootstrap", content: arm, mode: 0o511}}, Function{}, ""},
		"not executable":         {[]packed{{name: "bootstrap", content: arm, mode: 0o644}}, Function{}, "is not executable (its mode is 0644)"},
		"no modes":               {[]packed{{name: "bootstrap", content: arm}}, Function{}, "?no Unix modes"},
		"no modes, and wrong":    {[]packed{{name: "bootstrap", content: "MZ\x90"}}, Function{}, "is a Windows program"},
		"for macOS":              {[]packed{{name: "bootstrap", content: "\xcf\xfa\xed\xfe\x0c\x00", mode: 0o755}}, Function{}, "is a macOS program"},
		"text":                   {[]packed{{name: "bootstrap", content: "echo hello", mode: 0o755}}, Function{}, "neither a Linux executable"},
		"nothing":                {[]packed{{name: "bootstrap", mode: 0o755}}, Function{}, "is empty"},
		"32 bits":                {[]packed{{name: "bootstrap", content: program(elf.EM_386), mode: 0o755}}, Function{}, "?32 bits"},
		"another machine":        {[]packed{{name: "bootstrap", content: program(elf.EM_RISCV), mode: 0o755}}, Function{}, "neither x86_64 nor arm64"},
		"cut off":                {[]packed{{name: "bootstrap", content: arm[:10], mode: 0o755}}, Function{}, "neither a Linux executable"},
		"elsewhere": {
			[]packed{{name: "build/bootstrap", content: arm, mode: 0o755}},
			Function{},
			`has no "bootstrap" at its root, which runtime provided.al2023 starts; there is "build/bootstrap"`,
		},
		"missing, with a layer": {[]packed{{name: "main"}}, Function{Layers: true}, "?a layer may have it"},
		"a link": {
			[]packed{{name: "bootstrap", content: "bin/main", mode: 0o777 | fs.ModeSymlink}},
			Function{},
			"?is a link",
		},
		"twice": {
			[]packed{{name: "bootstrap", content: arm, mode: 0o755}, {name: "bootstrap", content: arm, mode: 0o644}},
			Function{},
			"?twice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.f.Runtime = "provided.al2023"
			switch c.f.Architecture {
			case "":
				c.f.Architecture = "arm64"
			case "?":
				c.f.Architecture = ""
			}
			judged(t, c.want, openedZip(t, c.files...).CheckHandler(c.f))
		})
	}
}

func TestABootstrapThatPulumiZips(t *testing.T) {
	t.Parallel()
	code, err := Open(assets(map[string]any{"bootstrap": text("#!/bin/sh")}), "", generous)
	require.NoError(t, err)
	judged(t, "?Pulumi zips without file modes", code.CheckHandler(Function{Runtime: "provided.al2"}))
}

func TestHandlersOfManagedRuntimes(t *testing.T) {
	t.Parallel()
	const py, js = "def handler(e, c): pass\n", "exports.handler = async () => {}\n"
	for name, c := range map[string]struct {
		runtime, handler, outside string
		files                     map[string]string
		want                      string
	}{
		"python":                           {"python3.13", "app.handler", "", map[string]string{"app.py": py}, ""},
		"python in a folder, dots":         {"python3.13", "src.app.handler", "", map[string]string{"src/app.py": py}, ""},
		"python in a folder, slash":        {"python3.13", "src/app.handler", "", map[string]string{"src/app.py": py}, ""},
		"python package":                   {"python3.13", "app.handler", "", map[string]string{"app/__init__.py": py}, ""},
		"a package hides a module":         {"python3.13", "app.handler", "", map[string]string{"app/__init__.py": "", "app.py": py}, `has no "handler" in app/__init__.py`},
		"python module missing":            {"python3.13", "app.handler", "", map[string]string{"src/app.py": py}, `has no "app.py" at its root, which handler "app.handler" names; there is "src/app.py"`},
		"python module only installed":     {"python3.13", "app.handler", "", map[string]string{"site-packages/app.py": py}, `which handler "app.handler" names`},
		"python function missing":          {"python3.13", "app.main", "", map[string]string{"app.py": py}, `has no "main" in app.py, as handler "app.main" asks for`},
		"python function missing, layer":   {"python3.13", "app.main", "layers", map[string]string{"app.py": py}, "has no"},
		"python module in a layer":         {"python3.13", "app.main", "layers", map[string]string{"x.py": py}, "?a layer may have it"},
		"python function missing, wrapper": {"python3.13", "app.main", "X is set", map[string]string{"app.py": py}, "?X is set"},
		"python module missing, wrapper":   {"python3.13", "main.handler", "X is set", map[string]string{"app.py": py}, "?X is set"},
		"python without a dot":             {"python3.13", "handler", "", map[string]string{"handler.py": py}, "does not have the form module.function"},
		"python ends in a dot":             {"python3.13", "handler.", "", map[string]string{"handler.py": py}, "does not have the form module.function"},
		"a wrapper without a dot":          {"python3.13", "run", "layers", map[string]string{"run": ""}, "?a layer may have it"},
		"python compiled":                  {"python3.13", "app.handler", "", map[string]string{"app.cpython-313-x86_64-linux-gnu.so": ""}, "?is compiled"},
		"python bytecode":                  {"python3.13", "app.handler", "", map[string]string{"app.pyc": ""}, "?is compiled"},
		"python bytecode of a package":     {"python3.13", "app.handler", "", map[string]string{"app/__init__.pyc": ""}, "?is compiled"},
		"python cached bytecode only":      {"python3.13", "app.handler", "", map[string]string{"__pycache__/app.cpython-313.pyc": ""}, `has no "app.py"`},
		"python too large":                 {"python3.13", "app.main", "", map[string]string{"app.py": py + strings.Repeat("# comment\n", 120_000)}, "?larger than 1 MB"},
		"backslashes":                      {"python3.13", "src.app.handler", "", map[string]string{`src\app.py`: py}, "?backslashes"},
		"a layer's own path":               {"nodejs22.x", "/opt/nodejs/dd/handler.handler", "", map[string]string{"a.js": js}, "?outside the archive"},
		"above the archive":                {"nodejs22.x", "a/../../b.handler", "", map[string]string{"a.js": js}, "?outside the archive"},
		"node":                             {"nodejs22.x", "index.handler", "", map[string]string{"index.js": js}, ""},
		"node in a folder":                 {"nodejs22.x", "dist/index.handler", "", map[string]string{"dist/index.js": js}, ""},
		"node module file":                 {"nodejs22.x", "index.handler", "", map[string]string{"index.mjs": "export const handler = async () => {}"}, ""},
		"node nested export":               {"nodejs22.x", "index.api.get", "", map[string]string{"index.cjs": "exports.api = {get: f}"}, ""},
		"node missing":                     {"nodejs22.x", "index.handler", "", map[string]string{"dist/index.js": js}, `has no "index.js" at its root, which handler "index.handler" names; there is "dist/index.js"`},
		"node export missing":              {"nodejs22.x", "index.main", "", map[string]string{"index.js": js}, `has no "main" in index.js`},
		"node without a dot":               {"nodejs22.x", "dist.d/index", "", map[string]string{"index.js": js}, "does not have the form file.export"},
		"TypeScript":                       {"nodejs22.x", "index.handler", "", map[string]string{"index.ts": ""}, "nodejs22.x does not run TypeScript"},
		"TypeScript, where it runs":        {"nodejs24.x", "index.handler", "", map[string]string{"index.ts": ""}, "?is TypeScript"},
		"a folder as module":               {"nodejs22.x", "index.handler", "", map[string]string{"index/index.js": js}, "?not examined"},
		"an installed module":              {"nodejs22.x", "wrap/handler.run", "", map[string]string{"wrap/node_modules/handler/index.js": js}, "?not examined"},
		"ruby":                             {"ruby3.3", "app.Handler.run", "", map[string]string{"app.rb": ""}, ""},
		"ruby missing":                     {"ruby3.3", "app.run", "", map[string]string{"main.rb": ""}, `has no "app.rb"`},
		"dotnet":                           {"dotnet8", "Thumb::Thumb.Function::Handle", "", map[string]string{"Thumb.dll": ""}, ""},
		"dotnet missing":                   {"dotnet8", "Thumb::Thumb.Function::Handle", "", map[string]string{"Thumbs.dll": ""}, `has no "Thumb.dll"`},
		"java":                             {"java21", "com.acme.Thumb::handle", "", map[string]string{"com/acme/Thumb.class": ""}, ""},
		"java 8":                           {"java8.al2", "com.acme.Thumb", "", map[string]string{"com/acme/Other.class": ""}, `has no "com/acme/Thumb.class"`},
		"java in a jar":                    {"java21", "com.acme.Thumb::handle", "", map[string]string{"lib/thumb.jar": ""}, "?jar files"},
		"an unknown runtime":               {"cobol85", "a.b", "", map[string]string{"a.cob": ""}, "?runtime cobol85"},
		"go1.x":                            {"go1.x", "main", "", map[string]string{"main": ""}, "?runtime go1.x"},
		"no handler":                       {"python3.13", "", "", map[string]string{"app.py": py}, "?no handler"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			members := map[string]any{}
			for file, content := range c.files {
				members[file] = text(content + " ")
			}
			code, err := Open(assets(members), "", generous)
			require.NoError(t, err)
			judged(t, c.want, code.CheckHandler(Function{
				Runtime: c.runtime, Handler: c.handler, Layers: c.outside == "layers", Environment: strings.TrimPrefix(c.outside, "layers"),
			}))
		})
	}
}

func TestSizeLimits(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for name, c := range map[string]struct {
		code Code
		want string
	}{
		"at the limits": {Code{Zip: 50 * mb, Entries: []Entry{{Size: 200 * mb}, {Size: 50 * mb}}}, ""},
		"zip over":      {Code{Zip: 51 * mb, Entries: []Entry{{Size: 60 * mb}}}, "is a zip file of 51.0 MB, over Lambda's limit of 50 MB for an upload"},
		"unzipped over": {Code{Zip: mb, Entries: []Entry{{Size: 200 * mb}, {Size: 51 * mb}}}, "is 251.0 MB unzipped, over Lambda's limit of 250 MB"},
		"sizes that would add up to less": {
			Code{Zip: mb, Entries: []Entry{{Size: 1<<63 - 1}, {Size: 1<<63 - 1}, {Size: 2}}},
			"over Lambda's limit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judged(t, c.want, c.code.CheckSize())
		})
	}
}

func TestPythonDefines(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]found{
		"def handler(event, context):\n    return 1\n":              yes,
		"async def handler(event, context):\n    return 1\n":        yes,
		"@tracer.capture\n@logger\ndef handler(e, c): pass":         yes,
		"class handler: pass":                                       yes,
		"handler = Mangum(app)":                                     yes,
		"a = handler = f":                                           yes,
		"handler: Callable[[int], str] = f":                         yes,
		"x = 1; handler = f":                                        yes,
		"from app.main import handler":                              yes,
		"from app.main import (\n  other,\n  handler\n)":            yes,
		"from app import main as handler":                           yes,
		"import handler":                                            yes,
		"\ufeffhandler = 1":                                         yes,
		"if True:\n    def handler(e, c): pass\n":                   yes,
		"try:\n\timport x\nexcept E:\n\tpass\nelse:\n\thandler = f": yes,
		"x = (1 +\n2)\r\nhandler = f\r\n":                           yes,
		"x = 1 + \\\n  2\nhandler = f":                              yes,
		"s = '''\n  (\n'''\nhandler = f":                            yes,
		"s = \"a # b\"\nhandler = f # c":                            yes,

		"": no,
		"def main(event, context):\n    return 1\n":          no,
		"# def handler(): pass\ndef main(): pass":            no,
		"'''\ndef handler(): pass\n'''\n":                    no,
		"def lambda_handler(e, c): pass":                     no,
		"class App:\n    def handler(self): pass\n":          no,
		"def main():\n    handler = f\n    return handler\n": no,
		"from handler import main":                           no,
		"from app import handler as main":                    no,
		"import app.handler":                                 no,
		"app.handler = f":                                    no,
		"def main(handler=1): pass":                          no,
		"@handler\ndef main(): pass":                         no,

		"from app.main import *":                              maybe,
		"globals()['hand' + 'ler'] = f":                       maybe,
		"def __getattr__(name): return f":                     maybe,
		"def setup():\n    global handler\n    handler = f\n": maybe,
		"import sys\nsys.modules[__name__] = App()":           maybe,
		"(a, handler) = f, g":                                 maybe,
		"a, handler = f, g":                                   maybe,
		"with open() as handler: pass":                        maybe,
		"run(handler=f)":                                      maybe,
		"handler: Callable":                                   maybe,
		"s = 'not closed\nhandler = f":                        maybe,
		"x = (1\ndef other(): pass":                           maybe,
		"x = 1)\n":                                            maybe,
		"s = '''not closed":                                   maybe,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, pythonDefines([]byte(source), "handler"))
		})
	}
}

func TestNodeExports(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]found{
		"exports.handler = async (event) => {}":                    yes,
		"module.exports.handler = f;":                              yes,
		"module.exports = {handler}":                               yes,
		"module.exports = {\n  a: 1,\n  handler: f,\n}":            yes,
		"module.exports = { async handler(e) {} }":                 yes,
		"exports['handler'] = f":                                   yes,
		"export const handler = async () => {}":                    yes,
		"export let handler = f":                                   yes,
		"export async function handler(e) {}":                      yes,
		"export function* handler() {}":                            yes,
		"export class handler {}":                                  yes,
		"const a = 1\nexport { a, handler }":                       yes,
		"export{x as handler}":                                     yes,
		"export { handler } from './app.js'":                       yes,
		"Object.defineProperty(exports, 'handler', {get: f})":      yes,
		"0 && (module.exports = {\n  handler\n});":                 yes,
		"__export(index_exports, {\n  handler: () => handler\n});": yes,
		"var i={};r(i,{handler:()=>c});module.exports=o(i);":       yes,
		"\"use strict\";\nexports.handler = void 0;":               yes,

		"":                              no,
		"exports.main = f":              no,
		"async function handler() {}\n": no,
		"async function handler() {}\nexports.main = () => handler()":                      no,
		"const handler = f\nexport default handler":                                        no,
		"export const main = f":                                                            no,
		"module.exports = {main, other}":                                                   no,
		"// exports.main is the handler\nexport {main}":                                    no,
		"/* exports\n handler */\nexports.main = f":                                        no,
		"exports.handlers = f":                                                             no,
		"Object.defineProperty(exports, \"__esModule\", {value: true});\nexports.main = f": no,

		"export * from './app.js'":                                maybe,
		"module.exports = require('./app')":                       maybe,
		"module.exports = {...app}":                               maybe,
		"module.exports = {main: {a: 1}}":                         maybe,
		"var app = module.exports = {};\napp['han' + 'dler'] = f": maybe,
		"Object.assign(exports, app)":                             maybe,
		"__exportStar(require('./app'), exports)":                 maybe,
		"for (const k in app) exports[k] = app[k]":                maybe,
		"export const {handler} = app":                            maybe,
		"export const a = 1, handler = f":                         maybe,
		"this.handler = f":                                        maybe,
		"eval(code)":                                              maybe,
		"export const h\\u0061ndler = f":                          maybe,
		"require('esm')(module)('./app')":                         maybe,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, nodeExports([]byte(source), "handler"))
		})
	}
	assert.Equal(t, yes, nodeExports([]byte("export default async () => {}"), "default"))
}

func FuzzSourceReaders(f *testing.F) {
	f.Add([]byte("def handler(e, c):\n\treturn '''x'''\n"))
	f.Add([]byte("module.exports = {handler}; export const {a} = b"))
	f.Add(bytes.Repeat([]byte("(["), 1000))
	f.Add([]byte("x = '\\"))
	f.Fuzz(func(t *testing.T, source []byte) {
		const name = "name_that_is_nowhere"
		assert.NotEqual(t, yes, pythonDefines(source, name))
		assert.NotEqual(t, yes, nodeExports(source, name))
		assert.NotEqual(t, no, nodeExports(append([]byte("exports."+name+" = 1;\n"), source...), name))
		assert.Equal(t, yes, pythonDefines(append([]byte(name+" = 1\n"), "pass\n"...), name))
	})
}
