package qr

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// SVG draws the code black on white with its quiet zone, one user unit per module, to be embedded in a page or served
// as a file; the size on the page is the page's choice. The title is what a screen reader says; with none the
// picture is hidden from it.
func (c *Code) SVG(title string) string {
	var b strings.Builder
	side := c.Side()
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"`, side, side)
	if title == "" {
		b.WriteString(` aria-hidden="true">`)
	} else {
		var escaped strings.Builder
		// A strings.Builder takes every write.
		xml.EscapeText(&escaped, []byte(title))
		fmt.Fprintf(&b, ` role="img" aria-label="%[1]s"><title>%[1]s</title>`, escaped.String())
	}
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="%[2]s"/></svg>`, side, c.Path())
	return b.String()
}

// Side is the number of modules along a side with the quiet zones, which is the side of the square that [Code.Path] is drawn in.
func (c *Code) Side() int { return c.size + 2*QuietZone }

// Path is the data of an SVG path of the dark modules, one user unit per module, with the quiet zone on all sides.
func (c *Code) Path() string {
	var b strings.Builder
	c.runs(func(x, y, length int) {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+QuietZone, y+QuietZone, length, length)
	})
	return b.String()
}
