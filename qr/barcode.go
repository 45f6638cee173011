package qr

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/code128"
)

// Bars is a linear barcode, Code 128: what hand-held laser scanners read, who see no QR code.
type Bars struct {
	dark []bool // modules from left to right, without the quiet zones
}

// barsQuiet is how many light modules there must be on either side (ISO/IEC 15417).
const barsQuiet = 10

// Barcode makes a Code 128 of printable ASCII; pairs of digits share a symbol. Texts that have no such barcode, or are longer than 48 characters,
// are an error.
func Barcode(text string) (*Bars, error) {
	if text == "" || len(text) > 48 {
		return nil, fmt.Errorf("qr: no barcode of %d characters", len(text))
	}
	code, err := code128.Encode(text)
	if err != nil {
		return nil, fmt.Errorf("qr: barcode: %w", err)
	}
	b := &Bars{dark: make([]bool, code.Bounds().Dx())}
	for x := range b.dark {
		b.dark[x] = code.At(code.Bounds().Min.X+x, code.Bounds().Min.Y) == color.Color(color.Black)
	}
	return b, nil
}

// Width is the number of modules with the quiet zones.
func (b *Bars) Width() int { return len(b.dark) + 2*barsQuiet }

// Path draws the dark bars as an SVG path of the given height, in modules from the left edge of the quiet zone.
func (b *Bars) Path(height int) string {
	var path strings.Builder
	for x := 0; x < len(b.dark); {
		if !b.dark[x] {
			x++
			continue
		}
		from := x
		for x < len(b.dark) && b.dark[x] {
			x++
		}
		width := strconv.Itoa(x - from)
		path.WriteString("M" + strconv.Itoa(from+barsQuiet) + " 0h" + width + "v" + strconv.Itoa(height) + "h-" + width + "z")
	}
	return path.String()
}
