package qr

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// canvas is a picture of at most 256 colours. Soft edges take few of them: each is one of 15 steps between what was
// there and what is drawn.
type canvas struct {
	width, height int
	scale         float64 // pixels per unit of the page
	pixels        []uint8 // indices into palette, row by row
	palette       []color.RGBA
	index         map[color.RGBA]uint8
	fonts         [2]*sfnt.Font
}

const softSteps = 15

func newCanvas(width, height int, scale float64, background color.RGBA) (*canvas, error) {
	parsed, err := fonts()
	if err != nil {
		return nil, err
	}
	return &canvas{
		width: width, height: height, scale: scale,
		pixels:  make([]uint8, width*height),
		palette: []color.RGBA{background},
		index:   map[color.RGBA]uint8{background: 0},
		fonts:   parsed,
	}, nil
}

func (c *canvas) png() []byte {
	return encodePNG(c.width, c.height, 8, c.palette, func(y int) []byte {
		return c.pixels[y*c.width : (y+1)*c.width]
	})
}

// colorIndex finds a colour in the palette or adds it; when the palette is full, the nearest one serves.
func (c *canvas) colorIndex(want color.RGBA) uint8 {
	if i, ok := c.index[want]; ok {
		return i
	}
	if len(c.palette) < 256 {
		i := uint8(len(c.palette))
		c.palette = append(c.palette, want)
		c.index[want] = i
		return i
	}
	nearest, least := 0, math.MaxInt
	for i, have := range c.palette {
		r, g, b := int(have.R)-int(want.R), int(have.G)-int(want.G), int(have.B)-int(want.B)
		if d := r*r + g*g + b*b; d < least {
			nearest, least = i, d
		}
	}
	c.index[want] = uint8(nearest)
	return uint8(nearest)
}

// brush lays one colour over the canvas and remembers what it makes of each colour it meets.
type brush struct {
	*canvas
	color color.RGBA
	mixed map[[2]uint8]uint8
}

func (c *canvas) brush(with color.RGBA) *brush {
	return &brush{canvas: c, color: with, mixed: make(map[[2]uint8]uint8)}
}

// touch covers a share of one pixel, in steps of softSteps.
func (b *brush) touch(x, y int, steps uint8) {
	if steps == 0 || x < 0 || y < 0 || x >= b.width || y >= b.height {
		return
	}
	at := y*b.width + x
	key := [2]uint8{b.pixels[at], steps}
	i, ok := b.mixed[key]
	if !ok {
		i = b.colorIndex(mix(b.palette[key[0]], b.color, float64(steps)/softSteps))
		b.mixed[key] = i
	}
	b.pixels[at] = i
}

// fillPixels covers a rectangle of whole pixels.
func (c *canvas) fillPixels(x, y, w, h int, with color.RGBA) {
	i := c.colorIndex(with)
	area := image.Rect(x, y, x+w, y+h).Intersect(image.Rect(0, 0, c.width, c.height))
	for y := area.Min.Y; y < area.Max.Y; y++ {
		line := c.pixels[y*c.width+area.Min.X : y*c.width+area.Max.X]
		for x := range line {
			line[x] = i
		}
	}
}

func (c *canvas) round(v float64) int { return int(math.Round(v * c.scale)) }

// panel draws a filled rectangle with round corners.
func (c *canvas) panel(x, y, w, h, radius float64, with color.RGBA) {
	left, top, right, bottom := c.round(x), c.round(y), c.round(x+w), c.round(y+h)
	r := min(c.round(radius), (right-left)/2, (bottom-top)/2)
	c.fillPixels(left+r, top, right-left-2*r, bottom-top, with)
	c.fillPixels(left, top+r, r, bottom-top-2*r, with)
	c.fillPixels(right-r, top+r, r, bottom-top-2*r, with)
	b := c.brush(with)
	for dy := range r {
		for dx := range r {
			// How much of the pixel lies within the circle, judged by the distance of its centre.
			distance := math.Hypot(float64(r-dx)-0.5, float64(r-dy)-0.5)
			inside := min(1, max(0, float64(r)-distance+0.5))
			steps := uint8(math.Round(inside * softSteps))
			b.touch(left+dx, top+dy, steps)
			b.touch(right-1-dx, top+dy, steps)
			b.touch(left+dx, bottom-1-dy, steps)
			b.touch(right-1-dx, bottom-1-dy, steps)
		}
	}
}

// code draws a QR code with its quiet zone on white, every module the same whole number of pixels, as big as the square
// allows and in its middle. The square itself is expected to be white already.
func (c *canvas) code(x, y, side float64, code *Code) {
	left, top, pixels := c.round(x), c.round(y), int(side*c.scale)
	modules := code.size + 2*QuietZone
	module := max(1, pixels/modules)
	offset := (pixels-module*modules)/2 + QuietZone*module
	code.runs(func(x, y, length int) {
		c.fillPixels(left+offset+x*module, top+offset+y*module, length*module, module, black)
	})
}

// text draws one line with its baseline at y; x is its left end, or its middle.
func (c *canvas) text(x, y float64, s string, w weight, size float64, where align, with color.RGBA) error {
	face, err := opentype.NewFace(c.fonts[w], &opentype.FaceOptions{Size: size * c.scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return fmt.Errorf("open font face: %w", err)
	}
	defer face.Close()
	dot := fixed.Point26_6{X: fixed.Int26_6(x * c.scale * 64), Y: fixed.I(c.round(y))}
	if where == centered {
		dot.X -= font.MeasureString(face, s) / 2
	}
	b := c.brush(with)
	before := rune(-1)
	for _, r := range s {
		if before >= 0 {
			dot.X += face.Kern(before, r)
		}
		box, mask, corner, advance, ok := face.Glyph(dot, r)
		if alpha, isAlpha := mask.(*image.Alpha); ok && isAlpha {
			for y := range box.Dy() {
				for x := range box.Dx() {
					cover := int(alpha.AlphaAt(corner.X+x, corner.Y+y).A)
					b.touch(box.Min.X+x, box.Min.Y+y, uint8((cover*softSteps+127)/255))
				}
			}
		}
		dot.X += advance
		before = r
	}
	return nil
}
