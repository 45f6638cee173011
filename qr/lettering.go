package qr

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

//go:embed font/NotoSans-Regular.subset.ttf
var regularTTF []byte

//go:embed font/NotoSans-Bold.subset.ttf
var boldTTF []byte

// weight is one of the two fonts.
type weight int

const (
	regular weight = iota
	bold
)

// fonts are parsed once; a parsed font may be used by many goroutines.
var fonts = sync.OnceValues(func() ([2]*sfnt.Font, error) {
	var out [2]*sfnt.Font
	for w, ttf := range [2][]byte{regular: regularTTF, bold: boldTTF} {
		f, err := opentype.Parse(ttf)
		if err != nil {
			return out, fmt.Errorf("parse embedded font: %w", err)
		}
		out[w] = f
	}
	return out, nil
})

// lettering measures text. It is not for concurrent use: it holds scratch memory.
type lettering struct {
	fonts [2]*sfnt.Font
	buf   sfnt.Buffer
}

func newLettering() (*lettering, error) {
	parsed, err := fonts()
	if err != nil {
		return nil, err
	}
	return &lettering{fonts: parsed}, nil
}

// clean makes text drawable: composed letters, one space between words, and none of the characters the fonts do not
// have, such as emoji. No-break spaces stay what they are.
func (l *lettering) clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' {
			return ' '
		}
		if r == '\u2212' { // the fonts have no minus sign
			return '–'
		}
		if glyph, err := l.fonts[regular].GlyphIndex(&l.buf, r); err != nil || glyph == 0 {
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "")))
	return strings.Join(words(s), " ")
}

// words are what a line may be broken between.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
}

// width of a line in units of the letter size.
func (l *lettering) width(w weight, s string) float64 {
	f := l.fonts[w]
	em := fixed.I(int(f.UnitsPerEm()))
	var sum fixed.Int26_6
	before := sfnt.GlyphIndex(0)
	for _, r := range s {
		glyph, err := f.GlyphIndex(&l.buf, r)
		if err != nil {
			continue
		}
		if before != 0 {
			if kern, err := f.Kern(&l.buf, before, glyph, em, font.HintingNone); err == nil {
				sum += kern
			}
		}
		if advance, err := f.GlyphAdvance(&l.buf, glyph, em, font.HintingNone); err == nil {
			sum += advance
		}
		before = glyph
	}
	return float64(sum) / float64(em)
}

// block is text laid out in lines of one size.
type block struct {
	lines  []string
	size   float64 // of the letters, in the unit of the page
	weight weight
}

// lineHeight is the distance between baselines in units of the letter size.
const lineHeight = 1.26

// capHeight says how far capitals reach above the baseline, descent how far letters reach below it, in units of
// the letter size.
const (
	capHeight = 0.714
	descent   = 0.24
)

// height from the top of the capitals of the first line to the bottom of the last.
func (b block) height() float64 {
	if len(b.lines) == 0 {
		return 0
	}
	return b.size * (capHeight + descent + lineHeight*float64(len(b.lines)-1))
}

// fit lays text out within a width: in one line at the full size, else in one smaller line, else in as many
// lines as allowed, as big as fits, else cut with an ellipsis at the smallest size.
func (l *lettering) fit(w weight, s string, width, size, smallest float64, maxLines int) block {
	const (
		singleLine = 0.78  // a single line may shrink this far before it is broken
		tight      = 0.999 // so that what was shrunk to fit still fits when it is measured again
		step       = 0.97
	)
	s = l.clean(s)
	if s == "" {
		return block{size: size, weight: w}
	}
	full := l.width(w, s) * size
	if full <= width {
		return block{[]string{s}, size, w}
	}
	shrunk := size * width / full * tight
	if shrunk >= max(smallest, size*singleLine) || maxLines == 1 && shrunk >= smallest {
		return block{[]string{s}, shrunk, w}
	}
	if maxLines > 1 {
		for try := size; try >= smallest; try *= step {
			if lines, whole := l.wrap(w, s, width/try); whole && len(lines) <= maxLines {
				return block{l.balance(w, s, width/try, len(lines)), try, w}
			}
		}
	}
	lines, _ := l.wrap(w, s, width/smallest)
	if len(lines) > maxLines {
		rest := strings.Join(lines[maxLines-1:], " ")
		lines = append(lines[:maxLines-1:maxLines-1], l.cut(w, rest, width/smallest))
	}
	return block{lines, smallest, w}
}

// wrap breaks text between words into lines of at most width. A word that is longer than a line is broken too, and
// then whole is false.
func (l *lettering) wrap(w weight, s string, width float64) (lines []string, whole bool) {
	whole = true
	line := ""
	for _, word := range words(s) {
		joined := strings.TrimPrefix(line+" "+word, " ")
		if l.width(w, joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for l.width(w, line) > width {
			whole = false
			head := l.head(w, line, width)
			lines = append(lines, head)
			line = line[len(head):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines, whole
}

// balance wraps text into the given number of lines of nearly the same length.
func (l *lettering) balance(w weight, s string, width float64, n int) []string {
	best, _ := l.wrap(w, s, width)
	for narrower := width * 0.98; narrower > width/float64(n+1); narrower *= 0.98 {
		lines, whole := l.wrap(w, s, narrower)
		if !whole || len(lines) > n {
			break
		}
		best = lines
	}
	return best
}

// head is the longest beginning of s that fits, at least one letter.
func (l *lettering) head(w weight, s string, width float64) string {
	runes := []rune(s)
	n := 1
	for n < len(runes) && l.width(w, string(runes[:n+1])) <= width {
		n++
	}
	return string(runes[:n])
}

// cut shortens s until it fits with an ellipsis at its end, between words unless that loses too much.
func (l *lettering) cut(w weight, s string, width float64) string {
	const ellipsis = "…"
	shortened := func(s string) string { return strings.TrimRight(s, " \u00a0,.;:-–—«„“(") + ellipsis }
	if l.width(w, s) <= width {
		return s
	}
	runes := []rune(s)
	n := len(runes)
	for n > 1 && l.width(w, shortened(string(runes[:n]))) > width {
		n--
	}
	for at := n; n < len(runes) && at > n*2/3; at-- {
		if runes[at] == ' ' {
			n = at
			break
		}
	}
	return shortened(string(runes[:n]))
}
