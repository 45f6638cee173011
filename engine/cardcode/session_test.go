package cardcode_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"kartka/engine/cardcode"
)

func rotatingBy(key [20]byte, alias cardcode.Alias, at time.Time) string {
	return "7" + string(alias) + cardcode.TOTP(key[:], cardcode.Step(at))
}

func TestSessionKeys(t *testing.T) {
	alias := cardcode.NewAlias(12345678)
	opened := time.Date(2026, 11, 22, 23, 59, 50, 0, time.UTC)
	key := cardcode.SessionKey(testKey, alias, opened)
	if key != cardcode.SessionKey(testKey, alias, opened.Add(-20*time.Hour)) || key == cardcode.SessionKey(testKey, alias, opened.Add(time.Minute)) {
		t.Error("a key is not that of its day")
	}
	if key == cardcode.Key(testKey, alias) || key == cardcode.SessionKey(testKey, cardcode.NewAlias(1), opened) {
		t.Error("a key is that of something else")
	}
	if end := cardcode.SessionEnd(opened); !end.Equal(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it ends at %v", end)
	}
	for after, want := range map[time.Duration]error{
		0: nil, time.Minute: nil, 24 * time.Hour: nil, 48 * time.Hour: nil, 48*time.Hour + 20*time.Second: cardcode.ErrNotCurrent, 30 * 24 * time.Hour: cardcode.ErrNotCurrent,
	} {
		at := opened.Add(after)
		got, step, err := cardcode.VerifyRotating(testKey, rotatingBy(key, alias, at), at)
		if !errors.Is(err, want) || want == nil && (got != alias || step != cardcode.Step(at)) {
			t.Errorf("after %v: %s, %d, %v", after, got, step, err)
		}
	}
}

// A photograph of the screen is good for as long as the code may be seen, and one step more.
func TestSessionCodesAge(t *testing.T) {
	alias := cardcode.NewAlias(5)
	shown := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // the first second of its step
	code := rotatingBy(cardcode.SessionKey(testKey, alias, shown), alias, shown)
	for after, want := range map[time.Duration]error{
		-31 * time.Second: cardcode.ErrNotCurrent, -30 * time.Second: nil, 59 * time.Second: nil, 60 * time.Second: cardcode.ErrNotCurrent, 90 * time.Second: cardcode.ErrNotCurrent,
	} {
		if _, _, err := cardcode.VerifyRotating(testKey, code, shown.Add(after)); !errors.Is(err, want) {
			t.Errorf("after %v: %v", after, err)
		}
	}
}

// What the page computes by itself is held against these numbers too.
func TestSessionVector(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	key := cardcode.SessionKey(testKey, "123456786", at)
	if got := hex.EncodeToString(key[:]); got != "7d2b295e6a4e72f0cb90b371a0260c100c3aad19" {
		t.Errorf("key %s", got)
	}
	if got := rotatingBy(key, "123456786", at); got != "712345678645866858" {
		t.Errorf("code %s", got)
	}
}
