package jpegscale

import "fmt"

// part is one component's share in a scan.
type part struct {
	*plane
	dcTable, acTable *huffman
}

// band is what a scan contains: the coefficients from first to last, and of
// these the bits from low up to, but not including, high; high 0 is the first
// pass.
type band struct {
	first, last int
	high, low   uint
}

// scan reads a scan's header (T.81 B.2.3) and all of its blocks.
func (d *decoder) scan(payload []byte) error {
	if len(payload) < 4 || len(payload) != 4+2*int(payload[0]) || payload[0] < 1 || int(payload[0]) > d.Components {
		return fmt.Errorf("%w: scan header of %d bytes", ErrCorrupt, len(payload))
	}
	selectors, spectrum := payload[1:len(payload)-3], payload[len(payload)-3:]
	b := band{int(spectrum[0]), int(spectrum[1]), uint(spectrum[2] >> 4), uint(spectrum[2] & 15)}
	if !d.Progressive {
		// Some encoders leave this field empty, as it has only one value here.
		b = band{0, blockCoefs - 1, 0, 0}
	}
	if b.first > b.last || b.last >= blockCoefs || b.low > 13 || b.high > 13 ||
		d.Progressive && b.first == 0 && b.last > 0 || b.first > 0 && len(selectors) > 2 {
		return fmt.Errorf("%w: scan of coefficients %d to %d", ErrCorrupt, b.first, b.last)
	}
	parts := make([]part, 0, 3)
	for ; len(selectors) > 0; selectors = selectors[2:] {
		p, err := d.part(selectors[0], selectors[1], b)
		if err != nil {
			return err
		}
		for _, earlier := range parts {
			if earlier.plane == p.plane {
				return fmt.Errorf("%w: component %d twice in a scan", ErrCorrupt, p.id)
			}
		}
		parts = append(parts, p)
	}
	return d.units(parts, b)
}

// part looks up what a scan needs to read a component.
func (d *decoder) part(id, tables byte, b band) (part, error) {
	for i := range d.planes[:d.Components] {
		p := &d.planes[i]
		if p.id != id {
			continue
		}
		if tables>>4 > 3 || tables&15 > 3 {
			break
		}
		result := part{plane: p, dcTable: d.tables[0][tables>>4], acTable: d.tables[1][tables&15]}
		if b.first == 0 && b.high == 0 && result.dcTable == nil || b.last > 0 && result.acTable == nil {
			return part{}, fmt.Errorf("%w: scan without its Huffman table", ErrCorrupt)
		}
		if p.factors == nil {
			p.factors = d.quants[p.quant]
		}
		if p.factors == nil {
			return part{}, fmt.Errorf("%w: scan without its quantisation table", ErrCorrupt)
		}
		p.seen = p.seen || b.first == 0
		return result, nil
	}
	return part{}, fmt.Errorf("%w: scan of component %d", ErrCorrupt, id)
}

// units iterates over a scan's minimum coded units (A.2): blocks of all
// components in turn, or of a single one row by row.
func (d *decoder) units(parts []part, b band) error {
	first := parts[0].plane
	unitsX, unitsY := first.realX, first.realY
	interleaved := len(parts) > 1
	if interleaved {
		unitsX, unitsY = first.blocksX/first.h, first.blocksY/first.v
	}
	d.startInterval(parts)
	left := d.restart
	for y := range unitsY {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		for x := range unitsX {
			if d.restart > 0 {
				if left == 0 {
					if !d.reader.restart() {
						return fmt.Errorf("%w: no restart marker where one is due", ErrCorrupt)
					}
					d.startInterval(parts)
					left = d.restart
				}
				left--
			}
			if !interleaved {
				d.block(&parts[0], x, y, b)
				continue
			}
			for i := range parts {
				p := &parts[i]
				for v := range p.v {
					for h := range p.h {
						d.block(p, x*p.h+h, y*p.v+v, b)
					}
				}
			}
		}
		if d.reader.exhausted() {
			return fmt.Errorf("%w: the data end or break off in row %d of %d", ErrCorrupt, y+1, unitsY)
		}
	}
	return nil
}

// startInterval resets the state that a restart resets (F.2.1.3.1, G.1.2.2).
func (d *decoder) startInterval(parts []part) {
	for _, p := range parts {
		p.dc = 0
	}
	d.eobRun = 0
}

