package cardcode

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"strconv"
	"time"
)

const (
	// CodeLen is the number of digits in a rotating and in a static code.
	CodeLen = 18
	// StepSeconds is how long a rotating code is shown before the next one.
	StepSeconds = 30

	rotatingMark = '7'
	staticMark   = '6'
	proofAt      = 1 + AliasLen // where the last eight digits begin

	rotatingLabel = "qr-totp-v1|"
	staticLabel   = "card-static-v1|"
)

// Key is the secret from which the rotating codes of one card are made: the first 20 bytes of
// HMAC-SHA256(programKey, "qr-totp-v1|" + alias). It depends on the program's key and the alias only and can be
// given to a wallet that draws the code by itself (Google's rotating barcode takes it in Base16).
func Key(programKey []byte, alias Alias) [20]byte {
	mac := hmac.New(sha256.New, programKey)
	mac.Write([]byte(rotatingLabel))
	mac.Write([]byte(alias))
	return [20]byte(mac.Sum(nil)[:20])
}

// sessionLabel begins what session keys are made of, and SessionDays is on how many days of UTC one works: the day it was made and those after.
const (
	sessionLabel = "qr-session-v1|"
	SessionDays  = 3
)

// SessionKey is the secret from which a page that a guest opened on a day of UTC draws rotating codes by itself, with or without a
// network: the first 20 bytes of HMAC-SHA256(programKey, "qr-session-v1|" + alias + "|" + day), where day counts from the Unix epoch. Unlike
// [Key] it is worth nothing after [SessionDays] days, whoever has got hold of it.
func SessionKey(programKey []byte, alias Alias, opened time.Time) [20]byte {
	return sessionKey(programKey, alias, day(opened))
}

func sessionKey(programKey []byte, alias Alias, day int64) [20]byte {
	mac := hmac.New(sha256.New, programKey)
	mac.Write([]byte(sessionLabel))
	mac.Write([]byte(alias))
	mac.Write(strconv.AppendInt([]byte("|"), day, 10))
	return [20]byte(mac.Sum(nil)[:20])
}

// SessionEnd is when a session key that was made at an instant stops working.
func SessionEnd(opened time.Time) time.Time {
	return time.Unix((day(opened)+SessionDays)*secondsPerDay, 0).UTC()
}

const secondsPerDay = 24 * 60 * 60

func day(at time.Time) int64 { return Step(at) / (secondsPerDay / StepSeconds) }

// Step is the number of the 30-second interval since the Unix epoch that the instant lies in.
func Step(at time.Time) int64 {
	unix := at.Unix()
	step := unix / StepSeconds
	if unix%StepSeconds < 0 {
		step--
	}
	return step
}

// TOTP is the eight-digit one-time password of RFC 6238 over HMAC-SHA1 for one step.
func TOTP(key []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return eightDigits(uint64(binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff))
}

// Rotating is the 18-digit code a card shows at the given instant: 7, the alias, eight digits of TOTP.
func Rotating(programKey []byte, alias Alias, at time.Time) string {
	key := Key(programKey, alias)
	return string(rotatingMark) + string(alias) + TOTP(key[:], Step(at))
}

// VerifyRotating checks a rotating code against the step of the given instant and one step either side, so that
// neither a slow hand nor a clock half a minute off refuses a guest. Codes of the card's own key and of the session keys of the last
// [SessionDays] days are taken. It returns the alias and the step that made the code. A code stays valid for its whole window: whoever
// lets it spend points must let each (alias, step) through only once.
//
// Errors: [ErrUnreadable] for another shape, [ErrMistyped] for a wrong check digit, [ErrNotCurrent].
func VerifyRotating(programKey []byte, code string, at time.Time) (Alias, int64, error) {
	alias, proof, err := split(code, rotatingMark)
	if err != nil {
		return "", 0, err
	}
	keys := [1 + SessionDays][20]byte{Key(programKey, alias)}
	for i := range int64(SessionDays) {
		keys[1+i] = sessionKey(programKey, alias, day(at)-i)
	}
	now := Step(at)
	found, step := 0, int64(0)
	// All are always computed: the time taken says nothing about which one matched.
	for _, key := range keys {
		for _, s := range [...]int64{now + 1, now - 1, now} {
			same := subtle.ConstantTimeCompare([]byte(TOTP(key[:], s)), []byte(proof))
			found |= same
			if same == 1 {
				step = s
			}
		}
	}
	if found == 0 {
		return "", 0, ErrNotCurrent
	}
	return alias, step, nil
}

// Static is the 18-digit code for print and for passes that cannot change by themselves: 6, the alias, and eight
// digits that only the program's key can make. These are the first eight bytes of
// HMAC-SHA256(programKey, "card-static-v1|" + alias), read as a big-endian number, modulo 10⁸.
// Anyone who has seen the code can repeat it, therefore it finds a guest and earns but never spends.
func Static(programKey []byte, alias Alias) string {
	return string(staticMark) + string(alias) + staticProof(programKey, alias)
}

// VerifyStatic checks a static code and returns its alias.
//
// Errors: [ErrUnreadable] for another shape, [ErrMistyped] for a wrong check digit, [ErrForged].
func VerifyStatic(programKey []byte, code string) (Alias, error) {
	alias, proof, err := split(code, staticMark)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(staticProof(programKey, alias)), []byte(proof)) != 1 {
		return "", ErrForged
	}
	return alias, nil
}

func staticProof(programKey []byte, alias Alias) string {
	mac := hmac.New(sha256.New, programKey)
	mac.Write([]byte(staticLabel))
	mac.Write([]byte(alias))
	return eightDigits(binary.BigEndian.Uint64(mac.Sum(nil)))
}

// split takes an 18-digit code apart: the mark must be the one given and the alias must be well typed.
func split(code string, mark byte) (alias Alias, proof string, err error) {
	if len(code) != CodeLen || code[0] != mark || !allDigits(code) {
		return "", "", ErrUnreadable
	}
	alias, err = ParseAlias(code[1:proofAt])
	if err != nil {
		return "", "", err
	}
	return alias, code[proofAt:], nil
}
