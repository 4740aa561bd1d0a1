package archive

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"strings"
	"time"
)

// The records of a zip file, after PKWARE's APPNOTE.TXT: signatures, and sizes
// without the parts of variable length.
const (
	endSignature       = "PK\x05\x06"
	locator64Signature = "PK\x06\x07"
	end64Signature     = "PK\x06\x06"
	directorySignature = "PK\x01\x02"
	localSignature     = "PK\x03\x04"

	endSize       = 22
	locator64Size = 20
	end64Size     = 56
	directorySize = 46
	localSize     = 30
)

const (
	// averageEntry is how many bytes of the directory an entry may take on
	// average: names can be 64 KB each, and the directory is kept in memory.
	averageEntry = 1 << 10

	notZip = Defect("is not a zip file, or is truncated")
)

// addZip adds the files of a zip or jar file. It reads only the directory, and
// not with archive/zip, which trusts the size that the directory claims.
func (c *Code) addZip(prefix, name string, info fs.FileInfo, asIs bool) error {
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("opening the archive: %w", reason(err))
	}
	c.closers = append(c.closers, file)
	if asIs {
		c.Zip = info.Size()
	}
	return c.addZipContent(prefix, file, info.Size())
}

// addZipContent does the work of addZip for a file that is open.
func (c *Code) addZipContent(prefix string, file io.ReaderAt, size int64) error {
	z := &zipReader{file: &meteredReaderAt{file, c.meter}, size: size}
	directory, records, err := z.directory()
	if err != nil {
		return err
	}
	left := int64(max(c.meter.budget.Files-c.meter.files, 0))
	if records > uint64(left) || directory.Size() > left*averageEntry {
		return fmt.Errorf("it has more than %d files, or very long names", c.meter.budget.Files)
	}
	reader := bufio.NewReader(directory)
	for found := uint64(0); ; found++ {
		e, err := z.entry(reader)
		if errors.Is(err, io.EOF) {
			// Without zip64, the count has 16 bits.
			if uint16(found) != uint16(records) {
				return notZip
			}
			return nil
		}
		if err != nil {
			return err
		}
		e.Name = path.Join(prefix, e.Name)
		// Pulumi leaves out the folders of a zip that it packs anew.
		if e.Folder && c.Zip == 0 {
			continue
		}
		if err := c.add(e); err != nil {
			return err
		}
	}
}

// zipReader reads the parts of a zip file.
type zipReader struct {
	file io.ReaderAt
	size int64
	// base is where the zip begins in the file: some follow an executable.
	base int64
}

// directory finds the central directory and the number of entries that it claims.
func (z *zipReader) directory() (*io.SectionReader, uint64, error) {
	// The end record is followed by a comment of at most 64 KB.
	tail := make([]byte, min(z.size, endSize+math.MaxUint16))
	if err := z.read(tail, z.size-int64(len(tail))); err != nil {
		return nil, 0, err
	}
	at := -1
	for i := len(tail) - endSize; i >= 0 && at < 0; i-- {
		if string(tail[i:i+4]) == endSignature &&
			i+endSize+int(binary.LittleEndian.Uint16(tail[i+20:])) <= len(tail) {
			at = i
		}
	}
	if at < 0 {
		return nil, 0, notZip
	}
	end := tail[at:]
	endsAt := z.size - int64(len(tail)) + int64(at)
	records := uint64(binary.LittleEndian.Uint16(end[10:]))
	length := uint64(binary.LittleEndian.Uint32(end[12:]))
	offset := uint64(binary.LittleEndian.Uint32(end[16:]))
	if records == math.MaxUint16 || length == math.MaxUint32 || offset == math.MaxUint32 {
		end64, end64At, err := z.end64(endsAt - locator64Size)
		if err != nil {
			return nil, 0, err
		}
		if end64 != nil {
			endsAt = end64At
			records = binary.LittleEndian.Uint64(end64[32:])
			length = binary.LittleEndian.Uint64(end64[40:])
			offset = binary.LittleEndian.Uint64(end64[48:])
		}
	}
	if length > uint64(endsAt) || offset > uint64(endsAt)-length {
		return nil, 0, notZip
	}
	// The offsets count from the zip's own first byte, unless an entry is found
	// where they point in the whole file: then something follows the directory.
	z.base = endsAt - int64(length) - int64(offset)
	signature := make([]byte, len(directorySignature))
	if z.base != 0 && length > 0 {
		if err := z.read(signature, int64(offset)); err != nil {
			return nil, 0, err
		}
		if string(signature) == directorySignature {
			z.base = 0
		}
	}
	return io.NewSectionReader(z.file, z.base+int64(offset), int64(length)), records, nil
}

// end64 returns the end record of a zip64 file and its place, or nil if the
// locator is not where it should be.
func (z *zipReader) end64(locatorAt int64) ([]byte, int64, error) {
	if locatorAt < 0 {
		return nil, 0, nil
	}
	locator := make([]byte, locator64Size)
	if err := z.read(locator, locatorAt); err != nil {
		return nil, 0, err
	}
	if string(locator[:4]) != locator64Signature {
		return nil, 0, nil
	}
	at := binary.LittleEndian.Uint64(locator[8:])
	if z.size < end64Size || at > uint64(z.size-end64Size) {
		return nil, 0, notZip
	}
	end := make([]byte, end64Size)
	if err := z.read(end, int64(at)); err != nil {
		return nil, 0, err
	}
	if string(end[:4]) != end64Signature {
		return nil, 0, errors.New("its zip64 end record is not where the archive claims")
	}
	return end, int64(at), nil
}

