package staff

import (
	"testing"

	"kartka/engine/cardcode"
	"kartka/engine/money"
	"kartka/locales"
)

// card makes a card number with a right check digit.
func card(digits string) string { return digits + string(cardcode.Damm(digits)) }

func TestSplit(t *testing.T) {
	good := card("48712345")
	spaced := good[:3] + " " + good[3:6] + " " + good[6:]
	mistyped := "123 123 450" // neither a card nor a phone of any region here
	if card("12312345") == "123123450" {
		mistyped = "123 123 451"
	}
	tests := []struct{ name, region, line, who, rest string }{
		{"nothing", "UA", "  ", "", ""},
		{"talk", "UA", "добрий день", "", "добрий день"},
		{"phone", "UA", "0671234567", "0671234567", ""},
		{"phone and sum", "UA", "0671234567 250", "0671234567", "250"},
		{"spaced phone", "UA", "067 123 45 67", "067 123 45 67", ""},
		{"spaced phone, spaced sum", "UA", "067 123 45 67 1 200.5", "067 123 45 67", "1 200.5"},
		{"phone with plus", "UA", "+380 67 123 45 67 120,50", "+380 67 123 45 67", "120,50"},
		{"phone abroad", "UA", "48 512 345 678 99", "48 512 345 678", "99"},
		{"Kazakh phone", "KZ", "8 701 123 45 67 5000", "8 701 123 45 67", "5000"},
		{"nine-digit phone", "PL", "512 345 678 45,50", "512 345 678", "45,50"},
		{"card", "UA", good, good, ""},
		{"spaced card", "UA", spaced, spaced, ""},
		{"spaced card and sum", "UA", spaced + " 250", spaced, "250"},
		{"card and sum", "UA", good + " 250", good, "250"},
		{"code", "UA", "123456", "123456", ""},
		{"code and sum", "UA", "123456 250", "123456", "250"},
		{"code and spaced sum", "UA", "123456 1 200", "123456", "1 200"},
		{"code in halves and sum", "UA", "123 456 250,5", "123 456", "250,5"},
		{"a mistyped card is no code", "UA", "123 456 780", "", "123 456 780"},
		{"mistyped card is no code", "UA", mistyped + " 250", "", mistyped + " 250"},
		{"sum with an exponent", "UA", "0671234567 1e9", "0671234567", "1e9"},
		{"negative sum", "UA", "0671234567 -50", "0671234567", "-50"},
		{"bare sum", "UA", "250", "", "250"},
		{"bare sum with kopecks is no code", "UA", "1234.56", "", "1234.56"},
		{"link", "UA", "https://t.me/kava_bot?start=c_AAAAAAAAAAAAAAAAAAAAAA 250", "https://t.me/kava_bot?start=c_AAAAAAAAAAAAAAAAAAAAAA", "250"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if who, rest := split(tt.line, tt.region); who != tt.who || rest != tt.rest {
				t.Errorf("split(%q) = %q, %q; want %q, %q", tt.line, who, rest, tt.who, tt.rest)
			}
		})
	}
}

// TestSumIsNotAGuest keeps a phone typed into the form of a sum from becoming one, and a large sum from being looked up.
func TestSumIsNotAGuest(t *testing.T) {
	v := viewOf(t, locales.UK)
	tests := map[string]bool{
		"250": false, "120,50": false, "1 200.5": false, "123456": false, "99999999": false, "12345678.50": false, "1234567.89": false,
		"0671234567": true, "067 123 45 67": true, "067.123.45.67": true, "+380671234567": true, "380671234567": true,
		card("48712345"): true, "487 123 450": true, "https://t.me/kava_bot?start=c_x": true, "1e9": false, "": false, "-5": false,
	}
	for text, want := range tests {
		if got := isGuest(v, text); got != want {
			t.Errorf("isGuest(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestReadSum(t *testing.T) {
	v := viewOf(t, locales.EN)
	v.Program.Settings.Staff.MaxCheck = 10_000_000_00
	tests := []struct {
		text     string
		amount   money.Amount
		key      string // of the advice, "" when the sum is good
		readings []money.Amount
	}{
		{"120", 12000, "", nil},
		{"120,50", 12050, "", nil},
		{"1 200.5", 120050, "", nil},
		{"1\u00a0200,50", 120050, "", nil},
		{"1e9", 0, "staff.sum.not_number", nil},
		{"١٢٠", 0, "staff.sum.not_number", nil},
		{"☕", 0, "staff.sum.not_number", nil},
		{"120 грн", 0, "staff.sum.not_number", nil},
		{"", 0, "staff.sum.not_number", nil},
		{"-50", 0, "staff.sum.negative", nil},
		{"99999999999999999999", 0, "staff.sum.too_large", nil},
		{"0.505", 0, "staff.sum.too_precise", nil},
		{"0", 0, "staff.sum.nil", nil},
		{"0,00", 0, "staff.sum.nil", nil},
		{"1,200", 0, "staff.sum.ambiguous", []money.Amount{120000, 120}},
		{"1.000", 0, "staff.sum.ambiguous", []money.Amount{100000, 100}},
		{"120.505", 0, "staff.sum.ambiguous", []money.Amount{12050500}},
		{"10000001", 0, "error.check_too_large", nil},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got := readSum(v, tt.text)
			if got.amount != tt.amount || got.ok() != (tt.key == "") {
				t.Fatalf("got %d, problem %q", got.amount, got.problem)
			}
			if tt.key != "" && got.problem != advice(v, tt.key, tt.text) {
				t.Errorf("got %q, want %q", got.problem, advice(v, tt.key, tt.text))
			}
			if len(got.readings) != len(tt.readings) {
				t.Fatalf("readings %v, want %v", got.readings, tt.readings)
			}
			for i := range tt.readings {
				if got.readings[i] != tt.readings[i] {
					t.Errorf("readings %v, want %v", got.readings, tt.readings)
				}
			}
		})
	}
}

// TestSumWithoutSmallChange reads "1.200" at once where the currency leaves it one meaning.
func TestSumWithoutSmallChange(t *testing.T) {
	v := viewOf(t, locales.ES)
	v.Program.Settings.Currency = money.Currency{Code: "CLP"}
	if got := readSum(v, "1.200"); !got.ok() || got.amount != 1200 {
		t.Errorf("got %d, problem %q, want 1200", got.amount, got.problem)
	}
	if got := readSum(v, "12,5"); got.ok() {
		t.Errorf("12,5 pesos are taken for %d", got.amount)
	}
}
