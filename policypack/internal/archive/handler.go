package archive

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Lambda's limits, in bytes, as GetAccountSettings returns them for every
// account: CodeSizeZipped, for code that is uploaded directly, and
// CodeSizeUnzipped, which includes the function's layers.
const (
	maxZipped   = 50 << 20
	maxUnzipped = 250 << 20
)

// maxSource is how many bytes of a source file are read: 1 MB. The file of a
// handler is far smaller, unless a bundler wrote it.
const maxSource = 1 << 20

// Function is what a function's arguments state about its code.
type Function struct {
	// Runtime and Handler are the arguments of the same names.
	Runtime, Handler string
	// Architecture is x86_64 or arm64, or empty if it is not known.
	Architecture string
	// Layers indicates whether the function has layers, or may have them.
	Layers bool
	// Environment is why the function's environment may change what is started,
	// such as "X is set", or empty.
	Environment string
}

// isProvided reports whether the function's own executable is its runtime.
func (f Function) isProvided() bool {
	return f.Runtime == "provided" || strings.HasPrefix(f.Runtime, "provided.")
}

// otherPlace returns why what the archive lacks may be elsewhere, or "".
func (f Function) otherPlace() string {
	if f.Layers {
		return "a layer may have it"
	}
	return f.Environment
}

// Verdict is one answer about an archive. If neither Wrong nor Doubt is set,
// the archive is right.
type Verdict struct {
	// Wrong completes a sentence that begins with "the code of" the function, and
	// Fix describes what to do about it.
	Wrong, Fix string
	// Doubt is why there is no answer.
	Doubt string
}

// CheckSize checks whether Lambda accepts an archive of this size.
func (c *Code) CheckSize() Verdict {
	const fix = "leave out what the function does not use, move it to a layer, or deploy a container image"
	if unzipped := c.unzipped(); unzipped > maxUnzipped {
		return Verdict{Wrong: fmt.Sprintf("is %.1f MB unzipped, over Lambda's limit of %d MB",
			float64(unzipped)/(1<<20), maxUnzipped>>20), Fix: fix}
	}
	if c.Zip > maxZipped {
		return Verdict{
			Wrong: fmt.Sprintf("is a zip file of %.1f MB, over Lambda's limit of %d MB for an upload",
				float64(c.Zip)/(1<<20), maxZipped>>20),
			Fix: "leave out what the function does not use, or upload the zip to S3 and set s3Bucket and s3Key",
		}
	}
	return Verdict{}
}

// CheckHandler checks whether the archive contains what the function's runtime starts.
func (c *Code) CheckHandler(f Function) Verdict {
	family := strings.TrimRight(f.Runtime, "0123456789.x")
	switch {
	case f.isProvided():
		return c.checkBootstrap(f)
	case f.Handler == "":
		return Verdict{Doubt: "it has no handler"}
	case strings.HasPrefix(f.Handler, "/") || strings.HasPrefix(f.Handler, ".") || strings.Contains(f.Handler, ".."):
		return Verdict{Doubt: "its handler is outside the archive"}
	case family == "python":
		return c.checkPython(f)
	case family == "nodejs":
		return c.checkNode(f)
	case family == "ruby":
		file, _, _ := strings.Cut(f.Handler, ".")
		return c.checkPresent(f, file+".rb", "")
	case family == "dotnet":
		assembly, _, _ := strings.Cut(f.Handler, "::")
		return c.checkPresent(f, assembly+".dll", "")
	case family == "java" || strings.HasPrefix(f.Runtime, "java8"):
		return c.checkJava(f)
	}
	return Verdict{Doubt: "how runtime " + f.Runtime + " finds its handler is not known"}
}

func (c *Code) checkPython(f Function) Verdict {
	at := strings.LastIndexByte(f.Handler, '.')
	if at <= 0 || at == len(f.Handler)-1 {
		return malformed(f, "module.function")
	}
	function := f.Handler[at+1:]
	module := strings.ReplaceAll(f.Handler[:at], ".", "/")
	for _, name := range []string{module + "/__init__.py", module + ".py"} {
		if file, ok := c.file(name); ok {
			return c.checkSource(f, file, function, pythonDefines,
				"define "+function+" at the top level of "+name+", or name the function that is there")
		}
	}
	for _, e := range c.Entries {
		compiled := strings.HasSuffix(e.Name, ".so") || strings.HasSuffix(e.Name, ".pyc")
		if compiled && (strings.HasPrefix(e.Name, module+".") || strings.HasPrefix(e.Name, module+"/__init__.")) {
			return Verdict{Doubt: quote(e.Name) + " is compiled"}
		}
	}
	return c.missing(f, module+".py", "")
}

