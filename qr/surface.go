package qr

import "image/color"

// align says what the x of a line of text means.
type align int

const (
	fromLeft align = iota // x is where the line begins
	centered              // x is its middle
)

// surface is what a layout is drawn on: pixels or a PDF page. Lengths are in the unit of the page, from its top
// left corner.
type surface interface {
	panel(x, y, w, h, radius float64, with color.RGBA)
	code(x, y, side float64, code *Code)
	text(x, baseline float64, s string, w weight, size float64, where align, with color.RGBA) error
}

// drawBlock draws the lines of a block, the capitals of the first one reaching up to top.
func drawBlock(s surface, x, top float64, b block, where align, with color.RGBA) error {
	baseline := top + b.size*capHeight
	for _, line := range b.lines {
		if err := s.text(x, baseline, line, b.weight, b.size, where, with); err != nil {
			return err
		}
		baseline += b.size * lineHeight
	}
	return nil
}
