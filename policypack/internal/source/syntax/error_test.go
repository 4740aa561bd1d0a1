package syntax_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

func TestTheFirstErrorOfPythonIsFound(t *testing.T) {
	t.Parallel()
	after := strings.Repeat("b = aws.s3.Bucket(\"b\", tags={\"a\": \"b\"})\nif b:\n    x = [1, 2]\n", 100)
	for src, want := range map[string]syntax.Error{
		"import a\nb = a.c(\"x\"\n" + after:        {Line: 2, Column: 8, Text: "this bracket is never closed"},
		"x = [1, 2)\n" + after:                     {Line: 1, Column: 10, Text: "this bracket closes none that is open"},
		"# it's\nx = 'abc\n" + after:               {Line: 2, Column: 5, Text: "this string does not end"},
		"y = '''(\n'''\nx = \"\"\"abc\n" + "y = 1": {Line: 3, Column: 5, Text: "this string does not end"},
	} {
		got, ok := syntax.FirstError(syntax.Python, []byte(src), time.Minute)
		assert.True(t, ok, src)
		assert.Equal(t, want.Line, got.Line, src)
		assert.Equal(t, want.Column, got.Column, src)
		assert.Equal(t, want.Text, got.Text, src)
	}
	for src, line := range map[string]int{"x = = 1\n": 1, "retrun x\n": 1, after + "retrun x\n": 301} {
		got, ok := syntax.FirstError(syntax.Python, []byte(src), time.Minute)
		assert.True(t, ok, src)
		assert.Equal(t, line, got.Line, src)
	}
}

func TestTheFirstErrorOfTypeScriptIsFound(t *testing.T) {
	t.Parallel()
	for src, line := range map[string]int{
		"const a = 1;\nconst b = f({a: 1;\n":  2,
		"const a = 1;\nconst = 2;\nlet c;\n":  2,
		"import * as a from \"a\"\nlet x = ;": 2,
	} {
		for _, lang := range []syntax.Language{syntax.TypeScript, syntax.TSX} {
			got, ok := syntax.FirstError(lang, []byte(src), time.Minute)
			assert.True(t, ok, src)
			assert.Equal(t, line, got.Line, src)
		}
	}
}

func TestValidSourceHasNoError(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"", "# (\n", "x = '('\ny = \"\\\"(\"\n'''\n(\n'''\n",
		"match = 1\nmatch x:\n    case [a, *b] if a: pass\n    case {\"k\": v, **r}: pass\n",
		"type X[T] = list[T]\ndef f[T: (int, str)](x): return f\"{x!r:>{10}} {\"a\" + f\"{x}\"}\"\n",
		"try:\n    pass\nexcept* E:\n    pass\nwith (open(a) as b, open(c) as d):\n    pass\n",
		"print \"of Python 2\"\n",
		// Newer than the grammar.
		"x = t\"a {b}\"\n", "class A[T = int]: pass\n", "try:\n    pass\nexcept A, B:\n    pass\n",
	} {
		got, ok := syntax.FirstError(syntax.Python, []byte(src), time.Minute)
		assert.False(t, ok, "%s: %v", src, got)
	}
	for _, src := range []string{
		"", "// (\n", "const a = /[(]/.test(`${b}(`) satisfies boolean;\nusing c = d();\n",
		"@a() export class B<const T> extends C { #x = 1; accessor y = 2; static { f(); } }\n",
		"enum A { B = 1 }\nnamespace D { export const e = 1 }\nlet f = <T,>(a: T): a is NonNullable<T> => true;\n",
	} {
		got, ok := syntax.FirstError(syntax.TypeScript, []byte(src), time.Minute)
		assert.False(t, ok, "%s: %v", src, got)
	}
	got, ok := syntax.FirstError(syntax.TSX, []byte("#!/usr/bin/env node\n\"use strict\";\nawait import(\"a\", {with: {type: \"json\"}});\nx = <A b={c}>(</A>;\n"), time.Minute)
	assert.False(t, ok, "%v", got)
}
