package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// windowSize is how much of the text is in memory at a time.
	windowSize = 64 << 10
	// maxDepth is how deeply lists and objects may be nested. Properties of
	// real resources stay below 20; rules walk them by recursion.
	maxDepth = 500
	// maxKey is the longest name of an object's member.
	maxKey = 16 << 10
	// maxNumber is the longest number, in digits: a float64 written out in full
	// has 325 at most.
	maxNumber = 400
	// internBits sizes the table of strings seen before.
	internBits = 14
	// maxInterned is the length up to which strings are looked up there: longer
	// ones, such as policy documents, rarely recur.
	maxInterned = 256
)

// decoder reads JSON from a stream, value by value. The Decoder of
// encoding/json keeps every string in memory whole, however long, and takes
// several times as long.
//
// The first error is kept: after it, every method returns immediately with a
// zero value. So callers read a whole object and check err at the end.
type decoder struct {
	src io.Reader
	// window[pos:end] is what is read ahead; base is the offset of window[0].
	window   []byte
	pos, end int
	base     int64
	depth    int
	err      error

	// scratch holds a string that does not occur literally in the window.
	scratch []byte
	seen    []any
	seed    maphash.Seed

	// kept estimates the memory of all values returned, in bytes, and limit is
	// its maximum.
	kept, limit int64
	// tooLong counts the strings that were longer than the caller's limit.
	tooLong int
}

func newDecoder(src io.Reader) *decoder {
	return &decoder{
		src: src, window: make([]byte, windowSize),
		seen: make([]any, 1<<internBits), seed: maphash.MakeSeed(),
		limit: maxAll,
	}
}

// nested returns a decoder for a text inside a string of d. What it reads counts as
// d's once it is passed to d.keep.
func (d *decoder) nested(text string) *decoder {
	return &decoder{
		src: strings.NewReader(text), window: make([]byte, len(text)+len(`\uXXXX`)),
		seen: d.seen, seed: d.seed, limit: d.limit - d.kept,
	}
}

// keep counts memory that a returned value takes.
func (d *decoder) keep(bytes int) {
	if d.kept += int64(bytes); d.kept > d.limit {
		d.fail(TooLarge, "properties that take more than "+strconv.FormatInt(maxResource>>20, 10)+
			" MiB of one resource, or "+strconv.FormatInt(maxAll>>30, 10)+" GiB of all")
	}
}

// offset returns the offset of the next byte.
func (d *decoder) offset() int64 { return d.base + int64(d.pos) }

// fail rejects what stands at the next byte.
func (d *decoder) fail(problem Problem, message string) {
	d.refuse(&Error{Problem: problem, Offset: d.offset(), Message: message})
}

// refuse keeps the first error. An error never contains any of the text, which may be secret.
func (d *decoder) refuse(err *Error) {
	if d.err == nil {
		d.err = err
	}
}

// fill replaces the window, which is used up, by the next one. It returns false at the end.
func (d *decoder) fill() bool {
	d.pos = d.end
	d.slide(1)
	return d.err == nil && d.pos < d.end
}

// slide moves the rest of the window to its start and reads on behind it until
// the window holds n bytes or the text ends.
func (d *decoder) slide(n int) {
	d.base += int64(d.pos)
	d.end = copy(d.window, d.window[d.pos:d.end])
	d.pos = 0
	for idle := 0; d.end < n && d.err == nil; {
		more, err := d.src.Read(d.window[d.end:])
		d.end += more
		// A reader may return nothing a few times, but not forever.
		if idle++; more > 0 {
			idle = 0
		}
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			d.err = err
		case idle == 100:
			d.err = io.ErrNoProgress
		}
	}
}

// atEnd reports whether nothing but white space follows.
func (d *decoder) atEnd() bool {
	d.space()
	return d.pos == d.end
}

// space skips white space, and fills the window if there is more.
func (d *decoder) space() {
	for {
		for d.pos < d.end {
			switch d.window[d.pos] {
			case ' ', '\n', '\t', '\r':
				d.pos++
			default:
				return
			}
		}
		if !d.fill() {
			return
		}
	}
}

