package planprovider

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// randomOutputs returns the outputs that a resource of package random generates, "id" among them. They have the shape
// of the real ones, so that names built from them can be judged, and depend only on the URN and the arguments, so
// that every preview shows the same. There are none if an argument that shapes them is not known, or is one that the
// real provider refuses.
func randomOutputs(urn resource.URN, inputs resource.PropertyMap) resource.PropertyMap {
	args := withoutInternal(inputs)
	delete(args, "keepers") // they only decide when to generate anew
	if hasStandIn(resource.NewProperty(args)) {
		return nil
	}
	seed := rand.NewChaCha8(sha256.Sum256([]byte(urn)))
	//nolint:gosec // the values are to be the same each time, and protect nothing
	g := &generator{args: args, source: seed, Rand: rand.New(seed)}
	// random:index/randomId:RandomId, or random:RandomId as YAML may write it.
	token := string(urn.Type())
	outputs := g.outputs(token[strings.LastIndex(token, ":")+1:])
	if g.refused {
		return nil
	}
	if resource.NewProperty(args).ContainsSecrets() {
		for name, value := range outputs {
			outputs[name] = resource.MakeSecret(value)
		}
	}
	return outputs
}

// A generator makes the values of one resource.
type generator struct {
	*rand.Rand
	source  *rand.ChaCha8
	args    resource.PropertyMap
	refused bool // whether the real provider refuses an argument, or it is too large to plan
}

const (
	// maxLength limits the length of a planned value, so that a mistake in a program does not exhaust the
	// memory.
	maxLength = 1 << 16
	// maxInteger is the limit up to which a number in Pulumi, a float64, is exact.
	maxInteger = 1 << 53
)

// outputs returns the outputs of a type, or none if the type is not known.
// https://www.pulumi.com/registry/packages/random/api-docs/
func (g *generator) outputs(typ string) resource.PropertyMap {
	switch typ {
	case "RandomBytes":
		value := g.bytes("length")
		return resource.PropertyMap{ // the id is the secret itself, and ids cannot be secret
			"base64": secretText(base64.StdEncoding.EncodeToString(value)),
			"hex":    secretText(hex.EncodeToString(value)),
		}
	case "RandomId":
		value, prefix := g.bytes("byteLength"), text(g.args, "prefix")
		id := base64.RawURLEncoding.EncodeToString(value)
		return resource.PropertyMap{
			"id":     resource.NewProperty(id),
			"b64Url": resource.NewProperty(prefix + id),
			"b64Std": resource.NewProperty(prefix + base64.StdEncoding.EncodeToString(value)),
			"dec":    resource.NewProperty(prefix + new(big.Int).SetBytes(value).String()),
			"hex":    resource.NewProperty(prefix + hex.EncodeToString(value)),
		}
	case "RandomInteger":
		value := g.between()
		return resource.PropertyMap{
			"id":     resource.NewProperty(strconv.FormatInt(value, 10)),
			"result": resource.NewProperty(float64(value)),
		}
	case "RandomPassword": // without bcryptHash, from which nothing that is judged is built
		return resource.PropertyMap{"id": resource.NewProperty("none"), "result": secretText(g.characters())}
	case "RandomPet":
		return resource.PropertyMap{"id": resource.NewProperty(g.pet())}
	case "RandomShuffle":
		return resource.PropertyMap{"id": resource.NewProperty("-"), "results": resource.NewProperty(g.permutation())}
	case "RandomString":
		return result(g.characters())
	case "RandomUuid", "RandomUuid4":
		return result(g.uuid().String())
	case "RandomUuid7":
		value := g.uuid()
		value[6] = value[6]&0x0f | 0x70 // the version
		return result(value.String())
	}
	return nil
}

// result returns the outputs of a resource whose id is what it generates.
func result(value string) resource.PropertyMap {
	return resource.PropertyMap{"id": resource.NewProperty(value), "result": resource.NewProperty(value)}
}

func secretText(value string) resource.PropertyValue {
	return resource.MakeSecret(resource.NewProperty(value))
}

