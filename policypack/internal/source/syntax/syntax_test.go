package syntax_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// outline returns a tree as text: kinds and roles, named nodes only.
func outline(n *syntax.Node) string {
	var parts []string
	for _, c := range n.NamedChildren() {
		parts = append(parts, outline(c))
	}
	name := n.Kind
	if n.Field != "" {
		name = n.Field + ":" + name
	}
	if len(parts) == 0 {
		return name
	}
	return name + "(" + strings.Join(parts, " ") + ")"
}

func TestParseGivesTheGrammarsTree(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lang syntax.Language
		src  string
		want string
	}{
		"python": {
			syntax.Python, "import a as b\nb.c('x', d=1)\n",
			"module(import_statement(name:aliased_import(name:dotted_name(identifier) alias:identifier))" +
				" call(function:attribute(object:identifier attribute:identifier)" +
				" arguments:argument_list(string(string_start string_content string_end)" +
				" keyword_argument(name:identifier value:integer))))",
		},
		"typescript": {
			syntax.TypeScript, "const a: any = <T>b;\n",
			"program(lexical_declaration(kind:const variable_declarator(name:identifier" +
				" type:type_annotation(predefined_type) value:type_assertion(type_arguments(type_identifier) identifier))))",
		},
		"javascript": {
			syntax.TSX, "new s3.Bucket('b', {acl: x});\n",
			"program(new_expression(constructor:member_expression(object:identifier" +
				" property:property_identifier) arguments:arguments(string(string_fragment)" +
				" object(pair(key:property_identifier value:identifier)))))",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := syntax.Parse(test.lang, []byte(test.src), time.Minute)
			require.NoError(t, err)
			assert.Equal(t, strings.ReplaceAll(test.want, "kind:const ", ""), outline(parsed.Root))
		})
	}
}

func TestNodesKnowTheirPlace(t *testing.T) {
	t.Parallel()
	src := []byte("# é\nx = 1\nif x:\n    run('a')\n")
	parsed, err := syntax.Parse(syntax.Python, src, time.Minute)
	require.NoError(t, err)
	var calls []string
	parsed.Root.Walk(func(n *syntax.Node) bool {
		for _, c := range n.Children {
			assert.Same(t, n, c.Parent)
		}
		if n.Kind == "call" {
			calls = append(calls, fmt.Sprintf("%d:%d %s", n.Line, n.Column, n.Text(src)))
		}
		return true
	})
	assert.Equal(t, []string{"4:5 run('a')"}, calls)
	var none *syntax.Node
	assert.Nil(t, none.Child("name"))
	assert.Empty(t, none.Text(src))
	assert.Empty(t, none.NamedChildren())
}

func TestASourceWithErrorsIsReadAroundThem(t *testing.T) {
	t.Parallel()
	src := []byte("a(1)\n)))\nb(2)\n")
	parsed, err := syntax.Parse(syntax.Python, src, time.Minute)
	require.NoError(t, err)
	var calls []string
	parsed.Root.Walk(func(n *syntax.Node) bool {
		if n.Kind == "call" {
			calls = append(calls, n.Text(src))
		}
		return true
	})
	assert.Contains(t, calls, "a(1)")
}

func TestHostileSourcesAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		src    string
		within time.Duration
		want   error
	}{
		"large":       {strings.Repeat("a", syntax.MaxBytes+1), time.Minute, syntax.ErrLarge},
		"deep":        {strings.Repeat("(", 5000) + strings.Repeat(")", 5000), time.Minute, syntax.ErrDeep},
		"no time":     {"a", 0, syntax.ErrTime},
		"little time": {strings.Repeat("a = [1, 2, {'b': c(d)}]\n", 60000), time.Millisecond, syntax.ErrTime},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := syntax.Parse(syntax.Python, []byte(test.src), test.within)
			assert.ErrorIs(t, err, test.want)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("import a\n", "const a = `x${b}`;")
	f.Add("((((", "class A { @x() b!: any }")
	f.Fuzz(func(t *testing.T, python, typescript string) {
		for lang, src := range map[syntax.Language]string{
			syntax.Python: python, syntax.TypeScript: typescript, syntax.TSX: typescript,
		} {
			parsed, err := syntax.Parse(lang, []byte(src), 5*time.Second)
			if err != nil {
				continue
			}
			parsed.Root.Walk(func(n *syntax.Node) bool {
				assert.LessOrEqual(t, n.End, len(src))
				assert.LessOrEqual(t, n.Start, n.End)
				return true
			})
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte(strings.Repeat(`
def handler(event, context):
    """Makes a thumbnail."""
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        s3.put_object(Bucket=OUT, Key=f"thumb/{key}", Body=thumbnail(body, size=(128, 128)))
`, 100))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := syntax.Parse(syntax.Python, src, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}
