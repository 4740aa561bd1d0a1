package jpegscale

import (
	"encoding/binary"
	"fmt"
)

// lookBits is how many bits a single lookup decodes. Longer codes are rare.
const lookBits = 9

// huffman is a table of codes, prepared for decoding (T.81 F.2.2.3).
type huffman struct {
	// look has, for each beginning of the data, the code's length in the upper
	// byte and its value in the lower. Zero stands for a longer code.
	look [1 << lookBits]uint16
	// limit is, by length, one more than the largest code, moved to the top of
	// 16 bits; values[code+offset] is a code's value, where the sum may wrap.
	limit  [17]uint32
	offset [17]uint32
	values [256]byte
}

// readHuffman reads the tables of a segment into t (B.2.4.2).
func readHuffman(payload []byte, t *[2][4]*huffman) error {
	for len(payload) > 0 {
		class, id := payload[0]>>4, payload[0]&15
		if class > 1 || id > 3 || len(payload) < 17 {
			return fmt.Errorf("%w: Huffman table %#x", ErrCorrupt, payload[0])
		}
		counts := payload[1:17]
		total := 0
		for _, count := range counts {
			total += int(count)
		}
		if total > 256 || len(payload) < 17+total {
			return fmt.Errorf("%w: Huffman table of %d codes", ErrCorrupt, total)
		}
		table, err := newHuffman(counts, payload[17:17+total])
		if err != nil {
			return err
		}
		t[class][id] = table
		payload = payload[17+total:]
	}
	return nil
}

func newHuffman(counts, values []byte) (*huffman, error) {
	h := &huffman{}
	copy(h.values[:], values)
	var code, k uint32
	for length := 1; length <= 16; length++ {
		h.offset[length] = k - code
		for range counts[length-1] {
			if code >= 1<<length {
				return nil, fmt.Errorf("%w: Huffman table has more codes than fit", ErrCorrupt)
			}
			if length <= lookBits {
				first := code << (lookBits - length)
				for i := range uint32(1) << (lookBits - length) {
					h.look[first+i] = uint16(length)<<8 | uint16(values[k])
				}
			}
			code++
			k++
		}
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	return h, nil
}

// bitReader reads a scan's data bit by bit. After the data it continues with
// zeros, and counts them: a check once per row of blocks notices.
type bitReader struct {
	data []byte
	pos  int
	// acc holds n bits, from the top.
	acc uint64
	n   int
	// padding is how many of all bits read were not in the data.
	padding int
	// bad is set by a code that is in no table.
	bad bool
}

// fill reads bits until there are at least 32.
func (r *bitReader) fill() {
	if r.pos+4 <= len(r.data) {
		word := binary.BigEndian.Uint32(r.data[r.pos:])
		// No byte is 0xff: no byte of the inverted word is zero.
		if inverted := ^word; (inverted-0x01010101)&word&0x80808080 == 0 {
			r.acc |= uint64(word) << (32 - r.n)
			r.n += 32
			r.pos += 4
			return
		}
	}
	for r.n <= 56 {
		var b byte
		switch {
		case r.pos >= len(r.data):
			r.padding += 8
		case r.data[r.pos] != 0xff:
			b = r.data[r.pos]
			r.pos++
		case r.pos+1 < len(r.data) && r.data[r.pos+1] == 0:
			b = 0xff
			r.pos += 2
		default: // a marker
			r.padding += 8
		}
		r.acc |= uint64(b) << (56 - r.n)
		r.n += 8
	}
}

// exhausted reports whether bits were used that the data do not contain.
func (r *bitReader) exhausted() bool { return r.bad || r.padding > r.n }

// symbol decodes one code and leaves at least 16 bits after it.
func (r *bitReader) symbol(h *huffman) byte {
	if r.n < 32 {
		r.fill()
	}
	if entry := h.look[r.acc>>(64-lookBits)]; entry != 0 {
		length := int(entry >> 8)
		r.acc <<= length
		r.n -= length
		return byte(entry & 0xff)
	}
	return r.longSymbol(h)
}

func (r *bitReader) longSymbol(h *huffman) byte {
	ahead := uint32(r.acc >> 48)
	for length := lookBits + 1; length <= 16; length++ {
		if ahead < h.limit[length] {
			code := ahead >> (16 - length)
			r.acc <<= length
			r.n -= length
			return h.values[(code+h.offset[length])&0xff]
		}
	}
	r.bad = true
	return 0
}

// value reads a signed number of length bits, at most 16, from those that
// symbol has left.
func (r *bitReader) value(length int) int32 {
	if length == 0 {
		return 0
	}
	v := extend(r.acc, uint(length))
	r.acc <<= length
	r.n -= length
	return v
}

// extend returns the signed number that the first bits of acc stand for
// (F.2.2.1): the upper half of the range is positive and stands for itself.
func extend(acc uint64, length uint) int32 {
	v := int32(acc >> ((64 - length) & 63) & 0xffff)
	if acc>>63 == 0 {
		v += -1<<(length&31) + 1
	}
	return v
}

// bits reads an unsigned number of count bits, count ≤ 16.
func (r *bitReader) bits(count int) int32 {
	if r.n < 32 {
		r.fill()
	}
	v := int32(r.acc >> (64 - count) & 0xffff)
	if count == 0 {
		v = 0
	}
	r.acc <<= count
	r.n -= count
	return v
}

// restart skips to the end of the next restart marker (E.2.4).
func (r *bitReader) restart() bool {
	for r.pos+1 < len(r.data) && r.data[r.pos] == 0xff && r.data[r.pos+1] == 0xff {
		r.pos++
	}
	ok := !r.exhausted() && r.pos+1 < len(r.data) && r.data[r.pos] == 0xff &&
		r.data[r.pos+1] >= markerRST0 && r.data[r.pos+1] <= markerRST7
	*r = bitReader{data: r.data, pos: r.pos + 2}
	return ok
}
