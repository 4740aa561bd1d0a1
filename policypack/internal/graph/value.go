package graph

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Value is a property as rules see it: absent, known or unknown, and secret or not. An unknown value is an output that
// is not computed yet; never treat it as absent, or as any particular value.
//
// The zero Value is absent.
type Value struct {
	raw    resource.PropertyValue
	secret bool
}

// newValue unwraps secrets and resolved outputs in a property value and records that they were there. Whatever Get and
// At return from a secret is secret as well. A value that contains a stand-in is unknown, since only the program knows
// it.
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

// isStandIn reports whether a value is a stand-in, or an object with a key that is one. The members of an object and
// the items of a list are checked when they are read.
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

// Absent reports whether the program gave no value, or null.
func (v Value) Absent() bool { return v.raw.IsNull() }

// Unknown reports whether the value is not computed yet. A list or object that is itself known is not Unknown, whatever
// it contains; see HasUnknown.
func (v Value) Unknown() bool { return v.raw.IsComputed() }

// Known reports whether there is a value and it is computed.
func (v Value) Known() bool { return !v.Absent() && !v.Unknown() }

// Secret reports whether the value must never be shown.
func (v Value) Secret() bool { return v.secret }

// HasUnknown reports whether the value, or anything inside it, is not computed yet.
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

// Get returns the member of that name. The member of an unknown object is unknown; that of an absent one, or of
// anything other than an object, is absent. A list of one item is treated as that item, because providers spell a
// single nested block either way.
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

// Keys returns the sorted names of an object's members, and nothing for any other value.
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

// At returns the i-th item of a list; it is absent when there is none.
func (v Value) At(i int) Value {
	if v.Unknown() {
		return v
	}
	if !v.raw.IsArray() || i < 0 || i >= len(v.raw.ArrayValue()) {
		return Value{}
	}
	return newValue(v.raw.ArrayValue()[i], v.secret)
}

// Items returns the items of a list. A known value that is not a list counts as a list of itself; an absent or unknown
// one has no items.
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

// IsList reports whether the value is known and a list.
func (v Value) IsList() bool { return v.raw.IsArray() }

// IsObject reports whether the value is known and an object.
func (v Value) IsObject() bool { return v.raw.IsObject() }

// Str returns the value as a string, or false when it is not a known string.
func (v Value) Str() (string, bool) {
	if !v.raw.IsString() {
		return "", false
	}
	return v.raw.StringValue(), true
}

// Is reports whether the value is known to be that string.
func (v Value) Is(s string) bool {
	got, ok := v.Str()
	return ok && got == s
}

// Bool returns the value as a boolean, or false when it is not a known one. The strings "true" and "false" count, since
// providers convert them.
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

// IsTrue reports whether the value is true. An absent value is not.
func (v Value) IsTrue() answer.Answer {
	on, known := v.Bool()
	return v.answer(known && on)
}

// Equals reports whether the value is that string. An absent value is not.
func (v Value) Equals(want string) answer.Answer { return v.answer(v.Is(want)) }

// AtLeast reports whether the value is a number that is at least n. An absent value is not.
func (v Value) AtLeast(n float64) answer.Answer {
	got, known := v.Number()
	return v.answer(known && got >= n)
}

// IsGiven reports whether there is a value other than an empty string.
func (v Value) IsGiven() answer.Answer { return v.answer(!v.Absent() && !v.Is("")) }

// answer returns Unknown for an unknown value, and holds otherwise.
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

// IsFalse reports whether the value is known to be false.
func (v Value) IsFalse() bool {
	b, ok := v.Bool()
	return ok && !b
}

// Number returns the value as a number, or false when it is not a known one. A string that contains a number counts,
// since providers convert it.
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

// NumberOr returns the value as a number, or the default if it is absent. It returns false when the value is not a
// known number.
func (v Value) NumberOr(byDefault float64) (value float64, ok bool) {
	if v.Absent() {
		return byDefault, true
	}
	return v.Number()
}

// Property returns the underlying property value, without secret marks at the top level.
func (v Value) Property() resource.PropertyValue { return v.raw }

// Show returns the value as it may be printed in a message. It never includes a secret.
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

// EachLeaf calls visit with everything inside the value that is neither list nor object, and its path. It skips secrets
// entirely, since the names inside them are secret, too.
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

// JSON returns the value decoded from a known JSON string, or the value itself when it is not a string. It returns
// false when the string is not JSON.
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

// NewValue returns a property value as rules see it.
func NewValue(raw resource.PropertyValue) Value { return newValue(raw, false) }
