package campaign

import (
	"crypto/sha256"
	"encoding/binary"
)

// Lots are drawn by the SHA-256 of what is drawn for, the campaign and the member, each followed by a zero byte: its first eight bytes, as a big-endian
// number, modulo the number of lots. That must never change: who was held out of a campaign that runs is held out of it for ever.
const (
	lotHeld    = "held"
	lotVariant = "variant"
)

func lot(of, campaignID, memberID string) uint64 {
	text := make([]byte, 0, 128)
	for _, s := range []string{of, campaignID, memberID} {
		text = append(append(text, s...), 0)
	}
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:])
}

// Held reports whether a member is left out of a campaign to compare with: a share of holdout basis points of all are. A member who is held out with
// a share is held out with every larger one too.
func Held(campaignID, memberID string, holdout int) bool {
	const lots = 10_000
	return holdout > 0 && lot(lotHeld, campaignID, memberID)%lots < uint64(holdout)
}

// VariantOf is the index of the variant that a member gets, -1 when there are none. It has nothing to do with who is held out. A weight below one counts as
// none; when no weight counts, it is the first.
func VariantOf(campaignID, memberID string, variants []Variant) int {
	if len(variants) == 0 {
		return -1
	}
	var all uint64
	for _, v := range variants {
		all += uint64(max(0, v.Weight))
	}
	if all == 0 {
		return 0
	}
	drawn := lot(lotVariant, campaignID, memberID) % all
	for i, v := range variants {
		weight := uint64(max(0, v.Weight))
		if drawn < weight {
			return i
		}
		drawn -= weight
	}
	return len(variants) - 1
}