// peek returns the byte that the next value or delimiter starts with, or 0 after an error.
func (d *decoder) peek() byte {
	if d.err != nil {
		return 0
	}
	d.space()
	if d.pos == d.end {
		d.truncated()
		return 0
	}
	return d.window[d.pos]
}

func (d *decoder) truncated() {
	d.fail(Truncated, "the text ends in the middle of a value")
}

// expect consumes the delimiter c.
func (d *decoder) expect(c byte) {
	switch got := d.peek(); {
	case d.err != nil:
	case got == c:
		d.pos++
	default:
		d.fail(NotJSON, "expected "+strconv.QuoteRune(rune(c)))
	}
}

// open consumes the bracket that opens a list or object.
func (d *decoder) open(c byte) {
	d.expect(c)
	if d.depth++; d.depth > maxDepth {
		d.fail(TooLarge, "more than "+strconv.Itoa(maxDepth)+" nested lists and objects")
	}
}

// next reports whether another element follows; otherwise it consumes the closing bracket.
func (d *decoder) next(first *bool, closing byte) bool {
	c := d.peek()
	switch {
	case d.err != nil:
		return false
	case c == closing:
		d.pos++
		d.depth--
		return false
	case *first:
		*first = false
		return true
	}
	d.expect(',')
	return d.err == nil
}

// members reads an object. each reads the value of the member.
func (d *decoder) members(each func(name string)) {
	d.open('{')
	for first := true; d.next(&first, '}'); {
		name, whole := d.str(maxKey)
		if !whole {
			d.fail(TooLarge, "the name of a member is longer than "+strconv.Itoa(maxKey)+" bytes")
		}
		d.expect(':')
		if d.err == nil {
			each(name)
		}
	}
}

// items reads a list. each reads an item.
func (d *decoder) items(each func()) {
	d.open('[')
	for first := true; d.next(&first, ']'); {
		each()
	}
}

// skip skips a value, whatever it is.
func (d *decoder) skip() {
	switch d.peek() {
	case '{':
		d.open('{')
		for first := true; d.next(&first, '}'); {
			d.raw(0)
			d.expect(':')
			d.skip()
		}
	case '[':
		d.items(d.skip)
	case '"':
		d.raw(0)
	case 't', 'f':
		d.boolean()
	case 'n':
		d.null()
	default:
		d.number()
	}
}

func (d *decoder) null() { d.literal("null") }

func (d *decoder) boolean() bool {
	if d.peek() == 't' {
		d.literal("true")
		return d.err == nil
	}
	d.literal("false")
	return false
}

func (d *decoder) literal(text string) {
	for i := range len(text) {
		if d.pos == d.end && !d.fill() {
			d.truncated()
			return
		}
		if d.window[d.pos] != text[i] {
			d.fail(NotJSON, "expected a value")
			return
		}
		d.pos++
	}
}

func (d *decoder) number() float64 {
	start := d.peek()
	if d.err != nil {
		return 0
	}
	if start != '-' && (start < '0' || start > '9') {
		d.fail(NotJSON, "expected a value")
		return 0
	}
	at := d.offset()
	text := d.scratch[:0]
	for d.pos < d.end || d.fill() {
		c := d.window[d.pos]
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		if len(text) == maxNumber {
			d.fail(Malformed, "a number of more than "+strconv.Itoa(maxNumber)+" digits")
			return 0
		}
		text = append(text, c)
		d.pos++
	}
	d.scratch = text
	if d.err != nil {
		return 0
	}
	n, err := strconv.ParseFloat(string(text), 64)
	switch {
	case !json.Valid(text): // ParseFloat accepts more than JSON does
		d.refuse(&Error{Problem: NotJSON, Offset: at, Message: "a number that is not valid JSON"})
	case err != nil || math.IsInf(n, 0):
		d.refuse(&Error{Problem: Malformed, Offset: at, Message: "a number too large for 64 bits"})
	}
	return n
}

// str reads a string of at most limit bytes. It returns false if the string is
// longer, or the value is not a string.
func (d *decoder) str(limit int) (s string, whole bool) {
	boxed, whole := d.interned(limit)
	s, _ = boxed.(string)
	return s, whole
}