func (c *Code) checkNode(f Function) Verdict {
	module, export, ok := nodeModule(f.Handler)
	if !ok {
		return malformed(f, "file.export")
	}
	version, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(f.Runtime, "nodejs"), ".x"))
	for _, ending := range []string{"", ".js", ".mjs", ".cjs"} {
		if file, ok := c.file(module + ending); ok {
			return c.checkSource(f, file, export, nodeExports,
				"export "+export+" from "+file.Name+", or name the export that is there")
		}
	}
	for _, ending := range []string{".ts", ".mts", ".cts"} {
		// From Node.js 24 on, the runtime runs TypeScript unchanged.
		if _, ok := c.file(module + ending); ok && version >= 24 {
			return Verdict{Doubt: quote(module+ending) + " is TypeScript"}
		}
	}
	// These are the files that require finds, by the rules of Node.js.
	folder, file := path.Split(module)
	for _, e := range c.Entries {
		for _, place := range []string{
			module + "/", module + ".json", module + ".node",
			"node_modules/" + file, folder + "node_modules/" + file,
		} {
			if strings.HasPrefix(e.Name, place) {
				return Verdict{Doubt: "whether " + quote(e.Name) + " exports the handler is not examined"}
			}
		}
	}
	hint := ""
	if _, ok := c.file(module + ".ts"); ok {
		hint = module + ".ts is there, and " + f.Runtime + " does not run TypeScript"
	}
	return c.missing(f, module+".js", hint)
}

func (c *Code) checkJava(f Function) Verdict {
	class, _, _ := strings.Cut(f.Handler, "::")
	for _, e := range c.Entries {
		if strings.HasSuffix(e.Name, ".jar") {
			return Verdict{Doubt: "jar files inside the archive are not examined"}
		}
	}
	return c.checkPresent(f, strings.ReplaceAll(class, ".", "/")+".class", "")
}

// checkBootstrap judges the executable that custom runtimes start.
func (c *Code) checkBootstrap(f Function) Verdict {
	const name = "bootstrap"
	e, ok := c.file(name)
	if !ok {
		return c.missing(f, name, "")
	}
	if len(c.files[name]) > 1 || e.Mode&fs.ModeSymlink != 0 {
		return Verdict{Doubt: "bootstrap occurs twice, or is a link"}
	}
	content, err := c.Head(e, 64)
	if err != nil {
		return Verdict{Doubt: err.Error()}
	}
	wrong, doubt := wrongExecutable(content, f.Architecture)
	switch {
	case wrong != "":
		return Verdict{Wrong: "has a bootstrap that " + wrong, Fix: buildFor(f.Architecture)}
	case doubt != "":
		return Verdict{Doubt: "bootstrap " + doubt}
	case !e.HasMode && c.Zip == 0:
		// Files of such zips used not to be executable, and may be now.
		return Verdict{Doubt: "Pulumi zips without file modes, so it is up to Lambda whether bootstrap is executable; " +
			"a zip file made in advance keeps them"}
	case !e.HasMode:
		return Verdict{Doubt: "the zip has no Unix modes, so it is up to Lambda whether bootstrap is executable"}
	case e.Mode&0o111 == 0:
		return Verdict{
			Wrong: fmt.Sprintf("has a bootstrap that is not executable (its mode is %04o)", e.Mode.Perm()),
			Fix:   "give bootstrap the mode 0755 before it is zipped",
		}
	case f.Architecture == "" && isELF(content):
		return Verdict{Doubt: "its architecture is not known yet"}
	}
	return Verdict{}
}

func isELF(content []byte) bool { return bytes.HasPrefix(content, []byte(elf.ELFMAG)) }

