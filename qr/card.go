package qr

import (
	"fmt"
	"image/color"
)

// CardArt is what the picture of a card in a chat shows. Only QRText is required; texts are in the reader's language.
type CardArt struct {
	QRText   string     // what the code holds, usually a deep link
	Number   string     // the card number as it is read aloud, in groups: "123 456 786"
	Title    string     // the name of the shop
	Subtitle string     // one line under it, such as the name of the programme
	Accent   color.RGBA // the background; the zero colour means the house colour
}

// The size of a card's picture in pixels.
const (
	CardWidth  = 1080
	CardHeight = 1350
)

// CardPNG draws the picture of a card, CardWidth by CardHeight pixels: the shop's name on its colour, and on a white panel
// a big QR code with the number under it. Modules are whole pixels and as large as fits, since a messenger recompresses the
// picture to JPEG. Long texts shrink, wrap to two lines and are cut with an ellipsis; characters the fonts
// do not have, such as emoji, are left out.
//
// It fails as [Encode] does.
func CardPNG(art CardArt) ([]byte, error) {
	const (
		margin      = 70.0 // round everything
		inset       = 110.0
		panel       = CardWidth - 2*inset
		radius      = 56.0
		numberSize  = 92.0
		numberBelow = 64.0 // white under the number
		overlap     = 14.0 // of the number into the quiet zone, which is wider than it needs to be for the eye
	)
	code, err := Encode(art.QRText, Medium)
	if err != nil {
		return nil, fmt.Errorf("draw card: %w", err)
	}
	l, err := newLettering()
	if err != nil {
		return nil, err
	}
	accent := accentOr(art.Accent)
	c, err := newCanvas(CardWidth, CardHeight, 1, accent)
	if err != nil {
		return nil, err
	}

	number := l.fit(bold, art.Number, panel-2*margin, numberSize, numberSize/2, 1)
	panelHeight := panel
	if len(number.lines) > 0 {
		panelHeight += number.height() - overlap + numberBelow
	}
	panelTop := CardHeight - margin - panelHeight
	c.panel(inset, panelTop, panel, panelHeight, radius, white)
	c.code(inset, panelTop, panel, &code)
	if err := drawBlock(c, CardWidth/2, panelTop+panel-overlap, number, centered, ink); err != nil {
		return nil, err
	}

	onAccent := inkOn(accent)
	title := l.fit(bold, art.Title, CardWidth-2*margin, 88, 50, 2)
	subtitle := l.fit(regular, art.Subtitle, CardWidth-2*margin, 44, 34, 1)
	gap := 0.0
	if len(title.lines) > 0 && len(subtitle.lines) > 0 {
		gap = 26
	}
	// The header stands in the middle of what the panel leaves.
	top := (panelTop - title.height() - gap - subtitle.height()) / 2
	if err := drawBlock(c, CardWidth/2, top, title, centered, onAccent); err != nil {
		return nil, err
	}
	if err := drawBlock(c, CardWidth/2, top+title.height()+gap, subtitle, centered, mix(accent, onAccent, 0.86)); err != nil {
		return nil, err
	}
	return c.png(), nil
}