// interned does the work of str for a value that ends up in an interface, as
// properties do: both the text and its box are shared with an equal string seen
// before.
func (d *decoder) interned(limit int) (boxed any, whole bool) {
	text, whole := d.raw(limit)
	if d.err != nil || !whole {
		return "", whole
	}
	if len(text) > maxInterned {
		d.keep(len(text))
		return string(text), true
	}
	slot := &d.seen[maphash.Bytes(d.seed, text)>>(64-internBits)]
	if known, ok := (*slot).(string); ok && known == string(text) {
		return *slot, true
	}
	d.keep(len(text))
	*slot = string(text)
	return *slot, true
}

// raw reads a string. The bytes are valid until the next read. If the string is
// longer than limit, none of it is kept, and whole is false.
func (d *decoder) raw(limit int) (text []byte, whole bool) {
	d.expect('"')
	if d.err != nil {
		return nil, true
	}
	at := d.offset()
	// Most strings occur literally in the window.
	if n := plain(d.window[d.pos:d.end]); d.pos+n < d.end && d.window[d.pos+n] == '"' {
		text = d.window[d.pos : d.pos+n]
		d.pos += n + 1
		if len(text) > limit {
			return nil, false
		}
		return text, d.valid(text, at)
	}
	text, whole = d.scratch[:0], true
	for d.pos < d.end || d.fill() {
		n := plain(d.window[d.pos:d.end])
		if whole = whole && len(text)+n <= limit; whole {
			text = append(text, d.window[d.pos:d.pos+n]...)
		}
		if d.pos += n; d.pos == d.end {
			continue
		}
		switch c := d.window[d.pos]; c {
		case '"':
			d.pos++
			d.scratch = text
			return text, whole && d.valid(text, at)
		case '\\':
			d.pos++
			var escaped [utf8.UTFMax]byte
			n := utf8.EncodeRune(escaped[:], d.escape())
			if whole = whole && len(text)+n <= limit; whole {
				text = append(text, escaped[:n]...)
			}
		default:
			d.fail(NotJSON, "a control character inside a string")
			return nil, true
		}
	}
	d.truncated()
	return nil, true
}

// plain counts the bytes before a quote, a backslash or a control character.
func plain(text []byte) int {
	for i, c := range text {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(text)
}

func (d *decoder) valid(text []byte, at int64) bool {
	if !utf8.Valid(text) {
		d.refuse(&Error{Problem: NotJSON, Offset: at, Message: "a string that is not UTF-8"})
	}
	return d.err == nil
}

// escape reads what follows a backslash. Half of a surrogate pair becomes
// U+FFFD, as in encoding/json.
func (d *decoder) escape() rune {
	c := d.byte()
	switch c {
	case '"', '\\', '/':
		return rune(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		r := d.hex()
		if !utf16.IsSurrogate(r) {
			return r
		}
		return d.secondHalf(r)
	}
	d.fail(NotJSON, "a backslash before a character that needs none")
	return utf8.RuneError
}

// secondHalf reads the rest of a surrogate pair, if it follows. Anything else
// is left to be read, as long as it is in the window.
func (d *decoder) secondHalf(first rune) rune {
	if d.end-d.pos < len(`\uXXXX`) {
		d.slide(len(`\uXXXX`))
	}
	if !bytes.HasPrefix(d.window[d.pos:d.end], []byte(`\u`)) {
		return utf8.RuneError
	}
	pos := d.pos
	d.pos += len(`\u`)
	r := utf16.DecodeRune(first, d.hex())
	if r == utf8.RuneError {
		d.pos = pos
	}
	return r
}

func (d *decoder) hex() rune {
	var r rune
	for range 4 {
		c := d.byte()
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			d.fail(NotJSON, `\u without four hexadecimal digits`)
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}

// byte reads one byte inside a string and returns 0 after an error.
func (d *decoder) byte() byte {
	if d.pos == d.end && !d.fill() {
		d.truncated()
		return 0
	}
	c := d.window[d.pos]
	d.pos++
	return c
}
