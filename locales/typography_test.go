package locales

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// body is what a person reads of a message: no tags, no code, no addresses, commands or placeholders.
// Placeholders and code become ⟨⟩, so that the words beside them stay apart.
func body(text string) string {
	text = codePattern.ReplaceAllString(text, "⟨⟩")
	text = stripMarkup(text)
	text = placeholderPattern.ReplaceAllString(text, "⟨⟩")
	return addressPattern.ReplaceAllString(text, "⟨⟩")
}

var (
	codePattern = regexp.MustCompile(`<code>[^<]*</code>`)
	// addresses with and without a scheme, e-mails, @names, /commands
	addressPattern = regexp.MustCompile(`https?://\S+|\b[\w.-]+@[\w.-]+\w|\b[a-z0-9-]+\.(com|me|org|net|ua|pl|es|kz|app|io)\b(/\S*)?|@\w+|\B/[a-z][a-z0-9_]*`)
	wordPattern    = regexp.MustCompile(`[\p{L}\p{M}]+`)
)

const russianLetters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

// alphabets are the lower-case letters of each language.
var alphabets = map[Language]string{
	EN: "abcdefghijklmnopqrstuvwxyz",
	PL: "abcdefghijklmnopqrstuvwxyząćęłńóśźż",
	ES: "abcdefghijklmnopqrstuvwxyzáéíóúüñ",
	UK: "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
	RU: russianLetters,
	KK: russianLetters + "әғқңөұүһі",
}

// lookalikes are Latin letters that have a Cyrillic twin.
const lookalikes = "aceiopxyABCEHIKMOPTXY"

// latinTerms are Latin words of nothing but lookalikes that are meant.
var latinTerms = []string{"API", "OK"}

// alphabetFaults tells which words of a text are not spelled in the language's alphabet. A Latin word among
// Cyrillic ones is a name, unless every letter of it could be a slip of the keyboard.
func alphabetFaults(lang Language, text string) []string {
	var faults []string
	for _, word := range wordPattern.FindAllString(body(text), -1) {
		isASCII := strings.IndexFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) < 0
		isCyrillic := strings.IndexFunc(word, func(r rune) bool { return !unicode.Is(unicode.Cyrillic, r) }) < 0
		isForeign := strings.IndexFunc(word, func(r rune) bool { return !strings.ContainsRune(alphabets[lang], unicode.ToLower(r)) }) >= 0
		cyrillicLanguage := lang == UK || lang == RU || lang == KK
		switch {
		case cyrillicLanguage && isASCII:
			onlyTwins := strings.Trim(word, lookalikes) == ""
			if onlyTwins && !slices.Contains(latinTerms, word) {
				faults = append(faults, fmt.Sprintf("%q is Latin and looks Cyrillic", word))
			}
		case isForeign && !isCyrillic && !isASCII && strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }):
			faults = append(faults, fmt.Sprintf("%q mixes alphabets", word))
		case isForeign:
			faults = append(faults, fmt.Sprintf("%q has letters of another language", word))
		}
	}
	return faults
}

// typographyRules are patterns that no text has, in all languages.
var typographyRules = []struct {
	pattern *regexp.Regexp
	fault   string
}{
	{regexp.MustCompile(`[ \x{a0}]{2}`), "double space"},
	{regexp.MustCompile(`\t`), "tab"},
	{regexp.MustCompile(`(^|\n)[ \x{a0}]|[ \x{a0}](\n|$)`), "space at the end of a line"},
	{regexp.MustCompile(`\n{3}`), "two empty lines"},
	{regexp.MustCompile(`[ \x{a0}][,.;:!?)»…]`), "space before punctuation"},
	{regexp.MustCompile(`[«(„] `), "space after an opening mark"},
	{regexp.MustCompile(`[,;!?][\p{L}⟨]`), "no space after punctuation"},
	{regexp.MustCompile(`\.\.`), "write …"},
	{regexp.MustCompile(`(^|\s)[-–](\s|$)`), "write —"},
	{regexp.MustCompile("[\"'`´ʼ‘]"), "write ’ for the apostrophe and the quotation marks of the language"},
	{regexp.MustCompile(`TODO|FIXME|XXX`), "unfinished text"},
	{regexp.MustCompile(`⟩[-’]?\p{L}|\p{L}⟨`), "letters glued to a placeholder"},
	{regexp.MustCompile(`[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{ad}]`), "invisible character"},
}

// foreignQuotes are quotation marks the language does not use.
var foreignQuotes = map[Language]string{EN: "«»„", PL: "“", ES: "„", UK: "", RU: "", KK: "„"}