// integer returns an integer argument, or absent if it is missing. The argument is refused if it is out of range.
func (g *generator) integer(name string, absent, least, most int64) int64 {
	value := absent
	if arg := argument(g.args, name); !arg.IsNull() {
		if !arg.IsNumber() || math.Trunc(arg.NumberValue()) != arg.NumberValue() || math.Abs(arg.NumberValue()) > maxInteger {
			g.refused = true
			return least
		}
		value = int64(arg.NumberValue())
	}
	if value < least || value > most {
		g.refused = true
		return least
	}
	return value
}

// allows returns a boolean argument, or absent if it is missing.
func (g *generator) allows(name string, absent bool) bool {
	arg := argument(g.args, name)
	switch {
	case arg.IsNull():
		return absent
	case !arg.IsBool():
		g.refused = true
		return absent
	}
	return arg.BoolValue()
}

// bytes returns as many bytes as the given argument requests.
func (g *generator) bytes(length string) []byte {
	value := make([]byte, g.integer(length, 0, 1, maxLength))
	_, _ = g.source.Read(value) // it never fails
	return value
}

// between returns an integer from min to max.
func (g *generator) between() int64 {
	least := g.integer("min", math.MinInt64, -maxInteger, maxInteger)
	most := g.integer("max", math.MinInt64, least, maxInteger)
	return least + g.Int64N(most-least+1)
}

func (g *generator) uuid() uuid.UUID { return uuid.Must(uuid.NewRandomFromReader(g.source)) }

// pet returns a name of pronounceable words. They are generated: two resources hardly ever get the same, whereas they
// would from a short list of real words.
func (g *generator) pet() string {
	words := make([]string, g.integer("length", 2, 1, maxLength))
	for i := range words {
		for range 3 {
			words[i] += g.pick("bdfghklmnprstvz", 1) + g.pick("aeiou", 1)
		}
	}
	separator := "-"
	if !argument(g.args, "separator").IsNull() {
		separator = text(g.args, "separator")
	}
	if prefix := text(g.args, "prefix"); prefix != "" {
		words = append([]string{prefix}, words...)
	}
	return strings.Join(words, separator)
}

// characters returns a text of the given length and classes of characters. As far as there is room, every class that
// may occur does occur: whether a name is valid must not depend on luck.
func (g *generator) characters() string {
	length := int(g.integer("length", 0, 1, maxLength))
	classes := []struct {
		allowed    bool
		least      string
		characters string
	}{
		{
			g.allows("special", true), "minSpecial",
			cmp.Or(text(g.args, "overrideSpecial"), "!@#$%&*()-_=+[]{}<>:?"),
		},
		{g.allows("upper", true), "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{g.allows("lower", true), "minLower", "abcdefghijklmnopqrstuvwxyz"},
		{g.allows("numeric", g.allows("number", true)), "minNumeric", "0123456789"},
	}
	var chosen, allowed string
	var missing []string
	for _, class := range classes {
		least := int(g.integer(class.least, 0, 0, maxLength)) // including characters of a disabled class
		chosen += g.pick(class.characters, least)
		if class.allowed {
			allowed += class.characters
			if least == 0 {
				missing = append(missing, class.characters)
			}
		}
	}
	if allowed == "" || len([]rune(chosen)) > length {
		g.refused = true
		return ""
	}
	for _, class := range missing[:min(len(missing), length-len([]rune(chosen)))] {
		chosen += g.pick(class, 1)
	}
	runes := []rune(chosen)
	runes = append(runes, []rune(g.pick(allowed, length-len(runes)))...)
	g.Shuffle(len(runes), func(i, j int) { runes[i], runes[j] = runes[j], runes[i] })
	return string(runes)
}

// pick returns count of the characters.
func (g *generator) pick(characters string, count int) string {
	from, picked := []rune(characters), make([]rune, count)
	for i := range picked {
		picked[i] = from[g.IntN(len(from))]
	}
	return string(picked)
}

// permutation returns the inputs in another order, as many as resultCount requests: again from the start if they are
// too few.
func (g *generator) permutation() []resource.PropertyValue {
	results := []resource.PropertyValue{}
	inputs := argument(g.args, "inputs")
	if !inputs.IsArray() {
		g.refused = true
		return results
	}
	items := inputs.ArrayValue()
	count := int(g.integer("resultCount", int64(len(items)), 0, maxLength))
	for len(items) > 0 && len(results) < count {
		for _, i := range g.Perm(len(items)) {
			results = append(results, items[i])
		}
	}
	return results[:min(len(results), count)]
}
