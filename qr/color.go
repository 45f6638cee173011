package qr

import (
	"image/color"
	"math"
)

// The colours of a picture when its caller has no wish.
var (
	houseColor = color.RGBA{0x0b, 0x5d, 0x57, 0xff} // deep green
	ink        = color.RGBA{0x14, 0x1a, 0x1f, 0xff}
	muted      = color.RGBA{0x5b, 0x65, 0x6e, 0xff}
)

// legible is the contrast that WCAG 2.2 asks of text at level AA.
const legible = 4.5

// accentOr is the wish without its transparency, or the house colour for the zero colour.
func accentOr(wish color.RGBA) color.RGBA {
	if wish == (color.RGBA{}) {
		return houseColor
	}
	wish.A = 255
	return wish
}

// inkOn is the colour of text on a background: white where white is legible, else nearly black.
func inkOn(background color.RGBA) color.RGBA {
	if contrast(white, background) >= legible {
		return white
	}
	return ink
}

// contrast of two colours, 1 to 21. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(a, b color.RGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// mix is the colour the given share of the way from one to the other.
func mix(from, to color.RGBA, share float64) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return color.RGBA{between(from.R, to.R), between(from.G, to.G), between(from.B, to.B), 255}
}
