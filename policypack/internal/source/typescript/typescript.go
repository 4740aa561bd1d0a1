// Package typescript is the front end for TypeScript and JavaScript: it lowers source to the common form, resolves
// imports (ES modules, CommonJS, dynamic), and knows what functions of the standard library do with their arguments.
// Package eval does the rest.
//
// Functions are qualified with their module, however it is imported: "@pulumi/aws.s3.Bucket" also for one from
// "@pulumi/aws/s3", "fs.promises.rm" also for one from "fs/promises", and "child_process.exec" also for one from
// "node:child_process" and for the result of util.promisify. A property of an object that a call created counts as the
// result of a call with that name, such as "@aws-sdk/client-s3.S3Client().send().Body".
//
// It does not follow tsconfig's path mappings, computed names, generators and decorators.
package typescript

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/lower"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Endings are the extensions of the files that are read, in the order in which an import without an extension tries
// them.
var Endings = []string{".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"}

// Read returns the facts of the entry files and of the files in the tree that they import.
//
// Calls in functions that Pulumi turns into a Lambda function (callbacks of events and of aws.lambda.CallbackFunction)
// are left out: they do not run in the program.
func Read(t *tree.Tree, r fact.Request) fact.Facts { return eval.Read(t, r, language) }

var language = &eval.Language{
	Name: fact.TypeScript,
	Title: func(file string) string {
		if slices.Contains([]string{".ts", ".tsx", ".mts", ".cts"}, strings.ToLower(path.Ext(file))) {
			return "TypeScript"
		}
		return "JavaScript"
	},
	Grammar: grammar,
	Scan:    scan,
	ScanOn:  true,
	Targets: func(e *eval.Evaluator, f *form.File, i *form.ImportOf) []string {
		if name := resolve(e.Tree(), f.Name, i.Module); name != "" {
			return []string{name}
		}
		return nil
	},
	Import:      importOf,
	Export:      export,
	Lazy:        lazy,
	Free:        free,
	Join:        join,
	Changes:     changes,
	Fills:       []string{"Object.assign"},
	Typed:       withType,
	Cast:        casted,
	Instance:    instance,
	Constructor: "constructor",
	Callback:    callback,
	Remote:      serializes,
	Wraps:       func(*form.Node) bool { return false },
}

// An initializer would be a cycle: the known functions call the evaluator, which looks them up.
func init() {
	language.Lower = lowerFile
	language.Ops, language.Methods = operations(), methods()
}

// grammar returns the grammar of a file.
func grammar(name string) syntax.Language {
	if slices.Contains([]string{".ts", ".mts", ".cts"}, path.Ext(name)) {
		// In these files <T>x is a cast, in the others a JSX element.
		return syntax.TypeScript
	}
	return syntax.TSX
}

func lowerFile(e *eval.Evaluator, f *form.File, root *syntax.Node) {
	l := &lowerer{
		entry: slices.Contains(e.Entry, f.Name), ownRequire: ownRequire.Match(f.Src),
		unchecked: map[int]bool{}, aliases: map[string]*syntax.Node{},
	}
	l.Base = lower.Base{File: f, Lower: l.lower}
	f.Checked = strings.Contains(path.Ext(f.Name), "ts")
	f.Exports = &form.Scope{File: f, Names: map[string]*form.Binding{}}
	l.prepare(root)
	f.Root = l.At(form.Block, root)
	f.Root.Start, f.Root.End = 0, len(f.Src)
	f.Root.List = append(l.All(root.NamedChildren()), l.late...)
}

// prepare records the type aliases and the comments that are directives for the compiler.
func (l *lowerer) prepare(root *syntax.Node) {
	code := false
	root.Walk(func(n *syntax.Node) bool {
		switch {
		case n.Kind == "type_alias_declaration":
			l.aliases[l.Text(n.Child("name"))] = n.Child("value")
		case n.Kind != "comment":
			code = code || len(n.Children) == 0 && n.End > n.Start
		default:
			text := l.Text(n)
			words := strings.Fields(strings.TrimLeft(text, "/* "))
			if len(words) == 0 {
				break
			}
			switch words[0] {
			case "@ts-ignore", "@ts-expect-error":
				l.unchecked[n.Line+strings.Count(text, "\n")+1] = true
			case "@ts-nocheck":
				l.File.Checked = l.File.Checked && code
			case "@ts-check":
				l.File.Checked = l.File.Checked || !code
			}
		}
		return true
	})
}

