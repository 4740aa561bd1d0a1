package render

import (
	"bytes"
	"encoding/binary"
	"image"

	"github.com/disintegration/imaging"
)

// orientation is how a camera was held, from 1 (upright) to 8: EXIF 2.32, tag
// 0x0112. From 5 on, width and height are exchanged.
type orientation int

const upright orientation = 1

// apply returns the size of an image of size s when it is turned.
func (o orientation) apply(s Size) Size {
	if o >= 5 {
		return Size{s.Height, s.Width}
	}
	return s
}

// turn turns the image upright.
func (o orientation) turn(picture *image.NRGBA) *image.NRGBA {
	switch o {
	case 2:
		return imaging.FlipH(picture)
	case 3:
		return imaging.Rotate180(picture)
	case 4:
		return imaging.FlipV(picture)
	case 5:
		return imaging.Transpose(picture)
	case 6:
		return imaging.Rotate270(picture)
	case 7:
		return imaging.Transverse(picture)
	case 8:
		return imaging.Rotate90(picture)
	default:
		return picture
	}
}

// These are tags of TIFF files, of which EXIF is one.
const (
	tagCompression  = 0x0103
	tagOrientation  = 0x0112
	tagRowsPerStrip = 0x0116
	tagTileWidth    = 0x0142
	tagTileHeight   = 0x0143
)

// readOrientation reads the orientation from a TIFF structure. What cannot be
// read counts as upright.
func readOrientation(exif []byte) orientation {
	if value := readTags(exif)[tagOrientation]; value >= 1 && value <= 8 {
		return orientation(value)
	}
	return upright
}

// readTags reads the tags of a TIFF structure's first directory that are whole
// numbers; of several numbers, it reads the first (TIFF 6.0, section 2).
func readTags(file []byte) map[uint16]uint32 {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(file, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(file, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return nil
	}
	directory := tail(file, 4, order)
	if len(directory) < 2 {
		return nil
	}
	const entrySize = 12
	tags := map[uint16]uint32{}
	entries := directory[2:]
	for range order.Uint16(directory) {
		if len(entries) < entrySize {
			break
		}
		tag, kind, count := order.Uint16(entries), order.Uint16(entries[2:]), order.Uint32(entries[4:])
		value := entries[8:entrySize]
		if kind == 1 && count > 4 || kind == 3 && count > 2 || kind == 4 && count > 1 {
			// They are too long for the entry, which contains their offset.
			value = tail(file, len(file)-len(entries)+8, order)
		}
		switch {
		case count == 0:
		case kind == 1 && len(value) >= 1: // byte
			tags[tag] = uint32(value[0])
		case kind == 3 && len(value) >= 2: // short
			tags[tag] = uint32(order.Uint16(value))
		case kind == 4 && len(value) >= 4: // long
			tags[tag] = order.Uint32(value)
		}
		entries = entries[entrySize:]
	}
	return tags
}

// tail returns the file from the offset that is stored at the given place.
func tail(file []byte, at int, order binary.ByteOrder) []byte {
	if at+4 > len(file) {
		return nil
	}
	return file[min(int64(order.Uint32(file[at:])), int64(len(file))):]
}

// pngEXIF finds the eXIf chunk, which may follow the pixels.
func pngEXIF(file []byte) []byte {
	const head, checksum = 8, 4
	for rest := file[8:]; len(rest) >= head; {
		length := int64(binary.BigEndian.Uint32(rest))
		if length+head+checksum > int64(len(rest)) {
			return nil
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[head : head+length]
		}
		rest = rest[head+length+checksum:]
	}
	return nil
}

// webpEXIF finds the EXIF chunk, which follows the pixels. Some writers put the
// prefix of a JPEG segment before it.
func webpEXIF(file []byte) []byte {
	const head = 8
	for rest := file[12:]; len(rest) >= head; {
		length := int64(binary.LittleEndian.Uint32(rest[4:]))
		if length+head > int64(len(rest)) {
			return nil
		}
		if string(rest[:4]) == "EXIF" {
			return bytes.TrimPrefix(rest[head:head+length], []byte("Exif\x00\x00"))
		}
		// Chunks start at even offsets.
		rest = rest[min(head+length+length%2, int64(len(rest))):]
	}
	return nil
}
