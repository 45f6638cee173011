package qr

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"
	"time"
)

// Format is the paper of a poster, always upright.
type Format uint8

// The papers of ISO 216.
const (
	A6 Format = iota // 105 × 148 mm: a postcard for the counter
	A5               // 148 × 210 mm: a table stand
	A4               // 210 × 297 mm: a door or a wall
)

// size of the paper in millimetres.
func (f Format) size() (width, height float64) {
	switch f {
	case A5:
		return 148, 210
	case A4:
		return 210, 297
	default:
		return 105, 148
	}
}

// MaxSteps is how many steps a poster has room for.
const MaxSteps = 4

// ErrTooManySteps is returned for a poster with more than MaxSteps steps.
var ErrTooManySteps = errors.New("qr: too many steps on a poster")

// Poster is a sheet for the counter: guests scan it and join. Texts are in the guests' language.
type Poster struct {
	Format   Format
	Lang     string     // BCP 47 tag of the texts, for readers of the PDF; may be empty
	Title    string     // the name of the shop
	Headline string     // what the guest gets, in a few words
	Steps    []string   // how, in at most MaxSteps short sentences; they are numbered
	Footer   string     // small print
	QRText   string     // what the code holds, usually a deep link
	Accent   color.RGBA // the colour of the shop; the zero colour means the house colour
}

// PosterPDF draws the poster as one page of PDF with embedded fonts and the code as vectors. Nothing but white comes
// nearer to the edge than a printer without borderless printing can reach. The creation date is written into the file.
//
// It fails as [Encode] does and with [ErrTooManySteps].
func PosterPDF(p Poster, created time.Time) ([]byte, error) {
	l, err := newLettering()
	if err != nil {
		return nil, err
	}
	page, err := newPage(p.Format, l.clean(p.Title), p.Lang, created)
	if err != nil {
		return nil, fmt.Errorf("draw poster: %w", err)
	}
	if err := p.draw(page); err != nil {
		return nil, fmt.Errorf("draw poster: %w", err)
	}
	return page.bytes()
}

// PosterPNG draws the same poster as a picture of the given width in pixels (at least 400, at most 4000), to be
// looked at in a chat before it is printed.
//
// It fails as [PosterPDF] does.
func PosterPNG(p Poster, width int) ([]byte, error) {
	width = min(max(width, 400), 4000)
	w, h := p.Format.size()
	scale := float64(width) / w
	c, err := newCanvas(width, int(math.Round(h*scale)), scale, white)
	if err != nil {
		return nil, fmt.Errorf("draw poster: %w", err)
	}
	if err := p.draw(c); err != nil {
		return nil, fmt.Errorf("draw poster: %w", err)
	}
	return c.png(), nil
}

// draw lays the poster out: a panel in the shop's colour with name, headline and code, the steps under it, the footer
// at the bottom. The texts take what they need and the code takes the rest, up to a limit; what is still
// left over becomes space between the parts. Measures are those of an A6 sheet; u scales them.
func (p Poster) draw(s surface) error {
	if len(p.Steps) > MaxSteps {
		return ErrTooManySteps
	}
	code, err := Encode(p.QRText, Medium)
	if err != nil {
		return err
	}
	l, err := newLettering()
	if err != nil {
		return err
	}
	width, height := p.Format.size()
	u := width / 105
	var (
		margin   = 7 * u // what office printers leave white, and a little more
		inner    = width - 2*margin
		padding  = 6.5 * u
		text     = inner - 2*padding
		bullet   = 6.4 * u
		stepText = inner - bullet - 4*u - 4*u
		largest  = 64 * u
	)
	title := l.fit(bold, p.Title, text, 7.6*u, 5*u, 2)
	headline := l.fit(regular, p.Headline, text, 4.9*u, 3.8*u, 2)
	footer := l.fit(regular, p.Footer, inner-8*u, 2.9*u, 2.5*u, 2)
	// All steps are set in one size, that of the one that has to be smallest.
	stepSize := 4.1 * u
	for _, step := range p.Steps {
		stepSize = min(stepSize, l.fit(regular, step, stepText, stepSize, 3.5*u, 2).size)
	}
	steps := make([]block, 0, len(p.Steps))
	stepsHeight := 0.0
	for _, step := range p.Steps {
		b := l.fit(regular, step, stepText, stepSize, 3.5*u, 2)
		steps = append(steps, b)
		stepsHeight += max(bullet, b.height())
	}

	// Fixed gaps first; each part that is missing takes its gap with it.
	gapIf := func(there bool, gap float64) float64 {
		if there {
			return gap * u
		}
		return 0
	}
	underTitle := gapIf(len(title.lines) > 0 && len(headline.lines) > 0, 3)
	underHead := gapIf(len(title.lines)+len(headline.lines) > 0, 5.5)
	underPanel := gapIf(len(steps) > 0, 6)
	betweenSteps := gapIf(true, 2.4)
	overFooter := gapIf(len(footer.lines) > 0, 5)

	head := title.height() + underTitle + headline.height() + underHead
	below := underPanel + stepsHeight + betweenSteps*float64(max(0, len(steps)-1)) + overFooter + footer.height()
	room := height - 2*margin - below - head - 2*padding
	side := min(largest, room)
	spare := room - side
	// Half of what is left over makes the panel taller, the rest loosens what is under it.
	panelSpare := min(spare/2, 14*u)
	spare -= panelSpare
	padding += panelSpare / 3
	underHead += panelSpare / 3
	loosen := spare / float64(len(steps)+2)
	underPanel += min(loosen, 6*u)
	betweenSteps += min(loosen, 4*u)

	accent := accentOr(p.Accent)
	onAccent := inkOn(accent)
	middle := width / 2
	panelHeight := 2*padding + title.height() + underTitle + headline.height() + underHead + side
	s.panel(margin, margin, inner, panelHeight, 5*u, accent)
	y := margin + padding
	if err := drawBlock(s, middle, y, title, centered, onAccent); err != nil {
		return err
	}
	y += title.height() + underTitle
	if err := drawBlock(s, middle, y, headline, centered, onAccent); err != nil {
		return err
	}
	y += headline.height() + underHead
	s.panel(middle-side/2, y, side, side, 3.5*u, white)
	s.code(middle-side/2, y, side, &code)

	y = margin + panelHeight + underPanel
	for i, b := range steps {
		row := max(bullet, b.height())
		s.panel(margin+2*u, y+(row-bullet)/2, bullet, bullet, bullet/2, accent)
		digit := block{[]string{strconv.Itoa(i + 1)}, 3.7 * u, bold}
		if err := drawBlock(s, margin+2*u+bullet/2, y+row/2-digit.size*capHeight/2, digit, centered, onAccent); err != nil {
			return err
		}
		// Without the descent, so that the letters and not their tails stand in the middle.
		top := y + (row-b.height()+descent*b.size)/2
		if err := drawBlock(s, margin+2*u+bullet+4*u, top, b, fromLeft, ink); err != nil {
			return err
		}
		y += row + betweenSteps
	}
	return drawBlock(s, middle, height-margin-footer.height(), footer, centered, muted)
}
