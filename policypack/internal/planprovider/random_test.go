package planprovider

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// typeOf returns the token of a resource of package random.
func typeOf(name string) string {
	return "random:index/r" + strings.TrimPrefix(name, "R") + ":" + name
}

// generate plans a resource of package random and returns its id and its outputs.
func generate(t *testing.T, typ, name string, inputs props, opts ...Option) (string, resource.PropertyMap) {
	t.Helper()
	response, err := connectNew(t, "random", "4.18.2", nil, opts...).Create(context.Background(), plugin.CreateRequest{
		URN: urnOf(typeOf(typ), name), Properties: properties(inputs), Preview: true,
	})
	require.NoError(t, err)
	return string(response.ID), response.Properties
}

func TestRandomIDIsOneNumberInFourForms(t *testing.T) {
	t.Parallel()
	id, outputs := generate(t, "RandomId", "suffix", props{"byteLength": 5.0, "prefix": "app-"})
	value := func(output string) string {
		text, ok := strings.CutPrefix(outputs[resourceKey(output)].StringValue(), "app-")
		assert.True(t, ok, "%s starts with the prefix", output)
		return text
	}
	number, err := hex.DecodeString(value("hex"))
	require.NoError(t, err)
	assert.Len(t, number, 5)
	standard, err := base64.StdEncoding.DecodeString(value("b64Std"))
	require.NoError(t, err)
	assert.Equal(t, number, standard)
	url, err := base64.RawURLEncoding.DecodeString(value("b64Url"))
	require.NoError(t, err)
	assert.Equal(t, number, url)
	decimal, ok := new(big.Int).SetString(value("dec"), 10)
	require.True(t, ok)
	assert.Equal(t, new(big.Int).SetBytes(number), decimal)
	assert.Equal(t, value("b64Url"), id, "the id has no prefix")
	assert.InDelta(t, 5, outputs["byteLength"].NumberValue(), 0, "inputs are outputs")
	assert.NotContains(t, outputs, resourceKey("id"))
}

func TestRandomValuesHaveTheShapeOfTheRealOnes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ    string
		inputs props
		id     string // a regular expression
		result string // another one, "" for no such output
	}{
		"pet":                       {"RandomPet", nil, `^[a-z]+-[a-z]+$`, ""},
		"pet of one word":           {"RandomPet", props{"length": 1.0}, `^[a-z]+$`, ""},
		"pet with a prefix":         {"RandomPet", props{"length": 3.0, "separator": "_", "prefix": "My"}, `^My(_[a-z]+){3}$`, ""},
		"pet without a separator":   {"RandomPet", props{"separator": ""}, `^[a-z]+$`, ""},
		"string":                    {"RandomString", props{"length": 12.0, "special": false}, `^[A-Za-z0-9]{12}$`, `^[A-Za-z0-9]{12}$`},
		"string of lower case":      {"RandomString", props{"length": 8.0, "special": false, "upper": false, "numeric": false}, `^[a-z]{8}$`, `^[a-z]{8}$`},
		"string of digits":          {"RandomString", props{"length": 8.0, "special": false, "upper": false, "lower": false}, `^[0-9]{8}$`, `^[0-9]{8}$`},
		"string by number":          {"RandomString", props{"length": 8.0, "special": false, "upper": false, "number": false}, `^[a-z]{8}$`, `^[a-z]{8}$`},
		"string with own specials":  {"RandomString", props{"length": 8.0, "overrideSpecial": "é_", "upper": false, "lower": false, "numeric": false}, `^[é_]{8}$`, `^[é_]{8}$`},
		"integer":                   {"RandomInteger", props{"min": -3.0, "max": -2.0}, `^-[23]$`, `^-[23]$`},
		"integer without a choice":  {"RandomInteger", props{"min": 7.0, "max": 7.0}, `^7$`, `^7$`},
		"integer of the full range": {"RandomInteger", props{"min": -9007199254740992.0, "max": 9007199254740992.0}, `^-?[0-9]+$`, `^-?[0-9]+$`},
		"uuid":                      {"RandomUuid", nil, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, `^[0-9a-f-]{36}$`},
		"uuid 4":                    {"RandomUuid4", nil, `^[0-9a-f-]{14}4[0-9a-f]{3}-[89ab][0-9a-f-]{16}$`, `^[0-9a-f-]{36}$`},
		"uuid 7":                    {"RandomUuid7", nil, `^[0-9a-f-]{14}7[0-9a-f]{3}-[89ab][0-9a-f-]{16}$`, `^[0-9a-f-]{36}$`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, outputs := generate(t, test.typ, "r", test.inputs)
			assert.Regexp(t, test.id, id)
			if test.result == "" {
				assert.NotContains(t, outputs, resourceKey("result"))
				return
			}
			result, ok := scalar(outputs["result"])
			require.True(t, ok)
			assert.Regexp(t, test.result, result)
			assert.Equal(t, id, result)
		})
	}
}

