package graph

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Value is a property as a rule may see it: absent, known or unknown, and
// secret or not. An unknown value is an output that is not computed yet; it
// must never be taken for absent, nor for any particular value.
//
// The zero Value is absent.
type Value struct {
	raw    resource.PropertyValue
	secret bool
}

// newValue strips secrets and resolved outputs from a property value and
// remembers that they were there. A secret stays one through every Get and At.
// What contains a stand-in is unknown: it is known to the program only.
func newValue(raw resource.PropertyValue, secret bool) Value {
	for {
		switch {
		case raw.IsSecret():
			raw, secret = raw.SecretValue().Element, true
		case raw.IsOutput():
			out := raw.OutputValue()
			secret = secret || out.Secret
			if !out.Known {
				return Value{raw: resource.MakeComputed(resource.NewNullProperty()), secret: secret}
			}
			raw = out.Element
		case isStandIn(raw):
			return Value{raw: Unknown.raw, secret: secret}
		default:
			return Value{raw: raw, secret: secret}
		}
	}
}

// isStandIn reports whether a value stands for another, or is an object with a
// key that does. The members of an object and the items of a list are looked at
// when they are asked for.
func isStandIn(raw resource.PropertyValue) bool {
	switch v := raw.V.(type) {
	case string:
		return standin.In(v)
	case float64:
		return standin.IsNumber(v)
	case resource.PropertyMap:
		for key := range v {
			if standin.In(string(key)) {
				return true
			}
		}
	}
	return false
}

// Absent says that the program gave no value, or null.
func (v Value) Absent() bool { return v.raw.IsNull() }

// Unknown says that the value is not computed yet. A list or object that is
// itself known is not Unknown, whatever it holds; see HasUnknown.
func (v Value) Unknown() bool { return v.raw.IsComputed() }

// Known says that the value is there and can be judged.
func (v Value) Known() bool { return !v.Absent() && !v.Unknown() }

// Secret says that the value must never be shown.
func (v Value) Secret() bool { return v.secret }

// HasUnknown says that the value, or anything inside it, is not computed yet.
func (v Value) HasUnknown() bool {
	switch {
	case v.Unknown():
		return true
	case v.raw.IsArray():
		return slices.ContainsFunc(v.Items(), Value.HasUnknown)
	case v.raw.IsObject():
		return slices.ContainsFunc(v.Keys(), func(k string) bool { return v.Get(k).HasUnknown() })
	}
	return false
}

// Get is the member of that name. A member of an unknown object is unknown; of
// an absent one, or of anything that is no object, absent. A list of one is
// looked through, because providers spell a single nested block either way.
func (v Value) Get(name string) Value {
	if v.Unknown() {
		return v
	}
	if v.raw.IsArray() && len(v.raw.ArrayValue()) == 1 {
		return v.At(0).Get(name)
	}
	if !v.raw.IsObject() {
		return Value{}
	}
	return newValue(v.raw.ObjectValue()[resource.PropertyKey(name)], v.secret)
}

// Keys are the names of an object's members, sorted; none for anything else.
func (v Value) Keys() []string {
	if !v.raw.IsObject() {
		return nil
	}
	keys := make([]string, 0, len(v.raw.ObjectValue()))
	for k := range v.raw.ObjectValue() {
		keys = append(keys, string(k))
	}
	slices.Sort(keys)
	return keys
}

// At is the i-th item of a list; absent when there is none.
func (v Value) At(i int) Value {
	if v.Unknown() {
		return v
	}
	if !v.raw.IsArray() || i < 0 || i >= len(v.raw.ArrayValue()) {
		return Value{}
	}
	return newValue(v.raw.ArrayValue()[i], v.secret)
}

// Items are the items of a list. A known value that is no list counts as a
// list of itself; an absent or unknown one has none.
func (v Value) Items() []Value {
	if !v.Known() {
		return nil
	}
	if !v.raw.IsArray() {
		return []Value{v}
	}
	items := make([]Value, len(v.raw.ArrayValue()))
	for i := range items {
		items[i] = v.At(i)
	}
	return items
}

// IsList says that the value is known and a list.
func (v Value) IsList() bool { return v.raw.IsArray() }

// IsObject says that the value is known and an object.
func (v Value) IsObject() bool { return v.raw.IsObject() }