func typographyFaults(lang Language, text string) []string {
	text = body(text)
	var faults []string
	for _, rule := range typographyRules {
		if at := rule.pattern.FindString(text); at != "" {
			faults = append(faults, fmt.Sprintf("%s at %q", rule.fault, at))
		}
	}
	if strings.ContainsAny(text, foreignQuotes[lang]) {
		faults = append(faults, "quotation marks of another language")
	}
	if strings.Count(text, "«") != strings.Count(text, "»") || strings.Count(text, "(") != strings.Count(text, ")") {
		faults = append(faults, "quotation mark or bracket without its pair")
	}
	if lang == ES && (strings.Count(text, "¿") != strings.Count(text, "?") || strings.Count(text, "¡") != strings.Count(text, "!")) {
		faults = append(faults, "¿ ? ¡ ! do not pair")
	}
	return faults
}

func TestAlphabetsAndTypography(t *testing.T) {
	eachText(t, func(lang Language, key, text string) {
		for _, fault := range append(alphabetFaults(lang, text), typographyFaults(lang, text)...) {
			t.Errorf("%s: %s: %s", lang, key, fault)
		}
	})
}

func TestAlphabetFaults(t *testing.T) {
	good := []struct {
		lang Language
		text string
	}{
		{UK, "п’ять балів, QR-код у Telegram, ґанок"},
		{UK, "Команда /balance, бот @kava_bot, сайт https://kava.ua/вхід, пошта a@kava.ua, t.me/kava"},
		{UK, "код <code>AB12</code> для {{.Name}}"},
		{RU, "ещё объём"}, {KK, "ұпай әңгіме ғажап үй һәм объект"}, {PL, "zażółć gęślą jaźń"}, {ES, "pingüino, año"},
		{EN, "it’s a QR code"}, {RU, "через API"},
	}
	for _, tt := range good {
		if faults := alphabetFaults(tt.lang, tt.text); len(faults) > 0 {
			t.Errorf("%s: %q: %v", tt.lang, tt.text, faults)
		}
	}
	bad := []struct {
		lang Language
		text string
	}{
		{UK, "балiв"},        // Latin i
		{UK, "Cума"},         // Latin C
		{UK, "a також"},      // Latin a alone
		{UK, "объект"},       // Russian
		{RU, "бали і їжа"},   // Ukrainian
		{KK, "ґанок"},        // Ukrainian
		{PL, "punktу"},       // Cyrillic у
		{PL, "año"},          // Spanish
		{ES, "punkt łatwy"},  // Polish
		{EN, "cаfe"},         // Cyrillic а
		{EN, "Привіт"},       // not translated
		{RU, "<b>бaлл</b>"},  // Latin a in a tag
		{UK, "{{.Name}} tа"}, // Latin t
	}
	for _, tt := range bad {
		if len(alphabetFaults(tt.lang, tt.text)) == 0 {
			t.Errorf("%s: %q passes", tt.lang, tt.text)
		}
	}
}

func TestTypographyFaults(t *testing.T) {
	good := []struct {
		lang Language
		text string
	}{
		{UK, "«Кава» — п’ята: далі…"},
		{UK, "<b>{{.Points}}</b>, {{.Date}}.\n\n{{.Shop}}: 5:30, 1,5"},
		{ES, "¿Qué tal? ¡Bien!"}, {PL, "„Kawa” jest gotowa"}, {EN, "it’s “good”"},
		{EN, `<a href="https://x.ua/it's">here</a>`}, {KK, "{{.Date}} күніне дейін"}, {EN, "24–48 hours, e-mail"},
		{UK, "Ваш баланс: /balance, бот @kava_bot. 24/7"}, {RU, "• карта\n• код"},
	}
	for _, tt := range good {
		if faults := typographyFaults(tt.lang, tt.text); len(faults) > 0 {
			t.Errorf("%s: %q: %v", tt.lang, tt.text, faults)
		}
	}
	bad := []struct {
		lang Language
		text string
	}{
		{UK, "а  б"}, {UK, "а\tб"}, {UK, " а"}, {UK, "а "}, {UK, "а \nб"}, {UK, "а\n\n\nб"}, {UK, "а , б"}, {UK, "а !"},
		{UK, "« а»"}, {UK, "а,б"}, {UK, "а..."}, {UK, "а - б"}, {UK, "а – б"}, {UK, "п'ять"}, {UK, "пʼять"}, {UK, `"а"`}, {UK, "TODO"},
		{KK, "{{.Date}}-ге"}, {EN, "{{.Name}}’s"}, {EN, "a{{.Name}}"}, {EN, "a\u200bb"},
		{EN, "«a»"}, {PL, "“a”"}, {UK, "«а"}, {UK, "(а"}, {ES, "Qué tal?"}, {ES, "Bien!"},
	}
	for _, tt := range bad {
		if len(typographyFaults(tt.lang, tt.text)) == 0 {
			t.Errorf("%s: %q passes", tt.lang, tt.text)
		}
	}
}
