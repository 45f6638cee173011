package cardcode_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kartka/engine/cardcode"
)

var testKey = []byte("test-tenant-key-not-real-0123456789")

func TestPublishedVectors(t *testing.T) {
	var vectors struct {
		ProgramKey string
		Rotating   []struct {
			Eight, Alias, Key, TOTP, Code string
			Unix                          int64
		}
		Static []struct{ Alias, Code string }
	}
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Rotating) != 8 || len(vectors.Static) != 2 {
		t.Fatalf("read %d rotating and %d static vectors", len(vectors.Rotating), len(vectors.Static))
	}
	programKey := []byte(vectors.ProgramKey)
	for _, v := range vectors.Rotating {
		eight, err := strconv.ParseUint(v.Eight, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		alias := cardcode.NewAlias(eight)
		if string(alias) != v.Alias {
			t.Errorf("alias of %s = %s, want %s", v.Eight, alias, v.Alias)
		}
		key := cardcode.Key(programKey, alias)
		if got := hex.EncodeToString(key[:]); got != v.Key {
			t.Errorf("key of %s = %s, want %s", alias, got, v.Key)
		}
		at := time.Unix(v.Unix, 0)
		if got := cardcode.TOTP(key[:], cardcode.Step(at)); got != v.TOTP {
			t.Errorf("one-time password of %s at %d = %s, want %s", alias, v.Unix, got, v.TOTP)
		}
		if got := cardcode.Rotating(programKey, alias, at); got != v.Code {
			t.Errorf("code of %s at %d = %s, want %s", alias, v.Unix, got, v.Code)
		}
		got, step, err := cardcode.VerifyRotating(programKey, v.Code, at)
		if got != alias || step != v.Unix/30 || err != nil {
			t.Errorf("verify %s at %d = %s, %d, %v", v.Code, v.Unix, got, step, err)
		}
	}
	for _, v := range vectors.Static {
		if got := cardcode.Static(programKey, cardcode.Alias(v.Alias)); got != v.Code {
			t.Errorf("static code of %s = %s, want %s", v.Alias, got, v.Code)
		}
		if got, err := cardcode.VerifyStatic(programKey, v.Code); string(got) != v.Alias || err != nil {
			t.Errorf("verify static %s = %s, %v", v.Code, got, err)
		}
	}
}

// RFC 6238, Appendix B, the SHA-1 column.
func TestTOTPAgainstRFC6238(t *testing.T) {
	key := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59:          "94287082",
		1111111109:  "07081804",
		1111111111:  "14050471",
		1234567890:  "89005924",
		2000000000:  "69279037",
		20000000000: "65353130",
	} {
		if got := cardcode.TOTP(key, cardcode.Step(time.Unix(unix, 0))); got != want {
			t.Errorf("TOTP at %d = %s, want %s", unix, got, want)
		}
	}
}

func TestStepRoundsDown(t *testing.T) {
	for unix, want := range map[int64]int64{0: 0, 29: 0, 30: 1, -1: -1, -30: -1, -31: -2} {
		if got := cardcode.Step(time.Unix(unix, 999_999_999)); got != want {
			t.Errorf("Step(%d) = %d, want %d", unix, got, want)
		}
	}
}

