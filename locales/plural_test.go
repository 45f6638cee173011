package locales

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// cldrSamples are sample numbers of CLDR 48, supplemental/plurals.json, cardinal. The samples of one and
// other that differ only by trailing zeros (1.0) are left out: no number is printed so.
var cldrSamples = map[Language]map[form]string{
	EN: {one: "1", other: "0 2 3 16 100 1000 10000 100000 1000000 0.1 0.9 1.1 1.6 10.1"},
	KK: {one: "1", other: "0 2 3 16 21 100 1000 10000 100000 1000000 0.1 0.9 1.1 1.6 10.1"},
	ES: {one: "1", many: "1000000 2000000 1000000000", other: "0 2 16 21 100 1000 10000 100000 1000001 1500000 0.1 1.1 1.5 1000000.5"},
	PL: {
		one: "1", few: "2 3 4 22 23 24 32 102 1002", many: "0 5 11 12 13 14 19 21 31 100 101 112 1000 10000 100000 1000000",
		other: "0.1 0.9 1.1 1.5 2.5 10.1 1000.5",
	},
	UK: slavicSamples, RU: slavicSamples,
}

var slavicSamples = map[form]string{
	one: "1 21 31 41 51 61 71 81 101 1001", few: "2 3 4 22 23 24 32 33 34 102 1002",
	many: "0 5 11 12 13 14 19 100 111 112 1000 10000 100000 1000000", other: "0.1 0.9 1.1 1.5 2.5 10.1 1000.5",
}

func TestPluralFormsAgreeWithCLDR(t *testing.T) {
	for _, lang := range Languages() {
		if len(cldrSamples[lang]) != len(lang.forms()) {
			t.Errorf("%s has %d forms, want %d", lang, len(lang.forms()), len(cldrSamples[lang]))
		}
		for want, samples := range cldrSamples[lang] {
			for sample := range strings.FieldsSeq(samples) {
				if got := formOfSample(t, lang, sample); got != want {
					t.Errorf("%s: %s is %s, want %s", lang, sample, got, want)
				}
			}
		}
	}
}

func TestPluralFormsAgreeWithGoI18n(t *testing.T) {
	samples := strings.Fields("1000 1001 1011 10000 100000 999999 1000000 1000001 2000000 1000000000 0.5 1.5 2.5 5.1 21.5 1000000.5")
	for n := range 330 {
		samples = append(samples, strconv.Itoa(n))
	}
	for _, lang := range Languages() {
		localizer := newLocalizer(t, lang)
		for _, sample := range samples {
			want, err := localizer.Localize(&i18n.LocalizeConfig{MessageID: "m", PluralCount: sample})
			if err != nil {
				t.Fatalf("%s: localize %s: %v", lang, sample, err)
			}
			if got := formOfSample(t, lang, sample); got.String() != want {
				t.Errorf("%s: %s is %s, go-i18n has %s", lang, sample, got, want)
			}
		}
	}
}

// newLocalizer returns a localizer whose message m says the name of its own plural form.
func newLocalizer(t *testing.T, lang Language) *i18n.Localizer {
	t.Helper()
	tag := language.Make(string(lang))
	m := &i18n.Message{ID: "m", Other: "other"}
	for _, f := range lang.forms() {
		switch f {
		case one:
			m.One = "one"
		case few:
			m.Few = "few"
		case many:
			m.Many = "many"
		}
	}
	bundle := i18n.NewBundle(tag)
	if err := bundle.AddMessages(tag, m); err != nil {
		t.Fatalf("add message: %v", err)
	}
	return i18n.NewLocalizer(bundle, string(lang))
}

func formOfSample(t *testing.T, lang Language, sample string) form {
	t.Helper()
	whole, _, fraction := strings.Cut(sample, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil {
		t.Fatalf("parse sample: %v", err)
	}
	return lang.formOf(n, fraction)
}

func TestAbs(t *testing.T) {
	for n, want := range map[int64]uint64{0: 0, 5: 5, -5: 5, math.MaxInt64: 1<<63 - 1, math.MinInt64: 1 << 63} {
		if got := abs(n); got != want {
			t.Errorf("abs(%d) = %d, want %d", n, got, want)
		}
	}
}