// entry reads the directory's next entry; the error is io.EOF after the last.
func (z *zipReader) entry(directory *bufio.Reader) (Entry, error) {
	var header [directorySize]byte
	if _, err := io.ReadFull(directory, header[:]); errors.Is(err, io.EOF) {
		return Entry{}, io.EOF
	} else if err != nil {
		return Entry{}, z.failed(err)
	}
	if string(header[:4]) != directorySignature {
		return Entry{}, notZip
	}
	field := func(at int) int { return int(binary.LittleEndian.Uint16(header[at:])) }
	wide := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(header[at:])) }
	nameLength, extraLength := field(28), field(30)
	variable := make([]byte, nameLength+extraLength+field(32))
	if _, err := io.ReadFull(directory, variable); err != nil {
		return Entry{}, z.failed(err)
	}
	name := string(variable[:nameLength])
	e := Entry{
		Name:   path.Clean(name),
		Folder: strings.HasSuffix(name, "/"),
		Stamp:  Stamp{DOS: uint32(field(14))<<16 | uint32(field(12))},
	}
	// The upper byte names the system that the attributes belong to.
	if host := header[5]; host == 3 || host == 19 { // Unix, macOS
		unix := wide(38) >> 16
		e.HasMode, e.Mode = unix != 0, fs.FileMode(unix&0o777)
		if unix&0o170000 == 0o120000 {
			e.Mode |= fs.ModeSymlink
		}
	}
	packed := compressed{
		method: field(10), encrypted: field(8)&1 != 0,
		size: wide(20), offset: wide(42),
	}
	size := wide(24)
	extra(variable[nameLength:nameLength+extraLength], func(id uint16, data []byte) {
		switch id {
		case 0x0001: // zip64: only the values that did not fit, in this order
			for _, value := range []*uint64{&size, &packed.size, &packed.offset} {
				if *value == math.MaxUint32 && len(data) >= 8 {
					*value, data = binary.LittleEndian.Uint64(data), data[8:]
				}
			}
		case 0x5455: // extended timestamp: flags, then the modification time
			if len(data) >= 5 && data[0]&1 != 0 {
				e.Stamp.Unix, e.Stamp.HasUnix = int32(binary.LittleEndian.Uint32(data[1:])), true
			}
		case 0x5855, 0x7855, 0x7875: // Info-ZIP's three fields for user and group
			e.Owned = true
		}
	})
	e.Size = int64(min(size, math.MaxInt64))
	e.open = func() (io.ReadCloser, error) { return z.open(packed) }
	return e, nil
}

// extra visits the fields of an extra block. It stops at a malformed one, as
// other readers do.
func extra(block []byte, visit func(id uint16, data []byte)) {
	for len(block) >= 4 {
		id, length := binary.LittleEndian.Uint16(block), int(binary.LittleEndian.Uint16(block[2:]))
		if length > len(block)-4 {
			return
		}
		visit(id, block[4:4+length])
		block = block[4+length:]
	}
}

// compressed is the location of an entry's content.
type compressed struct {
	method       int
	encrypted    bool
	size, offset uint64
}

func (z *zipReader) open(c compressed) (io.ReadCloser, error) {
	if c.encrypted {
		return nil, errors.New("it is encrypted")
	}
	room := uint64(z.size - z.base)
	if room < localSize || c.offset > room-localSize {
		return nil, errors.New("the archive claims that it lies outside the archive")
	}
	at := z.base + int64(c.offset)
	header := make([]byte, localSize)
	if err := z.read(header, at); err != nil {
		return nil, err
	}
	if string(header[:4]) != localSignature {
		return nil, errors.New("it is not where the archive claims")
	}
	// The name and the extra block of the local header may have other lengths.
	at += localSize + int64(binary.LittleEndian.Uint16(header[26:])) + int64(binary.LittleEndian.Uint16(header[28:]))
	if c.size > uint64(max(z.size-at, 0)) {
		return nil, errors.New("the archive claims that it is longer than the archive")
	}
	content := io.NewSectionReader(z.file, at, int64(c.size))
	switch c.method {
	case 0:
		return io.NopCloser(content), nil
	case 8:
		return flate.NewReader(content), nil
	}
	return nil, fmt.Errorf("it is compressed with method %d", c.method)
}

func (z *zipReader) read(p []byte, at int64) error {
	switch n, err := z.file.ReadAt(p, at); {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return notZip
	default:
		return fmt.Errorf("reading the archive: %w", reason(err))
	}
}

// failed returns the meaning of an error in the middle of the directory.
func (z *zipReader) failed(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return notZip
	}
	return fmt.Errorf("reading the archive: %w", reason(err))
}

// Stamp is the modification time of a zip entry.
type Stamp struct {
	// DOS is the date and time that every entry has: local time, in steps of two
	// seconds, 0 if nothing is recorded.
	DOS uint32
	// Unix is the same in seconds since 1970, in UTC; HasUnix indicates whether it is recorded.
	Unix    int32
	HasUnix bool
}

// IsConstant reports whether the time comes from no clock: a year before 1991,
// as tools write that care for identical bytes, or exactly midnight.
func (s Stamp) IsConstant() bool {
	const dayOnly, lastYear = 0xffff, 1990
	constant := s.DOS&dayOnly == 0 || s.DOS>>25+1980 <= lastYear
	if !constant || !s.HasUnix {
		return constant
	}
	unix := time.Unix(int64(s.Unix), 0).UTC()
	apart := unix.Sub(time.Date(int(s.DOS>>25)+1980, time.Month(s.DOS>>21&15), int(s.DOS>>16&31),
		int(s.DOS>>11&31), int(s.DOS>>5&63), int(s.DOS&31)*2, 0, time.UTC)).Abs()
	// The two differ by the time zone of the machine that packed it, or because
	// one of them is a constant of its own.
	return unix.Year() <= lastYear || apart <= 15*time.Hour
}