func TestUUIDsAreValid(t *testing.T) {
	t.Parallel()
	for typ, version := range map[string]uuid.Version{"RandomUuid": 4, "RandomUuid4": 4, "RandomUuid7": 7} {
		_, outputs := generate(t, typ, "u", nil)
		parsed, err := uuid.Parse(outputs["result"].StringValue())
		require.NoError(t, err)
		assert.Equal(t, version, parsed.Version(), typ)
		assert.Equal(t, uuid.RFC4122, parsed.Variant(), typ)
	}
}

func TestRandomSecretsAreSecret(t *testing.T) {
	t.Parallel()
	id, outputs := generate(t, "RandomPassword", "p", props{"length": 20.0})
	assert.Equal(t, "none", id)
	require.True(t, outputs["result"].IsSecret())
	assert.Len(t, outputs["result"].SecretValue().Element.StringValue(), 20)
	assert.NotContains(t, outputs, resourceKey("bcryptHash"))

	id, outputs = generate(t, "RandomBytes", "b", props{"length": 3.0})
	assert.Empty(t, id, "the real one is the secret")
	require.True(t, outputs["hex"].IsSecret())
	require.True(t, outputs["base64"].IsSecret())
	fromHex, err := hex.DecodeString(outputs["hex"].SecretValue().Element.StringValue())
	require.NoError(t, err)
	assert.Len(t, fromHex, 3)
	fromBase64, err := base64.StdEncoding.DecodeString(outputs["base64"].SecretValue().Element.StringValue())
	require.NoError(t, err)
	assert.Equal(t, fromHex, fromBase64)

	id, outputs = generate(t, "RandomPet", "p", props{"prefix": secret("hush")})
	assert.Empty(t, id, "an id cannot be secret")
	assert.Equal(t, properties(props{"prefix": secret("hush")}), outputs)
	_, outputs = generate(t, "RandomId", "i", props{"byteLength": 4.0, "prefix": secret("hush")})
	for _, name := range []string{"b64Std", "b64Url", "dec", "hex"} {
		assert.True(t, outputs[resourceKey(name)].IsSecret(), name)
	}
	_, outputs = generate(t, "RandomId", "i", props{"byteLength": 4.0, "keepers": props{"token": secret("hush")}})
	assert.False(t, outputs["hex"].IsSecret(), "keepers are not part of the value")
}

func TestRandomShufflePermutesItsInputs(t *testing.T) {
	t.Parallel()
	texts := func(value resource.PropertyValue) []string {
		list := []string{}
		for _, item := range value.ArrayValue() {
			list = append(list, item.StringValue())
		}
		return list
	}
	inputs := []any{"a", "b", "c", "d"}
	id, outputs := generate(t, "RandomShuffle", "s", props{"inputs": inputs})
	assert.Equal(t, "-", id)
	assert.ElementsMatch(t, inputs, outputs["results"].Mappable())

	_, outputs = generate(t, "RandomShuffle", "s", props{"inputs": inputs, "resultCount": 2.0})
	assert.Len(t, texts(outputs["results"]), 2)
	assert.Subset(t, inputs, outputs["results"].Mappable())

	_, outputs = generate(t, "RandomShuffle", "s", props{"inputs": inputs, "resultCount": 8.0})
	assert.ElementsMatch(t, append(inputs, inputs...), outputs["results"].Mappable(), "again from the start")

	for _, none := range []props{{"inputs": []any{}, "resultCount": 3.0}, {"inputs": inputs, "resultCount": 0.0}} {
		_, outputs = generate(t, "RandomShuffle", "s", none)
		assert.Equal(t, resource.NewPropertyValue([]any{}), outputs["results"])
	}
}

func TestRandomValuesDependOnTheURNAlone(t *testing.T) {
	t.Parallel()
	inputs := props{"byteLength": 8.0}
	_, one := generate(t, "RandomId", "one", inputs)
	_, again := generate(t, "RandomId", "one", inputs)
	_, two := generate(t, "RandomId", "two", inputs)
	_, kept := generate(t, "RandomId", "one", props{"byteLength": 8.0, "keepers": props{"ami": unknown()}})
	assert.Equal(t, one, again)
	assert.NotEqual(t, one["hex"], two["hex"])
	assert.Equal(t, one["hex"], kept["hex"], "a keeper that is not known does not make the value unknown")
}

func TestAnUpdateOfARandomResourceIsPlannedLikeItsCreation(t *testing.T) {
	t.Parallel()
	inputs := properties(props{"byteLength": 2.0})
	response, err := connectNew(t, "random", "4.18.2", nil).Update(context.Background(), plugin.UpdateRequest{
		URN: urnOf(typeOf("RandomId"), "i"), ID: "AAAA", NewInputs: inputs, OldInputs: inputs, OldOutputs: inputs, Preview: true,
	})
	require.NoError(t, err)
	_, created := generate(t, "RandomId", "i", props{"byteLength": 2.0})
	assert.Equal(t, created, response.Properties)
	assert.Regexp(t, `^[0-9a-f]{4}$`, response.Properties["hex"].StringValue())
}

