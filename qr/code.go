package qr

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"rsc.io/qr/coding"
)

// Level is how much damage a code survives. More of it makes the code bigger.
type Level uint8

// The levels of ISO/IEC 18004, with the share of the code that may be unreadable.
const (
	Low      Level = iota // about 7 %
	Medium                // about 15 %: screens, chats and print
	Quartile              // about 25 %
	High                  // about 30 %: for stickers that will be scratched
)

// QuietZone is the white border every drawing keeps round a code, in modules.
const QuietZone = 4

// maxVersion keeps a row of modules inside one machine word: version 11 has 61 of them and holds 321 bytes at Low,
// 251 at Medium. Denser codes are not readable from a phone's screen anyway.
const maxVersion = 11

const maxSize = 17 + 4*maxVersion

// Errors of [Encode].
var (
	ErrEmpty   = errors.New("qr: nothing to encode")
	ErrTooLong = errors.New("qr: text too long")
)

// Code is a square of dark and light modules, without its quiet zone. Codes are values and compare with ==.
type Code struct {
	size int
	rows [maxSize]uint64 // bit x of row y is set where the module is dark
}

// Encode makes the smallest code that holds the text at the level. Digits alone, and the capitals of the alphanumeric
// set, are packed more tightly than other text, which is written as UTF-8 bytes. Of the eight masks the standard
// allows, the one with the lowest penalty is taken.
//
// Errors: [ErrEmpty]; [ErrTooLong] when version 11 does not hold the text (251 bytes at Medium).
func Encode(text string, level Level) (Code, error) {
	if text == "" {
		return Code{}, ErrEmpty
	}
	if level > High {
		return Code{}, fmt.Errorf("qr: unknown level %d", level)
	}
	var data coding.Encoding = coding.String(text)
	if digits := coding.Num(text); digits.Check() == nil {
		data = digits
	} else if capitals := coding.Alpha(text); capitals.Check() == nil {
		data = capitals
	}
	version := coding.Version(1)
	for data.Bits(version) > version.DataBytes(coding.Level(level))*8 {
		if version++; version > maxVersion {
			return Code{}, ErrTooLong
		}
	}
	frame, err := frameFor(version, coding.Level(level))
	if err != nil {
		return Code{}, err
	}
	code, err := encode(frame.plan, data)
	if err != nil {
		return Code{}, err
	}
	return frame.bestMask(code), nil
}

// Size is the number of modules on a side, from 21 to 61.
func (c *Code) Size() int { return c.size }

// Dark reports whether the module in column x and row y is dark. Outside the code everything is light.
func (c *Code) Dark(x, y int) bool {
	return 0 <= x && x < c.size && 0 <= y && y < c.size && c.rows[y]>>x&1 == 1
}

// runs calls f for every unbroken horizontal line of dark modules, from top left to bottom right.
func (c *Code) runs(f func(x, y, length int)) {
	for y := range c.size {
		row, x := c.rows[y], 0
		for row != 0 {
			gap := bits.TrailingZeros64(row)
			length := bits.TrailingZeros64(^(row >> gap))
			f(x+gap, y, length)
			x += gap + length
			row >>= gap + length
		}
	}
}

// frame is what all codes of one version and level have in common.
type frame struct {
	once  sync.Once
	plan  *coding.Plan // where each bit goes, with mask 0
	masks [8]Code      // what changes from mask 0 to each mask, in the data and in the format marks
	err   error
}

// frames is filled on demand. A plan is a constant of the standard that costs twenty times as much to work out
// as the code itself.
var frames [maxVersion + 1][High + 1]frame

func frameFor(version coding.Version, level coding.Level) (*frame, error) {
	f := &frames[version][level]
	f.once.Do(func() { f.err = f.fill(version, level) })
	return f, f.err
}

// fill learns the masks by encoding one text with each: what a mask changes does not depend on the text.
func (f *frame) fill(version coding.Version, level coding.Level) error {
	const any = coding.String("")
	var first Code
	for mask := range coding.Mask(len(f.masks)) {
		plan, err := coding.NewPlan(version, level, mask)
		if err != nil {
			return fmt.Errorf("plan version %d: %w", version, err)
		}
		code, err := encode(plan, any)
		if err != nil {
			return err
		}
		if mask == 0 {
			f.plan, first = plan, code
		}
		f.masks[mask] = code.xor(&first)
	}
	return nil
}

func encode(plan *coding.Plan, data coding.Encoding) (Code, error) {
	drawn, err := plan.Encode(data)
	if err != nil {
		return Code{}, fmt.Errorf("encode text: %w", err)
	}
	code := Code{size: drawn.Size}
	for y := range drawn.Size {
		line := drawn.Bitmap[y*drawn.Stride:]
		for i := range (drawn.Size + 7) / 8 {
			code.rows[y] |= uint64(bits.Reverse8(line[i])) << (8 * i)
		}
	}
	return code, nil
}

func (c *Code) xor(other *Code) Code {
	out := Code{size: c.size}
	for y := range c.size {
		out.rows[y] = c.rows[y] ^ other.rows[y]
	}
	return out
}

// bestMask tries all masks on a code drawn with mask 0.
func (f *frame) bestMask(code Code) Code {
	best, lowest := code, code.penalty()
	for mask := 1; mask < len(f.masks); mask++ {
		masked := code.xor(&f.masks[mask])
		if p := masked.penalty(); p < lowest {
			best, lowest = masked, p
		}
	}
	return best
}
