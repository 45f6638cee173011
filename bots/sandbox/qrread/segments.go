package qrread

import (
	"fmt"
	"strings"
)

// Modes of segments.
const (
	modeEnd     = 0
	modeNumeric = 1
	modeAlpha   = 2
	modeByte    = 4
	modeECI     = 7
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// parseSegments turns the data words into text. Bytes are taken as UTF-8.
func parseSegments(data []byte, version int) (string, error) {
	r := bitReader{data: data}
	var text strings.Builder
	for r.left() >= 4 {
		mode := r.take(4)
		if mode == modeEnd {
			break
		}
		if mode == modeECI {
			// The charset designator of one byte; the longer forms name charsets nobody here writes.
			r.take(8)
			continue
		}
		bits, ok := countBits(mode, version)
		if !ok {
			return "", fmt.Errorf("%w: mode %d", ErrUnsupported, mode)
		}
		count := r.take(bits)
		switch mode {
		case modeByte:
			for ; count > 0; count-- {
				text.WriteByte(byte(r.take(8)))
			}
		case modeNumeric:
			for ; count >= 3; count -= 3 {
				fmt.Fprintf(&text, "%03d", r.take(10))
			}
			switch count {
			case 2:
				fmt.Fprintf(&text, "%02d", r.take(7))
			case 1:
				fmt.Fprintf(&text, "%d", r.take(4))
			}
		case modeAlpha:
			for ; count >= 2; count -= 2 {
				pair := r.take(11)
				text.WriteByte(alphabet[pair/45%45])
				text.WriteByte(alphabet[pair%45])
			}
			if count == 1 {
				text.WriteByte(alphabet[r.take(6)%45])
			}
		}
		if r.overrun {
			return "", fmt.Errorf("%w: a segment is longer than the data", ErrDamaged)
		}
	}
	return text.String(), nil
}

func countBits(mode, version int) (int, bool) {
	group := 0
	switch {
	case version >= 27:
		group = 2
	case version >= 10:
		group = 1
	}
	switch mode {
	case modeNumeric:
		return [3]int{10, 12, 14}[group], true
	case modeAlpha:
		return [3]int{9, 11, 13}[group], true
	case modeByte:
		return [3]int{8, 16, 16}[group], true
	}
	return 0, false
}

type bitReader struct {
	data    []byte
	at      int
	overrun bool
}

func (r *bitReader) left() int { return len(r.data)*8 - r.at }

func (r *bitReader) take(n int) int {
	if n > r.left() {
		r.overrun = true
		r.at = len(r.data) * 8
		return 0
	}
	value := 0
	for ; n > 0; n-- {
		value = value<<1 | int(r.data[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return value
}
