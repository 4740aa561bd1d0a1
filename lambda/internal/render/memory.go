package render

import (
	"fmt"
	"image"
	"image/color"
)

// pixels returns an image's area.
func pixels(config image.Config) int64 { return int64(config.Width) * int64(config.Height) }

// modelBytes returns how many bytes an image of the model has for each pixel.
func modelBytes(model color.Model) int64 {
	switch model := model.(type) {
	case color.Palette:
		return 1
	default:
		switch model {
		case color.GrayModel:
			return 1
		case color.Gray16Model:
			return 2
		case color.RGBA64Model, color.NRGBA64Model:
			return 8
		}
		return 4
	}
}

// These are offsets in a PNG file, whose first chunk is the header.
const (
	pngColorType  = 25
	pngInterlaced = 28
)

func pngMemory(file []byte, config image.Config) int64 {
	perPixel := modelBytes(config.ColorModel)
	if file[pngColorType] == 0 {
		// A grey image becomes a coloured one if a later chunk names a
		// transparent shade.
		perPixel *= 4
	}
	if file[pngInterlaced] != 0 {
		// Each of the seven passes is an image, the last has half of all rows.
		perPixel *= 2
	}
	// The filters need this row and the previous one, besides the image.
	return perPixel * (pixels(config) + 2*int64(config.Width))
}

// webpMemory distinguishes lossy images, in three planes, from lossless ones,
// which take one image and as much again for their transforms. Images with
// transparency may have it in lossless form.
func webpMemory(file []byte, config image.Config) int64 {
	if file[15] == ' ' {
		return 3 * pixels(config)
	}
	return 8 * pixels(config)
}

// maxTIFFBlocks is how many strips or tiles are decoded. Each of them starts a
// decompressor, which takes longer than a small block's pixels.
const maxTIFFBlocks = 1 << 16

// tiffBlocks returns how many strips or tiles a TIFF has, and the pixels of one.
func tiffBlocks(tags map[uint16]uint32, config image.Config) (count, area int64) {
	width, height := int64(config.Width), int64(config.Height)
	blockWidth, blockHeight := width, height
	if tiles := int64(tags[tagTileWidth]); tiles > 0 {
		blockWidth, blockHeight = tiles, max(int64(tags[tagTileHeight]), 1)
	} else if rows := int64(tags[tagRowsPerStrip]); rows > 0 {
		blockHeight = min(rows, height)
	}
	across := (width + blockWidth - 1) / max(blockWidth, 1)
	down := (height + blockHeight - 1) / max(blockHeight, 1)
	return across * down, blockWidth * blockHeight
}

// checkTIFF rejects files with very many tiny blocks.
func checkTIFF(file []byte, config image.Config) error {
	if count, _ := tiffBlocks(readTags(file), config); count > maxTIFFBlocks {
		return fmt.Errorf("%w: a TIFF of %d strips or tiles, the limit is %d", ErrTooLarge, count, maxTIFFBlocks)
	}
	return nil
}

// tiffMemory counts the image and the data of one block, which grows to eight
// bytes per pixel in a buffer that doubles, or to the file's length if it is
// uncompressed.
func tiffMemory(file []byte, config image.Config) int64 {
	tags := readTags(file)
	_, area := tiffBlocks(tags, config)
	block := 16 * area
	if tags[tagCompression] <= 1 {
		block = min(block, 2*int64(len(file)))
	}
	return modelBytes(config.ColorModel)*pixels(config) + block
}
