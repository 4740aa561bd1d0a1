package archive

import (
	"bytes"
	"regexp"
	"strings"
)

// nodeExports reports whether a JavaScript file exports name. The answer is no
// only if every mention of exports is understood and none has the name.
func nodeExports(source []byte, name string) found {
	if bytes.Contains(source, []byte(name)) {
		for _, form := range exportForms(name) {
			if form.Match(source) {
				return yes
			}
		}
	}
	code := lineComments.ReplaceAll(source, nil)
	code = blockComments.ReplaceAll(code, nil)
	if opaque.Match(code) || furtherNames(name).Match(code) {
		return maybe
	}
	// What is understood is removed; what still mentions exports then is not understood.
	code = plainExports.ReplaceAll(code, nil)
	code = exportLists.ReplaceAllFunc(code, func(list []byte) []byte {
		if list[0] == '=' || bytes.Contains(list, []byte(name)) || bytes.Contains(list, []byte("...")) {
			return list
		}
		return nil
	})
	if exportWord.Match(code) {
		return maybe
	}
	return no
}

var (
	// Only a comment at the beginning of a line cannot be a part of a string or
	// of a regular expression.
	lineComments  = regexp.MustCompile(`(?m)^[ \t]*//.*$`)
	blockComments = regexp.MustCompile(`(?ms)^[ \t]*/\*.*?\*/`)

	// opaque matches the ways to export that reading the text cannot follow.
	opaque = regexp.MustCompile(`\beval\b|\bmodule\s*\[|\(\s*module\s*[,)]|\bFunction\s*\(|\\u|` +
		`\bexport\s*\*|\bObject\.assign\(\s*this\b`)

	// plainExports matches the export of one other name, and the mark of
	// compiled modules.
	plainExports = regexp.MustCompile(`(?:\bmodule\s*\.\s*)?\bexports\s*\.\s*[\w$]+|` +
		`\bexport\s+(?:default\b|(?:async\s+)?function\b|class\b|(?:const|let|var)\s+[\w$]+\s*=)|` +
		`Object\.defineProperty\(\s*exports\s*,\s*["']__esModule["']`)

	// exportLists matches exports of several names at once, with nothing nested.
	// One that begins with = is assigned to another name, too, which may get
	// more members.
	exportLists = regexp.MustCompile(`(?:=\s*)?\bmodule\s*\.\s*exports\s*=\s*\{[^{}()]*\}|\bexport\s*\{[^{}]*\}`)

	exportWord = regexp.MustCompile(`\bexports?\b|__export`)
)

// furtherNames returns an expression that finds name where it may be a later
// one of the names that a declaration exports, or a property of the exports
// themselves.
func furtherNames(name string) *regexp.Regexp {
	n := regexp.QuoteMeta(name)
	return regexp.MustCompile(`\bexport\s+(?:const|let|var)\s[^;]*,\s*` + n + `\s*=|\bthis\s*\.\s*` + n)
}

// exportForms returns expressions for the ways in which a file visibly exports
// name, including those of bundlers.
func exportForms(name string) []*regexp.Regexp {
	n := regexp.QuoteMeta(name)
	end := `(?:[^\w$]|$)`
	forms := []string{
		`\bexports\s*\.\s*` + n + end,
		`\bexports\s*\[\s*["'` + "`" + `]` + n + `["'` + "`" + `]`,
		`\bexport\s+(?:async\s+)?function\s*\*?\s*` + n + end,
		`\bexport\s+(?:const|let|var|class)\s+` + n + end,
		`\bexport\s*\{[^{}]*\b` + n + `\s*[,}]`,
		`\bmodule\s*\.\s*exports\s*=\s*\{[^{}]*\b` + n + `\s*[,}:(]`,
		`\bdefineProperty\(\s*exports\s*,\s*["']` + n + `["']`,
		// __export(exports, {name: () => value}), under any name
		`[{,]\s*["']?` + n + `["']?\s*:\s*\(\)\s*=>`,
	}
	if name == "default" {
		forms = append(forms, `\bexport\s+default\b`)
	}
	compiled := make([]*regexp.Regexp, len(forms))
	for i, form := range forms {
		compiled[i] = regexp.MustCompile(form)
	}
	return compiled
}

// nodeModule splits a handler into the path of its module without an extension,
// and the name that the module must export.
func nodeModule(handler string) (module, export string, ok bool) {
	folder, file := "", handler
	if at := strings.LastIndexByte(handler, '/'); at >= 0 {
		folder, file = handler[:at+1], handler[at+1:]
	}
	file, export, ok = strings.Cut(file, ".")
	// Of a.b.c, the runtime takes c from what module a exports as b.
	export, _, _ = strings.Cut(export, ".")
	return folder + file, export, ok && file != "" && export != ""
}
