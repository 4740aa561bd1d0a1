package graph_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func text(s string) resource.PropertyValue { return resource.NewProperty(s) }

func list(items ...resource.PropertyValue) resource.PropertyValue { return resource.NewProperty(items) }

func object(m resource.PropertyMap) resource.PropertyValue { return resource.NewProperty(m) }

func secret(v resource.PropertyValue) resource.PropertyValue { return resource.MakeSecret(v) }

func computed() resource.PropertyValue { return resource.MakeComputed(text("")) }

func output(known, isSecret bool, element resource.PropertyValue) resource.PropertyValue {
	return resource.NewProperty(resource.Output{Element: element, Known: known, Secret: isSecret})
}

func TestValueIsAbsentKnownOrUnknownAndSecretOrNot(t *testing.T) {
	t.Parallel()
	type answer struct {
		absent, unknown, known, secret bool
		show                           string
	}
	tests := map[string]struct {
		raw  resource.PropertyValue
		want answer
	}{
		"nothing":                       {resource.PropertyValue{}, answer{absent: true, show: "nothing"}},
		"null":                          {resource.NewNullProperty(), answer{absent: true, show: "nothing"}},
		"secret null":                   {secret(resource.NewNullProperty()), answer{absent: true, secret: true, show: "[secret]"}},
		"output of null":                {output(true, false, resource.NewNullProperty()), answer{absent: true, show: "nothing"}},
		"string":                        {text("a\"b"), answer{known: true, show: `"a\"b"`}},
		"empty string":                  {text(""), answer{known: true, show: `""`}},
		"boolean":                       {resource.NewProperty(false), answer{known: true, show: "false"}},
		"whole number":                  {resource.NewProperty(1e6), answer{known: true, show: "1000000"}},
		"fraction":                      {resource.NewProperty(0.5), answer{known: true, show: "0.5"}},
		"list":                          {list(), answer{known: true, show: "a list"}},
		"object":                        {object(resource.PropertyMap{}), answer{known: true, show: "an object"}},
		"list of unknown":               {list(computed()), answer{known: true, show: "a list"}},
		"computed":                      {computed(), answer{unknown: true, show: "a value not known yet"}},
		"output not known":              {output(false, false, text("x")), answer{unknown: true, show: "a value not known yet"}},
		"secret output not known":       {output(false, true, text("x")), answer{unknown: true, secret: true, show: "[secret]"}},
		"output known":                  {output(true, false, text("x")), answer{known: true, show: `"x"`}},
		"secret output":                 {output(true, true, text("x")), answer{known: true, secret: true, show: "[secret]"}},
		"secret string":                 {secret(text("x")), answer{known: true, secret: true, show: "[secret]"}},
		"secret computed":               {secret(computed()), answer{unknown: true, secret: true, show: "[secret]"}},
		"secret in a secret":            {secret(secret(text("x"))), answer{known: true, secret: true, show: "[secret]"}},
		"secret in an output":           {output(true, false, secret(text("x"))), answer{known: true, secret: true, show: "[secret]"}},
		"unknown output in an output":   {output(true, false, output(false, false, text("x"))), answer{unknown: true, show: "a value not known yet"}},
		"secret output in a plain one":  {output(true, false, output(true, true, text("x"))), answer{known: true, secret: true, show: "[secret]"}},
		"plain output in a secret one":  {output(true, true, output(true, false, text("x"))), answer{known: true, secret: true, show: "[secret]"}},
		"secret list shows no contents": {secret(list(text("x"))), answer{known: true, secret: true, show: "[secret]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := graph.NewValue(test.raw)
			got := answer{v.Absent(), v.Unknown(), v.Known(), v.Secret(), v.Show()}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestZeroValueIsAbsentAndUnknownIsUnknown(t *testing.T) {
	t.Parallel()
	assert.True(t, graph.Value{}.Absent())
	assert.True(t, graph.Unknown.Unknown())
	assert.False(t, graph.Unknown.Absent())
}

func TestHasUnknownLooksInside(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  resource.PropertyValue
		want bool
	}{
		"nothing":                     {resource.NewNullProperty(), false},
		"string":                      {text("x"), false},
		"computed":                    {computed(), true},
		"output not known":            {output(false, false, text("")), true},
		"known list":                  {list(text("x")), false},
		"list with an unknown item":   {list(text("x"), computed()), true},
		"object with an unknown":      {object(resource.PropertyMap{"a": text("x"), "b": computed()}), true},
		"unknown in a secret in both": {object(resource.PropertyMap{"a": list(secret(computed()))}), true},
		"nothing unknown however far": {object(resource.PropertyMap{"a": list(secret(text("x")))}), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, graph.NewValue(test.raw).HasUnknown())
		})
	}
}

func TestGetReadsMembers(t *testing.T) {
	t.Parallel()
	member := object(resource.PropertyMap{"arn": text("x"), "none": resource.NewNullProperty(), "later": computed()})
	tests := map[string]struct {
		of   resource.PropertyValue
		name string
		want string
	}{
		"member":                             {member, "arn", `"x"`},
		"null member":                        {member, "none", "nothing"},
		"unknown member":                     {member, "later", "a value not known yet"},
		"missing member":                     {member, "other", "nothing"},
		"through a list of one":              {list(member), "arn", `"x"`},
		"through lists of one":               {list(list(member)), "arn", `"x"`},
		"not through a list of two":          {list(member, member), "arn", "nothing"},
		"not through an empty list":          {list(), "arn", "nothing"},
		"of nothing":                         {resource.NewNullProperty(), "arn", "nothing"},
		"of a string":                        {text("arn"), "arn", "nothing"},
		"of an unknown":                      {computed(), "arn", "a value not known yet"},
		"of an unknown in a list of one":     {list(computed()), "arn", "a value not known yet"},
		"of a secret object":                 {secret(member), "arn", "[secret]"},
		"of an unknown that is secret":       {secret(computed()), "arn", "[secret]"},
		"of an object in a secret list":      {secret(list(member)), "arn", "[secret]"},
		"of a secret object in a list of it": {list(secret(member)), "arn", "[secret]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, graph.NewValue(test.of).Get(test.name).Show())
		})
	}
}