// A code is accepted in its own step and in the neighbouring ones, and in no other.
func TestRotatingWindow(t *testing.T) {
	alias := cardcode.NewAlias(12345678)
	shown := time.Unix(1_700_000_010, 0) // the first second of a step
	code := cardcode.Rotating(testKey, alias, shown)
	for offset, valid := range map[time.Duration]bool{
		-31 * time.Second: false,
		-30 * time.Second: true,
		0:                 true,
		29 * time.Second:  true,
		59 * time.Second:  true,
		60 * time.Second:  false,
		time.Hour:         false,
	} {
		got, step, err := cardcode.VerifyRotating(testKey, code, shown.Add(offset))
		if valid && (got != alias || step != cardcode.Step(shown) || err != nil) {
			t.Errorf("after %s: %s, %d, %v", offset, got, step, err)
		}
		if !valid && (got != "" || !errors.Is(err, cardcode.ErrNotCurrent)) {
			t.Errorf("after %s: %s, %v, want ErrNotCurrent", offset, got, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	alias := cardcode.NewAlias(12345678)
	other := []byte("the key of another program")
	rotating, static := cardcode.Rotating(testKey, alias, at), cardcode.Static(testKey, alias)
	for _, c := range []struct {
		name, code       string
		rotating, static error
	}{
		{"empty", "", cardcode.ErrUnreadable, cardcode.ErrUnreadable},
		{"short", rotating[:17], cardcode.ErrUnreadable, cardcode.ErrUnreadable},
		{"letters", "7" + "1234567x6" + "00000000", cardcode.ErrUnreadable, cardcode.ErrUnreadable},
		{"letters in the proof", static[:17] + "x", cardcode.ErrUnreadable, cardcode.ErrUnreadable},
		{"mistyped rotating", "7123456780" + rotating[10:], cardcode.ErrMistyped, cardcode.ErrUnreadable},
		{"mistyped static", "6123456780" + static[10:], cardcode.ErrUnreadable, cardcode.ErrMistyped},
		{"rotating of another program", cardcode.Rotating(other, alias, at), cardcode.ErrNotCurrent, cardcode.ErrUnreadable},
		{"static of another program", cardcode.Static(other, alias), cardcode.ErrUnreadable, cardcode.ErrForged},
		{"static passed off as rotating", "7" + static[1:], cardcode.ErrNotCurrent, cardcode.ErrUnreadable},
		{"rotating passed off as static", "6" + rotating[1:], cardcode.ErrUnreadable, cardcode.ErrForged},
	} {
		if got, _, err := cardcode.VerifyRotating(testKey, c.code, at); got != "" || !errors.Is(err, c.rotating) {
			t.Errorf("%s: VerifyRotating = %q, %v, want %v", c.name, got, err, c.rotating)
		}
		if got, err := cardcode.VerifyStatic(testKey, c.code); got != "" || !errors.Is(err, c.static) {
			t.Errorf("%s: VerifyStatic = %q, %v, want %v", c.name, got, err, c.static)
		}
	}
}

// What a card shows is recognised by Parse and proved by the verifier of its kind.
func TestCodesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "key")
		alias := cardcode.NewAlias(rapid.Uint64().Draw(t, "random"))
		at := time.Unix(rapid.Int64Range(0, 1<<36).Draw(t, "unix"), 0)
		late := at.Add(time.Duration(rapid.IntRange(-30, 30).Draw(t, "seconds")) * time.Second)

		scan, err := cardcode.Parse(cardcode.Rotating(key, alias, at))
		if err != nil || scan.Kind != cardcode.KindRotating || scan.Alias != alias {
			t.Fatalf("parse rotating: %+v, %v", scan, err)
		}
		got, step, err := cardcode.VerifyRotating(key, scan.Text, late)
		if got != alias || step < cardcode.Step(late)-1 || step > cardcode.Step(late)+1 || err != nil {
			t.Fatalf("verify rotating: %s, %d, %v", got, step, err)
		}

		scan, err = cardcode.Parse(cardcode.Static(key, alias))
		if err != nil || scan.Kind != cardcode.KindStatic || scan.Alias != alias {
			t.Fatalf("parse static: %+v, %v", scan, err)
		}
		if got, err := cardcode.VerifyStatic(key, scan.Text); got != alias || err != nil {
			t.Fatalf("verify static: %s, %v", got, err)
		}

		if scan, err := cardcode.Parse(alias.Grouped()); err != nil || scan.Kind != cardcode.KindCard || scan.Alias != alias {
			t.Fatalf("parse card number: %+v, %v", scan, err)
		}
	})
}

func BenchmarkVerifyRotating(b *testing.B) {
	at := time.Unix(1_700_000_000, 0)
	code := cardcode.Rotating(testKey, cardcode.NewAlias(12345678), at)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := cardcode.VerifyRotating(testKey, code, at); err != nil {
			b.Fatal(err)
		}
	}
}
