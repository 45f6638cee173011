package storage

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Key is one sealing key: 32 random bytes and the short name that sealed text carries.
type Key struct {
	ID     string // [a-z0-9]{1,16}
	Secret []byte // 32 bytes
}

// String names the key without showing it.
func (k Key) String() string { return "key " + k.ID }

// GoString names the key without showing it.
func (k Key) GoString() string { return k.String() }

// Sealer encrypts personal data and secrets before they reach the database, and makes the blind indexes by which phones,
// birthdays and codes of gift certificates are found. It is safe for concurrent use.
//
// Sealed text is "<key id>.<base64url of nonce and ciphertext>": AES-256-GCM with a random nonce of 12 bytes. The associated
// data names table, column and row, so that sealed text moved elsewhere does not open. A blind index is the first 16
// bytes of HMAC-SHA256, in hex, over kind, program and value. Both keys are derived from the [Key] with HKDF-SHA256.
type Sealer struct {
	keys []derivedKey // the first one seals
}

type derivedKey struct {
	id    string
	aead  cipher.AEAD
	blind []byte
}

var keyID = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// NewSealer makes a sealer. The first key seals; the others open what was sealed before, until [Store.Rotate] has
// sealed it anew.
func NewSealer(keys ...Key) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("sealer: at least one key is needed")
	}
	s := &Sealer{}
	for _, k := range keys {
		if !keyID.MatchString(k.ID) {
			return nil, fmt.Errorf("sealer: the key name %q must be 1 to 16 of a–z and 0–9", k.ID)
		}
		if slices.ContainsFunc(s.keys, func(d derivedKey) bool { return d.id == k.ID }) {
			return nil, fmt.Errorf("sealer: two keys are named %s", k.ID)
		}
		if len(k.Secret) != 32 {
			return nil, fmt.Errorf("sealer: %s has %d bytes instead of 32", k, len(k.Secret))
		}
		d, err := derive(k)
		if err != nil {
			return nil, fmt.Errorf("sealer: %s: %w", k, err)
		}
		s.keys = append(s.keys, d)
	}
	return s, nil
}

func derive(k Key) (derivedKey, error) {
	sealing, err := hkdf.Key(sha256.New, k.Secret, nil, "kartka seal v1", 32)
	if err != nil {
		return derivedKey{}, err
	}
	blind, err := hkdf.Key(sha256.New, k.Secret, nil, "kartka blind index v1", 32)
	if err != nil {
		return derivedKey{}, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return derivedKey{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return derivedKey{}, err
	}
	return derivedKey{id: k.ID, aead: aead, blind: blind}, nil
}

// place is where sealed text belongs: "table.column" and what identifies the row.
func place(column string, row ...string) []byte {
	// Lengths keep ("a", "bc") and ("ab", "c") apart.
	var b strings.Builder
	b.WriteString(column)
	for _, part := range row {
		fmt.Fprintf(&b, "|%d:%s", len(part), part)
	}
	return []byte(b.String())
}

// sealText encrypts text for a place. "" stays "": that nothing is known is no secret.
func (s *Sealer) sealText(text string, at []byte) string {
	if text == "" {
		return ""
	}
	k := s.keys[0]
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(text)+k.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return k.id + "." + base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, []byte(text), at))
}

// openText decrypts text of a place. Errors name the column and the key, never the content.
func (s *Sealer) openText(sealed string, at []byte) (string, error) {
	if sealed == "" {
		return "", nil
	}
	id, body, _ := strings.Cut(sealed, ".")
	column, _, _ := strings.Cut(string(at), "|")
	i := slices.IndexFunc(s.keys, func(k derivedKey) bool { return k.id == id })
	if i < 0 {
		if !keyID.MatchString(id) {
			id = "?"
		}
		return "", fmt.Errorf("unseal %s: sealed under key %s, which is not in the key file", column, id)
	}
	aead := s.keys[i].aead
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", fmt.Errorf("unseal %s: not sealed text", column)
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], at)
	if err != nil {
		return "", fmt.Errorf("unseal %s: the key %s does not open it", column, id)
	}
	return string(plain), nil
}

// current is the prefix of text sealed under the newest key.
func (s *Sealer) current() string { return s.keys[0].id + "." }

// What blind indexes are of. Each kind has its own, so that equal values of two kinds have nothing in common.
const (
	indexOfPhone    = "phone"
	indexOfCode     = "certificate.code"
	indexOfBirthday = "birthday" // month and day
)

// blindIndex hashes a value of a program under the newest key; "" stays "".
func (s *Sealer) blindIndex(of, programID, value string) string {
	if value == "" {
		return ""
	}
	return s.keys[0].blindIndex(of, programID, value)
}

// blindIndexes hashes a value under every key, to find what was stored under an older one.
func (s *Sealer) blindIndexes(of, programID, value string) []string {
	out := make([]string, len(s.keys))
	for i, k := range s.keys {
		out[i] = k.blindIndex(of, programID, value)
	}
	return out
}

func (k derivedKey) blindIndex(of, programID, value string) string {
	mac := hmac.New(sha256.New, k.blind)
	mac.Write(place(of, programID, value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