// Str is the value as a string; false when it is not a known string.
func (v Value) Str() (string, bool) {
	if !v.raw.IsString() {
		return "", false
	}
	return v.raw.StringValue(), true
}

// Is says that the value is known to be that string.
func (v Value) Is(s string) bool {
	got, ok := v.Str()
	return ok && got == s
}

// Bool is the value as a boolean; false when it is not a known one. The
// strings "true" and "false" count, as providers convert them.
func (v Value) Bool() (value, ok bool) {
	if v.raw.IsBool() {
		return v.raw.BoolValue(), true
	}
	if s, isStr := v.Str(); isStr {
		b, err := strconv.ParseBool(s)
		return b, err == nil
	}
	return false, false
}

// IsTrue reports whether the value is true. An absent one is not.
func (v Value) IsTrue() answer.Answer {
	on, known := v.Bool()
	return v.answer(known && on)
}

// Equals reports whether the value is that string. An absent one is not.
func (v Value) Equals(want string) answer.Answer { return v.answer(v.Is(want)) }

// AtLeast reports whether the value is a number not below n. An absent one is not.
func (v Value) AtLeast(n float64) answer.Answer {
	got, known := v.Number()
	return v.answer(known && got >= n)
}

// IsGiven reports whether there is a value, and not an empty string.
func (v Value) IsGiven() answer.Answer { return v.answer(!v.Absent() && !v.Is("")) }

// answer returns Unknown for an unknown value, and else whether holds.
func (v Value) answer(holds bool) answer.Answer {
	switch {
	case v.Unknown():
		return answer.Unknown
	case holds:
		return answer.Yes
	default:
		return answer.No
	}
}

// IsFalse says that the value is known to be false.
func (v Value) IsFalse() bool {
	b, ok := v.Bool()
	return ok && !b
}

// Number is the value as a number; false when it is not a known one. A string
// that holds a number counts, as providers convert it.
func (v Value) Number() (value float64, ok bool) {
	if v.raw.IsNumber() {
		return v.raw.NumberValue(), true
	}
	if s, isStr := v.Str(); isStr {
		n, err := strconv.ParseFloat(s, 64)
		return n, err == nil
	}
	return 0, false
}

// NumberOr is the value as a number, or a default if it is absent; false when it is not a known number.
func (v Value) NumberOr(byDefault float64) (value float64, ok bool) {
	if v.Absent() {
		return byDefault, true
	}
	return v.Number()
}

// Property is the underlying property value, without secret marks at its top.
func (v Value) Property() resource.PropertyValue { return v.raw }

// Show is the value as a message may print it. A secret is never printed.
func (v Value) Show() string {
	switch {
	case v.secret:
		return "[secret]"
	case v.Absent():
		return "nothing"
	case v.Unknown():
		return "a value not known yet"
	case v.raw.IsString():
		return strconv.Quote(v.raw.StringValue())
	case v.raw.IsBool():
		return strconv.FormatBool(v.raw.BoolValue())
	case v.raw.IsNumber():
		return strconv.FormatFloat(v.raw.NumberValue(), 'f', -1, 64)
	case v.raw.IsArray():
		return "a list"
	default:
		return "an object"
	}
}

// EachLeaf visits what is in the value and is itself neither list nor object, with its path. Of secrets it visits
// nothing: the names in one are secret, too.
func (v Value) EachLeaf(path string, visit func(path string, leaf Value)) {
	switch {
	case v.Secret():
	case v.IsObject():
		for _, key := range v.Keys() {
			v.Get(key).EachLeaf(path+"."+key, visit)
		}
	case v.IsList():
		for i, item := range v.Items() {
			item.EachLeaf(path+"["+strconv.Itoa(i)+"]", visit)
		}
	default:
		visit(path, v)
	}
}

// JSON is the value that a known string holds as JSON; the value itself when it
// is no string. False when the string is no JSON.
func (v Value) JSON() (Value, bool) {
	text, isString := v.Str()
	if !isString {
		return v, true
	}
	var decoded any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		return Value{}, false
	}
	return newValue(resource.NewPropertyValue(decoded), v.secret), true
}

// Unknown is a value that is not computed yet.
var Unknown = Value{raw: resource.MakeComputed(resource.NewNullProperty())}

// NewValue is a property value as a rule may see it.
func NewValue(raw resource.PropertyValue) Value { return newValue(raw, false) }