func TestItemsAndAt(t *testing.T) {
	t.Parallel()
	show := func(vs []graph.Value) []string {
		shown := []string{}
		for _, v := range vs {
			shown = append(shown, v.Show())
		}
		return shown
	}
	tests := map[string]struct {
		raw   resource.PropertyValue
		items []string
		first string
	}{
		"list":              {list(text("a"), text("b")), []string{`"a"`, `"b"`}, `"a"`},
		"empty list":        {list(), []string{}, "nothing"},
		"no list":           {text("a"), []string{`"a"`}, "nothing"},
		"nothing":           {resource.NewNullProperty(), []string{}, "nothing"},
		"unknown":           {computed(), []string{}, "a value not known yet"},
		"unknown item":      {list(computed()), []string{"a value not known yet"}, "a value not known yet"},
		"secret list":       {secret(list(text("a"))), []string{"[secret]"}, "[secret]"},
		"secret item":       {list(secret(text("a")), text("b")), []string{"[secret]", `"b"`}, "[secret]"},
		"secret, no list":   {secret(text("a")), []string{"[secret]"}, "nothing"},
		"list in an Output": {output(true, false, list(text("a"))), []string{`"a"`}, `"a"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := graph.NewValue(test.raw)
			assert.Equal(t, test.items, show(v.Items()))
			assert.Equal(t, test.first, v.At(0).Show())
		})
	}
	two := graph.NewValue(list(text("a"), text("b")))
	assert.True(t, two.At(-1).Absent())
	assert.True(t, two.At(2).Absent())
	assert.Equal(t, `"b"`, two.At(1).Show())
}

func TestKeysAreSortedAndOnlyAnObjectsOwn(t *testing.T) {
	t.Parallel()
	o := object(resource.PropertyMap{"b": text("1"), "a": computed(), "c": resource.NewNullProperty()})
	assert.Equal(t, []string{"a", "b", "c"}, graph.NewValue(o).Keys())
	assert.Equal(t, []string{"a", "b", "c"}, graph.NewValue(secret(o)).Keys())
	assert.True(t, graph.NewValue(secret(o)).IsObject())
	for _, other := range []resource.PropertyValue{computed(), text("a"), list(o), resource.NewNullProperty()} {
		assert.Empty(t, graph.NewValue(other).Keys())
		assert.False(t, graph.NewValue(other).IsObject())
	}
}

func TestStrAndBoolAcceptOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw     resource.PropertyValue
		str     string
		isStr   bool
		boolean bool
		isBool  bool
	}{
		"string":             {raw: text("x"), str: "x", isStr: true},
		"empty string":       {raw: text(""), isStr: true},
		"true":               {raw: resource.NewProperty(true), boolean: true, isBool: true},
		"false":              {raw: resource.NewProperty(false), isBool: true},
		"the string true":    {raw: text("true"), str: "true", isStr: true, boolean: true, isBool: true},
		"the string false":   {raw: text("false"), str: "false", isStr: true, isBool: true},
		"the string 0":       {raw: text("0"), str: "0", isStr: true, isBool: true},
		"number":             {raw: resource.NewProperty(1.0)},
		"list of one string": {raw: list(text("x"))},
		"computed":           {raw: computed()},
		"output not known":   {raw: output(false, false, resource.NewProperty(true))},
		"absent":             {raw: resource.NewNullProperty()},
		"secret string":      {raw: secret(text("x")), str: "x", isStr: true},
		"secret false":       {raw: secret(resource.NewProperty(false)), isBool: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := graph.NewValue(test.raw)
			str, isStr := v.Str()
			assert.Equal(t, test.str, str)
			assert.Equal(t, test.isStr, isStr)
			boolean, isBool := v.Bool()
			assert.Equal(t, test.boolean, boolean)
			assert.Equal(t, test.isBool, isBool)
			assert.Equal(t, isBool && !boolean, v.IsFalse(), "IsFalse")
			assert.Equal(t, test.isStr, v.Is(test.str), "Is its own text")
			assert.False(t, v.Is(test.str+"?"), "Is another text")
		})
	}
}

func TestNumberAcceptsWhatProvidersTakeForOne(t *testing.T) {
	t.Parallel()
	type number struct {
		value float64
		ok    bool
	}
	for name, test := range map[string]struct {
		raw  resource.PropertyValue
		want number
	}{
		"number":           {resource.NewProperty(1.5), number{1.5, true}},
		"string":           {text("14"), number{14, true}},
		"secret":           {secret(resource.NewProperty(7.0)), number{7, true}},
		"text":             {text("many"), number{}},
		"boolean":          {resource.NewProperty(true), number{}},
		"nothing":          {resource.NewNullProperty(), number{}},
		"computed":         {computed(), number{}},
		"list of one":      {list(resource.NewProperty(1.0)), number{}},
		"output not known": {output(false, false, resource.NewProperty(1.0)), number{}},
		"empty string":     {text(""), number{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, ok := graph.NewValue(test.raw).Number()
			assert.Equal(t, test.want, number{value, ok})
		})
	}
}

func TestJSONReadsWhatAStringHolds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  resource.PropertyValue
		ok   bool
		want string // of its member a
	}{
		"object":                 {text(`{"a":"x"}`), true, `"x"`},
		"object in a secret":     {secret(text(`{"a":"x"}`)), true, "[secret]"},
		"null":                   {text("null"), true, "nothing"},
		"list of one":            {text(`[{"a":true}]`), true, "true"},
		"no JSON":                {text(`{"a"`), false, "nothing"},
		"empty string":           {text(""), false, "nothing"},
		"trailing text":          {text(`{"a":"x"} y`), false, "nothing"},
		"an object already":      {object(resource.PropertyMap{"a": text("x")}), true, `"x"`},
		"an unknown stays so":    {computed(), true, "a value not known yet"},
		"a secret that is wrong": {secret(text(`{"a"`)), false, "nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, ok := graph.NewValue(test.raw).JSON()
			assert.Equal(t, test.ok, ok)
			assert.Equal(t, test.want, v.Get("a").Show())
		})
	}
}

// marker is text that must never be shown.
const marker = "hunter2"

// values generates property values of any shape, with markers as text.
func values() *rapid.Generator[resource.PropertyValue] { return valuesTo(4) }

func valuesTo(depth int) *rapid.Generator[resource.PropertyValue] {
	return rapid.Custom(func(t *rapid.T) resource.PropertyValue {
		kinds := 4
		if depth > 0 {
			kinds = 9
		}
		inner := func() resource.PropertyValue { return valuesTo(depth-1).Draw(t, "inner") }
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return text(marker)
		case 1:
			return text(`{"a":"` + marker + `"}`)
		case 2:
			return computed()
		case 3:
			return resource.NewNullProperty()
		case 4:
			return secret(inner())
		case 5:
			return output(rapid.Bool().Draw(t, "known"), rapid.Bool().Draw(t, "secret"), inner())
		case 6:
			return list(inner())
		case 7:
			return list(inner(), inner())
		default:
			return object(resource.PropertyMap{"a": inner(), "b": inner()})
		}
	})
}

// reachable calls visit for v and everything that can be read from it.
func reachable(v graph.Value, visit func(graph.Value)) {
	visit(v)
	if v.Unknown() || v.Absent() {
		return
	}
	if decoded, ok := v.JSON(); ok && !v.IsObject() {
		if _, isText := v.Str(); isText {
			reachable(decoded, visit)
		}
	}
	for _, key := range v.Keys() {
		reachable(v.Get(key), visit)
	}
	if _, isText := v.Str(); !isText && !v.IsObject() {
		for i, item := range v.Items() {
			reachable(item, visit)
			reachable(v.At(i), visit)
		}
	}
}

func TestNothingInsideASecretIsEverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := graph.NewValue(secret(values().Draw(t, "value")))
		reachable(v, func(inner graph.Value) {
			require.True(t, inner.Secret())
			require.NotContains(t, inner.Show(), marker)
		})
	})
}

func TestEveryValueIsExactlyOneOfAbsentUnknownAndKnown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := values().Draw(t, "value")
		reachable(graph.NewValue(raw), func(v graph.Value) {
			answers := 0
			for _, is := range []bool{v.Absent(), v.Unknown(), v.Known()} {
				if is {
					answers++
				}
			}
			require.Equal(t, 1, answers)
			_, isText := v.Str()
			_, isBool := v.Bool()
			if isText || isBool || v.IsObject() || v.IsFalse() {
				require.True(t, v.Known(), "only a known value has contents")
			}
			if !v.Secret() && isText {
				require.True(t, strings.Contains(v.Show(), marker), "a plain value is shown")
			}
		})
	})
}

func TestWhatContainsAStandInIsUnknown(t *testing.T) {
	t.Parallel()
	name, port := standin.Text("vpc"), standin.Number("port")
	tests := map[string]resource.PropertyValue{
		"a text":                     text(name),
		"a text in a longer one":     text("arn:aws:s3:::" + strings.ToUpper(name) + "/*"),
		"a text in JSON":             text(`{"Resource":"` + name + `"}`),
		"a number":                   resource.NewProperty(port),
		"the digits of a number":     text(strconv.Itoa(int(port))),
		"a secret":                   secret(text(name)),
		"an output":                  output(true, false, text(name)),
		"an object with a key of it": object(resource.PropertyMap{resource.PropertyKey(name): text("x"), "a": text("y")}),
	}
	for what, raw := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			v := graph.NewValue(raw)
			assert.True(t, v.Unknown())
			assert.False(t, v.Known())
			assert.Equal(t, raw.IsSecret(), v.Secret())
			_, isText := v.Str()
			_, isNumber := v.Number()
			decoded, isJSON := v.JSON()
			assert.False(t, isText || isNumber)
			assert.True(t, isJSON && decoded.Unknown())
			assert.True(t, v.Get("a").Unknown(), "as is what it has inside")

			inside := graph.NewValue(object(resource.PropertyMap{"a": list(raw, text("x"))}))
			assert.True(t, inside.HasUnknown())
			assert.True(t, inside.Get("a").At(0).Unknown())
			assert.True(t, inside.Get("a").At(1).Is("x"), "its neighbours are known")
		})
	}
}

// BenchmarkValue reads a long string, which is searched for a stand-in.
func BenchmarkValue(b *testing.B) {
	policy := text(strings.Repeat(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"},`, 10))
	for b.Loop() {
		graph.NewValue(policy)
	}
}
