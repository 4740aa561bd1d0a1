package jpegscale

// block holds a block's lowest frequencies, four by four, row by row, and one
// place for those that no small block shows.
type block [17]int32

const outside = 16

// small maps a coefficient's position in the file (T.81, figure A.6) to its
// place in a block.
var small = [25]byte{
	0, 1, 4, 8, 5, 2, 3, 6,
	9, 12, outside, 13, 10, 7, outside, outside,
	outside, 11, 14, outside, outside, outside, outside, outside,
	15,
}

// These are factors of the cosine transform of four points, √2·cos(π/8) and
// √2·cos(3π/8), with 13 fractional bits.
const (
	cos1 = 10703
	cos3 = 4433
)

// middleBits is how many fractional bits the first of two passes keeps.
const middleBits = 6

// flat reports whether all pixels are the same, as most of them are in a sky.
func (b *block) flat() bool {
	return b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7]|b[8]|b[9]|b[10]|b[11]|b[12]|b[13]|b[14]|b[15] == 0
}

// transform writes a block's pixels. Except for a factor, the N × M lowest
// frequencies of an 8 × 8 block are the transform of the same block at N × M
// pixels. Factors are integers, so that every machine computes the same pixels.
func (p *plane) transform(b *block, x, y int) {
	out := p.pix[y*p.ny*p.stride+x*p.nx:]
	switch {
	case b.flat():
		pixel := level(b[0] << middleBits)
		for range p.ny {
			for i := range out[:p.nx] {
				out[i] = pixel
			}
			out = out[min(p.stride, len(out)):]
		}
		return
	case p.nx == 2 && p.ny == 2:
		left, right := b[0]+b[4], b[1]+b[5]
		out[0], out[1] = level((left+right)<<middleBits), level((left-right)<<middleBits)
		left, right = b[0]-b[4], b[1]-b[5]
		out[p.stride], out[p.stride+1] = level((left+right)<<middleBits), level((left-right)<<middleBits)
		return
	}
	for i := range p.nx {
		inverse(p.ny, &b[i], &b[4+i], &b[8+i], &b[12+i], middleBits)
	}
	for j := range p.ny {
		row := b[4*j : 4*j+4]
		inverse(p.nx, &row[0], &row[1], &row[2], &row[3], 0)
		for i := range p.nx {
			out[j*p.stride+i] = level(row[i])
		}
	}
}

// inverse transforms n points in place, and scales them up by 1<<bits.
func inverse(n int, p0, p1, p2, p3 *int32, bits uint) {
	switch n {
	case 1:
		*p0 <<= bits
	case 2:
		a, b := *p0<<bits, *p1<<bits
		*p0, *p1 = a+b, a-b
	case 4:
		even0, even1 := (*p0+*p2)<<bits, (*p0-*p2)<<bits
		shift := 13 - bits
		half := int32(1) << (shift - 1)
		odd0 := (*p1*cos1 + *p3*cos3 + half) >> shift
		odd1 := (*p1*cos3 - *p3*cos1 + half) >> shift
		*p0, *p1, *p2, *p3 = even0+odd0, even1+odd1, even1-odd1, even0-odd0
	}
}

// level undoes the scaling, by 8 and by the fractional bits, and the level
// shift, and clamps the result to the range of a byte.
func level(v int32) byte {
	const shift = 3 + middleBits
	return byte(min(max(v+128<<shift+1<<(shift-1), 0)>>shift, 255))
}
