package locales

import (
	"slices"
	"strings"
)

// Language is one of the languages of the catalogue, written as its ISO 639-1 code.
type Language string

// The languages.
const (
	EN Language = "en"
	UK Language = "uk"
	RU Language = "ru"
	KK Language = "kk"
	PL Language = "pl"
	ES Language = "es"
)

// Languages returns all languages in the order in which menus show them.
func Languages() []Language {
	return []Language{EN, UK, RU, KK, PL, ES}
}

// Parse returns the language with exactly this code. Use it for stored settings and Resolve for hints.
func Parse(code string) (Language, bool) {
	lang := Language(code)
	if !lang.Valid() {
		return "", false
	}
	return lang, true
}

// Resolve returns the first language named by the hints, or English. A hint is a language tag in any case
// ("uk", "uk-UA", "KK_kz") or an Accept-Language header, read in its written order; only the base of a tag
// counts. Nothing is guessed from related languages: x/text's matcher, which go-i18n uses, answers a
// Russian request in Kazakh when Russian is missing.
func Resolve(hints ...string) Language {
	for _, hint := range hints {
		for tag := range strings.SplitSeq(hint, ",") {
			tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
			if i := strings.IndexAny(tag, "-_"); i >= 0 {
				tag = tag[:i]
			}
			if lang, ok := Parse(strings.ToLower(strings.TrimSpace(tag))); ok {
				return lang
			}
		}
	}
	return EN
}

// Valid reports whether the catalogue has the language.
func (l Language) Valid() bool {
	return slices.Contains(Languages(), l)
}

// Name is the language's name in itself, for menus: "Українська". It is "" for an unknown language.
func (l Language) Name() string {
	switch l {
	case EN:
		return "English"
	case UK:
		return "Українська"
	case RU:
		return "Русский"
	case KK:
		return "Қазақша"
	case PL:
		return "Polski"
	case ES:
		return "Español"
	}
	return ""
}

// Label is the name in three letters for narrow switches: "УКР". A flag would name a country, not a
// language. It is "" for an unknown language.
func (l Language) Label() string {
	switch l {
	case EN:
		return "ENG"
	case UK:
		return "УКР"
	case RU:
		return "РУС"
	case KK:
		return "ҚАЗ"
	case PL:
		return "POL"
	case ES:
		return "ESP"
	}
	return ""
}
