package render

import (
	"image"
	"image/color"
)

// reduce averages rectangles of whole pixels, so that the result is at least
// twice as large as the target, and draws it over the background. An image that
// is not that large is only converted. Each axis is separate: a file one pixel
// high and millions wide must not reach a filter whose tables grow with the
// width.
func reduce(p picture, target Size, background color.NRGBA) *image.NRGBA {
	columns, rows := edges(p.canvas.Dx(), target.Width), edges(p.canvas.Dy(), target.Height)
	if planes, ok := p.Image.(*image.YCbCr); ok {
		return reducePlanes(planes, columns, rows, p.toRGB())
	}
	width, height := len(columns)-1, len(rows)-1
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	line := make([]uint8, 3*p.canvas.Dx())
	sums := make([]int, 3*width)
	read := p.rowReader(background)
	for j := range height {
		clear(sums)
		for y := rows[j]; y < rows[j+1]; y++ {
			read(y, line)
			for i := range width {
				var r, g, b int
				for cell := line[3*columns[i] : 3*columns[i+1]]; len(cell) >= 3; cell = cell[3:] {
					r, g, b = r+int(cell[0]), g+int(cell[1]), b+int(cell[2])
				}
				sums[3*i] += r
				sums[3*i+1] += g
				sums[3*i+2] += b
			}
		}
		for i := range width {
			area := (columns[i+1] - columns[i]) * (rows[j+1] - rows[j])
			pix := out.Pix[j*out.Stride+4*i:][:4]
			for c := range 3 {
				pix[c] = average(sums[3*i+c], area)
			}
			pix[3] = 255
		}
	}
	return out
}

// average returns the sum of bytes divided by their number, rounded.
func average(sum, count int) uint8 {
	return uint8(min(max((sum+count/2)/count, 0), 255))
}

// edges divides a length into as many parts as are at least twice the target:
// each of the same number of pixels, or one more. If the length is less than
// four times the target, every pixel is a part.
func edges(length, target int) []int {
	parts := length / max(length/(2*target), 1)
	result := make([]int, parts+1)
	for i := range result {
		result[i] = int(int64(i) * int64(length) / int64(parts))
	}
	return result
}

// reducePlanes reduces the planes of a JPEG or a lossy WebP one by one, and only
// then converts the colours.
func reducePlanes(planes *image.YCbCr, columns, rows []int, toRGB func(y, cb, cr uint8) (r, g, b uint8)) *image.NRGBA {
	h, v := subsampling(planes.SubsampleRatio)
	luma := reducePlane(planes.Y, planes.YStride, columns, rows, 1, 1)
	blue := reducePlane(planes.Cb, planes.CStride, columns, rows, h, v)
	red := reducePlane(planes.Cr, planes.CStride, columns, rows, h, v)
	out := image.NewNRGBA(image.Rect(0, 0, len(columns)-1, len(rows)-1))
	for i := range luma {
		pix := out.Pix[4*i:][:4]
		pix[0], pix[1], pix[2] = toRGB(luma[i], blue[i], red[i])
		pix[3] = 255
	}
	return out
}

// subsampling returns how many pixels share a colour in each direction.
func subsampling(ratio image.YCbCrSubsampleRatio) (h, v int) {
	switch ratio {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	default:
		return 1, 1
	}
}

// reducePlane averages the samples that lie in each part, wholly or partly, of
// a plane with one sample for h × v pixels.
func reducePlane(pix []uint8, stride int, columns, rows []int, h, v int) []uint8 {
	width, height := len(columns)-1, len(rows)-1
	out := make([]uint8, width*height)
	sums := make([]int, width)
	whole := h == 1 && columns[width] == width
parts:
	for j := range height {
		clear(sums)
		top, bottom := rows[j]/v, (rows[j+1]-1)/v+1
		for y := top; y < bottom; y++ {
			line := pix[y*stride:]
			if whole && bottom == top+1 {
				copy(out[j*width:][:width], line)
				continue parts
			}
			for i := range sums {
				sum := 0
				for _, sample := range line[columns[i]/h : (columns[i+1]-1)/h+1] {
					sum += int(sample)
				}
				sums[i] += sum
			}
		}
		for i, sum := range sums {
			area := ((columns[i+1]-1)/h + 1 - columns[i]/h) * (bottom - top)
			out[j*width+i] = average(sum, area)
		}
	}
	return out
}