func TestARandomResourceWithoutArgumentsIsPlanned(t *testing.T) {
	t.Parallel()
	response, err := New("random", "").Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: string(urnOf(typeOf("RandomUuid"), "u")), Preview: true,
	})
	require.NoError(t, err)
	assert.Equal(t, response.GetId(), response.GetProperties().AsMap()["result"])
}

func TestRandomValuesThatCannotBePlannedAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ    string
		inputs props
		opts   []Option
	}{
		"the user wants unknowns":       {"RandomId", props{"byteLength": 4.0}, []Option{KeepUnknowns()}},
		"unknown length":                {"RandomId", props{"byteLength": unknown()}, nil},
		"unknown prefix":                {"RandomPet", props{"prefix": unknown()}, nil},
		"unknown element":               {"RandomShuffle", props{"inputs": []any{"a", unknown()}}, nil},
		"a stand-in as the length":      {"RandomString", props{"length": standin.Number("n")}, nil},
		"a stand-in as the characters":  {"RandomString", props{"length": 3.0, "overrideSpecial": standin.Text("s")}, nil},
		"no length":                     {"RandomString", nil, nil},
		"length of another type":        {"RandomString", props{"length": "long"}, nil},
		"no whole number":               {"RandomId", props{"byteLength": 1.5}, nil},
		"length 0":                      {"RandomId", props{"byteLength": 0.0}, nil},
		"a length that fills memory":    {"RandomBytes", props{"length": 1e12}, nil},
		"no characters":                 {"RandomString", props{"length": 3.0, "upper": false, "lower": false, "numeric": false, "special": false}, nil},
		"a flag of another type":        {"RandomString", props{"length": 3.0, "upper": "no"}, nil},
		"more at least than the length": {"RandomString", props{"length": 3.0, "minUpper": 2.0, "minLower": 2.0}, nil},
		"min above max":                 {"RandomInteger", props{"min": 2.0, "max": 1.0}, nil},
		"no max":                        {"RandomInteger", props{"min": 2.0}, nil},
		"no inputs":                     {"RandomShuffle", nil, nil},
		"a type that is not known":      {"RandomColour", props{"length": 3.0}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, outputs := generate(t, test.typ, "r", test.inputs, test.opts...)
			assert.Empty(t, id)
			assert.Equal(t, properties(test.inputs), outputs)
		})
	}
}

func TestOnlyPackageRandomGenerates(t *testing.T) {
	t.Parallel()
	p := connectNew(t, "other", "1.0.0", nil)
	outputs := create(t, p, typeOf("RandomId"), "i", props{"byteLength": 4.0})
	assert.Equal(t, properties(props{"byteLength": 4.0}), outputs)
}

// Whatever the classes, a string has its length, the required minimum of each class, nothing else, and as many of the
// allowed classes as there is room for.
func TestRandomStringsKeepToTheirClasses(t *testing.T) {
	t.Parallel()
	classes := []struct{ allow, least, characters string }{
		{"upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{"lower", "minLower", "abcdefghijklmnopqrstuvwxyz"},
		{"numeric", "minNumeric", "0123456789"},
		{"special", "minSpecial", "-_é"},
	}
	rapid.Check(t, func(t *rapid.T) {
		args := props{"overrideSpecial": "-_é"}
		var allowed, needed, enabled int
		possible := ""
		for _, class := range classes {
			allow, least := rapid.Bool().Draw(t, class.allow), rapid.IntRange(0, 3).Draw(t, class.least)
			args[class.allow], args[class.least] = allow, float64(least)
			needed += least
			if allow {
				enabled++
			}
			if allow || least > 0 {
				possible += class.characters
				allowed++
			}
		}
		length := rapid.IntRange(1, 24).Draw(t, "length")
		args["length"] = float64(length)
		name := strconv.Itoa(rapid.IntRange(0, 1000).Draw(t, "name"))

		outputs := randomOutputs(urnOf(typeOf("RandomString"), name), properties(args))
		if enabled == 0 || needed > length {
			require.Empty(t, outputs)
			return
		}
		result := outputs["result"].StringValue()
		require.Equal(t, length, utf8.RuneCountInString(result))
		seen := 0
		for _, class := range classes {
			count := 0
			for _, r := range result {
				if strings.ContainsRune(class.characters, r) {
					count++
				}
			}
			require.GreaterOrEqual(t, float64(count), args[class.least], class.least)
			if count > 0 {
				seen++
			}
		}
		for _, r := range result {
			require.Contains(t, possible, string(r))
		}
		if needed+enabled <= length {
			require.Equal(t, allowed, seen, "every class that may occur does")
		}
	})
}

func TestAShortTokenIsTheSameType(t *testing.T) {
	t.Parallel()
	outputs := create(t, connectNew(t, "random", "", nil), "random:RandomId", "i", props{"byteLength": 4.0})
	assert.Regexp(t, `^[0-9a-f]{8}$`, outputs["hex"].StringValue())
}
