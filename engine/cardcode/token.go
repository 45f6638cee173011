package cardcode

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// TokenLen is the number of characters in a token: 16 bytes in base64url without padding.
const TokenLen = 22

// LinkPrefix stands before a card's token in the start parameter of a deep link: "c_<token>".
const LinkPrefix = "c_"

// tokenEncoding refuses a last character with stray bits, so that one token has one spelling.
var tokenEncoding = base64.RawURLEncoding.Strict()

// NewToken spells 16 random bytes as the 22 characters of a deep-link token (A–Z a–z 0–9 _ -). The token says
// nothing about its owner; who holds it is treated as having seen the card.
func NewToken(random [16]byte) string {
	return tokenEncoding.EncodeToString(random[:])
}

// TokenHash is the SHA-256 of a token's text. Tokens that open something are stored and looked up by it, so
// that reading the database gives nobody a working link.
func TokenHash(token string) [32]byte {
	return sha256.Sum256([]byte(token))
}

// isToken reports whether s is spelled as [NewToken] spells.
func isToken(s string) bool {
	// The decoder would pass over line ends.
	if len(s) != TokenLen || strings.ContainsAny(s, "\r\n") {
		return false
	}
	_, err := tokenEncoding.DecodeString(s)
	return err == nil
}