// free returns what a name that the file does not declare refers to.
func free(e *eval.Evaluator, f *form.File, name string) eval.Ref {
	if e.Fragment() && f.Bare {
		if meaning, ok := usual[name]; ok {
			return eval.Ref{Name: meaning}
		}
	}
	return eval.Ref{Name: name}
}

// handlerExport is a cheap test for a file that may export a function named handler.
var handlerExport = regexp.MustCompile(
	`(?s)export\s+(async\s+)?(const|let|var|function\*?)\s+handler\b|exports\.handler\b|exports\s*=\s*\{.*\bhandler\b|export\s*\{[^}]*\bhandler\b`)

// Handlers returns the files in subfolders of the tree that look like Lambda handlers, sorted: they export a handler
// and are neither tests nor part of a Pulumi program.
func Handlers(t *tree.Tree) []string {
	e := eval.New(t, fact.Request{}, language)
	var handlers []string
	for _, name := range t.Files() {
		if !strings.Contains(name, "/") || isTest(name) || strings.Contains(name, ".d.") || !slices.Contains(Endings, path.Ext(name)) {
			continue
		}
		if src := t.Read(name); src == nil || !handlerExport.Match(src) {
			continue
		}
		f := e.File(name)
		if f == nil || slices.ContainsFunc(f.Imports, func(n *form.Node) bool { return strings.HasPrefix(n.Import.Module, "@pulumi/") }) {
			continue
		}
		if f.Exports.Names["handler"] != nil || !e.ModuleMember(&eval.Module{Path: name, File: name}, "handler").Unknown() {
			handlers = append(handlers, name)
		}
	}
	return handlers
}

// isTest reports whether a file has one of the names that test runners look for.
func isTest(name string) bool {
	base := path.Base(name)
	if strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") {
		return true
	}
	return slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool {
		return slices.Contains([]string{"__tests__", "__mocks__", "test", "tests"}, dir)
	})
}

// usual maps names to their meaning in most programs, for a fragment without imports.
var usual = map[string]string{ //nolint:gosec // they are names, no credentials
	"aws":                    "@pulumi/aws",
	"pulumi":                 "@pulumi/pulumi",
	"command":                "@pulumi/command",
	"docker":                 "@pulumi/docker",
	"child_process":          "child_process",
	"childProcess":           "child_process",
	"cp":                     "child_process",
	"exec":                   "child_process.exec",
	"execFile":               "child_process.execFile",
	"execFileSync":           "child_process.execFileSync",
	"execSync":               "child_process.execSync",
	"spawn":                  "child_process.spawn",
	"spawnSync":              "child_process.spawnSync",
	"promisify":              "util.promisify",
	"util":                   "util",
	"fs":                     "fs",
	"fsp":                    "fs.promises",
	"os":                     "os",
	"path":                   "path",
	"archiver":               "archiver",
	"AdmZip":                 "adm-zip",
	"JSZip":                  "jszip",
	"esbuild":                "esbuild",
	"webpack":                "webpack",
	"stream":                 "stream",
	"PassThrough":            "stream.PassThrough",
	"Readable":               "stream.Readable",
	"sharp":                  "sharp",
	"s3":                     "@aws-sdk/client-s3.S3Client()",
	"s3Client":               "@aws-sdk/client-s3.S3Client()",
	"client":                 "@aws-sdk/client-s3.S3Client()",
	"S3Client":               "@aws-sdk/client-s3.S3Client",
	"PutObjectCommand":       "@aws-sdk/client-s3.PutObjectCommand",
	"GetObjectCommand":       "@aws-sdk/client-s3.GetObjectCommand",
	"Upload":                 "@aws-sdk/lib-storage.Upload",
	"AWS":                    "aws-sdk",
	"createReadStream":       "fs.createReadStream",
	"createWriteStream":      "fs.createWriteStream",
	"BucketNotification":     "@pulumi/aws.s3.BucketNotification",
	"BucketNotificationArgs": "@pulumi/aws.s3.BucketNotificationArgs",
}
