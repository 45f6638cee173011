package bots

import (
	"strings"
	"unicode"
)

const ellipsis = "…"

// cutRich shortens r to at most limit units as a channel with markup m counts them, at a word boundary where
// there is one near, with an ellipsis and with every tag closed. The result of a limit below one is empty.
func cutRich(r Rich, limit int, m Markup) Rich {
	pieces := parseOrQuote(r)
	budget := limit
	for budget > 0 {
		short := cutPieces(pieces, budget)
		over := Units(short, m) - limit
		if over <= 0 {
			return short
		}
		// Light marks and link addresses take room the budget did not know of.
		budget -= over
	}
	return ""
}

// cutPieces keeps at most limit UTF-16 units of the pieces' plain text.
func cutPieces(pieces []piece, limit int) Rich {
	plain := plainOf(pieces)
	if UTF16Len(plain) <= limit {
		return joinRich(pieces)
	}
	left := len(cutPoint(plain, limit-1))
	var kept, open []piece
	for _, p := range pieces {
		if p.kind == pieceText && len(p.text) >= left {
			p.text = p.text[:left] + ellipsis
			kept = append(kept, p)
			break
		}
		switch p.kind {
		case pieceText:
			left -= len(p.text)
		case pieceOpen:
			open = append(open, p)
		case pieceClose:
			open = open[:len(open)-1]
		}
		kept = append(kept, p)
	}
	for i := len(open) - 1; i >= 0; i-- {
		kept = append(kept, piece{kind: pieceClose, tag: open[i].tag})
	}
	return joinRich(kept)
}

// cutText shortens s to at most limit UTF-16 units, ellipsis included.
func cutText(s string, limit int) string {
	if UTF16Len(s) <= limit {
		return s
	}
	if limit < 1 {
		return ""
	}
	return cutPoint(s, limit-1) + ellipsis
}

// cutPoint is the longest good beginning of s within limit units: it ends after a whole character as people
// see it, and after a whole word unless that would cost more than a third of the room.
func cutPoint(s string, limit int) string {
	end, units := 0, 0
	for i, r := range s {
		if !joins(s, i) {
			end = i
		}
		units += runeUnits(r)
		if units > limit {
			break
		}
	}
	if units <= limit {
		end = len(s)
	}
	head := s[:end]
	if end < len(s) && !strings.HasPrefix(s[end:], " ") && !strings.HasPrefix(s[end:], "\n") {
		if space := strings.LastIndexFunc(head, unicode.IsSpace); space >= 0 && UTF16Len(head[:space])*3 >= limit*2 {
			head = head[:space]
		}
	}
	return strings.TrimRight(head, " \t\n\r,;:–—-")
}

// joins reports whether the character at i belongs to what stands before it: a combining mark, a variation
// selector, a skin tone, the second half of a flag or of a joined emoji.
func joins(s string, i int) bool {
	if i == 0 {
		return false
	}
	var runes [2]rune // the two before i, nearest first
	n, flags := 0, 0
	for before := []rune(s[max(0, i-4*8):i]); n < len(before); n++ {
		r := before[len(before)-1-n]
		if n < 2 {
			runes[n] = r
		}
		if isFlagLetter(r) && flags == n {
			flags++
		}
	}
	var r rune
	for _, r = range s[i:] {
		break
	}
	switch {
	case unicode.Is(unicode.M, r), r == zeroWidthJoiner, r >= 0x1F3FB && r <= 0x1F3FF:
		return true
	case runes[0] == zeroWidthJoiner:
		return true
	case isFlagLetter(r):
		return flags%2 == 1
	}
	return false
}

const zeroWidthJoiner = '\u200D'

func isFlagLetter(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