func (d *decoder) block(p *part, x, y int, b band) {
	if !d.Progressive {
		d.reader.sequential(p, x, y)
		return
	}
	coefs := (*[blockCoefs]int16)(p.coefs[(y*p.blocksX+x)*blockCoefs:])
	switch {
	case b.first == 0 && b.high == 0:
		p.dc += d.reader.value(int(d.reader.symbol(p.dcTable) & 15))
		coefs[0] = coefficient(p.dc, b)
	case b.first == 0:
		coefs[0] |= coefficient(d.reader.bits(1), b)
	case b.high == 0:
		d.firstAC(coefs, p.acTable, b)
	default:
		d.refineAC(coefs, p.acTable, b)
	}
}

// coefficient returns the coefficient that a scan's number stands for. It is too
// large for its 16 bits only in a file that violates the standard.
func coefficient(v int32, b band) int16 {
	return int16(v << b.low) //nolint:gosec // see above
}

// sequential reads one block (F.2.2) and transforms it. Frequencies that the
// small block cannot show are skipped. Nearly all time is spent here, which is
// why the reader's state is kept in local variables.
func (r *bitReader) sequential(p *part, x, y int) {
	var b block
	p.dc += r.value(int(r.symbol(p.dcTable) & 15))
	b[0] = p.dc * p.factors[0]
	table, last := p.acTable, p.last
	acc, n := r.acc, r.n
	for k := 1; k < blockCoefs; k++ {
		if n < 32 {
			r.acc, r.n = acc, n
			r.fill()
			acc, n = r.acc, r.n
		}
		entry := table.look[acc>>(64-lookBits)]
		if entry == 0 {
			r.acc, r.n = acc, n
			entry = uint16(r.longSymbol(table))
			acc, n = r.acc, r.n
		}
		// They are unsigned and visibly below 64, so that the shifts need no checks.
		zeros, length, code := int(entry>>4&15), uint(entry&15), uint(entry>>8&31)
		if length == 0 {
			acc <<= code
			n -= int(code)
			if zeros < 15 {
				break
			}
			k += 15
			continue
		}
		if k += zeros; k <= last {
			b[small[k]] = extend(acc<<code, length) * p.factors[k]
		} else if k >= blockCoefs {
			r.bad = true
		}
		acc <<= (code + length) & 63
		n -= int(code + length)
	}
	r.acc, r.n = acc, n
	p.transform(&b, x, y)
}

// firstAC reads a block's first pass over a band (G.1.2.2).
func (d *decoder) firstAC(coefs *[blockCoefs]int16, table *huffman, b band) {
	if d.eobRun > 0 {
		d.eobRun--
		return
	}
	for k := b.first; k <= b.last; k++ {
		symbol := d.reader.symbol(table)
		zeros, length := int(symbol>>4), int(symbol&15)
		if length == 0 && zeros < 15 {
			d.eobRun = 1<<zeros + d.reader.bits(zeros) - 1
			return
		}
		k += zeros
		if length == 0 {
			continue
		}
		if k > b.last {
			d.reader.bad = true
			return
		}
		coefs[k] = coefficient(d.reader.value(length), b)
	}
}

// refineAC reads one more bit of a band's coefficients (G.1.2.3): one for each
// that is not zero yet, and in between runs of zeros that end in a new one.
func (d *decoder) refineAC(coefs *[blockCoefs]int16, table *huffman, b band) {
	delta := int16(1) << b.low
	k := b.first
	for d.eobRun == 0 && k <= b.last {
		symbol := d.reader.symbol(table)
		zeros, length := int(symbol>>4), int(symbol&15)
		var fresh int16
		if length > 0 {
			if fresh = -delta; d.reader.bits(1) == 1 {
				fresh = delta
			}
		} else if zeros < 15 {
			d.eobRun = 1<<zeros + d.reader.bits(zeros)
			break
		}
		k = d.refineRun(coefs, k, b.last, zeros, delta)
		if fresh != 0 && k <= b.last {
			coefs[k] = fresh
		}
		k++
	}
	if d.eobRun > 0 {
		d.eobRun--
		d.refineRun(coefs, k, b.last, blockCoefs, delta)
	}
}

// refineRun refines from position k up to the zero that has as many zeros
// before it, and returns its position.
func (d *decoder) refineRun(coefs *[blockCoefs]int16, k, last, zeros int, delta int16) int {
	for ; k <= last; k++ {
		switch c := coefs[k]; {
		case c == 0 && zeros == 0:
			return k
		case c == 0:
			zeros--
		case d.reader.bits(1) == 0:
		case c > 0:
			coefs[k] = c + delta
		default:
			coefs[k] = c - delta
		}
	}
	return k
}