// wrongExecutable returns why Linux on the architecture does not start a file
// that begins with content, or why that is not certain. An empty architecture
// stands for any.
func wrongExecutable(content []byte, architecture string) (wrong, doubt string) {
	switch {
	case bytes.HasPrefix(content, []byte("#!")):
		return "", ""
	case len(content) == 0:
		return "is empty", ""
	case bytes.HasPrefix(content, []byte("MZ")):
		return "is a Windows program", ""
	case slices.ContainsFunc([]string{"\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe"}, func(magic string) bool {
		return bytes.HasPrefix(content, []byte(magic))
	}):
		return "is a macOS program", ""
	case !isELF(content) || len(content) < 20:
		return "is neither a Linux executable (ELF) nor a script that begins with #!", ""
	case content[elf.EI_DATA] == byte(elf.ELFDATA2MSB):
		return "is built for a big-endian processor", ""
	}
	machine := elf.Machine(binary.LittleEndian.Uint16(content[18:]))
	built, known := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "arm64"}[machine]
	switch {
	case machine == elf.EM_386 || machine == elf.EM_ARM: // 64-bit kernels can run these
		return "", "is built for 32 bits (" + machine.String() + ")"
	case !known:
		return "is built for neither x86_64 nor arm64 (" + machine.String() + ")", ""
	case architecture != "" && built != architecture:
		return "is built for " + built + ", and the function is " + architecture, ""
	}
	return "", ""
}

func buildFor(architecture string) string {
	if architecture == "" {
		architecture = "the function's architecture"
	}
	return "build bootstrap for Linux on " + architecture + " (in Go, GOOS=linux with the right GOARCH)"
}

// checkPresent judges a handler by its file alone.
func (c *Code) checkPresent(f Function, name, hint string) Verdict {
	if _, ok := c.file(name); ok {
		return Verdict{}
	}
	return c.missing(f, name, hint)
}

// checkSource checks whether a source file defines the name in the handler.
func (c *Code) checkSource(
	f Function, file Entry, name string, defines func(source []byte, name string) found, fix string,
) Verdict {
	if len(c.files[file.Name]) > 1 || file.Mode&fs.ModeSymlink != 0 {
		return Verdict{Doubt: quote(file.Name) + " occurs twice, or is a link"}
	}
	source, err := c.Head(file, maxSource+1)
	if err != nil {
		return Verdict{Doubt: err.Error()}
	}
	if len(source) > maxSource {
		return Verdict{Doubt: quote(file.Name) + " is larger than 1 MB"}
	}
	switch answer := defines(source, name); {
	case answer == yes:
		return Verdict{}
	case f.Environment != "": // layers do not come before the function's own files
		return Verdict{Doubt: quote(name) + " is not in " + quote(file.Name) + ", and " + f.Environment}
	case answer == maybe:
		return Verdict{Doubt: "whether " + quote(file.Name) + " has " + quote(name) + " is not clear from its text"}
	}
	return Verdict{
		Wrong: "has no " + quote(name) + " in " + file.Name + ", as handler " + quote(f.Handler) + " asks for",
		Fix:   fix,
	}
}

// missing returns the verdict on a file that does not exist; hint is what is
// known about the reason.
func (c *Code) missing(f Function, name, hint string) Verdict {
	if elsewhere := f.otherPlace(); elsewhere != "" {
		return Verdict{Doubt: quote(name) + " is not in the archive, and " + elsewhere}
	}
	for _, e := range c.Entries {
		if strings.ReplaceAll(e.Name, `\`, "/") == name {
			return Verdict{Doubt: "its names have backslashes, which not every unzip program treats as folders"}
		}
		if hint == "" && !e.Folder && strings.HasSuffix(e.Name, "/"+name) && !isInstalled(e.Name) {
			hint = "there is " + quote(e.Name)
		}
	}
	wrong := "has no " + quote(name)
	if path.Base(name) == name {
		wrong += " at its root"
	}
	if f.Handler != "" && name != "bootstrap" {
		wrong += ", which handler " + quote(f.Handler) + " names"
	} else {
		wrong += ", which runtime " + f.Runtime + " starts"
	}
	if hint != "" {
		wrong += "; " + hint
	}
	return Verdict{Wrong: wrong, Fix: "put " + quote(name) + " there when the archive is built" + orRename(name)}
}

func orRename(name string) string {
	if name == "bootstrap" {
		return ""
	}
	return ", or set handler to the file that is there"
}

func malformed(f Function, form string) Verdict {
	if elsewhere := f.otherPlace(); elsewhere != "" {
		return Verdict{Doubt: "its handler does not have the form " + form + ", and " + elsewhere}
	}
	return Verdict{
		Wrong: "cannot be started: handler " + quote(f.Handler) + " does not have the form " + form,
		Fix:   "set handler to " + form,
	}
}
