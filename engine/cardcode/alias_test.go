package cardcode_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine/cardcode"
)

func TestDamm(t *testing.T) {
	// 572 → 4 is the example of Damm's thesis; the other two are aliases of the till protocol's vectors.
	for digits, want := range map[string]byte{"": '0', "572": '4', "5724": '0', "00000000": '0', "12345678": '6', "12 34-56x78": '6'} {
		if got := cardcode.Damm(digits); got != want {
			t.Errorf("Damm(%q) = %c, want %c", digits, got, want)
		}
	}
}

func TestNewAlias(t *testing.T) {
	for random, want := range map[uint64]cardcode.Alias{
		0:                    "000000000",
		7:                    "000000076",
		12345678:             "123456786",
		5_12345678:           "123456786",
		18446744073709551615: "095516153",
	} {
		got := cardcode.NewAlias(random)
		if got != want {
			t.Errorf("NewAlias(%d) = %s, want %s", random, got, want)
		}
		if back, err := cardcode.ParseAlias(string(got)); back != got || err != nil {
			t.Errorf("ParseAlias(%s) = %s, %v", got, back, err)
		}
	}
}

func TestParseAliasRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":            cardcode.ErrUnreadable,
		"12345678":    cardcode.ErrUnreadable,
		"1234567860":  cardcode.ErrUnreadable,
		"12345678a":   cardcode.ErrUnreadable,
		"123 456 786": cardcode.ErrUnreadable,
		"123456780":   cardcode.ErrMistyped,
	} {
		if got, err := cardcode.ParseAlias(in); got != "" || !errors.Is(err, want) {
			t.Errorf("ParseAlias(%q) = %q, %v, want %v", in, got, err, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for alias, want := range map[cardcode.Alias]string{"123456786": "123 456 786", "": "", "12": "12"} {
		if got := alias.Grouped(); got != want {
			t.Errorf("%q grouped: %q, want %q", alias, got, want)
		}
	}
}

func TestSpokenCode(t *testing.T) {
	for random, want := range map[uint64]string{0: "000000", 42: "000042", 999999: "999999", 1_000_042: "000042"} {
		if got := cardcode.SpokenCode(random); got != want {
			t.Errorf("SpokenCode(%d) = %s, want %s", random, got, want)
		}
	}
}

// Any single wrong digit of the nine is caught, the check digit included.
func TestSingleDigitErrorsAreCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alias := cardcode.NewAlias(rapid.Uint64().Draw(t, "random"))
		for at := range alias {
			for digit := byte('0'); digit <= '9'; digit++ {
				typed := []byte(alias)
				typed[at] = digit
				_, err := cardcode.ParseAlias(string(typed))
				if right := digit == alias[at]; right != (err == nil) || !right && !errors.Is(err, cardcode.ErrMistyped) {
					t.Fatalf("%s typed as %s: %v", alias, typed, err)
				}
			}
		}
	})
}

// Any swap of two different neighbours is caught, also with the check digit.
func TestSwappedNeighboursAreCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alias := cardcode.NewAlias(rapid.Uint64().Draw(t, "random"))
		for at := range len(alias) - 1 {
			typed := []byte(alias)
			typed[at], typed[at+1] = typed[at+1], typed[at]
			_, err := cardcode.ParseAlias(string(typed))
			if same := typed[at] == typed[at+1]; same != (err == nil) {
				t.Fatalf("%s typed as %s: %v", alias, typed, err)
			}
		}
	})
}
