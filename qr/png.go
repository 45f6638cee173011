package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image/color"
	"sync"
)

// ChatPixels is the side below which a code should not be sent as a chat photo: messengers recompress photos to
// JPEG, and modules of a few pixels do not survive it.
const ChatPixels = 512

const maxPixels = 8192

// PNG draws the code black on white with its quiet zone. Every module is the same whole number of pixels, the
// smallest for which the picture is at least minPixels wide (of at most 8192). The picture is square, one bit deep.
func (c *Code) PNG(minPixels int) []byte {
	modules := c.size + 2*QuietZone
	scale := max(1, (min(minPixels, maxPixels)+modules-1)/modules)
	side := modules * scale
	blank, line := make([]byte, (side+7)/8), make([]byte, (side+7)/8)
	drawn := -1 // the row of modules that line holds
	return encodePNG(side, side, 1, []color.RGBA{white, black}, func(y int) []byte {
		row := y/scale - QuietZone
		if row < 0 || row >= c.size {
			return blank
		}
		if row != drawn {
			drawn = row
			clear(line)
			for x := range c.size {
				if c.Dark(x, row) {
					setBits(line, (x+QuietZone)*scale, scale)
				}
			}
		}
		return line
	})
}

// setBits sets n bits from the given one, counting from the highest bit of the first byte.
func setBits(line []byte, from, n int) {
	for i := from; i < from+n; i++ {
		line[i/8] |= 0x80 >> (i % 8)
	}
}

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// pngScratch is kept between pictures: a fresh compressor costs more than a whole QR code.
type pngScratch struct {
	packed bytes.Buffer
	zip    *zlib.Writer
	line   []byte // the last row that was written out, behind its filter byte
	same   []byte // what says that a row is the one above again
}

var pngPool = sync.Pool{New: func() any {
	s := new(pngScratch)
	zip, err := zlib.NewWriterLevel(&s.packed, zlib.BestSpeed)
	if err != nil {
		panic(fmt.Sprintf("qr: BestSpeed is not a compression level: %v", err))
	}
	s.zip = zip
	return s
}}

// encodePNG writes a picture of palette indices, depth bits each, packed into rows as PNG wants them. The slice that
// row returns is read before the next call. Rows that repeat the one above cost next to nothing, which
// is nearly all of them in our pictures.
// https://www.w3.org/TR/png-3/
func encodePNG(width, height, depth int, palette []color.RGBA, row func(y int) []byte) []byte {
	const (
		colorTypeIndexed = 3
		filterNone       = 0
		filterUp         = 2
	)
	s := pngPool.Get().(*pngScratch)
	defer pngPool.Put(s)
	s.packed.Reset()
	s.zip.Reset(&s.packed)
	length := 1 + (width*depth+7)/8
	s.line = append(s.line[:0], make([]byte, length)...)
	s.same = append(s.same[:0], make([]byte, length)...)
	s.line[0], s.same[0] = filterNone, filterUp
	// A bytes.Buffer takes every write, so the compressor has no error to report.
	for y := range height {
		pixels := row(y)
		if y > 0 && bytes.Equal(pixels, s.line[1:]) {
			s.zip.Write(s.same)
			continue
		}
		copy(s.line[1:], pixels)
		s.zip.Write(s.line)
	}
	s.zip.Close()

	header := make([]byte, 13)
	binary.BigEndian.PutUint32(header, uint32(width))
	binary.BigEndian.PutUint32(header[4:], uint32(height))
	header[8], header[9] = byte(depth), colorTypeIndexed
	colors := make([]byte, 0, 3*len(palette))
	for _, c := range palette {
		colors = append(colors, c.R, c.G, c.B)
	}
	const chunkFrame = 12
	out := make([]byte, 0, 8+4*chunkFrame+len(header)+len(colors)+s.packed.Len())
	out = append(out, "\x89PNG\r\n\x1a\n"...)
	out = appendChunk(out, "IHDR", header)
	out = appendChunk(out, "PLTE", colors)
	out = appendChunk(out, "IDAT", s.packed.Bytes())
	return appendChunk(out, "IEND", nil)
}

func appendChunk(out []byte, name string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	at := len(out)
	out = append(out, name...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at:]))
}
